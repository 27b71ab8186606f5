"""What a unit's page says of its mails: who gets them, how to have that changed, which reminders come next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Deadline, Unit
from scheduler.reminders import addresses
from scheduler.reminders.digest import address
from scheduler.reminders.ladder import Rung, rungs
from scheduler.web.site import Site

_SHOWN = 5
_AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class Reminder:
    """The mail of a coming day: which deadlines it is about."""

    day: date
    about: tuple[Facts, ...]


@dataclass(frozen=True)
class UnitMails:
    """Who hears for a unit, by which ladder, and what comes. `ask` is whom to write to so that it is changed.

    `refused` are addresses of the unit that a mail server refused of late; whoever is in `to` hears instead.
    """

    to: tuple[str, ...]
    lead: str
    refused: tuple[str, ...]
    ask: tuple[str, ...]
    coming: tuple[Reminder, ...]


def unit_mails(site: Site, unit: Unit, pending: Iterable[tuple[Deadline, Facts]]) -> UnitMails:
    """The mails of a unit as of now; `pending` are the reports that it still has to give."""
    register, today, settings = site.register, site.today(), site.settings
    with Session(site.engine) as session:
        refused = addresses.refused(session, site.clock())
    found: dict[date, list[tuple[Rung, Facts]]] = {}
    for deadline, facts in pending:
        for rung in rungs(deadline, register):
            if today <= rung.day <= today + _AHEAD:
                found.setdefault(rung.day, []).append((rung, facts))
    if site.clock().astimezone(settings.timezone).time() >= register.ladder.at:
        found.pop(today, None)  # that mail has gone out
    reply_to = settings.mail.reply_to if settings.mail else ""
    return UnitMails(
        to=address(register, unit, today, [], refused).to,
        lead=unit.lead,
        refused=tuple(a for a in unit.email if a in refused),
        ask=(reply_to,) if reply_to else settings.admins,
        coming=tuple(Reminder(day, tuple(f for _, f in found[day])) for day in sorted(found)[:_SHOWN]),
    )
