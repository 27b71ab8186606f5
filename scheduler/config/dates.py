"""The calendar under the plans: dates that do not exist, and dates worth a warning."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from scheduler.config.files import SETTINGS, display
from scheduler.config.gather import Draft, Placed, PlanDraft
from scheduler.config.meaning import due_path, sound
from scheduler.config.oversights import warning, year_named
from scheduler.config.problems import ON_KEY, Problem, WrongError
from scheduler.deadlines.dates import too_close
from scheduler.deadlines.expand import expand_plan, expansion_problems
from scheduler.deadlines.obligations import ObligationReader
from scheduler.deadlines.periods import Period
from scheduler.deadlines.plans import Deadline, Due, Obligation, Plan, Register, Years
from scheduler.deadlines.rules import Dated
from scheduler.translation import text

# A daemon that is not restarted looks further ahead than on the day on which it read its files.
_MARGIN = 3


@dataclass
class Calendar:
    """Checks dates from `today` to a horizon. `bare` has neither units nor groups: dates do not depend on them."""

    draft: Draft
    bare: Register
    today: date
    end: date
    coming: list[tuple[PlanDraft, Deadline]] = field(default_factory=list)
    """The deadlines from today to the horizon, without units."""

    def problems(self) -> Iterator[Problem]:
        """Every date that cannot be."""
        for draft in self.draft.plans.values():
            if draft.years is None:
                continue
            places = sound(draft)
            plan = self._bare_plan(draft, draft.years, places)
            good = []
            for placed, duty in zip(places, plan.obligations, strict=True):
                wrong = list(self._wrong(placed, plan, duty))
                yield from wrong
                if not wrong:
                    good.append(duty)
            if len(good) == len(places):
                self.coming.extend((draft, found) for found in expand_plan(self.bare, plan, self.today, self.end))

    def _bare_plan(self, draft: PlanDraft, years: Years, places: list[Placed[Obligation]]) -> Plan:
        bare = tuple(
            replace(
                p.thing, reporters=(), to="", via="", extensions=tuple(replace(e, units=()) for e in p.thing.extensions)
            )
            for p in places
        )
        return Plan(draft.id, draft.header.title, years, bare)

    def _wrong(self, placed: Placed[Obligation], plan: Plan, duty: Obligation) -> Iterator[Problem]:
        years = duty.years or plan.years
        outside = [(due, year) for due in duty.due for year in _years_named(due) if year not in years]
        for due, year in outside:
            problem = text("{year} lies outside the years in force, {years}", year=year, years=years)
            advice = text("for the year after write “năm sau”, as in “trước ngày 05/01 năm sau”; or look at “years”")
            yield placed.problem(WrongError(problem, advice, due_path(placed, due.key)))
        if outside:
            return
        seen = False
        for key, error in expansion_problems(self.bare, plan, duty, self.end.year + _MARGIN):
            seen = True
            yield placed.problem(WrongError(error.problem, error.advice, due_path(placed, key)))
        if not seen:
            yield from self._extensions(placed, ObligationReader(self.bare, plan, duty))

    def _extensions(self, placed: Placed[Obligation], reader: ObligationReader) -> Iterator[Problem]:
        general = replace(reader, obligation=replace(reader.obligation, extensions=()))
        for number, extension in enumerate(reader.obligation.extensions):
            found = Period.parse(extension.period)
            years = reader.years_between(found.year, found.year) if found else range(0)
            pairs = [*reader.occasions(), *(pair for year in years for pair in reader.periods(year))]
            pair = next(((due, period) for due, period in pairs if period.id == extension.period), None)
            if pair is None:
                yield placed.problem(_no_period(extension.period, reader, ("extensions", number, "period")))
                continue
            [deadline] = general.deadlines(*pair)
            if deadline.last_day is not None and extension.by <= deadline.last_day:
                problem = text(
                    "{by} is no later than the last day for all, {last}", by=extension.by, last=deadline.last_day
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
        days = {d for _, found in self.coming if found.provisional for d in (found.last_day, found.send_by) if d}
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
        ending: dict[tuple[str, str], list[str]] = {}
        told: set[str] = set()
        for draft, deadline in self.coming if ends else ():
            duty = register.plans[draft.id].obligation(deadline.obligation.id)
            name = (draft.id, deadline.obligation.id)
            if duty and name not in ending:
                ending[name] = [id_ for id_ in register.members(duty.reporters) if id_ in ends]
            if duty and duty.via in ends and deadline.last_day and deadline.last_day > ends[duty.via]:
                ending[name] = [*dict.fromkeys((*ending[name], duty.via))]
            for id_ in ending[name] if deadline.last_day else ():
                if id_ not in told and deadline.last_day and deadline.last_day > ends[id_]:
                    told.add(id_)
                    problem = text(
                        "“{id}” has ended when {name} falls due, and nobody follows it", id=id_, name=deadline.key
                    )
                    advice = text("write its `successor: …`, or take it out of “from”")
                    yield warning(self.draft.units[id_], ("until",), problem, advice)

    def _cutoffs(self, draft: PlanDraft, plan: Plan) -> Iterator[Problem]:
        bare = self._bare_plan(draft, plan.years, draft.obligations)
        for placed, duty in zip(draft.obligations, bare.obligations, strict=True):
            reader = ObligationReader(self.bare, bare, duty)
            told: set[str] = set()
            # Reports of the horizon's own year may be due beyond it, in years that nobody has to know yet.
            last = max(self.end.year - 1, reader.years.first)
            years = reader.years_between(reader.years.first, last) if duty.cutoff else ()
            found = (d for year in years for due, period in reader.periods(year) for d in reader.deadlines(due, period))
            for deadline in found:
                cutoff, last_day = deadline.cutoff, deadline.last_day
                if deadline.kind in told or not cutoff or not last_day or deadline.extension:
                    continue
                if too_close(cutoff, last_day, self.bare.workdays):
                    told.add(deadline.kind)
                    problem = text(
                        "data are counted until {cutoff}, less than one working day before the last day, {last_day}",
                        cutoff=cutoff,
                        last_day=last_day,
                    )
                    advice = text("look at “cutoff” and “due” again (Decree 09/2019, Article 8)")
                    yield warning(placed, due_path(placed, deadline.kind), problem, advice)


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
