"""Puts feeds into calendars/: each complete, replaced in one step, and only when its bytes changed."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
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
class Word:
    """A unit's word on a deadline: the stretches of time in which its submission stood; the last may go on."""

    stood: tuple[tuple[datetime, datetime | None], ...]

    @property
    def changes(self) -> list[datetime]:
        """When it was given and taken back."""
        return [moment for stretch in self.stood for moment in stretch if moment is not None]

    @property
    def stands(self) -> bool:
        """Whether a submission stands now."""
        return any(end is None for _, end in self.stood)

    def stood_at(self, moment: datetime) -> bool:
        """Whether one stood at a moment."""
        return any(start < moment and (end is None or end >= moment) for start, end in self.stood)


_SILENT = Word(())


@dataclass
class FeedBuilder:
    """Makes all feeds of a published state. `words` are by (plan.obligation.period, unit)."""

    register: Register
    published: Published
    style: Style
    links: Links
    office: str
    public_url: str
    today: date
    past: relativedelta
    words: Mapping[tuple[str, str], Word] = field(default_factory=dict)
    _rendered: dict[tuple[str, State], bytes] = field(default_factory=dict, repr=False)

    def feeds(self, now: datetime) -> Iterator[tuple[str, bytes]]:
        """Each feed's name (`all`, `plans/<plan>`, `units/<unit>`) with its bytes."""
        since = self.today - self.past
        everything: list[bytes] = []
        plans: dict[str, list[bytes]] = {plan: [] for plan in self.register.plans}
        units: dict[str, list[bytes]] = {unit: [] for unit in self.register.units}
        spoken_of = {report for report, _ in self.words}
        for facts, row, reporters in self._entries(now):
            event = self._event(facts, _state(row, Role.REPORTS))
            plans.setdefault(facts.plan, []).append(event)
            if facts.send_by is None or facts.send_by < since:
                continue
            everything.append(event)
            lapsed = self._lapsed(facts, row, now)
            silent = self._event(facts, _spoken(row, _SILENT, lapsed))
            report = f"{facts.plan}.{facts.obligation}.{facts.period}"
            asked = report in spoken_of
            for unit, role in _roles(facts, reporters).items():
                if unit not in units:
                    continue
                if role is not Role.REPORTS:
                    units[unit].append(self._event(facts, _state(row, role)))
                    continue
                word = self.words.get((report, unit)) if asked else None
                units[unit].append(self._event(facts, _spoken(row, word, lapsed)) if word else silent)
        yield from self._feeds(everything, plans, units)

    def own(self, facts: Facts, unit: str, now: datetime) -> bytes:
        """The event of a deadline as it stands in the feed of a unit that reports; nothing where there is none."""
        row = self.published.rows.get(facts.key)
        if row is None or facts.send_by is None:
            return b""
        word = self.words.get((f"{facts.plan}.{facts.obligation}.{facts.period}", unit), _SILENT)
        return self._event(facts, _spoken(row, word, self._lapsed(facts, row, now)))

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

    def _lapsed(self, facts: Facts, row: Publication, now: datetime) -> datetime | None:
        """When a deadline became overdue for who had not submitted; None where it has not, or nobody knew of it."""
        if facts.last_day is None or row.withdrawn is not None:
            return None
        zone = self.style.zone
        moment = datetime.combine(facts.last_day + timedelta(days=1), time(), zone).astimezone(UTC)
        return moment if row.first_seen < moment <= now else None

    def _event(self, facts: Facts, state: State) -> bytes:
        found = self._rendered.get((facts.key, state))
        if found is None:
            found = self._rendered[facts.key, state] = render_event(facts, state, self.style)
        return found


def _state(row: Publication, role: Role) -> State:
    return State(role, row.sequence, row.modified, row.withdrawn is not None)


def _spoken(row: Publication, word: Word, lapsed: datetime | None) -> State:
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


def _roles(facts: Facts, reporters: tuple[str, ...]) -> dict[str, Role]:
    """Each unit that has the deadline in its feed, and how it stands to it; who reports and collects reports."""
    roles = {facts.to: Role.RECEIVES, facts.via: Role.COLLECTS} | dict.fromkeys(reporters, Role.REPORTS)
    roles.pop("", None)
    return roles


UNITS = "units"
"""The folder of units' feeds. Each holds the secret link to the unit's page, so nobody else on the machine reads them;
`all` and `plans/` name the front page alone, and another web server may serve them."""
LINKS = "links"
"""The folder in which another web server finds the feeds by their secret links, where that is wanted."""
_NEAR = 60
"""Seconds. A file dated further ahead was written while the clock was wrong, and its date is not gone on from."""


def write_feeds(
    folder: Path, feeds: Iterable[tuple[str, bytes]], links: Links | None = None
) -> tuple[list[str], list[str]]:
    """Write the feeds that changed and remove those that are no more: the names of all feeds, and of those written.

    With `links` the group of the folder may read the units' feeds too, and finds each by its secret link.
    """
    names: list[str] = []
    written: list[str] = []
    within, mode = (0o2750, 0o640) if links else (0o700, 0o600)
    (folder / "plans").mkdir(parents=True, exist_ok=True)
    (folder / UNITS).mkdir(exist_ok=True, mode=within & 0o777)
    _narrow(folder / UNITS, within)
    _lay_links(folder / LINKS, links)  # first: what was revoked is gone while the rest is still written
    for name, content in feeds:
        names.append(name)
        if replace_file(folder / f"{name}.ics", content, mode if name.startswith(f"{UNITS}/") else 0o644):
            written.append(name)
    _remove_others(folder, {folder / f"{name}.ics" for name in names})
    return names, written


def _lay_links(place: Path, links: Links | None) -> None:
    """`TOKEN.NAME.ics` for each live link, pointing at its feed, and nothing else of that kind."""
    wanted: dict[str, str] = {}
    if links is not None:
        place.mkdir(exist_ok=True, mode=0o750)
        for name in links:
            wanted[f"{links.token('feed', name)}.{name.rsplit('/', 1)[-1]}.ics"] = f"../{name}.ics"
    found = {file.name for file in place.iterdir() if file.is_symlink()} if place.is_dir() else set()
    for name in found - wanted.keys():
        (place / name).unlink()
    for name in wanted.keys() - found:
        (place / name).symlink_to(wanted[name])


def _narrow(path: Path, mode: int) -> None:
    """Take away what a mode does not allow, as far as the path is ours."""
    found = stat.S_IMODE(path.stat().st_mode)
    if found & ~mode:
        with contextlib.suppress(PermissionError):
            path.chmod(found & mode)


def replace_file(file: Path, content: bytes, mode: int = 0o644) -> bool:
    """Put bytes in place of a file in one step; False where it has them already, and nothing but its mode is touched.

    Its date moves by a second at least: who asks by If-Modified-Since alone knows no smaller steps, and would never
    hear of the second of two changes within one.
    """
    before = 0
    with contextlib.suppress(OSError):
        found = file.stat()
        if found.st_size == len(content) and file.read_bytes() == content:
            _narrow(file, mode)
            return False
        before = int(found.st_mtime)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
        temporary.chmod(mode)
        if 0 <= before - int(temporary.stat().st_mtime) < _NEAR:
            os.utime(temporary, (before + 1, before + 1))
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
