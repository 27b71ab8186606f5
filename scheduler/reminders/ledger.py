"""The mail ledger: what was told to whom, and what is about to be. Two steps meet here: decided → row, row → delivered.

The database makes "twice" impossible: a unit has one row a day, and a rung of a deadline is told once to a unit.
A row is claimed with a lease before it is sent; whoever dies in mid-send loses the lease, and the row is tried again
with the same Message-ID. Of several recipients each has the mail once: who accepted it is written down, and the row
waits for the others. What could not be sent on its day is stale: its items are free for the next day's mail.
Several daemons may claim from one PostgreSQL; SQLite has one daemon, and its lock file sees to that.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, or_, update
from sqlmodel import Session, SQLModel, col, select

from scheduler.reminders import brake
from scheduler.reminders.digest import Digest, Told
from scheduler.reminders.failures import for_good, refusals, with_error
from scheduler.state.database import insert_new
from scheduler.state.presence import is_gone
from scheduler.state.tables import Mail, MailItem

LEASE = timedelta(minutes=2)  # longer than a mail usually takes; `extend` gives what one may take at most
_PAUSES = (1, 2, 5, 10, 20, 30, 60)  # minutes between tries of a mail that failed for the time being
_LONGEST = timedelta(hours=2)  # than which no lease and no pause is longer, unless the clock was ahead
_REMEMBERED = timedelta(days=400)  # what fell due longer ago is not reminded any more


_TOLD = select(col(MailItem.unit), col(MailItem.deadline), col(MailItem.due), col(MailItem.rung))
_OPEN = col(Mail.state).in_(("due", "sending"))
_UNTRIED = and_(col(Mail.state) == "due", col(Mail.claimed_until).is_(None), col(Mail.attempts) == 0)
_OURS = {
    "state": "sending",
    "claimed_until": bindparam("until"),
    "claimed_by": bindparam("by"),
    "attempts": Mail.attempts + 1,
}
_IN_HAND = update(Mail).where(
    col(Mail.id) == bindparam("mail"), col(Mail.state) == "sending", col(Mail.attempts) == bindparam("tries")
)
_GIVEN_BACK = _IN_HAND.values(state="due", claimed_until=None)
_SENT = _IN_HAND.values(
    state="sent",
    claimed_until=None,
    sent=bindparam("at"),
    subject=bindparam("title"),
    accepted=bindparam("have"),
    error=bindparam("told"),
)


class Claimed(NamedTuple):
    """A row as whoever claimed it has it in hand."""

    id: int
    unit: str
    message_id: str
    created: datetime
    claimed_until: datetime
    claimed_by: int
    attempts: int
    accepted: list[str]
    error: str


class Pending(NamedTuple):
    """A row that is not sent yet."""

    id: int | None
    unit: str
    day: date
    turn: int


def told(session: Session, today: date, since: date | None = None) -> set[Told]:
    """All that was told, or stands in a row that is about to be sent, of what may still be reminded `today`.

    Or of what fell due `since` a day, which is less to read.
    """
    wanted = _TOLD.where(col(MailItem.due) >= (since or today - _REMEMBERED))
    return {Told(*row) for row in session.exec(wanted)}


def slots(session: Session) -> dict[int | None, set[Told]]:
    """What each row tells that is not sent yet."""
    found: dict[int | None, set[Told]] = {}
    waiting = _TOLD.add_columns(col(MailItem.mail_id)).join(Mail).where(_OPEN)
    for *told_, mail in session.execute(waiting):
        found.setdefault(mail, set()).add(Told(*told_))
    return found


def record(session: Session, digests: Iterable[Digest], now: datetime, domain: str, turn: int = 0) -> int:
    """Write a row for each digest whose unit has none on that day; how many were written. The caller commits.

    `turn` is 0 for the mail of the day, and counts those that were asked for by hand. What another daemon has written
    in the meantime is passed over, by the day as by the item.
    """
    said = list(digests)
    mails = [
        {
            "unit": digest.unit.id,
            "day": digest.day,
            "turn": turn,
            "message_id": f"<{token_hex(16)}@{domain}>",
            "state": "due",
            "created": now,
            "attempts": 0,
            "recipients": list(digest.to),
            "copies": list(digest.cc),
            "accepted": [],
            "subject": "",
            "error": "",
        }
        for digest in said
    ]
    new = {unit: mail for mail, unit in _insert(session, Mail, mails, ("unit", "day", "turn"), ("id", "unit"))}
    items = [
        {"mail_id": new[digest.unit.id], "unit": digest.unit.id, "deadline": i.facts.key, "due": i.due, "rung": i.slot}
        for digest in said
        if digest.unit.id in new
        for i in digest.items
    ]
    untold = {mail for (mail,) in _insert(session, MailItem, items, ("unit", "deadline", "due", "rung"), ("mail_id",))}
    for mail in set(new.values()) - untold:
        session.execute(delete(Mail).where(col(Mail.id) == mail))
    return len(untold)


def _insert(
    session: Session, table: type[SQLModel], rows: list[dict[str, Any]], key: Collection[str], wanted: Collection[str]
) -> Iterable[Any]:
    """Insert what is new by its key, all at once; of that the columns that are wanted."""
    if not rows:
        return ()
    new = insert_new(session, table).on_conflict_do_nothing(index_elements=list(key))
    return session.connection().execute(new.returning(*(new.table.c[name] for name in wanted)), rows)


def expire(session: Session, today: date, now: datetime) -> int:
    """Give up rows of earlier days that were never sent, and free what they would have told; how many.

    Rows of later days are of a clock that was ahead, and go altogether: their day is still to come.
    A row that somebody is sending just now is left to him. One that some have counts as sent; the others are on record.
    What was refused for good was told to nobody either, and is free for whoever can be reached by now.
    """
    refused = select(Mail.id).where(Mail.state == "failed", Mail.day < today, Mail.day >= today - _REMEMBERED)
    session.exec(delete(MailItem).where(col(MailItem.mail_id).in_(refused)))
    free = or_(col(Mail.state) == "due", col(Mail.claimed_until).is_(None), col(Mail.claimed_until) <= now)
    wanted = select(Mail).where(col(Mail.state).in_(("due", "sending")), Mail.day != today, free)
    rows = session.exec(wanted.with_for_update(skip_locked=True)).all()
    for row in rows:
        row.claimed_until = None
        if row.accepted:
            row.state, row.error = "sent", for_good(row.error)
            continue
        session.exec(delete(MailItem).where(col(MailItem.mail_id) == row.id))
        row.state = "stale"
        if row.day > today:
            session.delete(row)
    return len(rows)


def release_all(session: Session) -> int:
    """Free what a daemon that was killed had in hand; how many. Only where no other daemon can be sending."""
    left = update(Mail).where(col(Mail.state) == "sending")
    return session.exec(left.values(state="due", claimed_until=None)).rowcount


def claim(connection: Connection, now: datetime, by: int = 0, lease: timedelta = LEASE, most: int = 1) -> list[Claimed]:
    """The next rows to send, ours (`by`) for the length of the lease; none too while sending is held.

    What another had in hand is free when its lease has run out, or as soon as it is known to live no more. What was not
    tried yet comes first: a mail that stalls the server each time holds up no other. The caller commits at once.
    """
    ours = {"until": now + lease, "by": by, "most": most}
    rows = connection.execute(_CLAIM_UNTRIED, ours).all()
    if not rows:
        left = and_(col(Mail.state) == "sending", is_gone(connection, col(Mail.claimed_by)))
        until = col(Mail.claimed_until)
        free = _OPEN & or_(until.is_(None), until <= now, until > now + _LONGEST, left)
        rows = connection.execute(_claim(free), ours).all()
    return sorted((Claimed(*row) for row in rows), key=lambda row: (row.attempts, row.id))


def _claim(free: Any) -> Any:
    # PostgreSQL passes over the rows that others are claiming just now; SQLite lets one write at a time. As a mere
    # subquery PostgreSQL may ask for the first rows again and again, and claim them all.
    first = select(Mail.id).where(free).order_by(col(Mail.attempts), col(Mail.id)).limit(bindparam("most"))
    next_ = select(first.with_for_update(skip_locked=True).cte("next").c.id)
    wanted = (getattr(Mail, name) for name in Claimed._fields)
    return update(Mail).where(col(Mail.id).in_(next_), free, ~brake.HELD).values(_OURS).returning(*wanted)


_CLAIM_UNTRIED = _claim(_UNTRIED)  # which the index finds at once, however many wait


def _held(session: Session, row: Claimed) -> Mail | None:
    """A row that is still ours: whose lease ran out may find that another has taken it since."""
    kept = session.get(Mail, row.id, with_for_update=True)
    return kept if kept is not None and kept.state == "sending" and kept.attempts == row.attempts else None


def extend(session: Session, row: Claimed, until: datetime, by: int = 0) -> bool:
    """Keep a row for longer, before the server is given what it cannot give back; False where it is ours no more."""
    kept = _held(session, row)
    if kept is None:
        return False
    kept.claimed_until, kept.claimed_by = until, by
    return True


def mark_taken(
    connection: Connection,
    row: Claimed,
    now: datetime,
    subject: str,
    accepted: Collection[str],
    refused: Collection[str] = (),
    later: Collection[str] = (),
) -> None:
    """The server took the mail for `accepted`; `refused` it for good for others, and for now for those in `later`.

    Whose turn is still to come is tried again after a pause; with nobody left the mail is sent.
    """
    told_ = {"told": refusals(row, refused), "have": list(dict.fromkeys((*row.accepted, *accepted)))}
    ours = {"mail": row.id, "tries": row.attempts, "at": now, "title": subject}
    if not later and connection.execute(_SENT, ours | told_).rowcount:
        return
    with Session(connection) as session:
        _mark_in_part(session, row, now, subject, accepted, refused, later)
        session.flush()


def _mark_in_part(
    session: Session,
    row: Claimed,
    now: datetime,
    subject: str,
    accepted: Collection[str],
    refused: Collection[str],
    later: Collection[str],
) -> None:
    kept = session.get(Mail, row.id, with_for_update=True)
    if kept is None:
        return
    kept.sent, kept.subject = now, subject
    kept.accepted = list(dict.fromkeys((*kept.accepted, *accepted)))
    kept.error = refusals(kept, refused)
    if not later:
        kept.state, kept.claimed_until = "sent", None
    elif kept.attempts == row.attempts:
        kept.error = with_error(kept.error, ", ".join(later))
        _pause(kept, now)


def _pause(row: Mail, now: datetime, at_least: timedelta = timedelta(0)) -> None:
    pause = timedelta(minutes=_PAUSES[min(row.attempts, len(_PAUSES)) - 1])
    row.state, row.claimed_until = "due", now + max(pause, at_least)


def mark_failed(
    session: Session, row: Claimed, now: datetime, error: str, *, permanent: bool, at_least: timedelta = timedelta(0)
) -> None:
    """The mail was not taken: for good, or to be tried again after a pause that grows, `at_least` so long."""
    kept = _held(session, row)
    if kept is None:
        return
    kept.error = with_error(refusals(kept, ()), error)
    if not permanent:
        _pause(kept, now, at_least)
    elif kept.accepted:
        kept.state, kept.claimed_until, kept.error = "sent", None, for_good(kept.error)
    else:
        kept.state, kept.claimed_until = "failed", None


def readdress(
    session: Session, row: Claimed, recipients: Collection[str], refused: Collection[str], now: datetime
) -> None:
    """The mail goes to others instead, as soon as may be; who was refused, and how, stays on record."""
    kept = _held(session, row)
    if kept is not None:
        kept.state, kept.claimed_until, kept.error = "due", now, refusals(kept, refused)
        kept.recipients, kept.copies = list(recipients), []


def mark_empty(session: Session, row: Claimed) -> None:
    """Nothing is left to say (all was submitted meanwhile): the row stays, unsent, or sent to those who have it."""
    kept = _held(session, row)
    if kept is not None:
        kept.state, kept.claimed_until = "sent" if kept.accepted else "empty", None
        kept.error = refusals(kept, ())


def give_back(connection: Connection, rows: Iterable[Claimed]) -> None:
    """Let others, or a later batch, have at once what was claimed and not begun."""
    for row in rows:
        connection.execute(_GIVEN_BACK, {"mail": row.id, "tries": row.attempts})


def leave(session: Session, row: Claimed, now: datetime) -> None:
    """Give a row back untried: it is for a daemon that knows the deadlines it tells of, or for this one, later."""
    kept = _held(session, row)
    if kept is not None:
        kept.state, kept.claimed_until = "due", now + timedelta(minutes=_PAUSES[0])


def pending(session: Session) -> Sequence[Pending]:
    """The rows that are not sent yet."""
    wanted = select(col(Mail.id), col(Mail.unit), col(Mail.day), col(Mail.turn)).where(_OPEN).order_by(col(Mail.id))
    return [Pending(*row) for row in session.execute(wanted)]
