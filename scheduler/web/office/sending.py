"""The office's hand on sending: held or not, why, which mails were refused; and the form that holds and releases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session
from starlette.responses import Response

from scheduler.reminders import brake, failures
from scheduler.state.database import transaction
from scheduler.web.office.visit import Visit
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
    """How sending stands, for the office's page."""

    held: brake.Hold | None
    troubles: list[Trouble]


def sending(site: Site) -> Sending:
    """How sending stands now."""
    units = site.register.units
    with Session(site.engine) as session:
        held = brake.held(session)
        rows = failures.troubled(session, site.clock() - _LATE, tries=1)[-_MOST:]
    found = [Trouble(units[r.unit].name if r.unit in units else r.unit, ", ".join(r.recipients), r.error) for r in rows]
    return Sending(held, found)


def switch(site: Site, form: Mapping[str, str], by: str) -> None:
    """Hold or release, as the form says."""
    now = site.clock()
    with site.writing, transaction(site.engine) as session:
        if form.get("action") == "release":
            brake.release(session, by, now, site.today())
        elif form.get("action") == "hold":
            brake.hold(session, form.get("reason", ""), by, now)
    site.submissions_changed()


def switched(visit: Visit) -> Response:
    """The form that holds and releases sending."""
    switch(visit.site, visit.form, visit.admin.name)
    return visit.back("/mails#sending")
