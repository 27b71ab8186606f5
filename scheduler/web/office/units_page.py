"""The office's page of all units: their addresses, what they owe, their links."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session
from starlette.responses import Response

from scheduler.deadlines.plans import Unit
from scheduler.reminders.addresses import refused
from scheduler.web.office.matrix import passed, tally
from scheduler.web.office.received import received
from scheduler.web.office.visit import Visit
from scheduler.web.paging import Paged, found, paged
from scheduler.web.site import Site

NAMES = ("q", "state", "page")
NO_ADDRESS, REFUSED = "no-address", "refused"


@dataclass(frozen=True)
class Entry:
    """A unit as the page lists it."""

    unit: Unit
    parent: Unit | None
    successors: tuple[Unit, ...]
    overdue: int
    page: str
    feed: str


@dataclass(frozen=True)
class View:
    """What the page shows. `refused` are the addresses that nothing arrives at; both counts are of units in being."""

    entries: list[Entry]
    units: Paged[Unit]
    refused: Collection[str]
    without_address: int
    with_refused: int


def units(visit: Visit) -> Response:
    """The page."""
    return visit.page("units.html", "units", view=_view(visit.site, visit.query), query=visit.query, names=NAMES)


def _view(site: Site, query: Mapping[str, str]) -> View:
    today = site.today()
    with Session(site.engine) as session:
        bad = refused(session, site.clock())
    everybody = list(site.register.units.values())
    silent, unheard = [u for u in everybody if _silent(u, today)], [u for u in everybody if _unheard(u, today, bad)]
    chosen = {NO_ADDRESS: silent, REFUSED: unheard}.get(query.get("state", ""), everybody)
    words = query.get("q", "")
    wanted = [u for u in chosen if found(words, u.name, u.id, *u.email, u.lead)]
    shown = paged(wanted, query.get("page", ""))
    return View(_entries(site, shown.items, today), shown, bad, len(silent), len(unheard))


def _exists(unit: Unit, today: date) -> bool:
    return (unit.since is None or unit.since <= today) and (unit.until is None or today <= unit.until)


def _silent(unit: Unit, today: date) -> bool:
    """Whether a unit has no address at all."""
    return not unit.email and not unit.lead and _exists(unit, today)


def _unheard(unit: Unit, today: date, bad: Collection[str]) -> bool:
    """Whether an address of a unit was refused."""
    return any(address in bad for address in (*unit.email, unit.lead)) and _exists(unit, today)


def _entries(site: Site, shown: Collection[Unit], today: date) -> list[Entry]:
    register, links = site.register, site.links
    late = {unit.id: passed(site.index.reporting.get(unit.id, ()), today) for unit in shown}
    deadlines = {d.key: d for mine in late.values() for d in mine}
    known = received(site.engine, deadlines.values(), late, site.settings.timezone)
    return [
        Entry(
            unit,
            register.units.get(unit.parent),
            tuple(register.units[id_] for id_ in unit.successors if id_ in register.units),
            tally(late[unit.id], unit.id, known, today).overdue,
            links.page(f"units/{unit.id}"),
            links.feed(f"units/{unit.id}"),
        )
        for unit in shown
    ]
