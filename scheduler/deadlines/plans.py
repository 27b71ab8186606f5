"""The words of the domain: units, plans, obligations, and the deadlines that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property

from scheduler.deadlines.periods import Period
from scheduler.deadlines.rules import Anchor, Op, Policy, Rule
from scheduler.deadlines.workdays import WorkCalendar


@dataclass(frozen=True)
class Unit:
    """An office that reports, collects or receives. `until` is the last day it exists."""

    id: str
    name: str
    email: tuple[str, ...] = ()
    lead: str = ""
    parent: str = ""
    since: date | None = None
    until: date | None = None
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Offset:
    """A distance of a rung from its deadline, in days, or in working days where `working`."""

    days: int
    working: bool = False

    def __str__(self) -> str:
        return f"{self.days}wd" if self.working else str(self.days)


@dataclass(frozen=True)
class Ladder:
    """When a unit is reminded: `before` the send-by day, `overdue` after the last day; on which rungs its lead hears.

    `escalate` holds rung names as in listings ("-1", "+3"), or "overdue" for all that come after the last day.
    """

    before: tuple[Offset, ...]
    overdue: tuple[Offset, ...]
    escalate: frozenset[str]
    at: time = time(8)


@dataclass(frozen=True)
class Extension:
    """More time for some units in one period, with the reason, usually an official letter's number."""

    period: str
    units: tuple[str, ...]
    by: date
    reason: str = ""


@dataclass(frozen=True)
class Years:
    """The years of a plan, both counted; `last` None is open-ended."""

    first: int
    last: int | None

    def __contains__(self, year: int) -> bool:
        return self.first <= year and (self.last is None or year <= self.last)

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}-{self.last or ''}"


@dataclass(frozen=True)
class Due:
    """One entry under `due:`: its key, its rule, and its wording as the administrator wrote it."""

    key: str
    rule: Rule
    wording: str


@dataclass(frozen=True)
class Obligation:
    """One reporting duty ("nghĩa vụ báo cáo"). `reporters` are ids of units or groups.

    `short` is what it is called where there is little room, such as a month of a calendar.
    `cutoff` is `nd09`, or a date for a key of `due:` (the key "" stands for every key).
    """

    id: str
    title: str
    reporters: tuple[str, ...]
    to: str
    due: tuple[Due, ...]
    via: str = ""
    short: str = ""
    clause: str = ""
    collects: str = ""
    note: str = ""
    form: str = ""
    years: Years | None = None
    reminders: Ladder | None = None
    cutoff: str | Mapping[str, Anchor] = ""
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A published document that lays reporting duties on units."""

    id: str
    title: str
    years: Years
    obligations: tuple[Obligation, ...]
    number: str = ""
    issued: str = ""
    issuer: str = ""

    def obligation(self, id: str) -> Obligation | None:  # noqa: A002 -- the field's own name
        """The obligation of an id, or None."""
        return next((o for o in self.obligations if o.id == id), None)


@dataclass(frozen=True)
class Register:
    """All plans and units that are kept, with the policy and the working days under which they are read."""

    plans: Mapping[str, Plan]
    units: Mapping[str, Unit]
    groups: Mapping[str, tuple[str, ...]]
    policy: Policy
    workdays: WorkCalendar
    ladder: Ladder
    _members: dict[tuple[str, ...], tuple[str, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _moving: dict[tuple[str, ...], bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def members(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Units in place of groups (which may hold groups), each once, in the order in which they are named."""
        found = self._members.get(ids)
        if found is None:
            seen: dict[str, None] = {}
            for id_ in ids:
                group = self.groups.get(id_)
                seen.update(dict.fromkeys([id_] if group is None else self.members(group)))
            found = self._members[ids] = tuple(seen)
        return found

    def reporting(self, ids: tuple[str, ...], day: date) -> tuple[str, ...]:
        """The units behind some units or groups that are in office on a day, see `in_office`."""
        members = self.members(ids)
        passing = self._moving.get(ids)
        if passing is None:
            passing = self._moving[ids] = not self._passing.isdisjoint(members)
        return self.in_office(members, day) if passing else members

    def in_office(self, ids: tuple[str, ...], day: date) -> tuple[str, ...]:
        """Units in office on a day: one that has ended gives way to its successors, one not yet there is left out."""
        if not self._passing or self._passing.isdisjoint(ids):
            return ids
        seen: dict[str, None] = {}
        for id_ in ids:
            self._in_office(id_, day, seen, frozenset())
        return tuple(seen)

    @cached_property
    def _passing(self) -> frozenset[str]:
        """The units that begin or end; the others are in office on every day."""
        return frozenset(unit.id for unit in self.units.values() if unit.since or unit.until)

    def _in_office(self, id_: str, day: date, seen: dict[str, None], above: frozenset[str]) -> None:
        unit = self.units[id_]
        if unit.until is not None and day > unit.until:
            for successor in unit.successors:
                if successor not in above:
                    self._in_office(successor, day, seen, above | {id_})
        elif unit.since is None or day >= unit.since:
            seen[id_] = None

    def predecessors(self, ids: tuple[str, ...], heir: str, day: date) -> tuple[str, ...]:
        """Those of some units (or groups) that have ended by a day and whose duties a unit has taken over."""
        named = self.members(ids)
        return () if heir in named else tuple(id_ for id_ in named if heir in self.in_office((id_,), day))

    def orphaned(self, ids: tuple[str, ...], day: date) -> tuple[str, ...]:
        """Those of some units (or groups) that have ended by a day and that nobody follows."""
        ended = (id_ for id_ in self.members(ids) if (until := self.units[id_].until) is not None and day > until)
        return tuple(id_ for id_ in ended if not self.in_office((id_,), day))

    def one_in_office(self, id_: str, day: date) -> str:
        """Who stands for a single unit (a receiver, a collector) on a day; the unit itself where nobody follows it."""
        if not id_:
            return ""
        found = self.in_office((id_,), day)
        return found[0] if found else id_


@dataclass(frozen=True)
class Deadline:
    """One obligation in one period, with its dates. Undated duties have no dates and the operator `undated`.

    `at` is the hour of the send-by day, `hour` the one in the words, also where the send-by day has moved from it.
    `units` are those that report, after groups and successors are resolved. `extension` tells a row of its own for
    units with more time from the general one; it is empty for the general one.
    """

    plan: Plan
    obligation: Obligation
    period: Period
    kind: str
    op: Op
    wording: str
    units: tuple[str, ...]
    to: str
    via: str
    stated: date | None = None
    last_day: date | None = None
    send_by: date | None = None
    at: time | None = None
    hour: time | None = None
    provisional: bool = False
    opens: date | None = None
    cutoff: date | None = None
    extension: str = ""
    reason: str = ""

    @property
    def key(self) -> str:
        """Its name for ever, the local part of its UID: `<plan>.<obligation>.<period>`."""
        name = f"{self.plan.id}.{self.obligation.id}.{self.period.id}"
        return f"{name}.{self.extension}" if self.extension else name

    @property
    def collector(self) -> str:
        """The unit that gathers the reports: the collector, or the receiver where they go to it directly."""
        return self.via or self.to

    @property
    def title(self) -> str:
        """What is reported, as the obligation is called."""
        return self.obligation.title
