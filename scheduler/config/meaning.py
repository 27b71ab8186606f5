"""References: every id that is named exists, is of the right kind, and leads into no circle."""

from collections.abc import Iterable, Iterator, Mapping

from scheduler.config.circles import DEEPEST, circles, long_chains
from scheduler.config.gather import Draft
from scheduler.config.names import Names
from scheduler.config.parts import Placed, PlanDraft
from scheduler.config.problems import ON_KEY, Path_, Problem, WrongError, nearest
from scheduler.config.source import Source
from scheduler.deadlines.plans import Due, Obligation
from scheduler.deadlines.rules import CUTOFF, PERIOD_END, SameAs, Within
from scheduler.translation import Text, text

# Looking for the nearest of thousands of ids takes a while; nobody reads so many suggestions.
_MOST_SUGGESTIONS = 20


class References:
    """Checks what names what, in the units and in the plans."""

    def __init__(self, draft: Draft, names: Names) -> None:
        self.draft = draft
        self.names = names
        self._nearest: dict[str, str] = {}

    def problems(self) -> Iterator[Problem]:
        """All references that lead nowhere, or in a circle."""
        yield from self._units()
        yield from self._groups()
        names: dict[str, PlanDraft] = {}
        for plan in self.draft.plans.values():
            if plan.header.issuer:
                yield from self._unit(plan.source, ("issuer",), plan.header.issuer)
            for placed in [*plan.obligations, *plan.damaged]:
                yield from self._obligation(placed)
            yield from _names(plan, names) if plan.id else ()
            yield from check_plan(plan)

    def _units(self) -> Iterator[Problem]:
        for placed in [*self.draft.units.values(), *self.draft.damaged]:
            if placed.thing.parent:
                yield from self._unit(placed.source, (*placed.path, "parent"), placed.thing.parent)
            for place, id_ in enumerate(placed.thing.successors):
                yield from self._unit(placed.source, (*placed.path, "successor", place), id_)
        units = self.draft.units
        parents = {id_: [p.thing.parent] for id_, p in units.items() if p.thing.parent}
        yield from _going_round(units, parents, "parent", text("a unit is its own parent: {circle}"))
        successors = {id_: p.thing.successors for id_, p in units.items() if p.thing.successors}
        yield from _going_round(units, successors, "successor", text("a unit is its own successor: {circle}"))

    def _groups(self) -> Iterator[Problem]:
        groups = self.draft.groups
        for placed in groups.values():
            for place, id_ in enumerate(placed.thing):
                yield from self._unit_or_group(placed.source, (*placed.path, place), id_)
        members = {id_: [m for m in p.thing if m in groups] for id_, p in groups.items()}
        yield from _going_round(groups, members, "", text("a group contains itself: {circle}"))

    def _obligation(self, placed: Placed[Obligation]) -> Iterator[Problem]:
        duty, source, path = placed.thing, placed.source, placed.path
        for place, id_ in enumerate(duty.reporters):
            yield from self._unit_or_group(source, (*path, "from", place), id_)
        yield from self._unit(source, (*path, "to"), duty.to)
        if duty.via:
            yield from self._unit(source, (*path, "via"), duty.via)
        reporters = self.members(duty.reporters) if duty.extensions else set()
        extended: dict[str, set[str]] = {}
        for number, extension in enumerate(duty.extensions):
            before = extended.setdefault(extension.period, set())
            now = self.members(extension.units)
            if twice := sorted(before & now):
                problem = text("“{id}” has two extensions for {period}", id=twice[0], period=extension.period)
                advice = text("leave the later one, and take the unit out of the other")
                yield source.problem((*path, "extensions", number, "units"), problem, advice)
            before |= now
            for place, id_ in enumerate(extension.units):
                where: Path_ = (*path, "extensions", number, "units", place)
                wrong = list(self._unit_or_group(source, where, id_))
                yield from wrong
                if not wrong and not self.members((id_,)) <= reporters:
                    problem = text("“{id}” does not report here", id=id_)
                    yield source.problem(where, problem, text("name units that stand under “from”, or in its groups"))

    def members(self, ids: Iterable[str]) -> set[str]:
        """The units behind ids; unlike the register's, it bears unknown ids and circles."""
        found: set[str] = set()
        waiting = list(ids)
        while waiting:
            id_ = waiting.pop()
            if id_ not in found:
                found.add(id_)
                waiting.extend(self.draft.groups[id_].thing if id_ in self.draft.groups else ())
        return found - self.draft.groups.keys()

    def _unit(self, source: Source, path: Path_, id_: str) -> Iterator[Problem]:
        draft = self.draft
        if id_ in draft.groups:
            problem = text("“{id}” is a group, and one unit is needed here", id=id_)
            yield source.problem(path, problem, text("name a unit"))
        elif id_ not in draft.units and not draft.may_exist(id_):
            yield self._unknown(source, path, id_, draft.units, text("there is no unit “{id}”", id=id_))

    def _unit_or_group(self, source: Source, path: Path_, id_: str) -> Iterator[Problem]:
        draft = self.draft
        if id_ not in draft.units and id_ not in draft.groups and not draft.may_exist(id_):
            problem = text("there is no unit or group “{id}”", id=id_)
            yield self._unknown(source, path, id_, [*draft.units, *draft.groups], problem)

    def _unknown(self, source: Source, path: Path_, id_: str, known: Iterable[str], problem: Text) -> Problem:
        named = self.names.meant(id_)
        if named:
            return source.problem(path, problem, named)
        meant = self._nearest.get(id_, "")
        if not meant and len(self._nearest) < _MOST_SUGGESTIONS:
            meant = self._nearest[id_] = nearest(id_, known)
        advice = text("add it to a file in units/")
        return source.problem(path, problem, text("did you mean “{meant}”?", meant=meant) if meant else advice)


def _going_round(
    places: Mapping[str, Placed[object]], arrows: Mapping[str, Iterable[str]], key: str, problem: Text
) -> Iterator[Problem]:
    end: Path_ = (key, *ON_KEY) if key else ON_KEY
    found = list(circles(arrows))
    for circle in found:
        words = Text(problem.original, {"circle": " → ".join(circle)})
        yield places[circle[0]].problem(WrongError(words, text("take one of these out"), end))
    for id_ in [] if found else long_chains(arrows):
        words = text("a chain of more than {most} begins here", most=DEEPEST)
        yield places[id_].problem(WrongError(words, text("make it shorter"), end))


def _names(plan: PlanDraft, names: dict[str, PlanDraft]) -> Iterator[Problem]:
    """`<plan>.<obligation>` names events for ever, so it is unique over all plans."""
    seen: dict[str, Placed[Obligation]] = {}
    for placed in plan.obligations:
        id_ = placed.thing.id
        name = f"{plan.id}.{id_}"
        if id_ in seen:
            line = plan.source.where((*seen[id_].path, "id"))[0]
            problem = text("the obligation id “{id}” stands here twice; the first is on line {line}", id=id_, line=line)
            yield placed.problem(WrongError(problem, text("give one of the two another id"), ("id",)))
        elif name in names:
            other = names[name].source.file
            problem = text("“{name}” names an obligation in {file} too", name=name, file=other)
            yield placed.problem(WrongError(problem, text("give one of the two another id"), ("id",)))
        seen.setdefault(id_, placed)
        names.setdefault(name, plan)


def named_by(due: Due) -> str:
    """The obligation on which an entry of `due:` depends, or nothing."""
    match due.rule:
        case SameAs(other):
            return other
        case Within(after=other) if other not in (PERIOD_END, CUTOFF):
            return other
        case _:
            return ""


def check_plan(plan: PlanDraft) -> Iterator[Problem]:
    """What obligations of one plan say about one another."""
    ids = {placed.thing.id for placed in plan.obligations}
    known = ids | plan.unread
    for placed in [*plan.obligations, *plan.damaged]:
        duty = placed.thing
        wanted: list[tuple[str, Path_]] = [(named_by(due), ("due", due.key)) for due in duty.due if named_by(due)]
        wanted += [(duty.collects, ("collects",))] if duty.collects else []
        for other, path in wanted:
            if other == duty.id and path == ("collects",):
                problem = text("an obligation cannot sum up itself")
                yield placed.problem(WrongError(problem, text("name the obligation whose reports it sums up"), path))
            elif other not in known and "" not in plan.unread:
                problem = text("this plan has no obligation “{id}”", id=other)
                meant = nearest(other, ids)
                advice = (
                    text("did you mean “{meant}”?", meant=meant)
                    if meant
                    else text("name one of: {ids}", ids=", ".join(sorted(ids)))
                )
                yield placed.problem(WrongError(problem, advice, path))
    arrows = {p.thing.id: [named_by(due) for due in p.thing.due if named_by(due) in ids] for p in plan.obligations}
    places = {p.thing.id: p for p in reversed(plan.obligations)}
    yield from _going_round(places, arrows, "due", text("these deadlines wait for one another: {circle}"))


def sound(plan: PlanDraft) -> list[Placed[Obligation]]:
    """The obligations whose dates can be computed: what they depend on exists, and no circle is among it."""
    good = {p.thing.id: p for p in reversed(plan.obligations)}
    arrows = {id_: [named_by(due) for due in p.thing.due if named_by(due)] for id_, p in good.items()}
    bad = {id_ for circle in circles(arrows) for id_ in circle} | set(
        long_chains(arrows) if not any(circles(arrows)) else ()
    )
    while True:
        more = {
            id_ for id_, others in arrows.items() if id_ not in bad and any(o in bad or o not in good for o in others)
        }
        if not more:
            return [p for p in plan.obligations if p.thing.id not in bad and good[p.thing.id] is p]
        bad |= more
