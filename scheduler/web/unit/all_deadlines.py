"""All deadlines of a unit, a year at a time: what it reports, and whose reports it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Deadline, Unit
from scheduler.web.paging import found
from scheduler.web.site import Site
from scheduler.web.unit.view import Card, Progress, cards_of, progress_on

QUERY = ("year", "q")
SIZE = 25


@dataclass(frozen=True)
class Line:
    """One deadline: how the unit stands to it, where it reports, and how far the others have, where it waits."""

    facts: Facts
    card: Card | None
    progress: Progress | None


def _all(site: Site, unit: Unit) -> list[Deadline]:
    both = (*site.index.reporting.get(unit.id, ()), *site.index.following.get(unit.id, ()))
    return list({d.key: d for d in both if d.send_by}.values())


def years_of(site: Site, unit: Unit) -> list[int]:
    """The years in which a unit has deadlines."""
    return sorted({d.send_by.year for d in _all(site, unit) if d.send_by})


def chosen_year(site: Site, unit: Unit, asked: str) -> int:
    """The year that is asked for, this one where none is; the nearest in which there is something."""
    wanted = int(asked) if asked.isdecimal() and len(asked) == 4 else site.today().year
    return min(years_of(site, unit), key=lambda year: abs(year - wanted), default=wanted)


def reports_of(site: Site, unit: Unit, year: int, words: str) -> list[Deadline]:
    """The deadlines of a year in which these words stand, by day."""
    of_year = [d for d in _all(site, unit) if d.send_by and d.send_by.year == year]
    named = [d for d in of_year if found(words, d.title, d.plan.title, d.plan.number, d.wording)]
    return sorted(named, key=lambda d: (str(d.send_by), d.key))


def first_page(site: Site, deadlines: Sequence[Deadline], size: int) -> str:
    """The page on which what is due from today on begins."""
    past = sum(1 for d in deadlines if d.send_by and d.send_by < site.today())
    return str(min(past, len(deadlines) - 1) // size + 1) if deadlines else "1"


def lines_of(site: Site, unit: Unit, deadlines: Sequence[Deadline]) -> list[Line]:
    """How these deadlines stand."""
    following = {d.key for d in site.index.following.get(unit.id, ())}
    cards = {c.facts.key: c for c in cards_of(site, unit, [d for d in deadlines if unit.id in d.units])}
    progress = {p.facts.key: p for p in progress_on(site, [d for d in deadlines if d.key in following], unit.id)}
    found_ones = ((d, cards.get(d.key), progress.get(d.key)) for d in deadlines)
    return [Line((card or awaited).facts, card, awaited) for _, card, awaited in found_ones if card or awaited]  # type: ignore[union-attr]
