"""Entries of the files as plans, obligations, units and years of working days."""

from collections.abc import Mapping
from datetime import date

from scheduler.config import ladders
from scheduler.config.anchors import read_cutoff
from scheduler.config.due import read_due
from scheduler.config.problems import Path_, WrongError
from scheduler.config.schema import ObligationEntry, UnitEntry, YearEntry
from scheduler.deadlines.periods import DUE_KEYS
from scheduler.deadlines.plans import Extension, Ladder, Obligation, Unit, Years
from scheduler.deadlines.rules import Anchor
from scheduler.deadlines.workdays import YearTable
from scheduler.translation import text

_WEEKDAYS = (
    text("a Monday"),
    text("a Tuesday"),
    text("a Wednesday"),
    text("a Thursday"),
    text("a Friday"),
    text("a Saturday"),
    text("a Sunday"),
)


def unit(id_: str, entry: UnitEntry) -> Unit:
    """A unit."""
    return Unit(
        id_, entry.name, tuple(entry.email), entry.lead, entry.parent, entry.since, entry.until, tuple(entry.successor)
    )


def wrong_unit(entry: UnitEntry) -> list[WrongError]:
    """What is wrong with a unit in itself, each with its path."""
    wrong = []
    if entry.since and entry.until and entry.since > entry.until:
        wrong.append(WrongError(text("“until” is earlier than “since”"), text("look at both dates again"), ("until",)))
    return wrong


def obligation(entry: ObligationEntry, years: Years | None, above: Ladder) -> tuple[Obligation, list[WrongError]]:
    """An obligation of a plan of some years, and what is wrong with it, each with its path; that much is left out."""
    dues, found = read_due(entry.due)
    wrong = [_below("due", error) for error in found]
    ladder: Ladder | None = None
    cutoff: str | Mapping[str, Anchor] = ""
    try:
        ladder = ladders.ladder(entry.reminders, above) if entry.reminders else None
    except WrongError as error:
        wrong.append(_below("reminders", error))
    try:
        keys = DUE_KEYS if found else tuple(due.key for due in dues)
        cutoff = read_cutoff(entry.cutoff, keys) if entry.cutoff != "" else ""
    except WrongError as error:
        wrong.append(_below("cutoff", error))
    if entry.years and years and not _within(entry.years, years):
        problem = text("the years {years} lie outside the plan's, {plan}", years=entry.years, plan=years)
        wrong.append(WrongError(problem, text("write years of the plan, or correct the plan's"), ("years",)))
    duty = Obligation(
        id=entry.id,
        title=entry.title,
        reporters=tuple(entry.from_),
        to=entry.to,
        due=tuple(dues),
        via=entry.via,
        short=entry.short,
        clause=entry.clause,
        collects=entry.collects,
        note=entry.note,
        form=entry.form,
        years=entry.years,
        reminders=ladder,
        cutoff=cutoff,
        extensions=tuple(Extension(e.period, tuple(e.units), e.by, e.reason) for e in entry.extensions),
    )
    return duty, wrong


def _within(years: Years, plan: Years) -> bool:
    return years.first in plan and (plan.last is None or (years.last is not None and years.last <= plan.last))


def year_table(entry: YearEntry) -> YearTable:
    """The working days of a year."""
    return YearTable(frozenset(entry.off), frozenset(entry.make_up), entry.notice, provisional=entry.provisional)


def wrong_year(year: int, entry: YearEntry) -> list[WrongError]:
    """What is wrong with a year's working days, each with its path."""
    wrong = []
    if not entry.notice and not entry.provisional:
        problem = text("{year} has neither “notice” nor “provisional”", year=year)
        advice = text("write the notice that ordered the days off, or `provisional: true` while there is none")
        wrong.append(WrongError(problem, advice, ("",)))
    for key, days in (("off", entry.off), ("make_up", entry.make_up)):
        for place, day in enumerate(days):
            error = _wrong_day(day, year, off=key == "off") or _twice(day, days[:place])
            if error:
                wrong.append(_below(key, _below(place, error)))
    return wrong


def _wrong_day(day: date, year: int, *, off: bool) -> WrongError | None:
    if day.year != year:
        return WrongError(text("{day} is not in {year}", day=day, year=year), text("write it under its own year"))
    if off and day.weekday() > 4:
        problem = text("{day} is {weekday}, which is off anyway", day=day, weekday=_WEEKDAYS[day.weekday()])
        return WrongError(problem, text("take it out, or look at the notice again"))
    if not off and day.weekday() < 5:
        problem = text("{day} is {weekday}, which is a working day anyway", day=day, weekday=_WEEKDAYS[day.weekday()])
        return WrongError(problem, text("take it out, or look at the notice again"))
    return None


def _twice(day: date, before: list[date]) -> WrongError | None:
    if day in before:
        return WrongError(text("{day} stands in the list twice", day=day), text("take one out"))
    return None


def _below(key: str | int, error: WrongError) -> WrongError:
    path: Path_ = (key, *error.path)
    return WrongError(error.problem, error.advice, path, error.column)
