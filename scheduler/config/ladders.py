"""`reminders:` as a ladder; what a file leaves out comes from the ladder above it."""

from collections.abc import Collection
from datetime import time
from typing import Any

from scheduler.config import values
from scheduler.config.problems import WrongError
from scheduler.config.schema import LadderEntry
from scheduler.deadlines.plans import Ladder, Offset
from scheduler.translation import text

OVERDUE = "overdue"

DEFAULT = Ladder(
    before=tuple(Offset(days) for days in (30, 14, 7, 3, 1, 0)),
    overdue=tuple(Offset(days) for days in (1, 3, 7)),
    escalate=frozenset({"-1", OVERDUE}),
    at=time(8),
)


def ladder(entry: LadderEntry, above: Ladder, damaged: Collection[str] = ()) -> Ladder:
    """A ladder from what is written; WrongError, with the path, for a rung to escalate that it does not have.

    `damaged` are the lists that could not be read: a rung of theirs may exist.
    """
    before = tuple(sorted(entry.before, key=_distance, reverse=True)) or above.before
    overdue = tuple(sorted(entry.overdue, key=_distance)) or above.overdue
    rungs = {"0" if o.days == 0 else f"-{o}" for o in before} | {f"+{o}" for o in overdue} | {OVERDUE}
    at = entry.at or above.at
    if entry.escalate is None:
        return Ladder(before, overdue, above.escalate & rungs, at)
    escalate = frozenset(_rung(value, place, rungs, damaged) for place, value in enumerate(entry.escalate))
    return Ladder(before, overdue, escalate, at)


def _distance(offset: Offset) -> float:
    # Five working days are seven days, as far as the order of rungs is concerned.
    return offset.days * 1.4 if offset.working else offset.days


def _rung(value: Any, place: int, rungs: set[str], damaged: Collection[str]) -> str:
    name = str(value).lower() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if name == OVERDUE:
        return name
    try:
        offset = values.offset(name.removeprefix("+").removeprefix("-"))
    except WrongError:
        advice = text("write a number from “before” such as 1, one from “overdue” with a plus such as +3, or overdue")
        raise WrongError(text("this is not a reminder of the ladder"), advice, ("escalate", place)) from None
    found = f"+{offset}" if name.startswith("+") else "0" if offset.days == 0 else f"-{offset}"
    if found in rungs or ("overdue" if name.startswith("+") else "before") in damaged:
        return found
    if name.startswith("+"):
        problem = text("“overdue” has no {offset}", offset=offset)
    else:
        problem = text("“before” has no {offset}", offset=offset)
    raise WrongError(problem, text("write a number that stands there, or add it there"), ("escalate", place))
