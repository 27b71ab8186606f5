"""What `nhachan status` tells: what comes, what went out, what failed, who is missing."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from scheduler.deadlines.expand import expand
from scheduler.deadlines.plans import Deadline
from scheduler.installation import Installation
from scheduler.reminders import brake, ledger
from scheduler.reminders.digest import Agenda, decide, missing_units
from scheduler.reminders.submissions import submitted
from scheduler.state.tables import Mail, Publication

_AHEAD = 30
_LAST = 20
_MISSING_BACK = timedelta(days=731)  # as far back as feeds go


def gather(installation: Installation, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The listings: a hold of all sending, what comes, what went out, what failed, who is missing."""
    register, settings = installation.configuration.register, installation.configuration.settings
    today, zone = installation.today(now), settings.timezone
    with Session(installation.engine) as session:
        first_seen = {row.key: installation.today(row.first_seen) for row in session.exec(select(Publication))}
        hold = brake.held(session)
        told, reports = ledger.told(session, today), submitted(session)
        mails = session.exec(select(Mail).order_by(col(Mail.id).desc()).limit(_LAST)).all()
        failed = session.exec(
            select(Mail).where(col(Mail.error) != "").order_by(col(Mail.id).desc()).limit(_LAST)
        ).all()
    agenda = Agenda.between(register, today, today + timedelta(days=_AHEAD))

    def known(deadline: Deadline) -> bool:
        # What the daemon has not seen yet it will see today at the earliest.
        return deadline.last_day is not None and first_seen.get(deadline.key, today) <= deadline.last_day

    upcoming: list[dict[str, Any]] = []
    for n in range(_AHEAD + 1):
        day = today + timedelta(days=n)
        since = None if n == 0 else day - timedelta(days=1)  # today, whatever was missed; then each day's own
        for digest in decide(agenda, day, told, reports, since=since, known=known):
            at = max(digest.at(register.ladder.at, settings.timezone), now.astimezone(settings.timezone))
            about = [f"{item.facts.key} ({item.rung})" for item in digest.items]
            upcoming.append({"at": at.isoformat(timespec="minutes"), "unit": digest.unit.id, "about": about})
    missing = [
        {
            "deadline": deadline.key,
            "last_day": deadline.last_day.isoformat(),
            "missing": list(late),
            "expected": len(deadline.units),
        }
        for deadline in expand(register, today - _MISSING_BACK, today)
        if deadline.last_day is not None
        and deadline.last_day < today
        and known(deadline)
        and (late := missing_units(deadline, reports))
    ]
    held = (
        [{"since": f"{hold.since.astimezone(zone):%Y-%m-%d %H:%M}", "reason": hold.reason, "by": hold.by}]
        if hold
        else []
    )
    return {
        "held": held,
        "next": upcoming,
        "mails": [_mail(row, zone) for row in mails],
        "failures": [{**_mail(row, zone), "error": row.error} for row in failed],
        "missing": missing,
    }


def _mail(row: Mail, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "unit": row.unit,
        "state": row.state,
        "sent": row.sent.astimezone(zone).isoformat(timespec="minutes") if row.sent else None,
        "to": row.accepted or row.recipients,
        "subject": row.subject,
    }
