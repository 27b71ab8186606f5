"""The office's hand on sending: held or not, why, which mails were refused; and the form that holds and releases."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from scheduler.reminders import brake, ledger
from scheduler.state.database import transaction
from scheduler.web.actions import forged
from scheduler.web.site import Site

_LATE = timedelta(days=14)
_MOST = 50


@dataclass(frozen=True)
class Trouble:
    """A mail of late that did not go out, wholly or in part, or not yet."""

    unit: str
    to: str
    error: str


@dataclass(frozen=True)
class Sending:
    """How sending stands, for the office's page. `csrf` proves that the form came from it."""

    held: brake.Hold | None
    troubles: list[Trouble]
    csrf: str


def sending(site: Site) -> Sending:
    """How sending stands now."""
    units = site.register.units
    with Session(site.engine) as session:
        held = brake.held(session)
        rows = ledger.troubled(session, site.clock() - _LATE, tries=1)[-_MOST:]
    found = [Trouble(units[r.unit].name if r.unit in units else r.unit, ", ".join(r.recipients), r.error) for r in rows]
    return Sending(held, found, site.links.sign("sending"))


def switch(site: Site, form: Mapping[str, str]) -> None:
    """Hold or release, as the form says; RefusedError where it did not come from the office's page."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), site.links.sign("sending").encode()):
        raise forged()
    now = site.clock()
    with site.writing, transaction(site.engine) as session:
        if form.get("action") == "release":
            brake.release(session, "page", now, site.today())
        elif form.get("action") == "hold":
            brake.hold(session, form.get("reason", ""), "page", now)
    site.submissions_changed()
