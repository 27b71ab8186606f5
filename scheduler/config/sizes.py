"""Feeds that will be too large: Google takes a calendar of up to about one megabyte, and passes over a larger one."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.config.gather import Draft
from scheduler.config.oversights import warning
from scheduler.config.parts import Placed, PlanDraft
from scheduler.config.plan_dates import Window
from scheduler.config.problems import Problem
from scheduler.deadlines.obligations import ObligationReader, readers_of
from scheduler.deadlines.plans import Obligation, Plan, Register
from scheduler.translation import Text, text

TOO_LARGE = 900_000  # bytes
_NAMED = 3  # units that an event names, at most
_FRAME, _LINK = 560, 80  # octets of an event beside its texts: names of properties and lines, dates; its link, twice


def estimate(register: Register, plan: Plan, obligation: Obligation, wording: str) -> int:
    """About how many octets an event of an obligation takes in a feed."""
    named = (obligation.to, obligation.via, *register.members(obligation.reporters)[:_NAMED])
    names = [register.units[unit].name for unit in named if unit]
    texts = (
        *(obligation.title, obligation.short or obligation.title, wording, plan.id, obligation.id, *names),
        *(plan.title, plan.number, obligation.clause, obligation.form, obligation.note),
    )
    octets = _FRAME + 2 * _LINK + sum(len(part.encode()) for part in texts)
    return octets + octets // 74 * 3  # each line of 75 octets is folded with three more


def large_feeds(draft: Draft, register: Register, window: Window) -> Iterator[Problem]:
    """Warnings of too large feeds: those of units and of everything in a window, those of plans up to its end."""
    duties: Counter[tuple[tuple[str, ...], str, str]] = Counter()
    everything = 0
    for found in draft.plans.values():
        whole, plan = 0, register.plans[found.id]
        for obligation, within, before in found.ask(counts, window):
            size = size_of(register, plan, obligation, within)
            whole += size + size_of(register, plan, obligation, before)
            everything += size
            duties[obligation.reporters, obligation.to, obligation.via] += size
        if whole > TOO_LARGE:
            yield _warning(Placed(found, found.source, ("years",)), f"plans/{plan.id}.ics", whole, _OF_A_PLAN)
    if everything > TOO_LARGE and draft.settings_source is not None:
        place = Placed(draft.settings, draft.settings_source, ())
        yield _warning(place, "all.ics", everything)
    sizes: Counter[str] = Counter()
    for (reporters, to, via), size in duties.items():
        for unit in {*register.members(reporters), to, via} if everything > TOO_LARGE else ():
            sizes[unit] += size
    for id_, placed in draft.units.items():
        if sizes[id_] > TOO_LARGE:
            yield _warning(placed, f"units/{id_}.ics", sizes[id_])


def counts(draft: PlanDraft, window: Window) -> tuple[tuple[Obligation, Counter[str], Counter[str]], ...]:
    """Of each obligation: how many deadlines of each wording lie in a window, and how many before it."""
    first, day_before = date(draft.plan.years.first, 1, 1), window.start - timedelta(days=1)
    return tuple(
        (reader.obligation, count(reader, window.start, window.end), count(reader, first, day_before))
        for reader in readers_of(window.bare, draft.plan)
    )


def count(reader: ObligationReader, start: date, end: date) -> Counter[str]:
    """How many deadlines of each wording lie between two days, seen without looking up working days."""
    if end < start:
        return Counter()
    days = ((due.wording, reader.about(due, period)) for due, period in reader.pairs(start.year - 1, end.year + 1))
    return Counter(wording for wording, day in days if day is not None and start <= day <= end)


def size_of(register: Register, plan: Plan, obligation: Obligation, wordings: Counter[str]) -> int:
    """About how many octets so many events of an obligation take in a feed."""
    return sum(number * estimate(register, plan, obligation, wording) for wording, number in wordings.items())


_OF_UNITS = text("shorten it in nhachan.yaml (`feeds: {{past: 6 months}}`, `horizon:`), or subscribe to plans instead")
_OF_A_PLAN = text(
    "who uses Google should subscribe to the unit's calendar instead; or end the plan (`years: 2020-2026`) and go on "
    "in a new file"
)


def _warning(placed: Placed[object], feed: str, size: int, advice: Text = _OF_UNITS) -> Problem:
    problem = text(
        "{feed} will have about {size} kB; Google takes no calendar above 1 MB", feed=feed, size=size // 1000
    )
    return warning(placed, (), problem, advice)
