"""How units stand to their deadlines: what was submitted, what is missing, what is due next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select
from sqlmodel import col

from scheduler.deadlines.duty import Duty, duty_of
from scheduler.deadlines.facts import Facts, Timeliness
from scheduler.deadlines.periods import Span
from scheduler.deadlines.plans import Deadline
from scheduler.deadlines.words import long_day
from scheduler.reminders.submissions import asked, one_of
from scheduler.state.database import in_parts
from scheduler.state.tables import Publication, Submission
from scheduler.translation import Text, text

_SOON = 7  # days

_SUBMITTED = select(
    *(col(Submission.plan), col(Submission.obligation), col(Submission.period), col(Submission.unit)),
    *(
        col(Submission.submitted_on),
        col(Submission.reference),
        col(Submission.recorded_by),
        col(Submission.recorded_at),
    ),
).where(col(Submission.withdrawn).is_(None))
_SEEN = select(col(Publication.key), col(Publication.first_seen))


class State(StrEnum):
    """How a unit stands to a deadline today. The order is the one in which a page shows them."""

    OVERDUE = "overdue"
    STATED_DAY = "stated-day"  # too late by the letter, but it is the very day that the plan names
    TODAY = "today"
    SOON = "soon"
    LATER = "later"
    SUBMITTED = "submitted"
    UNTRACKED = "untracked"  # had passed before anybody kept records of it


class Word(NamedTuple):
    """A submission that stands: when, under which number, and who recorded it when."""

    on: date
    reference: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Records:
    """What the state remembers of some deadlines: submissions, and the day on which each was first seen."""

    words: Mapping[Duty, Mapping[str, Word]]
    seen: Mapping[str, date]

    def of(self, deadline: Deadline) -> Mapping[str, Word]:
        """The words that units have given on a deadline, or on another one of the same report."""
        return self.words.get(duty_of(deadline), {})

    def word(self, deadline: Deadline, unit: str) -> Word | None:
        """A unit's word on a deadline, if it has given one."""
        return self.of(deadline).get(unit)

    def tracked(self, deadline: Deadline) -> bool:
        """Whether the deadline was known before its last day had passed; nothing is missing of others."""
        return deadline.last_day is None or self.seen.get(deadline.key, date.max) <= deadline.last_day


def records(engine: Engine, deadlines: Collection[Deadline], zone: ZoneInfo, unit: str = "") -> Records:
    """What the state remembers of these deadlines; of the submissions those of one unit, where it is named."""
    words: dict[Duty, dict[str, Word]] = {}
    wanted = _SUBMITTED.where(col(Submission.unit) == unit) if unit else _SUBMITTED
    with engine.connect() as connection:
        for part in in_parts({duty_of(d) for d in deadlines}):
            duties = asked(part)
            for row in connection.execute(wanted.join_from(duties, Submission, one_of(duties))):
                words.setdefault(Duty(*row[:3]), {})[row[3]] = Word(*row[4:])
        return Records(words, first_seen(connection, [d.key for d in deadlines], zone))


def first_seen(connection: Connection, keys: list[str], zone: ZoneInfo) -> dict[str, date]:
    """The day at the office on which each of these deadlines was first seen."""
    rows = (row for part in in_parts(keys) for row in connection.execute(_SEEN.where(col(Publication.key).in_(part))))
    return {key: first.astimezone(zone).date() for key, first in rows}


def state_of(facts: Facts, today: date, *, submitted: bool, tracked: bool) -> State:
    """How a unit that has, or has not, submitted stands to a dated deadline."""
    if submitted:
        return State.SUBMITTED
    if facts.last_day is None or facts.send_by is None:
        return State.LATER
    if today > facts.last_day:
        if not tracked:
            return State.UNTRACKED
        return State.STATED_DAY if facts.op == "before" and today == facts.stated else State.OVERDUE
    if today >= facts.send_by:
        return State.TODAY
    return State.SOON if (facts.send_by - today).days <= _SOON else State.LATER


def label(facts: Facts, state: State, today: date, language: str, word: Word | None = None) -> Text:
    """A state in words."""
    if word is not None:
        on = long_day(word.on, language)
        match facts.timeliness(word.on):
            case Timeliness.ON_TIME:
                return text("submitted on {day}", day=on)
            case Timeliness.ON_STATED_DAY:
                return text("submitted on the date in the document, {day}", day=on)
            case Timeliness.LATE:
                return text("submitted late, on {day}", day=on)
    match state:
        case State.OVERDUE:
            days = (today - (facts.last_day or today)).days
            return text("{days} days overdue", days=days) if days > 1 else text("one day overdue")
        case State.STATED_DAY:
            return text("today is the date in the document")
        case State.TODAY:
            return text("to be sent today")
        case State.UNTRACKED:
            return text("passed before records began")
        case _:
            days = ((facts.send_by or today) - today).days
            return text("in {days} days", days=days) if days > 1 else text("tomorrow")


def standing_duty(deadline: Deadline, today: date) -> bool:
    """Whether this is a duty without a date that is in force today."""
    if deadline.send_by is not None:
        return False
    if deadline.period.span is Span.ONCE:
        return today.year in (deadline.obligation.years or deadline.plan.years)
    return deadline.period.start <= today <= deadline.period.end
