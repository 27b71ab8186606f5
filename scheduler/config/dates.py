"""The calendar under the plans: dates that do not exist, and dates worth a warning."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from scheduler.config.files import SETTINGS, display
from scheduler.config.gather import Draft
from scheduler.config.oversights import warning
from scheduler.config.plan_dates import Coming, Window, plan_dates, short_of_time
from scheduler.config.problems import ON_KEY, Problem
from scheduler.deadlines.plans import Register
from scheduler.translation import text


@dataclass
class Calendar:
    """Checks dates from today to the horizon; `coming` are those that lie there."""

    draft: Draft
    window: Window
    coming: list[Coming] = field(default_factory=list)

    def problems(self) -> Iterator[Problem]:
        """Every date that cannot be."""
        for plan in self.draft.plans.values():
            found = plan.ask(plan_dates, self.window)
            self.coming.extend(found.coming)
            yield from found.problems

    def warnings(self, register: Register) -> Iterator[Problem]:
        """What may be meant so, and may be an oversight."""
        yield from self._provisional()
        yield from self._without_address(register)
        yield from self._ended(register)
        for plan in self.draft.plans.values():
            yield from plan.ask(short_of_time, self.window)

    def _provisional(self) -> Iterator[Problem]:
        days = {d for *_, found in self.coming if found.provisional for d in (found.last_day, found.send_by)}
        for year in sorted({day.year for day in days}):
            if not self.window.bare.workdays.is_provisional(year):
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
                if last is None or last >= self.window.start.year - 1:
                    reporters.update(dict.fromkeys(register.members(duty.reporters)))
        for id_ in reporters:
            unit = register.units[id_]
            parent = register.units.get(unit.parent)
            gone = unit.until is not None and unit.until < self.window.start
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


def _end(register: Register, id_: str) -> date:
    """The last day on which a unit, or somebody who follows it, exists."""
    unit = register.units[id_]
    if unit.until is None:
        return date.max
    return max((_end(register, follower) for follower in unit.successors), default=unit.until)
