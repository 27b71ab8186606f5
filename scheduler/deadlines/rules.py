"""Rules: what a plan's words say about a date, apart from the year and period they are applied to.

`wording` reads and prints them, `dates` applies them.
"""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from scheduler.deadlines.periods import Span
from scheduler.translation import Text

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
