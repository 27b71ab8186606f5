"""One file as what it says: each thing with its place, as much of it as can be read.

What is broken is a problem and is left out; the rest is kept, so that one mistake does not hide the others. Nothing
here depends on another file, but for the ladder above that of an obligation, and nothing changes afterwards.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from scheduler.config import entries, ladders, values
from scheduler.config.explain import check
from scheduler.config.files import display
from scheduler.config.problems import ON_KEY, Path_, Problem, WrongError
from scheduler.config.schema import (
    Entry,
    LadderEntry,
    ObligationEntry,
    PlanFile,
    SettingsFile,
    UnitEntry,
    UnitsFile,
    WorkdaysFile,
)
from scheduler.config.settings import wrong_settings
from scheduler.config.source import Source
from scheduler.deadlines.plans import Ladder, Obligation, Plan, Unit, Years
from scheduler.deadlines.workdays import YearTable
from scheduler.translation import text

_T_co = TypeVar("_T_co", covariant=True)
_M = TypeVar("_M", bound=Entry)
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


BLANK = "blank"
"""An id in place of one that could not be read; nothing is said about it."""
_KEY_IN_TEXT = re.compile(r"([\w.-]+):\S")
_BLANK_OBLIGATION = {"id": BLANK, "title": BLANK, "from": [BLANK], "to": BLANK, "due": "undated"}


@dataclass(frozen=True)
class Placed(Generic[_T_co]):
    """A thing and where it stands."""

    thing: _T_co
    source: Source
    path: Path_

    def problem(self, error: WrongError) -> Problem:
        """What is wrong with it."""
        return self.source.problem(self.path + error.path, error.problem, error.advice, error.column)


@dataclass(eq=False)
class PlanDraft:
    """A plan as far as it could be read. `years` is None where they could not."""

    id: str
    """Empty where it cannot be read, or is another plan's."""
    source: Source
    header: PlanFile
    years: Years | None
    obligations: list[Placed[Obligation]] = field(default_factory=list)
    damaged: list[Placed[Obligation]] = field(default_factory=list)
    """Obligations of which parts could not be read; ids that could not are `BLANK`."""
    unread: set[str] = field(default_factory=set)
    """Ids of obligations that could not be read; "" stands for one without a readable id."""
    _answers: dict[Callable[..., Any], tuple[Any, Any]] = field(default_factory=dict, init=False, repr=False)

    @property
    def plan(self) -> Plan:
        """The plan itself, of one whose years could be read."""
        if self.years is None:
            raise ValueError(self.source.file)
        header, duties = self.header, tuple(placed.thing for placed in self.obligations)
        return Plan(self.id, header.title, self.years, duties, header.number, header.issued, header.issuer)

    def ask(self, work: "Callable[[PlanDraft, _Question], _Answer]", question: _Question) -> _Answer:
        """What a pure function says of the plan and something else; called anew only where that is another."""
        known = self._answers.get(work)
        answer: _Answer = known[1] if known and known[0] == question else work(self, question)
        self._answers[work] = question, answer
        return answer


@dataclass(eq=False)
class Part:
    """What one file says, in the lists of its kind."""

    source: Source
    settings: SettingsFile | None = None
    ladder: Ladder = ladders.DEFAULT
    units: dict[str, Placed[Unit]] = field(default_factory=dict)
    groups: dict[str, Placed[tuple[str, ...]]] = field(default_factory=dict)
    plan: PlanDraft | None = None
    tables: dict[int, Placed[YearTable]] = field(default_factory=dict)
    damaged: list[Placed[Unit]] = field(default_factory=list)
    """Units of which parts could not be read."""
    unread: set[str] = field(default_factory=set)
    """Ids of units and groups that could not be read."""


def _whole(source: Source, model: type[_M]) -> _M | None:
    """A file as its class; None, with the problems noted, where it cannot be that as a whole."""
    if source.broken:
        return None
    found, problems = check(source, model, source.data)
    source.problems.extend(problems)
    return found


def _part(model: type[_M], data: Any) -> _M | None:
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def _good_keys(model: type[_M], blank: dict[str, Any], data: Any) -> _M:
    """What can be read of a group of keys; `blank` stands in for what is missing or wrong."""
    keys = data.items() if isinstance(data, dict) else ()
    return model.model_validate(blank | {k: v for k, v in keys if _part(model, {**blank, k: v})})


def _all_keys(data: Any) -> Iterator[str]:
    """Every key in the data, wherever it stands: somebody may have meant it for a unit's id."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        if isinstance(key, str):
            yield key
        yield from _all_keys(value)
    if isinstance(data, str):
        yield from _KEY_IN_TEXT.findall(data)  # a key without a space after its colon


def _keys(source: Source) -> dict[str, Any]:
    return source.data if isinstance(source.data, dict) else {}


def _rows(source: Source, key: str) -> dict[str, Any]:
    found = _keys(source).get(key)
    return found if isinstance(found, dict) else {}


def settings_part(source: Source, folder: Path) -> Part:
    """nhachan.yaml."""
    part = Part(source)
    file = _whole(source, SettingsFile)
    if file is None:
        # The rest is checked under as much of the settings as can be read.
        found = {key: value for key, value in _keys(source).items() if _part(SettingsFile, {key: value})}
        file = _part(SettingsFile, found) or SettingsFile()
    part.settings = file
    place = Placed(file, source, ())
    source.problems.extend(map(place.problem, _wrong_rungs(_keys(source), ladders.DEFAULT)))
    source.problems.extend(place.problem(error) for error in wrong_settings(file, folder))
    try:
        part.ladder = ladders.ladder(file.reminders, ladders.DEFAULT)
    except WrongError as error:
        source.problems.append(place.problem(WrongError(error.problem, error.advice, ("reminders", *error.path))))
    return part


def _wrong_rungs(keys: Any, above: Ladder) -> Iterator[WrongError]:
    """What is wrong with `escalate:` of a ladder whose other keys are wrong too."""
    raw = keys.get("reminders") if isinstance(keys, dict) else None
    if not isinstance(raw, dict) or _part(LadderEntry, raw):
        return
    entry = _good_keys(LadderEntry, {}, raw)
    try:
        ladders.ladder(entry, above, [key for key in raw if not getattr(entry, key, None)])
    except WrongError as error:
        yield WrongError(error.problem, error.advice, ("reminders", *error.path))


def units_part(source: Source) -> Part:
    """A file of units and groups."""
    part = Part(source)
    whole = _whole(source, UnitsFile)
    if source.problems and not source.broken:
        part.unread.update(_all_keys(source.data))
    for file in [whole] if whole else _readable_units(part):
        for id_, entry in file.units.items():
            placed = part.units[id_] = Placed(entries.unit(id_, entry), source, ("units", id_))
            source.problems.extend(placed.problem(error) for error in entries.wrong_unit(entry))
        for id_, members in file.groups.items():
            part.groups[id_] = Placed(tuple(members), source, ("groups", id_))
    return part


def _readable_units(part: Part) -> Iterator[UnitsFile]:
    for key in ("units", "groups"):
        for id_, row in _rows(part.source, key).items():
            file = _part(UnitsFile, {key: {id_: row}})
            if file:
                yield file
                continue
            if key == "units":
                unit = entries.unit(id_, _good_keys(UnitEntry, {"name": BLANK}, row))
                part.damaged.append(Placed(unit, part.source, (key, id_)))


def plan_part(source: Source, above: Ladder) -> Part:
    """A plan's file."""
    file = _whole(source, PlanFile)
    years = file.years if file else None
    rows: Any = file.obligations if file else _keys(source).get("obligations") or []
    if not file:
        years, file = _readable_header(source)
    elif not rows:
        problem = text("the plan has no obligations")
        source.problems.append(source.problem(("obligations", *ON_KEY), problem, text("write at least one")))
    plan = PlanDraft(_plan_id(source, file), source, file.model_copy(update={"obligations": []}), years)
    for place, row in enumerate(rows if isinstance(rows, list) else []):
        entry = row if isinstance(row, ObligationEntry) else _part(ObligationEntry, row)
        readable = entry or _good_keys(ObligationEntry, _BLANK_OBLIGATION, row)
        duty, wrong = entries.obligation(readable, years, above)
        placed = Placed(duty, source, ("obligations", place))
        source.problems.extend(map(placed.problem, wrong))
        source.problems.extend(map(placed.problem, () if entry else _wrong_rungs(row, above)))
        if entry and not wrong:
            plan.obligations.append(placed)
            continue
        plan.damaged.append(placed)
        plan.unread.add("" if duty.id == BLANK else duty.id)
    return Part(source, plan=plan)


def _plan_id(source: Source, file: PlanFile) -> str:
    if file.id:
        return file.id
    stem = source.path.stem
    try:
        return values.identifier(stem)
    except WrongError:
        if "id" not in _keys(source) and not source.broken:
            problem = text("the file's name is the plan's id, but “{name}” cannot be an id", name=display(Path(stem)))
            name = values.slug(display(Path(stem))) or "ke-hoach"
            advice = text("rename the file to {name}.yaml, or write `id: {name}` in it", name=name)
            source.problems.append(Problem(source.file, 1, 1, problem, advice))
        return ""


def _readable_header(source: Source) -> tuple[Years | None, PlanFile]:
    """The years of a plan, and as much of the rest as can be read."""
    keys = {key: value for key, value in _keys(source).items() if key != "obligations"}
    blank = {"title": BLANK, "years": "2000-", "obligations": []}
    file = _good_keys(PlanFile, blank, keys)
    years_read = "years" in keys and _part(PlanFile, {**blank, "years": keys["years"]})
    return file.years if years_read else None, file


def workdays_part(source: Source) -> Part:
    """A file of working days."""
    part = Part(source)
    file = _whole(source, WorkdaysFile)
    files = [file] if file else [_part(WorkdaysFile, {"years": {k: row}}) for k, row in _rows(source, "years").items()]
    for readable in filter(None, files):
        for year, entry in readable.years.items():
            placed = part.tables[year] = Placed(entries.year_table(entry), source, ("years", str(year)))
            source.problems.extend(placed.problem(error) for error in entries.wrong_year(year, entry))
    return part
