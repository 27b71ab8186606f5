"""The list of deadlines, with search and filters that live in its address."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from starlette.responses import Response

from scheduler.deadlines.facts import period_name, shown_number
from scheduler.deadlines.periods import Span
from scheduler.deadlines.plans import Deadline, Register, Unit
from scheduler.web.office.tally import lines, tally
from scheduler.web.office.visit import Visit
from scheduler.web.paging import found, paged, words_of
from scheduler.web.site import Site

NAMES = ("q", "plan", "unit", "state", "year", "day", "page")
_CHOICES = 20
Test = Callable[[Deadline], bool]


class Wanted(StrEnum):
    """What can be asked for as `state`, in the order in which it is offered."""

    OVERDUE = "overdue"
    COMING = "coming"
    COMPLETE = "complete"
    PROVISIONAL = "provisional"
    UNDATED = "undated"


@dataclass(frozen=True)
class Neighbour:
    """Another day that has deadlines, and how many."""

    day: date
    count: int


def deadlines(visit: Visit) -> Response:
    """The list, filtered as its address says."""
    site, query = visit.site, asked(visit.query)
    day = date.fromisoformat(query["day"]) if query["day"] else None
    units = units_of(site.register, query["unit"])
    several = len(units) > 1
    tests = tuple(_filters(site, query, units))
    chosen = [d for d in site.index.deadlines if all(test(d) for test in tests)]
    shown = [d for d in chosen if day is None or d.send_by == day]
    listed = paged([] if several else ordered(shown, query, site.today()), query["page"])
    return visit.page(
        "deadlines.html",
        "deadlines",
        query=query,
        names=NAMES,
        day=day,
        beside=neighbours(chosen, day) if day and not several else (),
        unit=units[0] if len(units) == 1 else None,
        choices=units[:_CHOICES] if several else (),
        more=max(len(units) - _CHOICES, 0),
        nobody=bool(query["unit"]) and not units,
        plans=sorted(site.register.plans.values(), key=lambda plan: plan.title),
        states=tuple(Wanted),
        years=years(site),
        listed=listed,
        lines=lines(site, listed.items),
    )


def asked(query: Mapping[str, str]) -> dict[str, str]:
    """What an address asks for; a day or a year that is none is not asked for."""
    found = {name: query.get(name, "").strip() for name in NAMES}
    if not (found["year"].isdecimal() and len(found["year"]) < 5):
        found["year"] = ""
    try:
        found["day"] = date.fromisoformat(found["day"]).isoformat()
    except ValueError:
        found["day"] = ""
    return found


def years(site: Site) -> range:
    """The years in which there are deadlines, and this one."""
    known = {d.send_by.year for d in site.index.deadlines if d.send_by} | {site.today().year}
    return range(min(known), max(known) + 1)


def units_of(register: Register, written: str) -> Sequence[Unit]:
    """The units that are meant: the one of that id or very name, else all whose name or id has these words."""
    if not written:
        return ()
    if written in register.units:
        return (register.units[written],)
    meant = [unit for unit in register.units.values() if found(written, unit.name, unit.id)]
    same = [unit for unit in meant if unit.name.casefold() == written.casefold()]
    return same if len(same) == 1 else sorted(meant, key=lambda unit: unit.name)


def _filters(site: Site, query: Mapping[str, str], units: Sequence[Unit]) -> Iterator[Test]:
    """What a deadline must be, the quickest to tell first."""
    if plan := query["plan"]:
        yield lambda d: d.plan.id == plan
    if year := query["year"]:
        yield lambda d: _in_year(d, int(year))
    if query["unit"]:
        ids = {unit.id for unit in units}
        reports = {d.key for unit in units[:1] for d in site.index.reporting.get(unit.id, ())}
        yield lambda d: d.to in ids or d.via in ids or d.key in reports
    if state := query["state"]:
        yield _in_state(site, state)
    yield from (_says(site, word) for word in words_of(query["q"]))


def _in_year(deadline: Deadline, year: int) -> bool:
    if deadline.send_by is not None:
        return deadline.send_by.year == year
    once = deadline.period.span is Span.ONCE
    return year in (deadline.obligation.years or deadline.plan.years) if once else deadline.period.year == year


def _in_state(site: Site, state: str) -> Test:
    today = site.today()
    match state:
        case Wanted.OVERDUE:
            return tally(site).overdue
        case Wanted.COMPLETE:
            now = tally(site)
            return lambda d: d.send_by is not None and now.complete(d)
        case Wanted.COMING:
            return lambda d: d.last_day is not None and d.last_day >= today
        case Wanted.PROVISIONAL:
            return lambda d: d.provisional
        case Wanted.UNDATED:
            return lambda d: d.send_by is None
        case _:
            return lambda _: True


def _says(site: Site, word: str) -> Test:
    """Whether a word stands in what a deadline is called, or in the name of a unit that has to do with it."""
    units, language = site.register.units, site.settings.language
    named = {unit.id for unit in units.values() if found(word, unit.name)}
    periods = {id_: period_name(id_).render(language) for id_ in {d.period.id for d in site.index.deadlines}}

    def says(d: Deadline) -> bool:
        about = (d.obligation.title, periods[d.period.id], d.plan.title, shown_number(d.plan.number))
        return found(word, *about) or d.to in named or d.via in named or not named.isdisjoint(d.units)

    return says


def ordered(deadlines: Sequence[Deadline], query: Mapping[str, str], today: date) -> list[Deadline]:
    """What comes next first, then what is past, from the newest on; of a year, a day, and what is overdue, by date."""
    in_turn = sorted(deadlines, key=lambda d: (d.last_day or date.max, d.key))
    if query["year"] or query["day"] or query["state"] == Wanted.OVERDUE:
        return in_turn
    past = [d for d in in_turn if d.last_day is not None and d.last_day < today]
    return [d for d in in_turn if d.last_day and d.last_day >= today] + past[::-1] + in_turn[_dated(in_turn) :]


def _dated(in_turn: Sequence[Deadline]) -> int:
    return sum(d.last_day is not None for d in in_turn)


def neighbours(deadlines: Sequence[Deadline], day: date) -> tuple[Neighbour | None, Neighbour | None]:
    """The nearest days before and after one on which there are deadlines."""
    days = [d.send_by for d in deadlines if d.send_by]
    before, after = max((d for d in days if d < day), default=None), min((d for d in days if d > day), default=None)
    return tuple(Neighbour(d, days.count(d)) if d else None for d in (before, after))  # type: ignore[return-value]
