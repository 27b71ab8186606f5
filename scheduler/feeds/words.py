"""What units have said of their reports, which stands in their own feeds: read of a unit when its feed is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine, bindparam, func, inspect, select
from sqlmodel import Session

from scheduler.deadlines.duty import Duty
from scheduler.deadlines.facts import Facts
from scheduler.state.tables import Submission

_ROW = inspect(Submission).local_table
_STOOD = ("recorded_at", "withdrawn")
_SAID = (
    select(*(_ROW.c[name] for name in (*Duty._fields, *_STOOD)))
    .where(_ROW.c.unit == bindparam("of"))
    .order_by(_ROW.c.id)
)
_SAID_OF = (
    select(*(_ROW.c[name] for name in _STOOD))
    .where(*(_ROW.c[name] == bindparam(name) for name in (*Duty._fields, "unit")))
    .order_by(_ROW.c.id)
)


@dataclass(frozen=True)
class Word:
    """A unit's word on a deadline: the stretches of time in which its submission stood; the last may go on."""

    stood: tuple[tuple[datetime, datetime | None], ...]

    @property
    def changes(self) -> list[datetime]:
        """When it was given and taken back."""
        return [moment for stretch in self.stood for moment in stretch if moment is not None]

    @property
    def stands(self) -> bool:
        """Whether a submission stands now."""
        return any(end is None for _, end in self.stood)

    def stood_at(self, moment: datetime) -> bool:
        """Whether one stood at a moment."""
        return any(start < moment and (end is None or end >= moment) for start, end in self.stood)


SILENT = Word(())


class Words(Protocol):
    """The words of all units."""

    @property
    def versions(self) -> Mapping[str, object]:
        """Of each unit that has said something, what is another whenever it has said something else."""

    def of(self, unit: str) -> Mapping[str, Word]:
        """What a unit has said, by plan.obligation.period."""

    def word(self, unit: str, facts: Facts) -> Word:
        """What it has said of one report."""


class Silence:
    """Nobody has said anything."""

    versions: Mapping[str, object] = {}

    def of(self, _unit: str) -> Mapping[str, Word]:
        """Nothing."""
        return {}

    def word(self, _unit: str, _facts: Facts) -> Word:
        """No word."""
        return SILENT


class Submissions:
    """The words as the database keeps them: each row is one, and is withdrawn at most once."""

    def __init__(self, engine: Engine, session: Session) -> None:
        self._engine = engine
        counted = select(_ROW.c.unit, func.count(), func.max(_ROW.c.id), func.count(_ROW.c.withdrawn))
        rows = session.execute(counted.group_by(_ROW.c.unit))
        self.versions: Mapping[str, object] = {unit: tuple(rest) for unit, *rest in rows}

    def of(self, unit: str) -> Mapping[str, Word]:
        """As it stands now, which may be later than the version: then there will be another one."""
        stood: dict[str, tuple[tuple[datetime, datetime | None], ...]] = {}
        with self._engine.connect() as connection:
            for plan, obligation, period, start, end in connection.execute(_SAID, {"of": unit}):
                report = f"{plan}.{obligation}.{period}"
                stood[report] = (*stood.get(report, ()), (start, end))
        return {report: Word(stretches) for report, stretches in stood.items()}

    def word(self, unit: str, facts: Facts) -> Word:
        """The same of one report."""
        if unit not in self.versions:
            return SILENT
        report = {name: getattr(facts, name) for name in Duty._fields}
        with self._engine.connect() as connection:
            return Word(tuple(tuple(row) for row in connection.execute(_SAID_OF, {**report, "unit": unit})))
