"""Rules: what a plan's words say about a date, apart from the year and period they are applied to.

`wording` reads and prints them, this module applies them: a rule and a period give the stated date; the stated date,
the operator, the office's policy and the working days give the last day and the send-by day (CONTRACT, section 3).
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dateutil.rrule import rrulestr

from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.workdays import WorkCalendar
from scheduler.translation import Text, text

LAST = -1
"""A day of the month: its last one (as BYMONTHDAY=-1 in RFC 5545)."""

PERIOD_END = "period-end"
CUTOFF = "cutoff"


class Op(StrEnum):
    """How the words bound the date: `before` X (X is too late), `by` X (X is good), `within` N days, or no date."""

    BEFORE = "before"
    BY = "by"
    WITHIN = "within"
    UNDATED = "undated"


class YearOf(StrEnum):
    """The year of a day and month, seen from the reporting year."""

    PREVIOUS = "previous"
    THIS = "this"
    NEXT = "next"


class MonthOf(StrEnum):
    """A month seen from the reporting period: its only one, its first, its last, or the one after it ended."""

    THIS = "this"
    FIRST = "first"
    LAST = "last"
    NEXT = "next"


@dataclass(frozen=True)
class OnDate:
    """A full date: 15/5/2023."""

    day: date


@dataclass(frozen=True)
class Yearly:
    """A day and month of every reporting year, or of the year after or before it: 30/9; 05/01 năm sau.

    `weekday` (0 Monday) is set when the words name one; a year in which it does not hold is an error.
    """

    month: int
    day: int
    year: YearOf = YearOf.THIS
    weekday: int | None = None


@dataclass(frozen=True)
class InMonth:
    """A day of a month that the period names: ngày 20 của tháng cuối quý."""

    day: int
    month: MonthOf = MonthOf.THIS


@dataclass(frozen=True)
class EndOf:
    """Any day of a month, quarter or year is good, so its last one is the date: trong tháng 11/2024, quý IV/2024.

    `year` None is the reporting year; `number` is 0 for a year.
    """

    unit: Span
    number: int = 0
    year: int | None = None


@dataclass(frozen=True)
class Recurring:
    """A recurrence rule of RFC 5545, for what nothing else says; one occurrence in each period."""

    rrule: str


Anchor = OnDate | Yearly | InMonth | EndOf | Recurring


@dataclass(frozen=True)
class Dated:
    """`before` or `by` one or several anchors; `opens` is the first day of a window ("từ ngày … đến ngày …")."""

    op: Op
    anchors: tuple[Anchor, ...]
    at: time | None = None
    opens: OnDate | Yearly | None = None


@dataclass(frozen=True)
class Within:
    """N days or working days after an obligation's last day, the period's end, the cut-off, or an event.

    `after` is an obligation's id, `period-end`, `cutoff`, or empty; then `event` says after what, in the plan's words,
    and no date can be known in advance. Counting starts on the day after (Civil Code 2015, Article 147).
    """

    count: int
    working: bool
    after: str = ""
    event: str = ""


@dataclass(frozen=True)
class SameAs:
    """As another obligation of the same plan, period by period."""

    obligation: str


@dataclass(frozen=True)
class Undated:
    """A duty without a date, in the plan's words."""

    words: str = "không ấn định thời hạn"


Rule = Dated | Within | SameAs | Undated


class RuleError(ValueError):
    """A rule that cannot be applied; `problem` says why and `advice` what to write instead."""

    def __init__(self, problem: Text, advice: Text) -> None:
        super().__init__(f"{problem} — {advice}")
        self.problem = problem
        self.advice = advice


class BeforeMeans(StrEnum):
    """How "trước ngày X" is read: X is too late (`exclusive`), or X is still good (`inclusive`)."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class DaysOff(StrEnum):
    """What becomes of a last day that is no working day."""

    EARLIER = "earlier"
    KEEP = "keep"
    LATER = "later"


@dataclass(frozen=True)
class Policy:
    """The office's two readings of the law, see `BeforeMeans` and `DaysOff`."""

    before_means: BeforeMeans = BeforeMeans.EXCLUSIVE
    days_off: DaysOff = DaysOff.EARLIER


@dataclass(frozen=True)
class Dates:
    """The three dates of a deadline. `at` is the hour in the words, kept while it still falls on `send_by`.

    `provisional` says that they depend on a year whose days off nobody has ordered yet.
    """

    stated: date
    last_day: date
    send_by: date
    at: time | None
    provisional: bool


def day_in_month(year: int, month: int, day: int) -> date:
    """A day of a month, `LAST` for its last one; RuleError where the month has no such day."""
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


def stated_date(anchor: Anchor, period: Period) -> date:
    """The date that an anchor names for a period; RuleError where there is none."""
    match anchor:
        case OnDate(day):
            return day
        case Yearly(month, day, year, weekday):
            shift = {YearOf.PREVIOUS: -1, YearOf.THIS: 0, YearOf.NEXT: 1}[year]
            return check_weekday(day_in_month(period.year + shift, month, day), weekday)
        case InMonth(day, which):
            return _in_month(day, which, period)
        case EndOf(unit, number, year):
            return Period(year or period.year, unit, number).end
        case Recurring(rule):
            return Recurrence(rule, period.year).only_day(period)


def _in_month(day: int, which: MonthOf, period: Period) -> date:
    if period.span in (Span.WEEK, Span.ONCE):
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


def dates(op: Op, stated: date, at: time | None, policy: Policy, workdays: WorkCalendar) -> Dates:
    """The three dates of a deadline from the one that the plan names.

    "Trước 16 giờ ngày X" leaves the morning of X, so its last day is X; "trước ngày X" leaves only the day before.
    """
    exclusive = op is Op.BEFORE and at is None and policy.before_means is BeforeMeans.EXCLUSIVE
    due = stated - timedelta(days=1) if exclusive else stated
    last_day = send_by = due
    match policy.days_off:
        case DaysOff.EARLIER:
            send_by = workdays.on_or_before(due)
        case DaysOff.LATER:
            last_day = send_by = workdays.on_or_after(due)
        case DaysOff.KEEP:
            pass
    kept = at if send_by == stated else None
    touched = (due, send_by) if policy.days_off is not DaysOff.KEEP else ()
    return Dates(stated, last_day, send_by, kept, any(workdays.is_provisional(day.year) for day in touched))


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
