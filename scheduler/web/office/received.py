"""Which reports are in, of many units at once: who has submitted, and nothing more of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlmodel import col

from scheduler.deadlines.duty import Duty, duty_of
from scheduler.deadlines.plans import Deadline
from scheduler.reminders.submissions import asked, one_of
from scheduler.state.database import in_parts
from scheduler.state.tables import Submission
from scheduler.web.standing import first_seen

_MANY = 500  # units; of more than that everybody's submissions are read

_WHO = select(func.aggregate_strings(col(Submission.unit), ",")).where(col(Submission.withdrawn).is_(None))
"""The units in one row: of thousands much quicker than a row for each. No id has a comma."""


@dataclass(frozen=True)
class Received:
    """The units that have submitted, by duty; and the day on which each deadline was first seen."""

    units: Mapping[Duty, set[str]]
    seen: Mapping[str, date]

    def has(self, deadline: Deadline, unit: str) -> bool:
        """Whether a unit's report is in."""
        return unit in self.units.get(duty_of(deadline), ())

    def tracked(self, deadline: Deadline) -> bool:
        """Whether the deadline was known before its last day had passed; nothing is missing of others."""
        return deadline.last_day is None or self.seen.get(deadline.key, date.max) <= deadline.last_day

    def owing(self, deadlines: Collection[Deadline]) -> set[str]:
        """The units whose report is missing for any of these deadlines, which have passed."""
        owed: set[str] = set()
        for deadline in deadlines:
            if self.tracked(deadline):
                owed |= set(deadline.units) - self.units.get(duty_of(deadline), set())
        return owed


def received(engine: Engine, deadlines: Collection[Deadline], units: Collection[str], zone: ZoneInfo) -> Received:
    """Who of these units has submitted for these deadlines."""
    found: dict[Duty, set[str]] = {}
    who = _WHO if len(units) > _MANY else _WHO.where(col(Submission.unit).in_(units))
    with engine.connect() as connection:
        for part in in_parts({duty_of(d) for d in deadlines}):
            duties = asked(part)
            for *duty, ids in connection.execute(select(duties, who.where(one_of(duties)).scalar_subquery())):
                found[Duty(*duty)] = set(ids.split(",")) if ids else set()
        return Received(found, first_seen(connection, [d.key for d in deadlines], zone))
