"""How reports stand for many deadlines at once: asked of the database as a whole, however many units report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import col

from scheduler.deadlines.duty import Duty, duty_of
from scheduler.deadlines.facts import Facts, Timeliness, facts_of
from scheduler.deadlines.plans import Deadline, Unit
from scheduler.reminders.submissions import asked, one_of
from scheduler.state.tables import Submission
from scheduler.translation import Text
from scheduler.web.site import Site
from scheduler.web.standing import Records, State, first_seen, label, state_of

_DUTY = (col(Submission.plan), col(Submission.obligation), col(Submission.period))
_STANDS = col(Submission.withdrawn).is_(None)
_UNITS = func.aggregate_strings(col(Submission.unit), " ")
_WHOLE = select(*_DUTY, func.count(), _UNITS).where(_STANDS).group_by(*_DUTY)
_DAYS = (
    select(*_DUTY, col(Submission.submitted_on), _UNITS).where(_STANDS).group_by(*_DUTY, col(Submission.submitted_on))
)


@dataclass(frozen=True)
class Tally:
    """Which deadlines are complete and which overdue, for all of them."""

    received: Mapping[Duty, tuple[int, str]]
    known: Records
    today: date

    def complete(self, deadline: Deadline) -> bool:
        """Whether each of its units has submitted. A unit that reports no more may have submitted too."""
        count, units = self.received.get(duty_of(deadline), (0, ""))
        return count >= len(deadline.units) and set(units.split()).issuperset(deadline.units)

    def overdue(self, deadline: Deadline) -> bool:
        """Whether its last day has passed, was kept in view, and some unit is missing."""
        passed = deadline.last_day is not None and deadline.last_day < self.today
        return passed and self.known.tracked(deadline) and not self.complete(deadline)


def tally(site: Site) -> Tally:
    """All of it as of now, in two questions to the database."""
    zone = site.settings.timezone
    with site.engine.connect() as connection:
        received = {Duty(*row[:3]): (row[3], row[4]) for row in connection.execute(_WHOLE)}
        seen = first_seen(connection, [d.key for d in site.index.deadlines if d.send_by], zone)
    return Tally(received, Records({}, seen), site.today())


@dataclass(frozen=True)
class Line:
    """A deadline in a list: `received` and `missing` of the units that report, `late` of the received ones."""

    facts: Facts
    state: State
    label: Text
    expected: int
    received: frozenset[str]
    missing: tuple[Unit, ...]
    late: int


def lines(site: Site, deadlines: Sequence[Deadline]) -> list[Line]:
    """A page's worth of deadlines as they stand."""
    days: dict[Duty, dict[date, set[str]]] = {}
    if not deadlines:
        return []
    duties = asked(list({duty_of(d) for d in deadlines}))
    with site.engine.connect() as connection:
        for row in connection.execute(_DAYS.join_from(duties, Submission, one_of(duties))):
            days.setdefault(Duty(*row[:3]), {})[row[3]] = set(row[4].split())
        known = Records({}, first_seen(connection, [d.key for d in deadlines], site.settings.timezone))
    return [_line(site, deadline, days.get(duty_of(deadline), {}), known) for deadline in deadlines]


def _line(site: Site, deadline: Deadline, days: Mapping[date, set[str]], known: Records) -> Line:
    register, today, reporting = site.register, site.today(), frozenset(deadline.units)
    facts = facts_of(deadline, register)
    received = frozenset[str]().union(*days.values()) & reporting
    late = sum(len(units & reporting) for on, units in days.items() if facts.timeliness(on) is Timeliness.LATE)
    missing = tuple(register.units[unit] for unit in deadline.units if unit not in received)
    state = state_of(facts, today, submitted=not missing, tracked=known.tracked(deadline))
    words = label(facts, State.LATER if state is State.SUBMITTED else state, today, site.settings.language)
    return Line(facts, state, words, len(deadline.units), received, missing, late)
