"""Rules applied: a rule and a period give the stated date, that gives the last day and the send-by day.

See CONTRACT, section 3; for cut-offs Decree 09/2019/NĐ-CP, Articles 8 and 12.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr

from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.rules import (
    LAST,
    Anchor,
    BeforeMeans,
    Dates,
    DaysOff,
    EndOf,
    InMonth,
    MonthOf,
    OnDate,
    Op,
    Policy,
    Recurring,
    RuleError,
    Within,
    Yearly,
    YearOf,
)
from scheduler.deadlines.workdays import WorkCalendar
from scheduler.translation import text

_DAY = timedelta(days=1)


def day_in_month(year: int, month: int, day: int) -> date:
    """A day of a month, `LAST` for its last one; RuleError where the month has no such day."""
    if 1 <= day <= 28:
        return date(year, month, day)
    length = monthrange(year, month)[1]
    if day == LAST:
        return date(year, month, length)
    if not 1 <= day <= length:
        raise RuleError(
            text("month {month}/{year} has no day {day}", month=month, year=year, day=day),
            text("write a day from 1 to {length}, or “ngày cuối cùng của tháng”", length=length),
        )
    return date(year, month, day)


WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def check_weekday(day: date, weekday: int | None) -> date:
    """The day itself; RuleError when the words name another weekday for it."""
    if weekday is not None and day.weekday() != weekday:
        raise RuleError(
            text(
                "{day} is {right}, not {wrong}",
                day=f"{day:%d/%m/%Y}",
                right=WEEKDAYS[day.weekday()],
                wrong=WEEKDAYS[weekday],
            ),
            text("look again at the plan: either the weekday or the date is wrong"),
        )
    return day


_SHIFT = {YearOf.PREVIOUS: -1, YearOf.THIS: 0, YearOf.NEXT: 1}


def stated_date(anchor: Anchor, period: Period) -> date:
    """The date that an anchor names for a period; RuleError where there is none."""
    match anchor:
        case InMonth(day, which):
            return _in_month(day, which, period)
        case Yearly(month, day, year, weekday):
            return check_weekday(day_in_month(period.year + _SHIFT[year], month, day), weekday)
        case OnDate(day):
            return day
        case EndOf(unit, number, year):
            return Period(year or period.year, unit, number).end
        case Recurring(rule):
            return Recurrence(rule, period.year).only_day(period)


def _in_month(day: int, which: MonthOf, period: Period) -> date:
    if period.span is Span.WEEK or period.span is Span.ONCE:
        raise RuleError(
            text("a day of the month, but “{key}” has no month of its own", key=period.span.value),
            text("write the month too, such as “trước ngày 20/6”"),
        )
    first, last = period.months
    if which is MonthOf.THIS and first != last:
        raise RuleError(
            text("which month of the period is meant?"),
            text(
                "write “ngày {day} của tháng cuối kỳ báo cáo”, or the month itself", day="cuối" if day == LAST else day
            ),
        )
    if which is MonthOf.NEXT:
        year, month = (period.year, last + 1) if last < 12 else (period.year + 1, 1)
        return day_in_month(year, month, day)
    return day_in_month(period.year, first if which is MonthOf.FIRST else last, day)


@dataclass
class Recurrence:
    """The days of a recurrence rule, a year at a time; what INTERVAL counts from is the first of `first_year`.

    RuleError for text that is no RRULE, and for one that leaves the day to its first date: that would be a guess.
    """

    rrule: str
    first_year: int
    _years: dict[int, list[date]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        parts = dict(part.partition("=")[::2] for part in self.rrule.upper().removeprefix("RRULE:").split(";"))
        pinned = {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYEASTER"} & parts.keys()
        if not pinned or not parts.keys().isdisjoint({"COUNT", "UNTIL"}):
            raise RuleError(
                text("{rrule} does not say on which day, or ends by itself", rrule=self.rrule),
                text(
                    "write for instance FREQ=WEEKLY;BYDAY=FR or FREQ=MONTHLY;BYMONTHDAY=-1; `years` says when it ends"
                ),
            )
        weekly = parts.get("FREQ") == "WEEKLY"
        start = date.fromisocalendar(self.first_year, 1, 1) if weekly else date(self.first_year, 1, 1)
        try:
            self._rule = rrulestr(self.rrule, dtstart=datetime.combine(start, time()), cache=True)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RuleError(
                text("{rrule} is no recurrence rule: {reason}", rrule=self.rrule, reason=error),
                text("write one as in RFC 5545, for instance FREQ=WEEKLY;BYDAY=FR"),
            ) from error

    def between(self, start: date, end: date) -> list[date]:
        """The days from `start` to `end`, both counted."""
        return [day for year in range(start.year, end.year + 1) for day in self._year(year) if start <= day <= end]

    def _year(self, year: int) -> list[date]:
        found = self._years.get(year)
        if found is None:
            first, last = datetime(year, 1, 1), datetime(year, 12, 31)  # noqa: DTZ001 -- days have no zone
            days = {moment.date() for moment in self._rule.between(first, last, inc=True)}
            found = self._years[year] = sorted(days)
        return found

    def only_day(self, period: Period) -> date:
        """The one day in a period; RuleError where it has none or several."""
        found = self.between(period.start, period.end)
        if len(found) != 1:
            raise RuleError(
                text("{rrule} gives {count} dates in {period}", rrule=self.rrule, count=len(found), period=period.id),
                text("write a rule with one date in each period"),
            )
        return found[0]


def last_day(op: Op, stated: date, at: time | None, policy: Policy, workdays: WorkCalendar) -> date:
    """The last day that is still in time."""
    day = _as_worded(op, stated, at, policy)
    return workdays.on_or_after(day) if policy.days_off is DaysOff.LATER else day


def _as_worded(op: Op, stated: date, at: time | None, policy: Policy) -> date:
    """The last day in time before days off are looked at.

    "Trước 16 giờ ngày X" leaves the morning of X, so its last day is X; "trước ngày X" leaves only the day before.
    """
    exclusive = op is Op.BEFORE and at is None and policy.before_means is BeforeMeans.EXCLUSIVE
    return stated - _DAY if exclusive else stated


def dates(op: Op, stated: date, at: time | None, policy: Policy, workdays: WorkCalendar) -> Dates:
    """The three dates of a deadline from the one that the plan names."""
    worded = last = send_by = _as_worded(op, stated, at, policy)
    if policy.days_off is DaysOff.EARLIER:
        send_by = workdays.on_or_before(worded)
    elif policy.days_off is DaysOff.LATER:
        last = send_by = workdays.on_or_after(worded)
    kept = at if send_by == stated else None
    # Working days are looked up between these two, and not at all where the day is kept.
    provisional = policy.days_off is not DaysOff.KEEP and (
        workdays.is_provisional(worded.year) or workdays.is_provisional(send_by.year)
    )
    return Dates(stated, last, send_by, kept, provisional)


def count_days(start: date, rule: Within, workdays: WorkCalendar) -> date:
    """The last of `count` days or working days after `start`, the day after it being the first."""
    if rule.working:
        return workdays.add(start, rule.count)
    return start + timedelta(days=rule.count)


# The last day on which data are counted, Decree 09/2019/NĐ-CP, Article 12; it knows no nine months.
_ND09: dict[Span, Anchor] = {
    Span.MONTH: InMonth(14),
    Span.QUARTER: InMonth(14, MonthOf.LAST),
    Span.SIX_MONTH: Yearly(6, 14),
    Span.SECOND_HALF: Yearly(12, 14),
    Span.ANNUAL: Yearly(12, 14),
}
ND09 = "nd09"


def nd09_cutoff(period: Period) -> date | None:
    """The decree's last day of counting data for a period, or None where it names none."""
    anchor = _ND09.get(period.span)
    return stated_date(anchor, period) if anchor else None


def too_close(cutoff: date, last_day: date, workdays: WorkCalendar) -> bool:
    """Whether fewer than one working day lies between cut-off and deadline (Decree 09/2019/NĐ-CP, Article 8.5)."""
    return workdays.add(cutoff, 1) > last_day
