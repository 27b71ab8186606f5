"""What is published, and what changed since: today's deadlines against those remembered in the state.

SEQUENCE and LAST-MODIFIED move when, and only when, the facts of a deadline do. A deadline that is withdrawn stays
thirty days as cancelled. What moved, went or came back is noted as a `Change`, for the units to be told.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy import insert
from sqlalchemy import select as choose
from sqlmodel import Session, col, select

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Deadline, Register
from scheduler.feeds.current import Current
from scheduler.state.database import in_parts, note
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


class Standing(NamedTuple):
    """A deadline as last published, less what was said of it: see `Publication`."""

    key: str
    digest: str
    sequence: int
    first_seen: datetime
    modified: datetime
    withdrawn: datetime | None


_STANDING = choose(*(getattr(Publication, name) for name in Standing._fields))


@dataclass
class Published:
    """What is published after a materialisation: the deadlines with their rows, and how they differ from before.

    `cancelled` are those that feeds still show as withdrawn, with what was said of them.
    """

    current: Current
    rows: dict[str, Standing]
    differences: list[Difference] = field(default_factory=list)
    cancelled: list[tuple[Facts, Standing]] = field(default_factory=list)

    @property
    def deadlines(self) -> list[Deadline]:
        """The deadlines."""
        return self.current.deadlines

    @property
    def facts(self) -> dict[str, Facts]:
        """What is said of them, by their keys."""
        return self.current.facts


def horizon_of(session: Session, today: date, ahead: relativedelta) -> date:
    """The last day that is materialised. It never comes nearer: a clock set back must not withdraw anything."""
    wanted = today + ahead
    row = session.get(Note, "horizon")
    return max(wanted, date.fromisoformat(row.value)) if row else wanted


def standings(session: Session) -> dict[str, Standing]:
    """Every deadline that was published and is remembered, by its key."""
    return {row[0]: Standing(*row) for row in session.execute(_STANDING)}


def differences(session: Session, rows: Mapping[str, Standing], current: Current) -> list[Difference]:
    """How today's deadlines differ from the published ones. `nhachan diff` shows it, `reconcile` acts on it.

    What was said before is read for those that differ alone.
    """
    kinds = dict(_differing(rows, current))
    before = _said(session, [key for key, kind in kinds.items() if kind != "added"])
    found: list[Difference] = []
    for key, kind in kinds.items():
        old = before.get(key)
        new = current.facts[key] if key in current.facts else before[key]
        moved = kind == "changed" and any(getattr(old, name) != getattr(new, name) for name in _DATES)
        found.append(Difference("moved" if moved else kind, key, old, new))
    return found


def _differing(rows: Mapping[str, Standing], current: Current) -> Iterator[tuple[str, str]]:
    for key, digest in current.digests.items():
        row = rows.get(key)
        if row is None:
            yield key, "added"
        elif row.withdrawn is not None:
            yield key, "reinstated"
        elif row.digest != digest:
            yield key, "changed"
    for key, row in rows.items():
        if row.withdrawn is None and key not in current.facts:
            yield key, "withdrawn"


def _said(session: Session, keys: Collection[str]) -> dict[str, Facts]:
    """What was published of some deadlines."""
    wanted = select(Publication.key, Publication.facts)
    rows = (row for part in in_parts(keys) for row in session.exec(wanted.where(col(Publication.key).in_(part))))
    return {key: Facts.from_json(facts) for key, facts in rows}


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
    if known is not None and known.register is register and known.horizon == horizon:
        current = known
    else:
        current = Current.of(register, horizon, known)
    rows = standings(session)
    found = differences(session, rows, current)
    if _remember(session, "writing", writing) != writing:
        rows |= _change(session, rows, lambda row: _count_up(row, now))
    by_key, today = {difference.key: difference for difference in found}, now.astimezone(zone).date()
    rows |= _add(session, [key for key, one in by_key.items() if one.kind == "added"], current, now)
    changed = [key for key, one in by_key.items() if one.kind != "added"]
    rows |= _change(session, changed, lambda row: _apply(session, row, by_key[row.key], current, now, today))
    _remember(session, "horizon", horizon.isoformat())
    cancelled = sorted(key for key, row in rows.items() if row.withdrawn and now - row.withdrawn <= KEEP_WITHDRAWN)
    said = _said(session, cancelled)
    return Published(current, rows, found, [(said[key], rows[key]) for key in cancelled])


def _add(session: Session, keys: Collection[str], current: Current, now: datetime) -> dict[str, Standing]:
    """Remember deadlines that are published for the first time; how they stand."""
    found = {key: Standing(key, current.digests[key], 0, now, now, None) for key in keys}
    for part in in_parts(keys):
        rows = [found[key]._asdict() | {"facts": current.facts[key].to_json()} for key in part]
        session.execute(insert(Publication), rows)
    return found


def _change(session: Session, keys: Collection[str], change: Callable[[Publication], object]) -> dict[str, Standing]:
    """Change some rows; how they stand then."""
    found: dict[str, Standing] = {}
    for part in in_parts(keys):
        for row in session.exec(select(Publication).where(col(Publication.key).in_(part))).all():
            change(row)
            found[row.key] = Standing(*(getattr(row, name) for name in Standing._fields))
    return found


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
    session: Session, row: Publication, difference: Difference, current: Current, now: datetime, today: date
) -> None:
    after = difference.after.to_json()
    last_day = difference.before.last_day if difference.before else None
    # One more where feeds of units may have told it as overdue, which counted as a change: SEQUENCE never goes back.
    _count_up(row, now, 2 if last_day is not None and last_day < today else 1)
    row.withdrawn = now if difference.kind == "withdrawn" else None
    row.digest = current.digests.get(row.key, row.digest)
    row.facts = after
    if difference.kind != "changed" and difference.before is not None:
        before = difference.before.to_json()
        session.add(Change(key=row.key, kind=difference.kind, at=now, before=before, after=after))
