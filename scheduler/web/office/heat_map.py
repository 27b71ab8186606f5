"""A year of deadlines as a picture: a cell a day, in steps by how many deadlines are to be sent on it."""

from bisect import bisect_right
from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from scheduler.deadlines.workdays import WorkCalendar

STEPS = (1, 2, 4, 8)
"""How many deadlines a day has at least to be of the first step, the second, ...."""
_MONDAY_FIRST = Calendar(0)


class Load(NamedTuple):
    """What a day has to carry: its deadlines, and those of them that are overdue."""

    deadlines: int
    overdue: int


class Run(NamedTuple):
    """Days beside each other in one week: the week's row in its month, the first one's column (Monday 0), how many."""

    row: int
    column: int
    length: int


@dataclass(frozen=True)
class Cell:
    """A day that has deadlines."""

    day: date
    row: int
    load: Load
    working: bool

    @property
    def column(self) -> int:
        """Monday 0 to Sunday 6."""
        return self.day.weekday()

    @property
    def step(self) -> int:
        """How strong its colour is: 1 to 4."""
        return bisect_right(STEPS, self.load.deadlines)


@dataclass(frozen=True)
class Month:
    """A month as blocks of a picture: all its days as runs of working days and of days off, and those that count.

    `now` is the place of today, where it lies in this month.
    """

    number: int
    rows: int
    working: tuple[Run, ...]
    off: tuple[Run, ...]
    cells: tuple[Cell, ...]
    now: Run | None


def heat_map(year: int, loads: Mapping[date, Load], workdays: WorkCalendar, today: date) -> tuple[Month, ...]:
    """The twelve months of a year."""
    return tuple(_month(year, number, loads, workdays, today) for number in range(1, 13))


def _month(year: int, number: int, loads: Mapping[date, Load], workdays: WorkCalendar, today: date) -> Month:
    weeks = [[day for day in week if day.month == number] for week in _MONDAY_FIRST.monthdatescalendar(year, number)]
    runs: dict[bool, list[Run]] = {True: [], False: []}
    cells, now = [], None
    for row, week in enumerate(weeks):
        for working, days in groupby(week, workdays.is_working):
            beside = list(days)
            runs[working].append(Run(row, beside[0].weekday(), len(beside)))
        cells += [Cell(day, row, loads[day], workdays.is_working(day)) for day in week if day in loads]
        now = Run(row, today.weekday(), 1) if today in week else now
    return Month(number, len(weeks), tuple(runs[True]), tuple(runs[False]), tuple(cells), now)
