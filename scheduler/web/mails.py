"""The mails of the ledger, for the office: what went to whom, when and why, and what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from starlette.responses import Response

from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.words import full_title
from scheduler.reminders import ledger
from scheduler.state.tables import Mail, MailItem, Publication
from scheduler.translation import Text, text
from scheduler.web.asking import day_of, one_of_those_with, page_of, units_found
from scheduler.web.paging import Paged
from scheduler.web.reasons import reason
from scheduler.web.sending import sending
from scheduler.web.site import Site
from scheduler.web.visit import Visit

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
_NAMED = 3  # reports that a line names for each reason


@dataclass(frozen=True)
class Why:
    """One reason for a mail: the reports that it is about, of which so many more are not named."""

    words: Text
    reports: Sequence[str]
    more: int


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
        why = _reasons(session, site, [row.id for row in rows.items])
    lines = [_line(site, row, why.get(row.id, ())) for row in rows.items]
    chosen = day_of(visit.query, "day")
    return visit.page(
        "mails.html",
        "mails",
        paged=Paged(lines, rows.number, rows.last, rows.total),
        sending=sending(site),
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
    return Line(mail, unit.name if unit else mail.unit, state, badge, why, *ledger.parts_of_error(mail.error))


def _reasons(session: Session, site: Site, ids: Iterable[int | None]) -> dict[int | None, list[Why]]:
    """Of each mail the reasons, with some of the reports that each is for."""
    wanted = select(MailItem).where(col(MailItem.mail_id).in_(list(ids))).order_by(col(MailItem.id))
    by_mail: dict[int | None, dict[str, list[str]]] = {}
    words: dict[str, Text] = {}
    for item in session.exec(wanted):
        said = reason(item.rung)  # the rungs of a summary's days are one reason
        words[str(said)] = said
        by_mail.setdefault(item.mail_id, {}).setdefault(str(said), []).append(item.deadline)
    named = {key for found in by_mail.values() for keys in found.values() for key in keys[:_NAMED]}
    titles = _titles(session, site, named)
    return {
        mail: [Why(words[w], [titles[k] for k in keys[:_NAMED]], len(keys[_NAMED:])) for w, keys in found.items()]
        for mail, found in by_mail.items()
    }


def _titles(session: Session, site: Site, keys: Iterable[str]) -> dict[str, str]:
    """Deadlines by key as people call them; those that no plan has any more as they were published last."""
    language, known = site.settings.language, site.index.by_key
    titles = {key: key for key in keys}
    for key in titles.keys() & known.keys():
        titles[key] = full_title(facts_of(known[key], site.register), language)
    gone = select(Publication).where(col(Publication.key).in_(titles.keys() - known.keys()))
    for row in session.exec(gone):
        titles[row.key] = full_title(Facts.from_json(row.facts), language) or row.key
    return titles
