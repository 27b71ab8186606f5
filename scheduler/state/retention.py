"""What is forgotten after some years: old mails, the trail of who did what, changes long told, withdrawn submissions.

What the program still works with stays, however short a time somebody asks for: reminders look back some months, and
the sequence numbers of a unit's events count its withdrawn submissions for as long as its feed shows the event.
Publications and submissions that stand are kept for ever.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from scheduler.state.tables import Audit, Change, Mail, MailItem, Publication, Submission

Span = relativedelta | timedelta

AT_LEAST = timedelta(days=400)  # what reminders may look back upon
_SHOWN = relativedelta(years=2)


@dataclass(frozen=True)
class Pruned:
    """How many rows were deleted."""

    mails: int = 0
    submissions: int = 0
    audit: int = 0
    changes: int = 0


def prune(session: Session, now: datetime, ledger: Span, audit: Span, shown: Span = _SHOWN) -> Pruned:
    """Delete mails older than `ledger`, and what else is older than `audit`; never anything of the last 400 days.

    `shown` is how far back the feeds of units go. The caller commits.
    """
    of_ledger, of_audit = (min(now - span, now - AT_LEAST) for span in (ledger, audit))
    return Pruned(
        mails=_mails(session, of_ledger.astimezone(UTC).date()),
        submissions=_submissions(session, of_audit, (now - shown).date()),
        audit=_deleted(session, delete(Audit).where(col(Audit.at) < of_audit)),
        # The last one stays: SQLite would give its number again, and units that heard of it would not hear of another.
        changes=_deleted(
            session, delete(Change).where(col(Change.at) < of_audit, col(Change.id) != _last(session, Change.id))
        ),
    )


def _deleted(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _last(session: Session, column: Any) -> int:
    return session.exec(select(func.max(column))).one() or 0


def _mails(session: Session, limit: date) -> int:
    told_of_late = select(MailItem.mail_id).where(MailItem.due >= limit)
    old = select(Mail.id).where(
        Mail.day < limit, col(Mail.state).not_in(("due", "sending")), col(Mail.id).not_in(told_of_late)
    )
    session.execute(delete(MailItem).where(col(MailItem.mail_id).in_(old)))
    return _deleted(session, delete(Mail).where(col(Mail.id).in_(old)))


def _submissions(session: Session, before: datetime, shown_since: date) -> int:
    wanted = select(Submission).where(col(Submission.withdrawn) < before)
    old = session.exec(wanted.where(col(Submission.id) != _last(session, Submission.id))).all()
    if not old:
        return 0
    shown = _shown_since(session, shown_since)
    gone = [row.id for row in old if (row.plan, row.obligation, row.period) not in shown]
    for row in old:
        session.expunge(row)
    return _deleted(session, delete(Submission).where(col(Submission.id).in_(gone)))


def _shown_since(session: Session, day: date) -> set[tuple[str, str, str]]:
    """The deadlines that feeds still show: plan, obligation, period."""
    all_facts = session.exec(select(Publication.facts)).all()
    late = (facts for facts in all_facts if str(facts["send_by"] or "") >= day.isoformat())
    return {(facts["plan"], facts["obligation"], facts["period"]) for facts in late}
