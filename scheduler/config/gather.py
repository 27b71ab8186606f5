"""All files together, each thing with its place, as much of it as can be read.

What is broken is a problem and is left out; the rest is kept, so that one mistake does not hide the others. An id that
could stand in a broken part is never called unknown.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from scheduler.config import entries, ladders, values
from scheduler.config.explain import check
from scheduler.config.files import FOLDERS, SETTINGS, display, files_of, wrong_files
from scheduler.config.problems import ON_KEY, Path_, Problem, WrongError
from scheduler.config.reader import read
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
from scheduler.deadlines.plans import Ladder, Obligation, Unit, Years
from scheduler.deadlines.workdays import YearTable
from scheduler.translation import text

_T_co = TypeVar("_T_co", covariant=True)
_M = TypeVar("_M", bound=Entry)


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


@dataclass
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


@dataclass
class Draft:
    """All that could be read, and all problems found so far."""

    folder: Path
    settings: SettingsFile = field(default_factory=SettingsFile)
    settings_source: Source | None = None
    ladder: Ladder = ladders.DEFAULT
    units: dict[str, Placed[Unit]] = field(default_factory=dict)
    groups: dict[str, Placed[tuple[str, ...]]] = field(default_factory=dict)
    plans: dict[str, PlanDraft] = field(default_factory=dict)
    tables: dict[int, Placed[YearTable]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    damaged: list[Placed[Unit]] = field(default_factory=list)
    """Units of which parts could not be read."""
    unread: set[str] = field(default_factory=set)
    """Ids of units and groups that could not be read."""
    lost: list[Source] = field(default_factory=list)
    """Units files that could not be read."""

    def may_exist(self, id_: str) -> bool:
        """Whether a unit or group of an id stands in what could not be read."""
        if id_ == BLANK or id_ in self.unread:
            return True
        key = re.compile(rb"(?<![\w.-])%s[\"']?\s*:" % re.escape(id_.encode()))
        return any(not source.raw or key.search(source.raw) for source in self.lost)


def gather(folder: Path, given: Mapping[Path, bytes] = MappingProxyType({})) -> Draft:
    """Everything in a folder; what is `given` of a file is taken for what stands in it, whether it is there or not."""
    draft = Draft(folder)
    draft.problems.extend(wrong_files(folder))
    for path in dict.fromkeys((*files_of(folder), *given)):
        source = read(path, display(path), given.get(path))
        draft.sources.append(source)
        kind = SETTINGS if path.parent == folder else path.parent.name
        {SETTINGS: _settings, FOLDERS[0]: _units, FOLDERS[1]: _plan, FOLDERS[2]: _workdays}[kind](draft, source)
        draft.problems.extend(source.problems)
    return draft


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


def _settings(draft: Draft, source: Source) -> None:
    draft.settings_source = source
    file = _whole(source, SettingsFile)
    if file is None:
        # The rest is checked under as much of the settings as can be read.
        found = {key: value for key, value in _keys(source).items() if _part(SettingsFile, {key: value})}
        file = _part(SettingsFile, found) or SettingsFile()
    draft.settings = file
    place = Placed(file, source, ())
    source.problems.extend(map(place.problem, _wrong_rungs(_keys(source), ladders.DEFAULT)))
    source.problems.extend(place.problem(error) for error in wrong_settings(file, draft.folder))
    try:
        draft.ladder = ladders.ladder(file.reminders, ladders.DEFAULT)
    except WrongError as error:
        source.problems.append(place.problem(WrongError(error.problem, error.advice, ("reminders", *error.path))))


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


def _units(draft: Draft, source: Source) -> None:
    whole = _whole(source, UnitsFile)
    if source.broken:
        draft.lost.append(source)
    elif source.problems:
        draft.unread.update(_all_keys(source.data))
    for file in [whole] if whole else _readable_units(draft, source):
        for id_, entry in file.units.items():
            placed = Placed(entries.unit(id_, entry), source, ("units", id_))
            if _first(draft, placed, id_):
                draft.units[id_] = placed
            source.problems.extend(placed.problem(error) for error in entries.wrong_unit(entry))
        for id_, members in file.groups.items():
            group = Placed(tuple(members), source, ("groups", id_))
            if _first(draft, group, id_):
                draft.groups[id_] = group


def _readable_units(draft: Draft, source: Source) -> Iterator[UnitsFile]:
    for key in ("units", "groups"):
        for id_, row in _rows(source, key).items():
            file = _part(UnitsFile, {key: {id_: row}})
            if file:
                yield file
                continue
            if key == "units":
                unit = entries.unit(id_, _good_keys(UnitEntry, {"name": BLANK}, row))
                draft.damaged.append(Placed(unit, source, (key, id_)))


def _first(draft: Draft, placed: Placed[Any], id_: str) -> bool:
    before: Placed[Any] | None = draft.units.get(id_) or draft.groups.get(id_)
    if before:
        place = f"{before.source.file}:{before.source.where(before.path + ON_KEY)[0]}"
        problem = text("the id “{id}” stands here twice; the first is at {place}", id=id_, place=place)
        advice = text("give one of the two another id; units and groups share their ids")
        placed.source.problems.append(placed.problem(WrongError(problem, advice, ON_KEY)))
    return before is None


def _plan(draft: Draft, source: Source) -> None:
    file = _whole(source, PlanFile)
    years = file.years if file else None
    rows: Any = file.obligations if file else _keys(source).get("obligations") or []
    if not file:
        years, file = _readable_header(source)
    elif not rows:
        problem = text("the plan has no obligations")
        source.problems.append(source.problem(("obligations", *ON_KEY), problem, text("write at least one")))
    plan = PlanDraft(_plan_id(source, file), source, file, years)
    for place, row in enumerate(rows if isinstance(rows, list) else []):
        entry = row if isinstance(row, ObligationEntry) else _part(ObligationEntry, row)
        readable = entry or _good_keys(ObligationEntry, _BLANK_OBLIGATION, row)
        duty, wrong = entries.obligation(readable, years, draft.ladder)
        placed = Placed(duty, source, ("obligations", place))
        source.problems.extend(map(placed.problem, wrong))
        source.problems.extend(map(placed.problem, () if entry else _wrong_rungs(row, draft.ladder)))
        if entry and not wrong:
            plan.obligations.append(placed)
            continue
        plan.damaged.append(placed)
        plan.unread.add("" if duty.id == BLANK else duty.id)
    before = draft.plans.get(plan.id)
    if before:
        problem = text(
            "the plan id “{id}” stands here twice; the first is in {place}", id=plan.id, place=before.source.file
        )
        source.problems.append(source.problem(("id",), problem, text("give one of the two another id")))
        plan.id = ""
    draft.plans[plan.id or source.file] = plan


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


def _workdays(draft: Draft, source: Source) -> None:
    file = _whole(source, WorkdaysFile)
    files = [file] if file else [_part(WorkdaysFile, {"years": {k: row}}) for k, row in _rows(source, "years").items()]
    for part in filter(None, files):
        for year, entry in part.years.items():
            placed = Placed(entries.year_table(entry), source, ("years", str(year)))
            source.problems.extend(placed.problem(error) for error in entries.wrong_year(year, entry))
            before = draft.tables.setdefault(year, placed)
            if before is not placed:
                place = f"{before.source.file}:{before.source.where(before.path + ON_KEY)[0]}"
                problem = text("the year {year} stands here twice; the first is at {place}", year=year, place=place)
                source.problems.append(placed.problem(WrongError(problem, text("leave one of the two out"), ON_KEY)))
