"""When nothing is sent: an administrator holds it, one morning would send too many, or the clock cannot be right.

A hold stands in the database until somebody releases it: a restart does not lift it. Reminders lose nothing by it:
after the release the newest rung that was missed is told.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import exists
from sqlmodel import Session, col

from scheduler.reminders.typed import in_one_line
from scheduler.state.database import StateError
from scheduler.state.tables import Audit, Note
from scheduler.translation import text

CLOCK = "clock"
"""Who holds the sending when the clock cannot be right."""

_HOLD, _ALLOWED, _BEAT = "hold", "brake-released", "last-beat"
_AHEAD = timedelta(days=300)
"""A longer gap between two beats is no standstill but a clock that jumped: a dead battery wakes up years away."""
_BACK = timedelta(days=1)
"""So far back goes no clock that is merely set right."""
_NEVER = datetime(2015, 1, 1, tzinfo=UTC)
"""Before this no clock can be right: where its battery is dead, a machine wakes up in 1970 or 2000."""
_REASON = 200  # characters
_REMEMBER_EVERY = timedelta(minutes=30)
HELD = exists().where(col(Note.name) == _HOLD, col(Note.value) != "")
"""Whether sending is held: a condition for a query."""


@dataclass(frozen=True)
class Hold:
    """Sending is held, since when, why, by whom."""

    since: datetime
    reason: str
    by: str


def held(session: Session) -> Hold | None:
    """The hold that stands, or None."""
    row = session.get(Note, _HOLD)
    if row is None or not row.value:
        return None
    found = json.loads(row.value)
    return Hold(datetime.fromisoformat(found["since"]), found["reason"], found["by"])


def hold(session: Session, reason: str, by: str, now: datetime) -> bool:
    """Hold all sending; False where it is held already. The caller commits."""
    if held(session):
        return False
    reason = in_one_line(reason, _REASON)
    value = json.dumps({"since": now.isoformat(timespec="seconds"), "reason": reason, "by": by}, ensure_ascii=False)
    _write(session, _HOLD, value)
    session.add(Audit(at=now, actor=by, action="hold", detail=reason))
    return True


def clock_is_right(session: Session, now: datetime) -> bool:
    """Lift the hold that a jump of the clock brought, now that it is trusted; False where there is none."""
    found = held(session)
    if found is None or found.by != CLOCK:
        return False
    _write(session, _HOLD, "")
    session.add(Audit(at=now, actor=CLOCK, action="release"))
    return True


def release(session: Session, by: str, now: datetime, today: date) -> bool:
    """Send again, also what the brake stopped today, and believe the clock; False where nothing was held.

    The caller commits.
    """
    _write(session, _BEAT, now.isoformat())
    if not held(session):
        return False
    _write(session, _HOLD, "")
    _write(session, _ALLOWED, today.isoformat())
    session.add(Audit(at=now, actor=by, action="release"))
    return True


def too_many(session: Session, count: int, most: int, today: date) -> bool:
    """Whether so many mails at once need a person's word, which has not been given today."""
    allowed = session.get(Note, _ALLOWED)
    return 0 < most < count and not (allowed and allowed.value == today.isoformat())


def trusted(session: Session, now: datetime) -> tuple[datetime, bool]:
    """The moment to go by, and whether the clock jumped; remembers this beat.

    A clock that jumped, ahead or back, is not believed: the last moment before it is gone by, until the clock is right
    again or somebody releases the hold. Before the very first beat there is none: StateError where it cannot be right.
    """
    row = session.get(Note, _BEAT)
    if row is None and now < _NEVER:
        problem = text("this machine's clock says {day}: set it right, then start nhachan again", day=f"{now:%Y-%m-%d}")
        raise StateError(problem)
    last = datetime.fromisoformat(row.value) if row else now
    gap = now - last
    if not -_BACK <= gap <= _AHEAD:
        return last, True
    if row is None or gap >= _REMEMBER_EVERY:  # of a clock that was set back a little, the later moment stays
        _write(session, _BEAT, now.isoformat())
    return now, False


def _write(session: Session, name: str, value: str) -> None:
    row = session.get(Note, name)
    if row is None:
        session.add(Note(name=name, value=value))
    else:
        row.value = value
