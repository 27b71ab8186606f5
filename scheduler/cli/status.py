"""What `nhachan status` tells: what comes, what went out, what failed, who is missing."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from scheduler.deadlines.expand import expand
from scheduler.installation import Installation
from scheduler.reminders import ledger
from scheduler.reminders.digest import Agenda, decide, missing_units
from scheduler.reminders.submissions import submitted
from scheduler.state.tables import Mail

_AHEAD = 30
_LAST = 20
_MISSING_BACK = timedelta(days=120)


def gather(installation: Installation, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The four listings; nothing is written."""
    register, settings = installation.configuration.register, installation.configuration.settings
    today = installation.today(now)
    with Session(installation.engine) as session:
        told, reports = ledger.told(session), set(submitted(session))
        mails = session.exec(select(Mail).order_by(col(Mail.id).desc()).limit(_LAST)).all()
        failed = session.exec(
            select(Mail).where(col(Mail.error) != "").order_by(col(Mail.id).desc()).limit(_LAST)
        ).all()
    agenda = Agenda.between(register, today, today + timedelta(days=_AHEAD))
    upcoming: list[dict[str, Any]] = []
    for n in range(_AHEAD + 1):
        day = today + timedelta(days=n)
        upcoming += [
            {
                "at": digest.at(register.ladder.at, settings.timezone).isoformat(),
                "unit": digest.unit.id,
                "about": [f"{i.facts.key} ({i.rung})" for i in digest.items],
            }
            for digest in decide(agenda, day, told, reports, since=day - timedelta(days=1))
        ]
    missing = [
        {
            "deadline": deadline.key,
            "last_day": deadline.last_day.isoformat(),
            "missing": list(late),
            "expected": len(deadline.units),
        }
        for deadline in expand(register, today - _MISSING_BACK, today)
        if deadline.last_day is not None and deadline.last_day < today and (late := missing_units(deadline, reports))
    ]
    return {
        "next": upcoming,
        "mails": [_mail(row) for row in mails],
        "failures": [{**_mail(row), "error": row.error} for row in failed],
        "missing": missing,
    }


def _mail(row: Mail) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "unit": row.unit,
        "state": row.state,
        "sent": row.sent.isoformat() if row.sent else None,
        "to": row.recipients,
        "subject": row.subject,
    }
