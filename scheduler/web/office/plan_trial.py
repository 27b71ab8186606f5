"""A plan that somebody pastes, tried before anybody saves it: what is wrong with it, or what it would give."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from scheduler.config.files import display
from scheduler.config.problems import ConfigError, Problem, WrongError
from scheduler.config.trial import Trial, plan_path, try_plan
from scheduler.deadlines.expand import expand_plan, whole_plan
from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.plans import Deadline, Register
from scheduler.deadlines.words import full_title
from scheduler.reminders.digest import SUMMARY, Agenda, Told, decide
from scheduler.translation import Text, text
from scheduler.web.office.reasons import reason
from scheduler.web.site import Site

MOST = 64 * 2**10
"""Bytes of the form: as many as the server takes."""
SHOWN = 100
_DEADLINES, _DAYS, _A_DAY = 40, 5, 20
_QUOTED = 160  # characters of a line


@dataclass(frozen=True)
class Found:
    """A problem as a page shows it: `place` is FILE:LINE:COLUMN, `line` what stands there."""

    place: str
    problem: Text
    advice: Text
    line: str = ""


@dataclass(frozen=True)
class Reminder:
    """One reminder of a day: why, of which report, to how many units (0: to its collector)."""

    why: Text
    title: str
    units: int


@dataclass(frozen=True)
class Preview:
    """What a plan gives: its deadlines (of so many the first), and its first reminders, of each day the first.

    The deadlines are the `coming` ones; where there are none, those of former years.
    """

    title: str
    replaces: bool
    coming: bool
    deadlines: Sequence[Facts]
    count: int
    reminders: Sequence[tuple[date, Sequence[Reminder], int]]
    warnings: Sequence[Found]


@dataclass(frozen=True)
class Answer:
    """What is said of a plan that was sent: that it cannot be tried, what is wrong (`count` things), or a preview."""

    refused: tuple[Text, Text] | None = None
    problems: Sequence[Found] = ()
    count: int = 0
    preview: Preview | None = None


def answer(site: Site, name: str, written: str) -> Answer:
    """Try a plan of this name. Nothing is written, and one is tried at a time."""
    if not written.strip():
        return Answer((text("there is no plan here"), text("paste what the plan’s file is to say")))
    content = written.replace("\r\n", "\n")
    try:
        path = plan_path(site.configuration.folder, name)
    except WrongError as error:
        return Answer((error.problem, error.advice))
    if not site.reading.acquire(blocking=False):
        return Answer((text("another plan is being checked just now"), text("try again in a minute")))
    try:
        trial = try_plan(path, content.encode(), site.today())
        return Answer(preview=_preview(site, trial, path, content))
    except ConfigError as error:
        own_first = sorted(error.problems, key=lambda p: p.file != display(path))
        shown = shown_problems(own_first[:SHOWN], site.configuration.folder, path, content)
        return Answer(problems=shown, count=len(own_first))
    finally:
        site.reading.release()


def shown_problems(
    problems: Iterable[Problem], folder: Path, path: Path | None = None, content: str = ""
) -> list[Found]:
    """Problems with their places under the configuration's folder; those of the file at `path` with its lines."""
    lines = content.splitlines()
    found = []
    for one in problems:
        place = f"{one.file.removeprefix(display(folder)).lstrip('/')}:{one.line}:{one.column}"
        quoted = path is not None and one.file == display(path) and one.line <= len(lines)
        line = _around(lines[one.line - 1], one.column) if quoted else ""
        found.append(Found(place, one.problem, one.advice, line))
    return found


def _around(line: str, column: int) -> str:
    """A line; of a long one what stands around a column."""
    start = max(column - _QUOTED // 2, 0) if len(line) > _QUOTED else 0
    part = line[start : start + _QUOTED]
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in part).strip()
    return f"{'…' if start else ''}{plain}{'…' if start + _QUOTED < len(line) else ''}"


def _preview(site: Site, trial: Trial, path: Path, content: str) -> Preview:
    register, today = trial.configuration.register, site.today()
    end = today + trial.configuration.settings.horizon
    coming = list(expand_plan(register, trial.plan, today, end))
    deadlines = coming or list(whole_plan(register, trial.plan, end))
    deadlines.sort(key=lambda d: (d.send_by or date.max, d.key))
    own = [warning for warning in trial.configuration.warnings if warning.file == display(path)]
    return Preview(
        title=trial.plan.title,
        replaces=trial.replaces,
        coming=bool(coming),
        deadlines=[facts_of(deadline, register) for deadline in deadlines[:_DEADLINES]],
        count=len(deadlines),
        reminders=list(_first_reminders(register, deadlines, today, site.settings.language, new=not trial.replaces)),
        warnings=shown_problems(own[:SHOWN], site.configuration.folder, path, content),
    )


def _first_reminders(
    register: Register, deadlines: Sequence[Deadline], today: date, language: str, *, new: bool
) -> Iterable[tuple[date, Sequence[Reminder], int]]:
    """The first days on which there are reminders, by the same rules as the daemon's; the same for all units of one.

    Of a plan that is new the newest rung that has come is told at once; of one that is known it was told already.
    """
    counts = {deadline.key: len(deadline.units) for deadline in deadlines}
    agenda = Agenda(register, [_for_one_unit(register, d) for d in deadlines if d.send_by and d.units])
    told: set[Told] = set()
    first = register.workdays.on_or_after(today)
    later = sorted(day for day in {*agenda.reminders, *agenda.summaries} if day > first)
    shown = 0
    for day in (first, *later):
        since = None if new else today - timedelta(days=1)
        digests = decide(agenda, day, told, (), since=since, known=lambda d: bool(d.last_day and d.last_day >= today))
        items = [(digest.unit.id, item) for digest in digests for item in digest.items]
        told |= {Told(unit, item.facts.key, item.due, item.slot) for unit, item in items}
        if items:
            reminders = [
                Reminder(
                    reason(item.slot),
                    full_title(item.facts, language),
                    0 if item.rung == SUMMARY else counts[item.facts.key],
                )
                for _, item in items[:_A_DAY]
            ]
            yield day, reminders, len(items) - len(reminders)
            shown += 1
        if shown == _DAYS:
            return


def _for_one_unit(register: Register, deadline: Deadline) -> Deadline:
    """A deadline as if one unit had it, which has an address where any of them has."""
    one = next((unit for unit in deadline.units if register.units[unit].email), deadline.units[0])
    return replace(deadline, units=(one,))
