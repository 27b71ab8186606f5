"""The working days of the state's offices: Monday to Friday, less the days off, plus the make-up days.

Days off and swaps are ordered year by year (Labour Code 2019, Article 112; the yearly notices), so each year's come
from a table with its notice. A year without one falls back on the holiday library and is *provisional*: so is every
date that depends on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class YearTable:
    """One year's days off (Monday to Friday) and make-up working days (Saturday, Sunday), with the notice."""

    off: frozenset[date]
    make_up: frozenset[date]
    notice: str = ""
    provisional: bool = False


@dataclass
class WorkCalendar:
    """Which days are working days, for any year; `tables` win over the holiday library."""

    tables: Mapping[int, YearTable] = field(default_factory=dict)
    _years: dict[int, YearTable] = field(default_factory=dict, init=False, repr=False, compare=False)
    _before: dict[date, date] = field(default_factory=dict, init=False, repr=False, compare=False)
    _after: dict[date, date] = field(default_factory=dict, init=False, repr=False, compare=False)

    def year(self, year: int) -> YearTable:
        """The table of a year; the holiday library's, marked provisional, where nobody gave one."""
        table = self._years.get(year)
        if table is None:
            table = self._years[year] = self.tables.get(year) or _from_library(year)
        return table

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        table = self.year(day.year)
        return day not in table.off if day.weekday() < 5 else day in table.make_up

    def is_provisional(self, year: int) -> bool:
        """Whether a year's days off are not ordered yet."""
        return self.year(year).provisional

    def on_or_before(self, day: date) -> date:
        """The last working day that is not after `day`."""
        found = self._before.get(day)
        if found is None:
            found = day
            while not self.is_working(found):
                found -= _DAY
            self._before[day] = found
        return found

    def on_or_after(self, day: date) -> date:
        """The first working day that is not before `day`."""
        found = self._after.get(day)
        if found is None:
            found = day
            while not self.is_working(found):
                found += _DAY
            self._after[day] = found
        return found

    def add(self, day: date, count: int) -> date:
        """The `count`th working day after `day`, or before it where `count` is negative."""
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` and not after `end`."""
        return sum(self.is_working(start + n * _DAY) for n in range(1, (end - start).days + 1))


def _from_library(year: int) -> YearTable:
    from holidays import country_holidays  # 70 ms that a complete config/workdays saves

    found = country_holidays("VN", years=year, language="vi")
    off = frozenset(day for day in found if day.year == year and day.weekday() < 5)
    make_up = frozenset(day for day in found.weekend_workdays if day.year == year)
    return YearTable(off, make_up, provisional=True)
