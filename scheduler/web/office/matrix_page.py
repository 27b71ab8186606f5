"""The office's page of plans × units: who has reported, who owes, of a year."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from scheduler.deadlines.plans import Deadline, Register, Unit
from scheduler.web.office.matrix import Column, Row, columns, of_year, passed, row, under, years
from scheduler.web.office.received import received
from scheduler.web.office.visit import Visit
from scheduler.web.paging import Paged, found, paged
from scheduler.web.site import Site

NAMES = ("q", "under", "year", "missing", "page", "plans")
_UNITS, _PLANS, _CHOICES = 40, 20, 300


@dataclass(frozen=True)
class View:
    """What the page shows."""

    year: int
    years: list[int]
    rows: list[Row]
    units: Paged[Unit]
    plans: Paged[Column]
    groups: list[str]
    parents: list[Unit]


def matrix(visit: Visit) -> Response:
    """The page."""
    site, query = visit.site, visit.query
    return visit.page(
        "matrix.html",
        "matrix",
        view=_view(site, query),
        size=_PLANS,
        units=site.register.units,
        query=query,
        names=NAMES,
    )


def _view(site: Site, query: Mapping[str, str]) -> View:
    register, today = site.register, site.today()
    known_years = years(site.index, today)
    year = next((year for year in known_years if str(year) == query.get("year")), today.year)
    units = paged(_wanted(site, query, year), query.get("page", ""), _UNITS)
    mine = {unit.id: _reporting(site, unit, year) for unit in units.items}
    deadlines = {d.key: d for found in mine.values() for d in found}
    known = received(site.engine, deadlines.values(), mine, site.settings.timezone)
    rows = [row(unit, mine[unit.id], known, today) for unit in units.items]
    return View(
        year=year,
        years=known_years,
        rows=rows,
        units=units,
        plans=paged(columns(rows, register), query.get("plans", ""), _PLANS),
        groups=list(register.groups)[:_CHOICES],
        parents=_parents(register, query.get("under", "")),
    )


def _wanted(site: Site, query: Mapping[str, str], year: int) -> list[Unit]:
    """The units that are asked for, of those that report in the year."""
    register, words, above = site.register, query.get("q", ""), query.get("under", "")
    deadlines = of_year(site.index.deadlines, year)
    reporting = {unit for deadline in deadlines for unit in deadline.units}
    units = (register.units[id_] for id_ in (under(register, above) if above else register.units) if id_ in reporting)
    wanted = [u for u in units if found(words, u.name, u.id)]
    if not query.get("missing"):
        return wanted
    late = passed(deadlines, site.today())
    owing = received(site.engine, late, [u.id for u in wanted], site.settings.timezone).owing(late)
    return [u for u in wanted if u.id in owing]


def _reporting(site: Site, unit: Unit, year: int) -> list[Deadline]:
    return of_year(site.index.reporting.get(unit.id, ()), year)


def _parents(register: Register, chosen: str) -> list[Unit]:
    """The units that others stand under, as many as a list can offer; the chosen one is among them."""
    above = dict.fromkeys(unit.parent for unit in register.units.values() if unit.parent)
    offered = list(above)[:_CHOICES]
    if chosen in register.units and chosen not in offered:
        offered.append(chosen)
    return [register.units[id_] for id_ in offered]
