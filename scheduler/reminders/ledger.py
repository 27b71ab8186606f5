"""The mail ledger: what was told to whom, and what is about to be. Two steps meet here: decided → row, row → delivered.

The database makes "twice" impossible: a unit has one row a day, and a rung of a deadline is told once to a unit.
A row is claimed with a lease before it is sent; whoever dies in mid-send loses the lease, and the row is tried again
with the same Message-ID. What could not be sent on its day is stale: its items are free for the next day's mail.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from secrets import token_hex

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Register
from scheduler.reminders.digest import Change, Digest, Told
from scheduler.state.tables import Change as ChangeRow
from scheduler.state.tables import Mail, MailItem

LEASE = timedelta(minutes=10)
_REFUSED = "refused: "
_PAUSES = (1, 2, 5, 10, 20, 30, 60)  # minutes between tries of a mail that failed for the time being
_CHANGES_KEPT = timedelta(days=30)


_TOLD = select(col(MailItem.unit), col(MailItem.deadline), col(MailItem.due), col(MailItem.rung))


def told(session: Session) -> set[Told]:
    """All that was told, or stands in a row that is about to be sent."""
    return {Told(*row) for row in session.exec(_TOLD)}


def slots(session: Session, mail: Mail) -> set[Told]:
    """What one row tells."""
    return {Told(*row) for row in session.exec(_TOLD.where(col(MailItem.mail_id) == mail.id))}


def record(session: Session, digests: Iterable[Digest], now: datetime, domain: str) -> int:
    """Write a row for each digest whose unit has none on that day; how many were written. The caller commits."""
    written = 0
    busy: set[tuple[str, date]] = set()
    for digest in digests:
        if (digest.unit.id, digest.day) in busy or _has_row(session, digest.unit.id, digest.day):
            continue
        busy.add((digest.unit.id, digest.day))
        row = Mail(
            unit=digest.unit.id,
            day=digest.day,
            message_id=f"<{token_hex(16)}@{domain}>",
            created=now,
            recipients=list(digest.to),
            copies=list(digest.cc),
        )
        session.add(row)
        session.flush()
        if row.id is None:
            raise RuntimeError("the database gave no id")
        for item in digest.items:
            session.add(
                MailItem(mail_id=row.id, unit=digest.unit.id, deadline=item.facts.key, due=item.due, rung=item.slot)
            )
        written += 1
    return written


def _has_row(session: Session, unit: str, day: date) -> bool:
    return session.exec(select(Mail.id).where(Mail.unit == unit, Mail.day == day)).first() is not None


def expire(session: Session, today: date) -> int:
    """Give up rows of earlier days that were never sent, and free what they would have told; how many."""
    wanted = select(Mail).where(col(Mail.state).in_(("due", "sending")), Mail.day < today)
    rows = session.exec(wanted).all()
    for row in rows:
        session.exec(delete(MailItem).where(col(MailItem.mail_id) == row.id))
        row.state = "stale"
    return len(rows)


def claim(session: Session, now: datetime) -> Mail | None:
    """The next row to send, ours for the length of the lease, or None. The caller commits at once."""
    free = or_(col(Mail.claimed_until).is_(None), col(Mail.claimed_until) <= now)
    open_ = col(Mail.state).in_(("due", "sending"))
    for id_ in session.exec(select(Mail.id).where(open_, free).order_by(col(Mail.id)).limit(20)).all():
        # The conditions stand in the UPDATE too: of two that saw the row free, the database lets one have it.
        ours = update(Mail).where(col(Mail.id) == id_, open_, free)
        taken = session.exec(ours.values(state="sending", claimed_until=now + LEASE, attempts=col(Mail.attempts) + 1))
        if taken.rowcount:
            return session.exec(select(Mail).where(Mail.id == id_)).one()
    return None


def mark_sent(session: Session, row: Mail, now: datetime, subject: str, refused: Collection[str] = ()) -> None:
    """The server took the mail, for all recipients or for all but `refused`."""
    kept = session.merge(row)
    kept.state, kept.sent, kept.claimed_until, kept.subject = "sent", now, None, subject
    if refused:
        kept.error = f"{_REFUSED}{', '.join(sorted(refused))}"
    elif not kept.error.startswith(_REFUSED):  # who was refused, so that others heard instead, stays on record
        kept.error = ""


def mark_failed(session: Session, row: Mail, now: datetime, error: str, *, permanent: bool) -> None:
    """The mail was not taken: for good, or to be tried again after a pause that grows."""
    kept = session.merge(row)
    kept.error = error
    if permanent:
        kept.state, kept.claimed_until = "failed", None
    else:
        pause = _PAUSES[min(kept.attempts, len(_PAUSES)) - 1]
        kept.state, kept.claimed_until = "due", now + timedelta(minutes=pause)


def readdress(session: Session, row: Mail, recipients: Collection[str], error: str, now: datetime) -> None:
    """The mail goes to others instead, as soon as may be; what the server said is kept."""
    kept = session.merge(row)
    kept.state, kept.claimed_until, kept.error = "due", now, f"{_REFUSED}{error}"
    kept.recipients, kept.copies = list(recipients), []


def mark_empty(session: Session, row: Mail) -> None:
    """Nothing is left to say (all was submitted meanwhile): the row stays, unsent."""
    kept = session.merge(row)
    kept.state, kept.claimed_until = "empty", None


def troubled(session: Session, since: datetime) -> Sequence[Mail]:
    """The rows of late that a server refused for good, wholly or in part."""
    wrong = or_(col(Mail.state) == "failed", col(Mail.error).startswith(_REFUSED))
    return session.exec(select(Mail).where(wrong, Mail.created > since).order_by(col(Mail.id))).all()


def pending(session: Session) -> Sequence[Mail]:
    """The rows that are not sent yet."""
    wanted = select(Mail).where(col(Mail.state).in_(("due", "sending"))).order_by(col(Mail.id))
    return session.exec(wanted).all()


def changes(session: Session, register: Register, now: datetime, said: Collection[Told]) -> list[Change]:
    """What moved, went or came back lately and was not told yet, with the units concerned.

    Several changes of one deadline are told as one: from what was last said of it to what holds now.
    """
    heard: dict[str, int] = {}
    for item in said:
        kind, _, number = item.rung.partition(":")
        if number and kind in ("moved", "withdrawn", "reinstated"):
            heard[item.deadline] = max(heard.get(item.deadline, 0), int(number))
    news: dict[str, list[ChangeRow]] = {}
    for row in session.exec(select(ChangeRow).where(ChangeRow.at > now - _CHANGES_KEPT).order_by(col(ChangeRow.id))):
        # The one that was told last is kept until there is a newer one: perhaps not every unit has heard it.
        kept = news.setdefault(row.key, [])
        if kept and (kept[-1].id or 0) <= heard.get(row.key, 0):
            kept.clear()
        kept.append(row)
    return [change for rows in news.values() if (change := _net_change(rows, register))]


def _net_change(rows: list[ChangeRow], register: Register) -> Change | None:
    last = rows[-1]
    before, after = Facts.from_json(rows[0].before), Facts.from_json(last.after)
    kind = last.kind
    if kind == "reinstated" and rows[0].kind != "reinstated":  # gone and back before anybody heard of it
        kind = "moved"
    if kind == "moved" and _dates(before) == _dates(after):
        return None
    known = tuple(i for i in after.reporters if i in register.units or i in register.groups)
    units = register.members(known)
    if after.send_by is not None:
        units = register.in_office(units, after.send_by)
    return Change(last.id or 0, kind, before, after, units)


def _dates(facts: Facts) -> tuple[object, ...]:
    return facts.stated, facts.last_day, facts.send_by, facts.at
