"""An installation opened: its configuration, its database, its links. The daemon and the commands work through it."""

import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from scheduler.config.load import Configuration, load
from scheduler.deadlines.duty import Duty
from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Deadline
from scheduler.feeds.builder import FeedBuilder
from scheduler.feeds.calendars import Feed, Written, write_feeds
from scheduler.feeds.current import Current
from scheduler.feeds.events import Style, attachment, writing
from scheduler.feeds.links import Links, database_key, exposed_key, link_names
from scheduler.feeds.publish import Difference, Published, differences, horizon_of, reconcile, standings
from scheduler.feeds.renewal import generations, renew
from scheduler.feeds.words import Submissions
from scheduler.reminders import addresses, brake, ledger
from scheduler.reminders.by_hand import speaker
from scheduler.reminders.changes import changes
from scheduler.reminders.digest import Agenda, Digest, Told, address, decide
from scheduler.reminders.submissions import submitted
from scheduler.reminders.waiting import Waiting, find, stands
from scheduler.state.database import StateError, alone, note, open_database, shared, transaction
from scheduler.state.key import KEY
from scheduler.state.retention import prune
from scheduler.state.tables import Link, Publication, Submission
from scheduler.translation import terminal_language, text

log = logging.getLogger("nhachan")


class FeedsError(StateError):
    """The feeds cannot be written; deadlines are published all the same, and reminders go on."""


Progress = Callable[[Iterable[Feed], int], Iterable[Feed]]


def _silently(feeds: Iterable[Feed], _count: int) -> Iterable[Feed]:
    return feeds


@dataclass
class Installation:
    """A configuration with its state folder. `reconfigure` gives the same installation with a new configuration."""

    configuration: Configuration
    state: Path
    engine: Engine
    secret: bytes
    uid_domain: str
    published: Published | None = None
    _current: Current | None = field(default=None, repr=False)
    _written: Written = field(default_factory=dict, repr=False)
    _agenda: Agenda | None = field(default=None, repr=False)
    _builder: FeedBuilder | None = field(default=None, repr=False)
    _links: Links | None = field(default=None, repr=False)
    _known_links: Links | None = field(default=None, repr=False)

    @classmethod
    def open(cls, configuration: Configuration, state: Path, *, thorough: bool = False) -> "Installation":
        """Open the state of a configuration, making it where there is none; StateError where that fails.

        `thorough` looks through the whole database first, as who means to keep it for weeks does.
        """
        settings = configuration.settings
        engine = open_database(state, settings.database, thorough=thorough)
        host = settings.uid_domain or urlsplit(settings.public_url).hostname or "localhost"
        try:
            secret, exposed = database_key(engine, state), exposed_key(state)
            with transaction(engine) as session:
                domain = note(session, "uid_domain", host)
        except OSError as error:
            engine.dispose()
            problem = text("{file} cannot be read: {reason}", file=state / KEY, reason=error.strerror or error)
            raise StateError(problem) from error
        except StateError:
            engine.dispose()
            raise
        if exposed:
            log.warning("%s", exposed.render(terminal_language()), extra={"action": "key-exposed"})
        return cls(configuration, state, engine, secret, settings.uid_domain or domain)

    def reconfigure(self, configuration: Configuration) -> "Installation":
        """The same installation under another configuration."""
        return replace(self, configuration=configuration, published=None, _agenda=None, _links=None)

    def today(self, now: datetime) -> date:
        """The day of the office's own time zone."""
        return now.astimezone(self.configuration.settings.timezone).date()

    @property
    def links(self) -> Links:
        """All links, also of plans that were withdrawn but are still shown; as they stood at the last publication."""
        if self._links is None:
            self._links = self._make_links()
        return self._links

    def _make_links(self) -> Links:
        register = self.configuration.register
        with transaction(self.engine) as session:
            renewed = generations(session)
            plans: dict[str, None] = {}
            for row in session.exec(select(Publication).where(col(Publication.withdrawn).is_not(None))):
                plans[str(row.facts["plan"])] = None
        names = link_names(dict.fromkeys((*register.plans, *plans)), register.units)
        url = self.configuration.settings.public_url
        if self._known_links is None or not self._known_links.are_for(url, names, renewed):
            self._known_links = Links(self.secret, url, names, renewed)
        return self._known_links

    def revoke(self, name: str, by: str, now: datetime) -> None:
        """Renew the links of a name; the old ones lead nowhere any more."""
        with transaction(self.engine) as session:
            renew(session, name, by, now)
        self._links = None
        with suppress(OSError):  # the pulse looks anyway
            self.doorbell.touch()

    @property
    def doorbell(self) -> Path:
        """The file that a command touches so that a running daemon looks at once."""
        return self.state / "doorbell"

    def publish(self, now: datetime, calendars: Path | None = None, progress: Progress = _silently) -> list[str]:
        """Bring the published deadlines and the feeds up to date; the names of the feeds that were written.

        `progress` is handed the feeds and how many there will be, and hands them on, telling somebody.
        """
        settings, register = self.configuration.settings, self.configuration.register
        written = writing(self.style, settings.public_url)
        with transaction(self.engine) as session:
            alone(session, "publication")  # one materialises; the others then read the same rows
            self.published = reconcile(
                session, register, settings.horizon, now, settings.timezone, written, self._current
            )
            words = Submissions(self.engine, session)
        if self._current is not self.published.current:
            self._current, self._agenda = self.published.current, None
        builder = self._builder = FeedBuilder(
            register=register,
            published=self.published,
            style=self.style,
            links=self.renew_links(),
            office=settings.name,
            public_url=settings.public_url,
            today=self.today(now),
            past=settings.past,
            words=words,
            before=self._builder.rendered if self._builder else {},
        )
        feeds = progress(builder.feeds(now), 1 + len(register.plans) + len(register.units))
        folder = calendars or settings.calendars
        try:
            return write_feeds(folder, feeds, self._written, builder.links if settings.feeds_links else None)[1]
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problem = text("the calendars in {path} cannot be written: {reason}", path=folder, reason=reason)
            raise FeedsError(problem) from error

    def difference(self, now: datetime) -> list[Difference]:
        """What a publication would add, move, change or withdraw; nothing is written."""
        settings, register = self.configuration.settings, self.configuration.register
        with transaction(self.engine) as session:
            horizon = horizon_of(session, self.today(now), settings.horizon)
            # The publication that follows asks for it.
            self._current, self._agenda = Current.of(register, horizon, self._current), None
            return differences(session, standings(session), self._current)

    def next_reload(self, now: datetime) -> list[Difference]:
        """The same under the configuration as it is on disk now; ConfigError where that cannot be used."""
        configuration = load(self.configuration.folder, self.today(now))
        return self.reconfigure(configuration).difference(now)

    def mark(self) -> tuple[object, ...]:
        """Something that differs whenever a submission was recorded or withdrawn, or a link revoked, since."""
        with transaction(self.engine) as session:
            submissions = session.exec(select(func.max(Submission.id), func.count(col(Submission.withdrawn)))).one()
            return (*submissions, session.exec(select(func.sum(Link.generation))).one())

    def renew_links(self) -> Links:
        """The links as they stand now, also where another process revoked some."""
        self._links = self._make_links()
        return self._links

    @property
    def agenda(self) -> Agenda:
        """The reminder days of all published deadlines."""
        if self.published is None:
            raise RuntimeError("nothing is published yet")
        if self._agenda is None:
            self._agenda = Agenda(self.configuration.register, self.published.deadlines)
        return self._agenda

    def deadlines(self) -> tuple[Deadline, ...]:
        """The published deadlines."""
        return tuple(self.published.deadlines) if self.published else ()

    def _known(self, deadline: Deadline) -> bool:
        row = self.published.rows.get(deadline.key) if self.published else None
        return row is not None and deadline.last_day is not None and self.today(row.first_seen) <= deadline.last_day

    def shown(self, now: datetime) -> tuple[Deadline, ...]:
        """The deadlines that pages show: as far back as feeds go, up to the horizon, the undated duties among them."""
        settings, today = self.configuration.settings, self.today(now)
        return tuple(expand(self.configuration.register, today - settings.past, today + settings.horizon))

    def page(self, unit: str) -> str:
        """The secret link of a unit's page."""
        return self.links.page(f"units/{unit}")

    def events(self, facts: Iterable[Facts], unit: str, now: datetime) -> bytes:
        """The events of deadlines for the attachment of a unit's mail, as they stand in its feed."""
        if self._builder is None:
            return b""
        found = [event for one in facts if (event := self._builder.own(one, unit, now))]
        return attachment(found, self.page(unit)) if found else b""

    @property
    def style(self) -> Style:
        """What all events have in common."""
        settings = self.configuration.settings
        return Style(settings.language, settings.timezone, self.uid_domain)

    def decide(self, session: Session, now: datetime, day: date, free: set[Told] | None = None) -> list[Digest]:
        """The mails of a day, as the ledger and the submissions stand; `free` is taken as not told yet."""
        told = ledger.told(session, day, self.agenda.earliest(day)) - (free or set())
        news = changes(session, self.configuration.register, now, told)
        changed = {Duty(facts.plan, facts.obligation, facts.period) for facts in (change.after for change in news)}
        reports = submitted(session, self.agenda.duties(day) | changed)
        refused = addresses.refused(session, now)
        return decide(self.agenda, day, told, reports, known=self._known, changes=news, refused=refused)

    def remind(self, now: datetime, most: int = 0) -> int | None:
        """Write the rows of today's mails into the ledger; how many were written, None where that is not to be yet.

        Their hour must have come. More than `most` at once (0: no limit) are not written: sending is held until a
        person has looked.
        """
        local = now.astimezone(self.configuration.settings.timezone)
        register = self.configuration.register
        if local.time() < register.ladder.at or not register.workdays.is_working(local.date()):
            return None
        with transaction(self.engine) as session:
            alone(session, "reminders")
            ledger.expire(session, local.date(), now)
            digests = self.decide(session, now, local.date())
            if brake.too_many(session, len(digests), most, local.date()):
                count = text("{count} mails at once, more than `brake: {most}` allows", count=len(digests), most=most)
                brake.hold(session, count.render(self.configuration.settings.language), "brake", now)
                return None
            return ledger.record(session, digests, now, self.uid_domain)

    def forget(self, now: datetime) -> None:
        """Delete records that are older than the settings keep them."""
        settings = self.configuration.settings
        with transaction(self.engine) as session:
            prune(session, now, settings.keep_ledger, settings.keep_audit, settings.past)

    def stand_ins(self, session: Session, unit: str, now: datetime) -> tuple[str, ...]:
        """Who hears for a unit, now that some addresses are known to be refused."""
        register = self.configuration.register
        known = register.units.get(unit)
        return address(register, known, self.today(now), [], addresses.refused(session, now)).to if known else ()

    def release(self) -> int:
        """Free the mails that a daemon of this state folder had in hand when it was killed; how many.

        On a database that others share they are left to their leases: another may be sending them.
        """
        if shared(self.engine):
            return 0
        with transaction(self.engine) as session:
            return ledger.release_all(session)

    def waiting(self, now: datetime) -> Waiting:
        """What the rows that wait for delivery say, less what was submitted since."""
        ours = self.published.rows if self.published else {}
        with transaction(self.engine) as session:

            def by_hand(asked: Collection[Told]) -> Callable[[str, date, Collection[Told]], Digest | None]:
                return speaker(session, self.configuration.register, asked, {d.key: d for d in self.deadlines()}, now)

            def current(slots: Iterable[Told]) -> bool:
                return all(stands(session, key, ours.get(key)) for key in {slot.deadline for slot in slots})

            return find(session, partial(self.decide, session, now), by_hand, current)
