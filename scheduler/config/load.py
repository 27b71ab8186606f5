"""A folder becomes a configuration, whole or not at all."""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from scheduler.config.dates import Calendar
from scheduler.config.gather import Draft, PlanDraft, gather
from scheduler.config.meaning import References
from scheduler.config.names import Names
from scheduler.config.oversights import oversights
from scheduler.config.problems import ConfigError, Problem, in_order
from scheduler.config.settings import Settings, settings
from scheduler.config.sizes import large_feeds
from scheduler.deadlines.plans import Plan, Register, Years
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
    with _without_collecting():
        return _load(folder, today, environment, given)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for garbage: nearly all that is made is kept, and Python would look through it again and again."""
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
    calendar = Calendar(draft, bare, today, today + draft.settings.horizon)
    names = Names(draft)
    problems = [*names.look_up(draft.problems), *References(draft, names).problems(), *calendar.problems()]
    if any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems)
    register = Register(
        plans={id_: _plan(plan, plan.years) for id_, plan in draft.plans.items() if plan.years},
        units={id_: placed.thing for id_, placed in draft.units.items()},
        groups={id_: placed.thing for id_, placed in draft.groups.items()},
        policy=policy,
        workdays=bare.workdays,
        ladder=draft.ladder,
    )
    start, end = today - draft.settings.feeds.past, today + draft.settings.horizon
    warned = (*oversights(draft, register, environment), *large_feeds(draft, register, start, end))
    warnings = in_order([*problems, *calendar.warnings(register), *warned])
    return Configuration(settings(draft.settings, folder), register, folder, warnings, _digest(draft))


def _plan(found: PlanDraft, years: Years) -> Plan:
    header = found.header
    return Plan(
        id=found.id,
        title=header.title,
        years=years,
        obligations=tuple(placed.thing for placed in found.obligations),
        number=header.number,
        issued=header.issued,
        issuer=header.issuer,
    )


def _digest(draft: Draft) -> str:
    found = sha256()
    for source in draft.sources:
        name = "/".join(source.path.parts[len(draft.folder.parts) :])
        for part in (name.encode(errors="surrogateescape"), source.raw):
            found.update(len(part).to_bytes(8))
            found.update(part)
    return found.hexdigest()
