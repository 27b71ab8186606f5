"""The words of a plan as a rule: "trước ngày 20 của tháng cuối quý". `show` prints a rule in such words again.

A grammar read from left to right; what it does not know is refused with its place and with what to write instead, for
a deadline that was guessed is worse than one that is missing. The forms are those of the contract, section 2, and of
the public documents in tests/cases/passages.yaml.
"""

from dataclasses import replace
from datetime import datetime

from dateutil.rrule import rrulestr

from scheduler.deadlines.periods import Span
from scheduler.deadlines.rules import (
    LAST,
    Dated,
    EndOf,
    InMonth,
    OnDate,
    Op,
    Recurring,
    Rule,
    RuleError,
    SameAs,
    Yearly,
    YearOf,
)
from scheduler.deadlines.wording_counts import read_obligation, read_within
from scheduler.deadlines.wording_dates import Day, anchor, anchors, read_days
from scheduler.deadlines.wording_parts import (
    read_number,
    read_separated_year,
    read_time,
    read_weekday,
    read_year,
    read_year_after,
)
from scheduler.deadlines.wording_print import BYDAY, show
from scheduler.deadlines.wording_tokens import Reader, WordingError
from scheduler.deadlines.wording_undated import read_undated
from scheduler.translation import text

__all__ = ["WordingError", "parse", "recurrence", "show"]

FILLERS = ("gửi", "nộp", "báo cáo", "hoàn thành", "thành", "xong")
OPERATORS = {"trước": Op.BEFORE} | dict.fromkeys(
    (
        *("chậm nhất", "muộn nhất", "trễ nhất", "đến hết", "hết", "vào", "hạn cuối", "hạn cuối cùng", "hạn chót"),
        *("không quá", "không muộn hơn", "không chậm hơn", "không trễ hơn"),
    ),
    Op.BY,
)
QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_SPANS = {"tháng": Span.MONTH, "quý": Span.QUARTER, "năm": Span.ANNUAL}
_WINDOW = text(
    "write for example “từ ngày 25/7/2022 đến ngày 31/7/2022” or “từ ngày 25/12 hằng năm đến ngày 05/01 năm sau”"
)


def parse(wording: str) -> Rule:
    """The rule that a wording states; WordingError, with what may be meant, where any part of it is not understood."""
    try:
        return read(wording)
    except WordingError as error:
        from scheduler.deadlines.wording_hints import explained

        raise explained(error, wording) from None


def read(wording: str) -> Rule:
    """As `parse`, with the grammar's own error."""
    reader = Reader(wording)
    rule = _rule(reader)
    if not reader.at_end():
        raise reader.stuck()
    return rule


def _rule(reader: Reader) -> Rule:
    while reader.accept(*FILLERS):
        pass
    undated = read_undated(reader, 0)
    if undated:
        return undated
    if reader.accept("như"):
        return SameAs(read_obligation(reader))
    if reader.accept("từ"):
        return _window(reader)
    begin = reader.pos
    op = _operator(reader)
    found = read_within(reader, op) or _whole_period(reader, op, bare=reader.pos == 0)
    if found:
        return found
    if op is None:
        reader.pos = begin
        raise _no_operator(reader)
    return _dated(reader, op)


def _operator(reader: Reader) -> Op | None:
    op = reader.one_of(OPERATORS)
    if op is Op.BY:
        reader.accept("là", ":")
        reader.accept("vào", "đến", "đến hết", "hết")
    return op


def _no_operator(reader: Reader) -> WordingError:
    begin = reader.pos
    dated = reader.sees_number() or reader.sees("ngày", "các") or read_weekday(reader) is not None
    while dated and not reader.at_end():
        dated = not reader.find(OPERATORS)
        reader.pos += 1
    reader.pos = begin
    if not dated:
        return reader.stuck()
    return reader.fail(
        text("no word says whether the day itself is still good"),
        text("write “trước ngày …” or “chậm nhất ngày …”"),
        0,
        vague=True,
    )


def _dated(reader: Reader, op: Op) -> Dated:
    """What follows an operator: an hour, then one or several days."""
    at = read_time(reader)
    recurring = _recurring(reader)
    if recurring:
        return Dated(op, (recurring,), at)
    days = read_days(reader)
    while reader.accept(",", ";", "và", ", và"):
        place = reader.pos
        if _operator(reader) not in (None, op):
            raise reader.fail(
                text("“trước” and “chậm nhất” in one wording"), text("make two obligations of it, one for each"), place
            )
        days += read_days(reader)
    hours = {day.at for day in days if day.at}
    if hours and (at or len(days) > 1):
        raise reader.fail(
            text("more than one hour, or one for some of the days"), text("write the hour once, first"), 0
        )
    return Dated(op, anchors(reader, days), at or next(iter(hours), None))


def _recurring(reader: Reader) -> Recurring | None:
    """A weekday of every week, or a recurrence rule behind "theo"; None where neither stands here."""
    start = reader.pos
    reader.accept("ngày")
    if reader.accept("theo"):
        place = reader.pos
        try:
            return recurrence(reader.glued())
        except RuleError as error:
            raise reader.fail(error.problem, error.advice, place) from None
    weekday = read_weekday(reader)
    if weekday is not None and reader.accept("hằng tuần", "mỗi tuần"):
        return Recurring(f"FREQ=WEEKLY;BYDAY={BYDAY[weekday]}")
    reader.pos = start
    return None


_RRULE_PARTS = frozenset(
    ("FREQ", "INTERVAL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
)
_RRULE_DAYS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def recurrence(rrule: str) -> Recurring:
    """A recurrence rule of RFC 5545 that names days, in capitals; RuleError where it is none or never comes true."""
    rule = rrule.upper()
    parts = dict.fromkeys(("FREQ", "INTERVAL"), "1") | dict(part.partition("=")[::2] for part in rule.split(";"))
    advice = text("write a rule of RFC 5545 such as “trước ngày theo FREQ=MONTHLY;BYDAY=-1FR”")
    problem = text("“{rrule}” is not a recurrence rule of days", rrule=rule)
    if parts.keys() & {"COUNT", "UNTIL"}:
        raise RuleError(problem, text("leave COUNT and UNTIL out; the plan's “years” say how long it is in force"))
    interval = parts["INTERVAL"]
    if not (parts.keys() <= _RRULE_PARTS and parts["FREQ"] in _RRULE_DAYS and interval.isdecimal() and int(interval)):
        raise RuleError(problem, advice)
    try:
        # dateutil looks until the year 9999 for a date that never comes (30/02), so it is begun not long before.
        first = next(iter(rrulestr(rule, dtstart=datetime(9960, 1, 1))), None)  # noqa: DTZ001 -- days have no zone
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise RuleError(problem, advice) from None
    if first is None:
        raise RuleError(text("“{rrule}” gives no day at all", rrule=rule), advice)
    return Recurring(rule)


def _whole_period(reader: Reader, op: Op | None, *, bare: bool) -> Dated | None:
    """Any day of a month, quarter or year: "trong tháng 11/2024"; `bare` allows "quý IV/2024" alone."""
    start = reader.pos
    inside = reader.accept("trong")
    # "báo cáo quý IV/2024" names the report, not its deadline.
    span = reader.one_of(_SPANS) if op or inside or (bare and not reader.sees("năm")) else None
    end = span and _end_of(reader, span)
    if not end:
        reader.pos = start
        return None
    if op is Op.BEFORE:
        raise reader.fail(
            text("“trước” a whole month, quarter or year"),
            text("write the day, such as “trước ngày 01/11/2024” or “chậm nhất ngày 31/10/2024”"),
            start,
        )
    return Dated(Op.BY, (end,))


def _end_of(reader: Reader, span: Span) -> EndOf | None:
    if span is Span.ANNUAL:
        if reader.sees_number():
            return EndOf(span, 0, read_year(reader))
        this_year = reader.accept("báo cáo") or (reader.at_end() and reader.sees("trong", "hết", ahead=-2))
        return EndOf(span) if this_year else None
    place, number = reader.pos, reader.one_of(QUARTERS) if span is Span.QUARTER else None
    if number is None:
        if not reader.sees_number():
            return None
        number = read_number(reader)
        if span is Span.QUARTER or not 1 <= number <= 12:
            raise reader.fail(
                text("there is no month or quarter {number}", number=number),
                text("write “tháng 11” or “quý IV”"),
                place,
            )
    year = read_separated_year(reader) or read_year_after(reader)
    if year in (YearOf.NEXT, YearOf.PREVIOUS):
        raise reader.fail(
            text("a month or quarter of another year"),
            text("write the day, such as “chậm nhất ngày 31/01 năm sau”"),
            place,
        )
    return EndOf(span, number, year if isinstance(year, int) else None)


def _window(reader: Reader) -> Dated:
    """What follows "từ": the first day, and the last one, which lends it month and year."""
    begin, start = reader.pos, _one_day(reader)
    reader.accept(",")
    to = reader.accept("đến hết", "đến", "đến trước")
    if not to:
        raise reader.stuck()
    at = read_time(reader)
    end = _one_day(reader)
    if not start.month and start.month_of is None:
        start = replace(start, month=end.month)
    if start.year is None:
        start = replace(start, year=end.year)
    opens, closes = anchor(reader, start), anchor(reader, end)
    if isinstance(opens, InMonth) or isinstance(closes, InMonth) or start.at or end.at:
        raise reader.fail(text("a window without a month, or with the hour in ISO form"), _WINDOW, begin)
    if type(opens) is not type(closes):
        raise reader.fail(text("one end of the window has a year, the other has none"), _WINDOW, begin)
    if _place_in_time(opens) > _place_in_time(closes):
        raise reader.fail(text("the window ends before it begins"), _WINDOW, begin)
    return Dated(Op.BEFORE if to == "đến trước" else Op.BY, (closes,), at, opens)


def _one_day(reader: Reader) -> Day:
    days = read_days(reader)
    if len(days) > 1:
        raise reader.fail(text("several days where one is needed"), _WINDOW, days[0].place)
    return days[0]


def _place_in_time(day: OnDate | Yearly) -> tuple[int, int, int]:
    if isinstance(day, OnDate):
        return day.day.year, day.day.month, day.day.day
    return list(YearOf).index(day.year), day.month, 31 if day.day == LAST else day.day
