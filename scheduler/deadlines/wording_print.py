"""A rule in the words that an official would write; `wording.parse` reads them back as the same rule."""

from collections.abc import Sequence
from datetime import date, time

from scheduler.deadlines.dates import WEEKDAYS
from scheduler.deadlines.periods import Span
from scheduler.deadlines.rules import (
    CUTOFF,
    LAST,
    PERIOD_END,
    Anchor,
    Dated,
    EndOf,
    InMonth,
    MonthOf,
    OnDate,
    Op,
    Recurring,
    Rule,
    SameAs,
    Undated,
    Within,
    Yearly,
    YearOf,
)

BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The weekdays of RFC 5545, Monday first."""

_YEARS = {YearOf.PREVIOUS: "năm trước", YearOf.THIS: "hằng năm", YearOf.NEXT: "năm sau"}
_MONTHS = {
    MonthOf.THIS: "hằng tháng",
    MonthOf.FIRST: "của tháng đầu kỳ báo cáo",
    MonthOf.LAST: "của tháng cuối kỳ báo cáo",
    MonthOf.NEXT: "của tháng sau liền kề",
}
_QUARTERS = ("I", "II", "III", "IV")
_WEEKLY = {f"FREQ=WEEKLY;BYDAY={code}": day for code, day in zip(BYDAY, WEEKDAYS, strict=True)}


def show(rule: Rule) -> str:
    """The canonical Vietnamese wording of a rule."""
    match rule:
        case Undated(words):
            return words
        case SameAs(obligation):
            return f"như {obligation}"
        case Within():
            return f"trong vòng {rule.count:02} ngày{' làm việc' if rule.working else ''} {_since(rule)}"
        case Dated(_, anchors, at, opens) if opens:
            return _window(rule.op, opens, anchors[0], at)
        case Dated(Op.BY, (EndOf() as end,)):
            return f"trong {_period(end)}"
        case Dated():
            return f"{'trước' if rule.op is Op.BEFORE else 'chậm nhất'} {_hour(rule.at)}{_list(rule.anchors)}"


def _since(rule: Within) -> str:
    if rule.after == PERIOD_END:
        return "kể từ ngày kết thúc kỳ báo cáo"
    if rule.after == CUTOFF:
        return "kể từ ngày chốt số liệu"
    if rule.after:
        return f"sau {rule.after}"
    return f"{'kể từ' if rule.event.startswith(('ngày ', 'khi ', 'thời điểm ')) else 'sau'} {rule.event}"


def _hour(at: time | None) -> str:
    return f"{at.hour} giờ {at.minute:02} " if at else ""


def _figures(month: int, day: int) -> str:
    """Days to 9 and months to 2 with a nought, as official documents write them (Decree 30/2020/NĐ-CP, Annex I)."""
    return f"{day:02}/{_month(month)}"


def _month(month: int) -> str:
    return f"{month:02}" if month <= 2 else str(month)


def _full(day: date) -> str:
    return f"{_figures(day.month, day.day)}/{day.year}"


def _list(anchors: Sequence[Anchor]) -> str:
    """Dates joined; one "hằng năm" holds for all, but "năm sau" is said of each."""
    plain = [anchor for anchor in anchors if isinstance(anchor, Yearly) and anchor.year is YearOf.THIS]
    shared = len(plain) == len(anchors)
    words = [_anchor(anchor, tail=not shared) for anchor in anchors]
    joined = " và ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    return f"{joined} {_YEARS[YearOf.THIS]}" if shared else joined


def _anchor(anchor: Anchor, *, tail: bool = True) -> str:
    match anchor:
        case OnDate(day):
            return f"ngày {_full(day)}"
        case Yearly(month, day, year, weekday):
            named = "" if weekday is None else f"{WEEKDAYS[weekday]}, "
            figures = f"cuối cùng của tháng {_month(month)}" if day == LAST else _figures(month, day)
            return f"{named}ngày {figures}{f' {_YEARS[year]}' if tail else ''}"
        case InMonth(day, month):
            if day != LAST:
                return f"ngày {day:02} {_MONTHS[month]}"
            return "ngày cuối cùng " + ("của tháng" if month is MonthOf.THIS else _MONTHS[month])
        case EndOf():
            return f"hết {_period(anchor)}"
        case Recurring(rrule):
            weekly = _WEEKLY.get(rrule)
            return f"{weekly} hằng tuần" if weekly else f"ngày theo {rrule}"


def _period(end: EndOf) -> str:
    if end.unit is Span.ANNUAL:
        return f"năm {end.year or 'báo cáo'}"
    name = f"quý {_QUARTERS[end.number - 1]}" if end.unit is Span.QUARTER else f"tháng {_month(end.number)}"
    return f"{name}/{end.year}" if end.year else name


def _window(op: Op, opens: Anchor, closes: Anchor, at: time | None) -> str:
    same_year = isinstance(opens, Yearly) and isinstance(closes, Yearly) and opens.year is closes.year is YearOf.THIS
    return (
        f"từ {_anchor(opens, tail=not same_year)} đến {'trước ' if op is Op.BEFORE else ''}{_hour(at)}{_anchor(closes)}"
    )
