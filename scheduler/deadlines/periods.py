"""Reporting periods ("kỳ báo cáo"): a month, a quarter, a half, nine months, a year, a week, or a single occasion.

A period is named as people name it: `2025-03`, `2025-Q1`, `2025-6M`, `2025-H2`, `2025-9M`, `2025`, `2025-W07`, `once`.
Its stretch is the calendar one, both ends counted; the windows in which data are counted (Decree 09/2019/NĐ-CP,
Article 12) are another matter, see `dates.nd09_cutoff`.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, cached_property
from typing import Self


class Span(StrEnum):
    """The sort of stretch that a period covers; the value is the key under `due:` that names it."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    SIX_MONTH = "six-month"
    SECOND_HALF = "second-half"
    NINE_MONTH = "nine-month"
    ANNUAL = "annual"
    ONCE = "once"


# The first and last month of the spans that lie once in a year.
_MONTHS = {
    Span.SIX_MONTH: (1, 6),
    Span.SECOND_HALF: (7, 12),
    Span.NINE_MONTH: (1, 9),
    Span.ANNUAL: (1, 12),
    Span.ONCE: (1, 12),
}
_SUFFIX = {Span.SIX_MONTH: "-6M", Span.SECOND_HALF: "-H2", Span.NINE_MONTH: "-9M", Span.ANNUAL: ""}
_ID = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])|W(\d\d)|(6M)|(H2)|(9M)))?")


@dataclass(frozen=True, order=True)
class Period:
    """One reporting period. `number` is the month, quarter or ISO week, and 0 for the others.

    A single occasion (`Span.ONCE`) belongs to a year too, so that "25/11" in it can be read, but is named `once`.
    For a week, `year` is the ISO year.
    """

    year: int
    span: Span
    number: int = 0

    @cached_property
    def id(self) -> str:
        """The period's name in listings, UIDs and commands, such as `2025-Q1`."""
        match self.span:
            case Span.ONCE:
                return "once"
            case Span.WEEK:
                return f"{self.year}-W{self.number:02}"
            case Span.MONTH:
                return f"{self.year}-{self.number:02}"
            case Span.QUARTER:
                return f"{self.year}-Q{self.number}"
            case _:
                return f"{self.year}{_SUFFIX[self.span]}"

    @cached_property
    def months(self) -> tuple[int, int]:
        """The first and the last month of the period; a week has none and raises ValueError."""
        match self.span:
            case Span.WEEK:
                raise ValueError("a week has no months")
            case Span.MONTH:
                return self.number, self.number
            case Span.QUARTER:
                return 3 * self.number - 2, 3 * self.number
            case _:
                return _MONTHS[self.span]

    @cached_property
    def start(self) -> date:
        """The first day."""
        if self.span is Span.WEEK:
            return date.fromisocalendar(self.year, self.number, 1)
        return date(self.year, self.months[0], 1)

    @cached_property
    def end(self) -> date:
        """The last day, itself in the period."""
        if self.span is Span.WEEK:
            return self.start + timedelta(days=6)
        month = self.months[1]
        return date(self.year, month, monthrange(self.year, month)[1])

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """The period of a name such as `2025-6M`; None when the name is none. `once` needs a plan and is none here."""
        found = _ID.fullmatch(name)
        if not found:
            return None
        year, month, quarter, week, six, half, nine = found.groups()
        try:
            if month or quarter or week:
                span = Span.MONTH if month else Span.QUARTER if quarter else Span.WEEK
                period = cls(int(year), span, int(month or quarter or week))
            else:
                span = Span.SIX_MONTH if six else Span.SECOND_HALF if half else Span.NINE_MONTH if nine else Span.ANNUAL
                period = cls(int(year), span)
            period.start  # noqa: B018 -- week 53 of a year with 52, year 0000
        except ValueError:
            return None
        return period


def weeks_in(year: int) -> int:
    """How many ISO weeks a year has, 52 or 53."""
    return date(year, 12, 28).isocalendar().week


@cache
def periods_of(key: str, year: int) -> tuple[Period, ...]:
    """The periods of a year under a key of `due:` (`quarter-1` is one period, `quarter` is four)."""
    if key.startswith("quarter-"):
        return (Period(year, Span.QUARTER, int(key[-1])),)
    span = Span(key)
    count = {Span.WEEK: weeks_in(year), Span.MONTH: 12, Span.QUARTER: 4}.get(span)
    if count is None:
        return (Period(year, span),)
    return tuple(Period(year, span, n) for n in range(1, count + 1))


DUE_KEYS = (
    "week",
    "month",
    "quarter",
    "quarter-1",
    "quarter-2",
    "quarter-3",
    "quarter-4",
    "six-month",
    "second-half",
    "nine-month",
    "annual",
    "once",
)
