"""Puts feeds into calendars/: each complete, replaced in one step, and only when its bytes changed."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from dateutil.relativedelta import relativedelta

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Register
from scheduler.feeds.events import PRODID, Role, State, Style, feed, render_event
from scheduler.feeds.links import ALL, Links
from scheduler.feeds.publish import Published, withdrawn
from scheduler.state.tables import Publication
from scheduler.translation import catalogue


@dataclass(frozen=True)
class Toggle:
    """How often a unit's word on a deadline changed (submitted, withdrawn, …), when last, and whether it stands."""

    count: int
    last: datetime
    standing: bool


@dataclass
class FeedBuilder:
    """Makes all feeds of a published state. `toggles` are by (base key of the deadline, unit)."""

    register: Register
    published: Published
    style: Style
    links: Links
    office: str
    public_url: str
    today: date
    past: relativedelta
    toggles: Mapping[tuple[str, str], Toggle] = field(default_factory=dict)
    _rendered: dict[tuple[str, State], bytes] = field(default_factory=dict, repr=False)

    def feeds(self, now: datetime) -> Iterator[tuple[str, bytes]]:
        """Each feed's name (`all`, `plans/<plan>`, `units/<unit>`) with its bytes."""
        since = self.today - self.past
        everything: list[bytes] = []
        plans: dict[str, list[bytes]] = {plan: [] for plan in self.register.plans}
        units: dict[str, list[bytes]] = {unit: [] for unit in self.register.units}
        for facts, row, reporters in self._entries(now):
            event = self._event(facts, row, Role.REPORTS)
            plans.setdefault(facts.plan, []).append(event)
            if facts.send_by is None or facts.send_by < since:
                continue
            everything.append(event)
            for unit, role in _roles(facts, reporters).items():
                if unit in units:
                    units[unit].append(self._event(facts, row, role, unit))
        yield from self._feeds(everything, plans, units)

    def _feeds(
        self, everything: list[bytes], plans: dict[str, list[bytes]], units: dict[str, list[bytes]]
    ) -> Iterator[tuple[str, bytes]]:
        _ = catalogue(self.style.language).gettext
        front = f"{self.public_url}/"
        yield ALL, self._feed(self.office, _("All deadlines"), everything, front)
        for plan, events in plans.items():
            known = self.register.plans.get(plan)
            yield f"plans/{plan}", self._feed(known.title if known else plan, self.office, events, front)
        for unit, events in units.items():
            name = _("Reports of {unit}").format(unit=self.register.units[unit].name)
            yield f"units/{unit}", self._feed(name, self.office, events, self.links.page(f"units/{unit}"))

    def _feed(self, name: str, description: str, events: list[bytes], link: str) -> bytes:
        return feed(name, description, events, link, self.style.zone.key)

    def _entries(self, now: datetime) -> Iterator[tuple[Facts, Publication, tuple[str, ...]]]:
        rows = self.published.rows
        for deadline in self.published.deadlines:
            row = rows[deadline.key]
            yield Facts.from_json(row.facts), row, deadline.units
        for row in sorted(withdrawn(rows.values(), now), key=lambda r: r.key):
            facts = Facts.from_json(row.facts)
            known = tuple(i for i in facts.reporters if i in self.register.units or i in self.register.groups)
            yield facts, row, self.register.members(known)

    def _event(self, facts: Facts, row: Publication, role: Role, unit: str = "") -> bytes:
        state = State(role, row.sequence, row.modified, row.withdrawn is not None)
        toggle = self.toggles.get((f"{facts.plan}.{facts.obligation}.{facts.period}", unit))
        if toggle and role is Role.REPORTS:
            modified = max(row.modified, toggle.last.replace(microsecond=0))
            state = state._replace(sequence=row.sequence + toggle.count, modified=modified, submitted=toggle.standing)
        found = self._rendered.get((facts.key, state))
        if found is None:
            found = self._rendered[facts.key, state] = render_event(facts, state, self.style)
        return found


def _roles(facts: Facts, reporters: tuple[str, ...]) -> dict[str, Role]:
    """Each unit that has the deadline in its feed, and how it stands to it; who reports and collects reports."""
    roles = {facts.to: Role.RECEIVES, facts.via: Role.COLLECTS} | dict.fromkeys(reporters, Role.REPORTS)
    roles.pop("", None)
    return roles


def write_feeds(folder: Path, feeds: Iterable[tuple[str, bytes]]) -> tuple[list[str], list[str]]:
    """Write the feeds that changed and remove those that are no more: the names of all feeds, and of those written."""
    names: list[str] = []
    written: list[str] = []
    for sub in ("plans", "units"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    for name, content in feeds:
        names.append(name)
        if replace_file(folder / f"{name}.ics", content):
            written.append(name)
    _remove_others(folder, {folder / f"{name}.ics" for name in names})
    return names, written


def replace_file(file: Path, content: bytes) -> bool:
    """Put bytes in place of a file in one step; False, and nothing touched, where it has them already."""
    with contextlib.suppress(OSError):
        if file.stat().st_size == len(content) and file.read_bytes() == content:
            return False
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
        temporary.chmod(0o644)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return True


def _remove_others(folder: Path, keep: set[Path]) -> None:
    # Only what we wrote ourselves: somebody may have put other calendars beside ours.
    for file in (*folder.glob("plans/*.ics"), *folder.glob("units/*.ics")):
        if file not in keep and PRODID.encode() in file.read_bytes()[:200]:
            file.unlink()
    for stale in (*folder.glob(".*.ics.*"), *folder.glob("*/.*.ics.*")):
        stale.unlink()
