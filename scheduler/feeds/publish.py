"""What is published, and what changed since: today's deadlines against those remembered in the state.

SEQUENCE and LAST-MODIFIED move when, and only when, the facts of a deadline do. A deadline that is withdrawn stays
thirty days as cancelled. What moved, went or came back is noted as a `Change`, for the units to be told.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Self
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlmodel import Session, select

from scheduler.deadlines.expand import whole_plan
from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.plans import Deadline, Register
from scheduler.state.database import note
from scheduler.state.tables import Change, Note, Publication

KEEP_WITHDRAWN = timedelta(days=30)
_DATES = ("stated", "last_day", "send_by", "at")


@dataclass(frozen=True)
class Difference:
    """One deadline that differs from what was published: `added`, `moved`, `changed`, `withdrawn`, `reinstated`."""

    kind: str
    key: str
    before: Facts | None
    after: Facts


@dataclass(frozen=True)
class Current:
    """What a register says up to a horizon: every dated deadline, its facts, and their digests by its key."""

    horizon: date
    deadlines: list[Deadline]
    facts: dict[str, Facts]
    digests: dict[str, str]

    @classmethod
    def of(cls, register: Register, horizon: date) -> Self:
        """Calculated."""
        deadlines = current_deadlines(register, horizon)
        facts = {d.key: facts_of(d, register) for d in deadlines}
        return cls(horizon, deadlines, facts, {key: digest(found) for key, found in facts.items()})


@dataclass
class Published:
    """What is published after a materialisation: the deadlines with their rows, and how they differ from before."""

    current: Current
    rows: dict[str, Publication]
    differences: list[Difference] = field(default_factory=list)

    @property
    def deadlines(self) -> list[Deadline]:
        """The deadlines."""
        return self.current.deadlines

    @property
    def facts(self) -> dict[str, Facts]:
        """What is said of them, by their keys."""
        return self.current.facts


def current_deadlines(register: Register, horizon: date) -> list[Deadline]:
    """Every dated deadline of every plan, up to the horizon, by send-by day."""
    found = [d for plan in register.plans.values() for d in whole_plan(register, plan, horizon) if d.send_by]
    return sorted(found, key=lambda d: (d.send_by or date.max, d.key))


def horizon_of(session: Session, today: date, ahead: relativedelta) -> date:
    """The last day that is materialised. It never comes nearer: a clock set back must not withdraw anything."""
    wanted = today + ahead
    row = session.get(Note, "horizon")
    return max(wanted, date.fromisoformat(row.value)) if row else wanted


def differences(rows: Mapping[str, Publication], current: Current) -> list[Difference]:
    """How today's deadlines differ from the published ones. Pure; `nhachan diff` shows it, `reconcile` acts on it."""
    found: list[Difference] = []
    for key, after in current.facts.items():
        row = rows.get(key)
        if row is None:
            found.append(Difference("added", key, None, after))
        elif row.withdrawn is not None:
            found.append(Difference("reinstated", key, Facts.from_json(row.facts), after))
        elif row.digest != current.digests[key]:
            before = Facts.from_json(row.facts)
            moved = any(getattr(before, name) != getattr(after, name) for name in _DATES)
            found.append(Difference("moved" if moved else "changed", key, before, after))
    for key, row in rows.items():
        if row.withdrawn is None and key not in current.facts:
            gone = Facts.from_json(row.facts)
            found.append(Difference("withdrawn", key, gone, gone))
    return found


def digest(facts: Facts) -> str:
    """A short name for what is said of a deadline."""
    return blake2b(json.dumps(facts.to_json(), sort_keys=True).encode(), digest_size=16).hexdigest()


def reconcile(
    session: Session,
    register: Register,
    ahead: relativedelta,
    now: datetime,
    zone: ZoneInfo,
    writing: str = "",
    known: Current | None = None,
) -> Published:
    """Bring the published deadlines up to date with the register, and note what changed. The caller commits.

    `writing` says how events are written (see `events.writing`): in another language every one of them is another.
    `known` is what this register was found to say before; up to the same horizon it still does.
    """
    now = now.astimezone(UTC).replace(microsecond=0)  # as the database gives it back
    horizon = horizon_of(session, now.astimezone(zone).date(), ahead)
    current = known if known and known.horizon == horizon else Current.of(register, horizon)
    rows = {row.key: row for row in session.exec(select(Publication))}
    found = differences(rows, current)
    if _remember(session, "writing", writing) != writing:
        for row in rows.values():
            _count_up(row, now)
    today = now.astimezone(zone).date()
    for difference in found:
        rows[difference.key] = _apply(session, rows.get(difference.key), difference, now, today)
    _remember(session, "horizon", horizon.isoformat())
    return Published(current, rows, found)


def _remember(session: Session, name: str, value: str) -> str:
    """Put a note into the state; what it said before, or the same where there was none."""
    before = note(session, name, value)
    row = session.get(Note, name)
    if row is not None:
        row.value = value
    return before


def _count_up(row: Publication, now: datetime, by: int = 1) -> None:
    row.sequence += by
    # Whatever the clock does, LAST-MODIFIED goes forward: Google passes over an update that does not.
    row.modified = max(now, row.modified + timedelta(seconds=1))


def _apply(
    session: Session, row: Publication | None, difference: Difference, now: datetime, today: date
) -> Publication:
    after = difference.after
    if row is None:
        row = Publication(key=difference.key, digest=digest(after), facts=after.to_json(), first_seen=now, modified=now)
        session.add(row)
        return row
    last_day = difference.before.last_day if difference.before else None
    # One more where feeds of units may have told it as overdue, which counted as a change: SEQUENCE never goes back.
    _count_up(row, now, 2 if last_day is not None and last_day < today else 1)
    row.withdrawn = now if difference.kind == "withdrawn" else None
    row.digest = digest(after)
    row.facts = after.to_json()
    if difference.kind != "changed" and difference.before is not None:
        change = Change(
            key=difference.key, kind=difference.kind, at=now, before=difference.before.to_json(), after=after.to_json()
        )
        session.add(change)
    return row


def withdrawn(rows: Iterable[Publication], now: datetime) -> list[Publication]:
    """The withdrawn deadlines that feeds still show."""
    return [row for row in rows if row.withdrawn is not None and now - row.withdrawn <= KEEP_WITHDRAWN]
