"""The dates of one plan: those that cannot be, and those that come. What is said here depends on no other plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from scheduler.config.meaning import sound
from scheduler.config.oversights import warning, year_named
from scheduler.config.parts import Placed, PlanDraft
from scheduler.config.problems import Problem, WrongError
from scheduler.deadlines.dates import too_close
from scheduler.deadlines.expand import expansion_problems, near
from scheduler.deadlines.obligations import ObligationReader, readers_of
from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Due, Obligation, Plan, Register
from scheduler.deadlines.rules import Dated, Dates
from scheduler.translation import text

# A daemon that is not restarted looks further ahead than on the day on which it read its files.
_MARGIN = 3


class Window(NamedTuple):
    """From a day to another. `bare` has neither units nor groups: dates do not depend on them."""

    bare: Register
    start: date
    end: date


class Coming(NamedTuple):
    """The general dates of a period, with its deadline's name."""

    obligation: Obligation
    name: str
    dates: Dates


@dataclass(frozen=True)
class PlanDates:
    """What there is to say of a plan's dates; `coming` is empty where there are problems."""

    problems: tuple[Problem, ...]
    coming: tuple[Coming, ...]


def plan_dates(draft: PlanDraft, window: Window) -> PlanDates:
    """Every date of a plan that cannot be, or those whose send-by days lie in a window."""
    if draft.years is None:
        return PlanDates((), ())
    places = sound(draft)
    plan = Plan(draft.id, draft.header.title, draft.years, tuple(placed.thing for placed in places))
    readers = readers_of(window.bare, plan)
    last_year = window.end.year + _MARGIN
    wrong = tuple(p for pair in zip(places, readers, strict=True) for p in _wrong(*pair, last_year))
    return PlanDates(wrong, () if wrong else tuple(coming for reader in readers for coming in _coming(reader, window)))


def _coming(reader: ObligationReader, window: Window) -> Iterator[Coming]:
    for due, period in near(reader, window.start, window.end):
        found = reader.dates(due, period)
        if found and window.start <= found.send_by <= window.end:
            yield Coming(reader.obligation, f"{reader.plan.id}.{reader.obligation.id}.{period.id}", found)


def _wrong(placed: Placed[Obligation], reader: ObligationReader, last_year: int) -> Iterator[Problem]:
    years = reader.years
    outside = [(due, year) for due in placed.thing.due for year in _years_named(due) if year not in years]
    for due, year in outside:
        problem = text("{year} lies outside the years in force, {years}", year=year, years=years)
        advice = text("for the year after write “năm sau”, as in “trước ngày 05/01 năm sau”; or look at “years”")
        yield placed.problem(WrongError(problem, advice, ("due", due.key)))
    if outside:
        return
    seen = False
    for key, error in expansion_problems(reader, last_year):
        seen = True
        yield placed.problem(WrongError(error.problem, error.advice, ("due", key)))
    if not seen:
        yield from _extensions(placed, reader)


def _extensions(placed: Placed[Obligation], reader: ObligationReader) -> Iterator[Problem]:
    for number, extension in enumerate(reader.obligation.extensions):
        found = Period.parse(extension.period)
        pairs = reader.pairs(found.year, found.year) if found else reader.occasions()
        pair = next(((due, period) for due, period in pairs if period.id == extension.period), None)
        if pair is None:
            yield placed.problem(_no_period(extension.period, reader, ("extensions", number, "period")))
            continue
        dates = reader.dates(*pair)
        if dates and extension.by <= dates.last_day:
            problem = text("{by} is no later than the last day for all, {last}", by=extension.by, last=dates.last_day)
            advice = text("write a later day: an extension gives more time")
            yield placed.problem(WrongError(problem, advice, ("extensions", number, "by")))


def short_of_time(draft: PlanDraft, window: Window) -> tuple[Problem, ...]:
    """Warnings of cut-offs that leave no working day before the last day; of a plan without problems."""
    return tuple(_short_of_time(draft, window))


def _short_of_time(draft: PlanDraft, window: Window) -> Iterator[Problem]:
    for placed, reader in zip(draft.obligations, readers_of(window.bare, draft.plan), strict=True):
        if not placed.thing.cutoff:
            continue
        told: set[str] = set()
        # Reports of the horizon's own year may be due beyond it, in years that nobody has to know yet.
        last = max(window.end.year - 1, reader.years.first)
        for due, period in reader.pairs(reader.years.first, last):
            cutoff = reader.cutoff(due.key, period)
            if due.key in told or due.key == Span.ONCE or not cutoff:
                continue
            dates = reader.dates(due, period)
            if dates and too_close(cutoff, dates.last_day, window.bare.workdays):
                told.add(due.key)
                problem = text(
                    "data are counted until {cutoff}, less than one working day before the last day, {last_day}",
                    cutoff=cutoff,
                    last_day=dates.last_day,
                )
                advice = text("look at “cutoff” and “due” again (Decree 09/2019, Article 8)")
                yield warning(placed, ("due", due.key), problem, advice)


def _no_period(name: str, reader: ObligationReader, path: tuple[str | int, ...]) -> WrongError:
    first = [p.id for _, p in (*reader.occasions(), *reader.periods(reader.years.first))]
    names = ", ".join(first[:6]) + (", …" if len(first) > 6 else "")
    problem = text("there is no period “{period}” here", period=name)
    return WrongError(problem, text("write one such as: {periods}", periods=names), path)


def _years_named(due: Due) -> Iterator[int]:
    for anchor in due.rule.anchors if isinstance(due.rule, Dated) else ():
        year = year_named(anchor)
        if year:
            yield year
