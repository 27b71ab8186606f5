"""The calendar under the plans: dates that do not exist, and dates worth a warning."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from scheduler.config.files import SETTINGS, display
from scheduler.config.gather import Draft, Placed, PlanDraft
from scheduler.config.meaning import due_path, sound
from scheduler.config.oversights import warning, year_named
from scheduler.config.problems import ON_KEY, Problem, WrongError
from scheduler.deadlines.dates import too_close
from scheduler.deadlines.expand import expansion_problems, near
from scheduler.deadlines.obligations import ObligationReader, readers_of
from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Due, Obligation, Plan, Register
from scheduler.deadlines.rules import Dated, Dates
from scheduler.translation import text

# A daemon that is not restarted looks further ahead than on the day on which it read its files.
_MARGIN = 3


@dataclass
class Calendar:
    """Checks dates from `today` to a horizon. `bare` has neither units nor groups: dates do not depend on them.

    `coming` are the general dates of the periods from today to the horizon.
    """

    draft: Draft
    bare: Register
    today: date
    end: date
    coming: list[tuple[Obligation, str, Dates]] = field(default_factory=list)

    def problems(self) -> Iterator[Problem]:
        """Every date that cannot be."""
        for draft in self.draft.plans.values():
            if draft.years is None:
                continue
            places = sound(draft)
            plan = Plan(draft.id, draft.header.title, draft.years, tuple(placed.thing for placed in places))
            readers = readers_of(self.bare, plan)
            wrong = [p for pair in zip(places, readers, strict=True) for p in self._wrong(*pair)]
            yield from wrong
            if not wrong:
                self.coming.extend(coming for reader in readers for coming in self._coming(reader))

    def _coming(self, reader: ObligationReader) -> Iterator[tuple[Obligation, str, Dates]]:
        for due, period in near(reader, self.today, self.end):
            found = reader.dates(due, period)
            if found and self.today <= found.send_by <= self.end:
                yield reader.obligation, f"{reader.plan.id}.{reader.obligation.id}.{period.id}", found

    def _wrong(self, placed: Placed[Obligation], reader: ObligationReader) -> Iterator[Problem]:
        years = reader.years
        outside = [(due, year) for due in placed.thing.due for year in _years_named(due) if year not in years]
        for due, year in outside:
            problem = text("{year} lies outside the years in force, {years}", year=year, years=years)
            advice = text("for the year after write “năm sau”, as in “trước ngày 05/01 năm sau”; or look at “years”")
            yield placed.problem(WrongError(problem, advice, due_path(placed, due.key)))
        if outside:
            return
        seen = False
        for key, error in expansion_problems(reader, self.end.year + _MARGIN):
            seen = True
            yield placed.problem(WrongError(error.problem, error.advice, due_path(placed, key)))
        if not seen:
            yield from self._extensions(placed, reader)

    def _extensions(self, placed: Placed[Obligation], reader: ObligationReader) -> Iterator[Problem]:
        for number, extension in enumerate(reader.obligation.extensions):
            found = Period.parse(extension.period)
            pairs = reader.pairs(found.year, found.year) if found else reader.occasions()
            pair = next(((due, period) for due, period in pairs if period.id == extension.period), None)
            if pair is None:
                yield placed.problem(_no_period(extension.period, reader, ("extensions", number, "period")))
                continue
            dates = reader.dates(*pair)
            if dates and extension.by <= dates.last_day:
                problem = text(
                    "{by} is no later than the last day for all, {last}", by=extension.by, last=dates.last_day
                )
                advice = text("write a later day: an extension gives more time")
                yield placed.problem(WrongError(problem, advice, ("extensions", number, "by")))

    def warnings(self, register: Register) -> Iterator[Problem]:
        """What may be meant so, and may be an oversight."""
        yield from self._provisional()
        yield from self._without_address(register)
        yield from self._ended(register)
        for draft in self.draft.plans.values():
            yield from self._cutoffs(draft, register.plans[draft.id])

    def _provisional(self) -> Iterator[Problem]:
        days = {d for *_, found in self.coming if found.provisional for d in (found.last_day, found.send_by)}
        for year in sorted({day.year for day in days}):
            if not self.bare.workdays.is_provisional(year):
                continue
            problem = text("the days off of {year} are provisional, and so are dates that depend on them", year=year)
            placed = self.draft.tables.get(year)
            if placed:
                advice = text("when the notice is there, write it as “notice” and take “provisional” out")
                yield warning(placed, ("provisional", *ON_KEY), problem, advice)
            else:
                advice = text(
                    "write workdays/{year}.yaml with `years: {{{year}: {{notice: …, off: […], make_up: […]}}}}`",
                    year=year,
                )
                yield Problem(display(self.draft.folder / SETTINGS), 1, 1, problem, advice, "warning")

    def _without_address(self, register: Register) -> Iterator[Problem]:
        reporters: dict[str, None] = {}
        for plan in register.plans.values():
            for duty in plan.obligations:
                last = (duty.years or plan.years).last
                if last is None or last >= self.today.year - 1:
                    reporters.update(dict.fromkeys(register.members(duty.reporters)))
        for id_ in reporters:
            unit = register.units[id_]
            parent = register.units.get(unit.parent)
            gone = unit.until is not None and unit.until < self.today
            if not (unit.email or unit.lead or (parent and parent.email) or gone):
                problem = text("“{id}” has to report, but has no address, nor has its parent", id=id_)
                advice = text("write its `email: …`, or nobody is reminded")
                yield warning(self.draft.units[id_], ON_KEY, problem, advice)

    def _ended(self, register: Register) -> Iterator[Problem]:
        ends = {id_: end for id_ in register.units if (end := _end(register, id_)) != date.max}
        ending: dict[tuple[str, ...], list[str]] = {}
        told: set[str] = set()
        for duty, name, dates in self.coming if ends else ():
            if duty.reporters not in ending:
                ending[duty.reporters] = [id_ for id_ in register.members(duty.reporters) if id_ in ends]
            via = (duty.via,) if duty.via in ends else ()
            for id_ in dict.fromkeys((*ending[duty.reporters], *via)):
                if id_ not in told and dates.last_day > ends[id_]:
                    told.add(id_)
                    problem = text("“{id}” has ended when {name} falls due, and nobody follows it", id=id_, name=name)
                    advice = text("write its `successor: …`, or take it out of “from”")
                    yield warning(self.draft.units[id_], ("until",), problem, advice)

    def _cutoffs(self, draft: PlanDraft, plan: Plan) -> Iterator[Problem]:
        for placed, reader in zip(draft.obligations, readers_of(self.bare, plan), strict=True):
            if not placed.thing.cutoff:
                continue
            told: set[str] = set()
            # Reports of the horizon's own year may be due beyond it, in years that nobody has to know yet.
            last = max(self.end.year - 1, reader.years.first)
            for due, period in reader.pairs(reader.years.first, last):
                cutoff = reader.cutoff(due.key, period)
                if due.key in told or due.key == Span.ONCE or not cutoff:
                    continue
                dates = reader.dates(due, period)
                if dates and too_close(cutoff, dates.last_day, self.bare.workdays):
                    told.add(due.key)
                    problem = text(
                        "data are counted until {cutoff}, less than one working day before the last day, {last_day}",
                        cutoff=cutoff,
                        last_day=dates.last_day,
                    )
                    advice = text("look at “cutoff” and “due” again (Decree 09/2019, Article 8)")
                    yield warning(placed, due_path(placed, due.key), problem, advice)


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


def _end(register: Register, id_: str) -> date:
    """The last day on which a unit, or somebody who follows it, exists."""
    unit = register.units[id_]
    if unit.until is None:
        return date.max
    return max((_end(register, follower) for follower in unit.successors), default=unit.until)
