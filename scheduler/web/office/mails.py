"""The mails of the ledger, for the office: what went to whom, when and why, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col
from starlette.responses import Response

from scheduler.reminders import failures
from scheduler.state.tables import Mail
from scheduler.translation import Text, text
from scheduler.web.office.asking import day_of, one_of_those_with, page_of, units_found
from scheduler.web.office.reasons import Why, reasons_of
from scheduler.web.office.sending import sending
from scheduler.web.office.trail_words import actor
from scheduler.web.office.visit import Visit
from scheduler.web.paging import Paged
from scheduler.web.site import Site

FILTERS = ("unit", "state", "q", "day")
STATES: Mapping[str, tuple[Text, str]] = {
    "due": (text("waits to be sent"), "soon"),
    "sending": (text("is being sent"), "soon"),
    "sent": (text("was sent"), "submitted"),
    "failed": (text("was refused"), "overdue"),
    "stale": (text("was not sent in time"), "overdue"),
    "empty": (text("was not needed any more"), ""),
}
"""Each state of a mail in words, and the badge that it has."""
_IN_PART = text("was sent, but not to everybody"), "overdue"
_AGAIN = text("waits to be sent again"), "soon"


@dataclass(frozen=True)
class Line:
    """One mail. `refused` and `error` are what servers said: of addresses for good, and at the last try."""

    mail: Mail
    unit: str
    state: Text
    badge: str
    why: Sequence[Why]
    refused: str
    error: str


def mails(visit: Visit) -> Response:
    """A page of the mails, newest first, by the filters in the address."""
    site = visit.site
    with Session(site.engine) as session:
        rows = page_of(session, Mail, _wanted(session, site, visit.query), visit.query.get("page", ""))
        why = reasons_of(session, site, rows.items)
    lines = [_line(site, row, why.get(row.id, ())) for row in rows.items]
    chosen, stands = day_of(visit.query, "day"), sending(site)
    return visit.page(
        "mails.html",
        "mails",
        paged=Paged(lines, rows.number, rows.last, rows.total),
        sending=stands,
        held_by=actor(site.register, stands.held.by) if stands.held else None,
        reason=site.mail(),
        query=visit.query,
        names=FILTERS,
        filtered=any(visit.query.get(name) for name in FILTERS),
        states={name: words for name, (words, _) in STATES.items()},
        day=chosen.isoformat() if chosen else "",
    )


def _wanted(session: Session, site: Site, query: Mapping[str, str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.get("unit", "").strip():
        found.append(col(Mail.unit).in_(units_found(site.register, query["unit"])))
    if query.get("state", "") in STATES:
        found.append(col(Mail.state) == query["state"])
    if query.get("q", "").strip():
        found.append(one_of_those_with(session, col(Mail.subject), query["q"]))
    if chosen := day_of(query, "day"):
        found.append(col(Mail.day) == chosen)
    return found


def _line(site: Site, mail: Mail, why: Sequence[Why]) -> Line:
    state, badge = STATES.get(mail.state, (Text("{state}", {"state": mail.state}), ""))
    if mail.error and mail.state == "sent":
        state, badge = _IN_PART
    elif mail.state == "due" and mail.attempts:
        state, badge = _AGAIN
    unit = site.register.units.get(mail.unit)
    return Line(mail, unit.name if unit else mail.unit, state, badge, why, *failures.parts_of_error(mail.error))
