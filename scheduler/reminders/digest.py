"""The digest: one mail a unit a day, everything in it. Decided here, purely; `preview` and the daemon call the same.

What was told already (`told`) is an argument, so is what was submitted; the newest rung that has come is told, once,
and older ones never: that alone makes a standstill harmless.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.deadlines.duty import Duty, duty_of
from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.plans import Deadline, Register, Unit
from scheduler.reminders.ladder import Rung, escalates, rungs, summary_days

SUMMARY = "summary"
_LOOK_BACK = timedelta(days=120)
"""A rung that nobody was there to tell for longer than this is no reminder any more."""


class Told(NamedTuple):
    """What a unit was told: a rung of a deadline that had this last day."""

    unit: str
    deadline: str
    due: date
    rung: str


class Report(NamedTuple):
    """What a unit submits: an obligation in a period. An extension of time does not make it another report."""

    plan: str
    obligation: str
    period: str
    unit: str


@dataclass(frozen=True)
class Change:
    """A published deadline that moved, was withdrawn, or came back (`kind`): what was said of it before and after."""

    id: int
    kind: str
    before: Facts
    after: Facts
    units: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One thing that a mail tells. `rung` is the ladder's name, `summary`, or `moved`, `withdrawn`, `reinstated`.

    `slot` is the rung as the ledger keeps it (a summary has one for each of its days). `missing` are the units that
    have not reported: for a summary, and for a reminder of a duty that collects another's reports. `heir_of` are units
    that have ended and whose duty this unit has taken over; `orphaned` those that nobody follows, for the collector.
    """

    facts: Facts
    rung: str
    slot: str
    due: date
    escalate: bool = False
    missing: tuple[str, ...] = ()
    expected: int = 0
    before: Facts | None = None
    heir_of: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Digest:
    """One mail: what a unit is told on a day, worst first, and to whom it goes."""

    unit: Unit
    day: date
    to: tuple[str, ...]
    cc: tuple[str, ...]
    items: tuple[Item, ...]

    def at(self, hour: time, zone: ZoneInfo) -> datetime:
        """The moment at which it is due."""
        return datetime.combine(self.day, hour, zone)


@dataclass
class Agenda:
    """All reminder days of a set of deadlines, by day. Made once for a configuration, asked for any day."""

    register: Register
    deadlines: Collection[Deadline]
    reminders: dict[date, list[tuple[Deadline, Rung]]] = field(default_factory=dict)
    summaries: dict[date, list[tuple[Deadline, Rung]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for deadline in self.deadlines:
            for rung in rungs(deadline, self.register):
                self.reminders.setdefault(rung.day, []).append((deadline, rung))
            if deadline.via:
                for rung in summary_days(deadline, self.register):
                    self.summaries.setdefault(rung.day, []).append((deadline, rung))
        # Usually one; with an extension of time a report has a row for each date.
        self._rows: dict[tuple[str, str, str], list[Deadline]] = {}
        for deadline in self.deadlines:
            name = (deadline.plan.id, deadline.obligation.id, deadline.period.id)
            self._rows.setdefault(name, []).append(deadline)

    @classmethod
    def between(cls, register: Register, start: date, end: date) -> "Agenda":
        """The agenda that covers each day from `start` to `end`: deadlines far enough around it are expanded."""
        ladders = [register.ladder]
        ladders += [o.reminders for p in register.plans.values() for o in p.obligations if o.reminders]
        # A working day is at most about three days of the calendar away, and Tết takes nine.
        widest = max(o.days * (3 if o.working else 1) for ladder in ladders for o in (*ladder.before, *ladder.overdue))
        around = timedelta(days=widest + 20)
        return cls(register, expand(register, start - around, end + around))

    def rows(self, plan: str, obligation: str, period: str) -> list[Deadline]:
        """The deadlines of an obligation in a period: one, and one more for each extension of time."""
        return self._rows.get((plan, obligation, period), [])

    def duties(self, day: date) -> set[Duty]:
        """What a day's reminders may be about, with those whose reports these gather."""
        found: set[Duty] = set()
        for deadline in self._in_play(day):
            duty, collected = duty_of(deadline), deadline.obligation.collects
            found.add(duty)
            if collected:
                found.add(duty._replace(obligation=collected))
        return found

    def earliest(self, day: date) -> date:
        """The earliest last day of those, and no later than rungs are looked for."""
        last_days = (deadline.last_day for deadline in self._in_play(day) if deadline.last_day)
        return min((day - _LOOK_BACK, *last_days))

    def _in_play(self, day: date) -> Iterator[Deadline]:
        for which in (self.reminders, self.summaries):
            for deadline, _ in self.newest(which, day - _LOOK_BACK, day):
                yield deadline

    def newest(
        self, which: Mapping[date, list[tuple[Deadline, Rung]]], since: date, day: date
    ) -> Iterable[tuple[Deadline, Rung]]:
        """Of each deadline the newest rung that stands after `since` and not after `day`."""
        found: dict[str, tuple[Deadline, Rung]] = {}
        for n in range((day - since).days):
            for deadline, rung in which.get(since + timedelta(days=n + 1), ()):
                found[deadline.key] = (deadline, rung)
        return found.values()


def decide(
    agenda: Agenda,
    day: date,
    told: Collection[Told],
    submitted: Collection[Report],
    *,
    since: date | None = None,
    known: Callable[[Deadline], bool] = lambda _: True,
    changes: Iterable[Change] = (),
    refused: Collection[str] = (),
) -> list[Digest]:
    """The mails of a working day; none on a day off.

    `since` bounds how far back a missed rung is looked for; `known` is false for a deadline whose last day had passed
    when it was first seen. Nothing in `told` is told again, nothing in `submitted` is reminded. Addresses in `refused`
    are passed over: whoever stands in hears instead.
    """
    register = agenda.register
    if not register.workdays.is_working(day):
        return []
    since = day - _LOOK_BACK if since is None else since
    items: dict[str, list[Item]] = {}
    for unit, item in (
        *_reminders(agenda, since, day, submitted, known),
        *_summaries(agenda, since, day, submitted, known),
        *_changes(changes, day, submitted),
    ):
        if unit in register.units and not (told and Told(unit, item.facts.key, item.due, item.slot) in told):
            items.setdefault(unit, []).append(item)
    digests = [address(register, register.units[unit], day, _fair(found), refused) for unit, found in items.items()]
    return [digest for digest in digests if digest.to]


def _fair(items: list[Item]) -> list[Item]:
    """Nobody is told that a report is overdue in the mail that first tells of its new deadline: that waits a day."""
    news = {item.facts.key for item in items if item.before is not None}
    return [i for i in items if i.before is not None or i.facts.key not in news or not i.rung.startswith("+")]


def _reminders(
    agenda: Agenda, since: date, day: date, submitted: Collection[Report], known: Callable[[Deadline], bool]
) -> Iterator[tuple[str, Item]]:
    for deadline, rung in agenda.newest(agenda.reminders, since, day):
        if not known(deadline) or deadline.last_day is None:
            continue
        if not rung.overdue and day > deadline.last_day:  # an early rung missed until it was too late
            continue
        facts = facts_of(deadline, agenda.register)
        ladder = deadline.obligation.reminders or agenda.register.ladder
        missing, expected = _collected(agenda, deadline, submitted)
        item = Item(facts, rung.name, rung.name, deadline.last_day, escalates(rung, ladder), missing, expected)
        named = set(agenda.register.members(deadline.obligation.reporters))
        for unit in missing_units(deadline, submitted):
            yield unit, item if unit in named else _inherited(agenda.register, deadline, unit, item)


def _inherited(register: Register, deadline: Deadline, unit: str, item: Item) -> Item:
    day = deadline.last_day or date.max
    return replace(item, heir_of=register.predecessors(deadline.obligation.reporters, unit, day))


def _collected(agenda: Agenda, deadline: Deadline, submitted: Collection[Report]) -> tuple[tuple[str, ...], int]:
    """The units whose reports a duty waits for (`collects:`), and how many reports it expects."""
    if not deadline.obligation.collects:
        return (), 0
    sources = agenda.rows(deadline.plan.id, deadline.obligation.collects, deadline.period.id)
    missing = tuple(unit for source in sources for unit in missing_units(source, submitted))
    return missing, sum(len(source.units) for source in sources)


def _summaries(
    agenda: Agenda, since: date, day: date, submitted: Collection[Report], known: Callable[[Deadline], bool]
) -> Iterator[tuple[str, Item]]:
    for deadline, rung in agenda.newest(agenda.summaries, since, day):
        if not known(deadline) or deadline.last_day is None:
            continue
        missing = missing_units(deadline, submitted)
        if missing:
            facts = facts_of(deadline, agenda.register)
            slot = f"{SUMMARY}{rung.name}"
            orphaned = agenda.register.orphaned(deadline.obligation.reporters, deadline.last_day)
            item = Item(facts, SUMMARY, slot, deadline.last_day, False, missing, len(deadline.units))
            yield deadline.via, replace(item, orphaned=orphaned)


def _changes(changes: Iterable[Change], day: date, submitted: Collection[Report]) -> Iterator[tuple[str, Item]]:
    for change in changes:
        due = change.after.last_day or change.before.last_day
        if due is None or max(due, change.before.last_day or due) < day:
            continue
        item = Item(change.after, change.kind, f"{change.kind}:{change.id}", due, before=change.before)
        for unit in dict.fromkeys((*change.units, change.after.via)):
            if unit and Report(change.after.plan, change.after.obligation, change.after.period, unit) not in submitted:
                yield unit, item


def report(deadline: Deadline, unit: str) -> Report:
    """What a unit submits for a deadline."""
    return Report(deadline.plan.id, deadline.obligation.id, deadline.period.id, unit)


def missing_units(deadline: Deadline, submitted: Collection[Report]) -> tuple[str, ...]:
    """The units of a deadline that have not reported."""
    if not submitted:
        return deadline.units
    plan, obligation, period = deadline.plan.id, deadline.obligation.id, deadline.period.id
    return tuple(unit for unit in deadline.units if Report(plan, obligation, period, unit) not in submitted)


def address(register: Register, unit: Unit, day: date, items: list[Item], refused: Collection[str] = ()) -> Digest:
    """A unit's mail: to its addresses (else its lead's, else its parent's), its lead copied where a rung says so.

    Where nobody stands in for addresses that were refused, they are tried all the same: silence helps nobody.
    """
    parent = register.units[unit.parent].email if unit.parent else ()
    lead = (unit.lead,) if unit.lead and unit.lead not in refused else ()
    hears = (good for own in (unit.email, lead, parent) if (good := tuple(a for a in own if a not in refused)))
    to = next(hears, unit.email or ((unit.lead,) if unit.lead else parent))
    cc = tuple(a for a in lead if a not in to) if any(item.escalate for item in items) else ()
    return Digest(unit, day, to, cc, tuple(sorted(items, key=lambda i: urgency(i, day))))


def urgency(item: Item, day: date) -> tuple[int, date, str]:
    """The order of items in a mail: changes, then overdue, due today, what a collector waits for, soon."""
    if item.before is not None:
        group = 0
    elif item.rung == SUMMARY:
        group = 3
    elif item.due < day:
        group = 1
    else:
        group = 2 if item.facts.send_by == day else 4
    return group, item.facts.send_by or date.max, item.facts.key


def preview(register: Register, start: date, end: date) -> Iterator[Digest]:
    """The mails from `start` to `end` (both count) if nobody submitted, with the plans as known all along."""
    agenda = Agenda.between(register, start, end)
    for n in range((end - start).days + 1):
        day = start + timedelta(days=n)
        yield from decide(agenda, day, (), (), since=day - timedelta(days=1))
