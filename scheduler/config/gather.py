"""All files together. An id that could stand in a broken part is never called unknown.

What a file says is read once as long as it says the same: a part is remembered while a configuration that was made of
it is in use, by the bytes of its file, so an edit costs what was edited.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary

from scheduler.config import ladders
from scheduler.config.files import FOLDERS, display, files_of, wrong_files
from scheduler.config.parts import (
    BLANK,
    Part,
    Placed,
    PlanDraft,
    plan_part,
    settings_part,
    units_part,
    workdays_part,
)
from scheduler.config.problems import ON_KEY, Problem, WrongError
from scheduler.config.reader import opened, parse
from scheduler.config.schema import SettingsFile
from scheduler.config.source import Source
from scheduler.deadlines.plans import Ladder, Unit
from scheduler.deadlines.workdays import YearTable
from scheduler.translation import text

_good_parts: WeakValueDictionary[tuple[Path, bytes, Ladder], Part] = WeakValueDictionary()
"""Parts without problems, by their file, what stands in it, and the ladder above; it keeps none of them in being."""


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
    parts: list[Part] = field(default_factory=list)
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
        source = opened(path, display(path), given.get(path))
        known = (path, source.raw, draft.ladder)
        part = None if source.broken else _good_parts.get(known)
        if part is None:
            part = _read(source, draft)
            if not part.source.problems and part.settings is None:  # settings depend on other files
                _good_parts[known] = part
                source.data = None  # what is in it is in the part
        _join(draft, part)
    return draft


def _read(source: Source, draft: Draft) -> Part:
    parse(source)
    folder = source.path.parent
    if folder == draft.folder:
        return settings_part(source, folder)
    if folder.name == FOLDERS[1]:
        return plan_part(source, draft.ladder)
    return {FOLDERS[0]: units_part, FOLDERS[2]: workdays_part}[folder.name](source)


def _join(draft: Draft, part: Part) -> None:
    """Add what a file says; of two with one id the first stays."""
    source = part.source
    draft.parts.append(part)
    draft.problems.extend(source.problems)
    if part.settings is not None:
        draft.settings, draft.settings_source, draft.ladder = part.settings, source, part.ladder
    if source.broken and source.path.parent.name == FOLDERS[0]:
        draft.lost.append(source)
    draft.unread.update(part.unread)
    draft.damaged.extend(part.damaged)
    for id_, unit in part.units.items():
        if _first(draft, unit, id_):
            draft.units[id_] = unit
    for id_, group in part.groups.items():
        if _first(draft, group, id_):
            draft.groups[id_] = group
    if part.plan:
        _join_plan(draft, part.plan)
    for year, placed in part.tables.items():
        before = draft.tables.setdefault(year, placed)
        if before is not placed:
            place = f"{before.source.file}:{before.source.where(before.path + ON_KEY)[0]}"
            problem = text("the year {year} stands here twice; the first is at {place}", year=year, place=place)
            draft.problems.append(placed.problem(WrongError(problem, text("leave one of the two out"), ON_KEY)))


def _first(draft: Draft, placed: Placed[Any], id_: str) -> bool:
    before: Placed[Any] | None = draft.units.get(id_) or draft.groups.get(id_)
    if before:
        place = f"{before.source.file}:{before.source.where(before.path + ON_KEY)[0]}"
        problem = text("the id “{id}” stands here twice; the first is at {place}", id=id_, place=place)
        advice = text("give one of the two another id; units and groups share their ids")
        draft.problems.append(placed.problem(WrongError(problem, advice, ON_KEY)))
    return before is None


def _join_plan(draft: Draft, plan: PlanDraft) -> None:
    before = draft.plans.get(plan.id)
    if before:
        problem = text(
            "the plan id “{id}” stands here twice; the first is in {place}", id=plan.id, place=before.source.file
        )
        draft.problems.append(plan.source.problem(("id",), problem, text("give one of the two another id")))
        plan = replace(plan, id="")
    draft.plans[plan.id or plan.source.file] = plan
