"""Reminders that somebody asks for by hand: beside the unit's mail of the day, once an hour a unit at most.

The row goes the way of all others: claimed, rendered, sent, marked. What it says is worked out when it is sent, so
who has reported meanwhile gets none.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from scheduler.deadlines.duty import duty_of
from scheduler.deadlines.facts import facts_of
from scheduler.deadlines.plans import Deadline, Register, Unit
from scheduler.reminders import addresses, ledger
from scheduler.reminders.digest import SUMMARY, Digest, Item, Report, Told, address, report
from scheduler.reminders.submissions import submitted
from scheduler.state.database import in_parts
from scheduler.state.tables import Audit, Mail, MailItem

HAND = "hand"
PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Last:
    """The newest mail that told a unit of a deadline: when it was written, how it fared."""

    at: datetime
    state: str


def last_told(session: Session, deadline: str, units: Collection[str]) -> dict[str, Last]:
    """Of each unit the newest mail that reminded it of a deadline, where there is one."""
    told = select(Mail.unit, Mail.created, Mail.state).join(MailItem, col(MailItem.mail_id) == col(Mail.id))
    told = told.where(MailItem.deadline == deadline, ~col(MailItem.rung).startswith(SUMMARY)).order_by(col(Mail.id))
    found: dict[str, Last] = {}
    for some in in_parts(units):
        for unit, at, state in session.exec(told.where(col(MailItem.unit).in_(some))):
            found[unit] = Last(at, state)
    return found


def resting(session: Session, units: Collection[str], now: datetime) -> dict[str, datetime]:
    """Which of the units were reminded by hand within the hour, about whatever, and when."""
    lately = select(Mail.unit, Mail.created).where(Mail.turn > 0, Mail.created > now - PAUSE, Mail.created <= now)
    found: dict[str, datetime] = {}
    for some in in_parts(units):
        found.update(session.exec(lately.where(col(Mail.unit).in_(some))).all())
    return found


def ask(
    session: Session, register: Register, deadline: Deadline, units: Collection[str], *, now: datetime, today: date,
    by: str, domain: str,
) -> int:  # fmt: skip
    """Write a row for each of these units that was not reminded by hand within the hour; how many were written.

    `by` is who asks, for the trail. A unit that nobody can write to has none. The caller commits.
    """
    passed_over, refused = resting(session, units, now), addresses.refused(session, now)
    turns = _turns(session, units, today)
    written = 0
    for unit in units:
        known = register.units.get(unit)
        if known is None or unit in passed_over:
            continue
        turn = turns.get(unit, 0) + 1
        slot = Told(unit, deadline.key, deadline.last_day or today, f"{HAND}:{today}.{turn}")
        digest = digest_of(register, known, today, {slot}, {deadline.key: deadline}, (), refused)
        if digest is not None and digest.to and ledger.record(session, [digest], now, domain, turn):
            session.add(Audit(at=now, actor=by, action="remind", subject=f"{deadline.key}.{unit}"))
            written += 1
    return written


def speaker(
    session: Session, register: Register, asked: Collection[Told], deadlines: Mapping[str, Deadline], now: datetime
) -> Callable[[str, date, Collection[Told]], Digest | None]:
    """Says of each row by hand, by its unit, day and slots, what it says now; `asked` is what all of them tell."""
    duties = {duty_of(deadlines[slot.deadline]) for slot in asked if slot.deadline in deadlines}
    reports, refused = submitted(session, duties), addresses.refused(session, now)

    def said(unit: str, day: date, slots: Collection[Told]) -> Digest | None:
        known = register.units.get(unit)
        return digest_of(register, known, day, slots, deadlines, reports, refused) if known else None

    return said


def digest_of(
    register: Register,
    unit: Unit,
    day: date,
    slots: Iterable[Told],
    deadlines: Mapping[str, Deadline],
    submitted: Collection[Report],
    refused: Collection[str] = (),
) -> Digest | None:
    """What a row by hand says: its deadlines, as far as the unit has not reported; None where nothing is left."""
    asked = ((slot, deadlines[slot.deadline]) for slot in slots if slot.deadline in deadlines)
    items = [
        Item(facts_of(deadline, register), HAND, slot.rung, slot.due)
        for slot, deadline in asked
        if report(deadline, unit.id) not in submitted
    ]
    return address(register, unit, day, items, refused) if items else None


def _turns(session: Session, units: Collection[str], day: date) -> dict[str, int]:
    newest = select(Mail.unit, func.max(Mail.turn)).where(Mail.day == day).group_by(Mail.unit)
    return {
        unit: turn for some in in_parts(units) for unit, turn in session.exec(newest.where(col(Mail.unit).in_(some)))
    }
