"""Makes all feeds of a published state. What it costs follows what is distinct, not units times deadlines.

Units that report by the same duties share one list of events, each rendered once; where a unit collects, receives or
has said something, its own events stand in the place of the shared ones. A feed is signed before it is made, and one
that was written under the same sign is not made again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple, Self

from dateutil.relativedelta import relativedelta

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Register
from scheduler.feeds.calendars import Feed
from scheduler.feeds.events import Role, State, Style, feed, render_event
from scheduler.feeds.links import ALL, Links
from scheduler.feeds.publish import Published, Standing
from scheduler.feeds.words import SILENT, Silence, Word, Words
from scheduler.translation import catalogue


@dataclass
class _Event:
    """An event as feeds refer to it: `sign` says what it says. `rendered` is kept where feeds share it."""

    facts: Facts
    state: State
    sign: bytes
    rendered: bytes = b""


class _Events(NamedTuple):
    """The events of a feed, looked for when it is made, and one sign for all of them."""

    find: Callable[[], Collection[_Event]]
    sign: bytes

    @classmethod
    def of(cls, events: Collection[_Event]) -> Self:
        """With their sign."""
        return cls(lambda: events, _digest(b"".join([event.sign for event in events])))


@dataclass
class _Entry:
    """A deadline for feeds: `plain` is its event for who has no word to give on it, `silent` for who gave none."""

    facts: Facts
    row: Standing
    reporters: tuple[str, ...]
    lapsed: datetime | None
    plain: _Event
    silent: _Event
    others: dict[Role, _Event] = field(default_factory=dict)

    @property
    def report(self) -> str:
        """What is submitted for it; an extension of time does not make it another."""
        return f"{self.facts.plan}.{self.facts.obligation}.{self.facts.period}"


@dataclass
class FeedBuilder:
    """Makes all feeds of a published state."""

    register: Register
    published: Published
    style: Style
    links: Links
    office: str
    public_url: str
    today: date
    past: relativedelta
    words: Words = field(default_factory=Silence)
    before: Mapping[tuple[Style, bytes], bytes] = field(default_factory=dict, repr=False)
    """What another builder `rendered`; an event that is still the same is not rendered again."""
    rendered: dict[tuple[Style, bytes], bytes] = field(default_factory=dict, repr=False)

    def feeds(self, now: datetime) -> Iterator[Feed]:
        """`all`, `plans/<plan>` and `units/<unit>`, each ready to be made."""
        _ = catalogue(self.style.language).gettext
        since, front = self.today - self.past, f"{self.public_url}/"
        entries = list(self._entries(now))
        recent = [entry for entry in entries if entry.facts.send_by and entry.facts.send_by >= since]
        yield self._feed(ALL, (self.office, _("All deadlines"), front), _Events.of([entry.plain for entry in recent]))
        plans: dict[str, list[_Event]] = {plan: [] for plan in self.register.plans}
        for entry in entries:
            plans.setdefault(entry.facts.plan, []).append(entry.plain)
        for plan, events in plans.items():
            known = self.register.plans.get(plan)
            yield self._feed(f"plans/{plan}", (known.title if known else plan, self.office, front), _Events.of(events))
        for unit, own in self._of_units(recent):
            name = _("Reports of {unit}").format(unit=self.register.units[unit].name)
            feed_name = f"units/{unit}"
            yield self._feed(feed_name, (name, self.office, self.links.page(feed_name)), own)

    def own(self, facts: Facts, unit: str, now: datetime) -> bytes:
        """The event of a deadline as it stands in the feed of a unit that reports; nothing where there is none."""
        row = self.published.rows.get(facts.key)
        if row is None or facts.send_by is None:
            return b""
        word = self.words.word(unit, facts)
        state = _spoken(row, word, self._lapsed(facts, row, now))
        if word != SILENT:
            return render_event(facts, state, self.style)
        return self._shared(_Event(facts, state, _sign(row, state)))

    def _feed(self, name: str, texts: tuple[str, str, str], own: _Events) -> Feed:
        title, description, link = texts
        zone = self.style.zone.key

        def make() -> bytes:
            events = [event.rendered or self._render(event) for event in own.find()]
            return feed(title, description, events, link, zone)

        return Feed(name, own.sign + _digest("\0".join((self._style, *texts)).encode()), make)

    @cached_property
    def _style(self) -> str:
        return repr(self.style)

    def _of_units(self, entries: list[_Entry]) -> Iterator[tuple[str, _Events]]:
        """The events of each unit. Units of the same groups of reporters have one list, which is made once."""
        groups = _grouped(entries)
        memberships: dict[str, list[int]] = {unit: [] for unit in self.register.units}
        for number, (reporters, _) in enumerate(groups):
            for unit in reporters:
                memberships[unit].append(number)
        beside = _beside(groups, entries)
        shared: dict[tuple[int, ...], tuple[list[int], _Events]] = {}
        for unit, numbers in memberships.items():
            key = tuple(numbers)
            if key not in shared:
                places = sorted(place for number in numbers for place in groups[number][1])
                shared[key] = places, _Events.of([entries[place].silent for place in places])
            places, events = shared[key]
            own = {place: self._event(entries[place], role) for place, role in beside.get(unit, {}).items()}
            if own:
                all_places = sorted({*places, *own})
                events = _Events.of([own.get(place) or entries[place].silent for place in all_places])
            version = self.words.versions.get(unit)
            yield unit, events if version is None else self._spoken(unit, version, places, own, entries, events)

    def _spoken(
        self,
        unit: str,
        version: object,
        places: list[int],
        own: Mapping[int, _Event],
        entries: list[_Entry],
        silent: _Events,
    ) -> _Events:
        """The events of a unit that has said something. What they are follows from its words and its silent events."""

        def find() -> Collection[_Event]:
            found = {**own, **self._worded(places, entries, self.words.of(unit))}
            return [found.get(place) or entries[place].silent for place in sorted({*places, *own})]

        return _Events(find, _digest(silent.sign + repr(version).encode()))

    def _entries(self, now: datetime) -> Iterator[_Entry]:
        rows = self.published.rows
        for deadline in self.published.deadlines:
            row = rows[deadline.key]
            yield self._entry(self.published.facts[deadline.key], row, deadline.units, now)
        for facts, row in self.published.cancelled:
            known = tuple(i for i in facts.reporters if i in self.register.units or i in self.register.groups)
            yield self._entry(facts, row, self.register.members(known), now)

    def _entry(self, facts: Facts, row: Standing, reporters: tuple[str, ...], now: datetime) -> _Entry:
        lapsed = self._lapsed(facts, row, now)
        state, silent = _state(row, Role.REPORTS), _spoken(row, SILENT, lapsed)
        plain = _Event(facts, state, _sign(row, state))
        other = plain if silent == state else _Event(facts, silent, _sign(row, silent))
        return _Entry(facts, row, reporters, lapsed, plain, other)

    def _event(self, entry: _Entry, role: Role) -> _Event:
        found = entry.others.get(role)
        if found is None:
            state = _state(entry.row, role)
            found = entry.others[role] = _Event(entry.facts, state, _sign(entry.row, state))
        return found

    def _worded(self, places: list[int], entries: list[_Entry], words: Mapping[str, Word]) -> dict[int, _Event]:
        found: dict[int, _Event] = {}
        for place in places:
            entry = entries[place]
            word = words.get(entry.report)
            if word:
                state = _spoken(entry.row, word, entry.lapsed)
                found[place] = _Event(entry.facts, state, _sign(entry.row, state))
        return found

    def _lapsed(self, facts: Facts, row: Standing, now: datetime) -> datetime | None:
        """When a deadline became overdue for who had not submitted; None where it has not, or nobody knew of it."""
        if facts.last_day is None or row.withdrawn is not None:
            return None
        zone = self.style.zone
        moment = datetime.combine(facts.last_day + timedelta(days=1), time(), zone).astimezone(UTC)
        return moment if row.first_seen < moment <= now else None

    def _render(self, event: _Event) -> bytes:
        if event.state.submitted:  # one unit's own, and there may be as many as reports
            return render_event(event.facts, event.state, self.style)
        event.rendered = self._shared(event)
        return event.rendered

    def _shared(self, event: _Event) -> bytes:
        key = (self.style, event.sign)
        found = self.rendered.get(key) or self.before.get(key)
        self.rendered[key] = found = found or render_event(event.facts, event.state, self.style)
        return found


def _grouped(entries: list[_Entry]) -> list[tuple[tuple[str, ...], list[int]]]:
    """The distinct groups of reporters, each with the places of its deadlines."""
    groups: dict[tuple[str, ...], list[int]] = {}
    known: dict[int, list[int]] = {}  # most are the very same tuple, and a long one takes a while to hash
    for place, entry in enumerate(entries):
        places = known.get(id(entry.reporters))
        if places is None:
            places = known[id(entry.reporters)] = groups.setdefault(entry.reporters, [])
        places.append(place)
    return list(groups.items())


def _beside(groups: list[tuple[tuple[str, ...], list[int]]], entries: list[_Entry]) -> dict[str, dict[int, Role]]:
    """Who collects or receives, by unit and place; who reports and collects reports."""
    found: dict[str, dict[int, Role]] = {}
    for reporters, places in groups:
        reporting = frozenset(reporters)
        for place in places:
            facts = entries[place].facts
            for unit, role in {facts.to: Role.RECEIVES, facts.via: Role.COLLECTS}.items():
                if unit and unit not in reporting:
                    found.setdefault(unit, {})[place] = role
    return found


def _sign(row: Standing, state: State) -> bytes:
    role, sequence, modified, *others = state
    return _digest(f"{row.digest} {role} {sequence} {modified} {others}".encode())


def _digest(said: bytes) -> bytes:
    return blake2b(said, digest_size=16).digest()


def _state(row: Standing, role: Role) -> State:
    return State(role, row.sequence, row.modified, row.withdrawn is not None)


def _spoken(row: Standing, word: Word, lapsed: datetime | None) -> State:
    """An event's state in the feed of a unit that reports. Each change that a reader sees counts once."""
    state = _state(row, Role.REPORTS)
    # While it is withdrawn the event says so and nothing else.
    changes = [moment for moment in word.changes if row.withdrawn is None or moment <= row.withdrawn]
    if lapsed is not None and not word.stood_at(lapsed):
        changes = [*changes, lapsed]
    if not changes:
        return state
    modified = max(row.modified, *(moment.replace(microsecond=0) for moment in changes))
    overdue = lapsed is not None and not word.stands
    return state._replace(
        sequence=row.sequence + len(changes), modified=modified, submitted=word.stands, overdue=overdue
    )
