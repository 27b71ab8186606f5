"""A folder becomes a configuration, whole or not at all."""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from scheduler.config.dates import Calendar
from scheduler.config.gather import Draft, gather
from scheduler.config.meaning import References
from scheduler.config.names import Names
from scheduler.config.oversights import oversights
from scheduler.config.parts import Part
from scheduler.config.plan_dates import Window
from scheduler.config.problems import ConfigError, Problem, in_order
from scheduler.config.settings import Settings, settings
from scheduler.config.sizes import large_feeds
from scheduler.deadlines.plans import Register
from scheduler.deadlines.rules import BeforeMeans, DaysOff, Policy
from scheduler.deadlines.workdays import WorkCalendar


@dataclass(frozen=True)
class Configuration:
    """Everything that the files say. `digest` changes when, and only when, one of them does."""

    settings: Settings
    register: Register
    folder: Path
    warnings: tuple[Problem, ...]
    digest: str
    parts: tuple[Part, ...] = field(default=(), repr=False, compare=False)
    """What each file says, in being so that the next configuration need not read again what is the same."""


def load(
    folder: Path,
    today: date,
    environment: Mapping[str, str] = os.environ,
    given: Mapping[Path, bytes] = MappingProxyType({}),
) -> Configuration:
    """The configuration in a folder; ConfigError with all that is wrong with it.

    `environment` tells whether a mail password is given in it. What is `given` of a file is taken for what stands in
    it: so a file is tried before anybody saves it.
    """
    with without_collecting():
        return _load(folder, today, environment, given)


@contextmanager
def without_collecting() -> Iterator[None]:
    """No search for garbage that goes in circles, where none is made: Python would look through all again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _load(folder: Path, today: date, environment: Mapping[str, str], given: Mapping[Path, bytes]) -> Configuration:
    draft = gather(folder, given)
    policy = Policy(BeforeMeans(draft.settings.before_means), DaysOff(draft.settings.days_off))
    tables = {year: placed.thing for year, placed in draft.tables.items()}
    bare = Register({}, {}, {}, policy, WorkCalendar(tables), draft.ladder)
    calendar = Calendar(draft, Window(bare, today, today + draft.settings.horizon))
    names = Names(draft)
    problems = [*names.look_up(draft.problems), *References(draft, names).problems(), *calendar.problems()]
    if any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems)
    register = Register(
        plans={id_: plan.plan for id_, plan in draft.plans.items() if plan.years},
        units={id_: placed.thing for id_, placed in draft.units.items()},
        groups={id_: placed.thing for id_, placed in draft.groups.items()},
        policy=policy,
        workdays=bare.workdays,
        ladder=draft.ladder,
    )
    feeds = Window(bare, today - draft.settings.feeds.past, today + draft.settings.horizon)
    warned = (*oversights(draft, bare, environment), *large_feeds(draft, register, feeds))
    warnings = in_order([*problems, *calendar.warnings(register), *warned])
    for part in draft.parts:
        part.source.rest()
    found = settings(draft.settings, folder)
    return Configuration(found, register, folder, warnings, _digest(draft), tuple(draft.parts))


def _digest(draft: Draft) -> str:
    found = sha256()
    for source in (part.source for part in draft.parts):
        name = "/".join(source.path.parts[len(draft.folder.parts) :])
        for part in (name.encode(errors="surrogateescape"), source.raw):
            found.update(len(part).to_bytes(8))
            found.update(part)
    return found.hexdigest()
