"""What the pages know. The daemon fills a `Site` and swaps its fields; a request works on one steady copy of it."""

import copy
import ipaddress
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import Session

from scheduler.config.load import Configuration
from scheduler.config.problems import Problem
from scheduler.config.settings import Settings
from scheduler.deadlines.duty import Duty, duty_of
from scheduler.deadlines.plans import Deadline, Register
from scheduler.feeds.links import Links
from scheduler.feeds.publish import Difference


class CaughtSummary(Protocol):
    """One line of the list of caught mails."""

    @property
    def key(self) -> str:
        """Its name, to read it by."""

    @property
    def subject(self) -> str:
        """The subject, decoded."""

    @property
    def to(self) -> str:
        """The recipients, as people read them."""

    @property
    def date(self) -> datetime:
        """When it was made; aware."""


class CaughtMessage(CaughtSummary, Protocol):
    """One caught mail, taken apart."""

    @property
    def text(self) -> str:
        """The plain text."""

    @property
    def html(self) -> str:
        """The HTML, or nothing."""

    @property
    def attachments(self) -> Sequence[str]:
        """The names of what is attached."""


class CaughtMail(Protocol):
    """The mails that were kept on this machine because no mail server is configured."""

    def list(self, limit: int) -> Sequence[CaughtSummary]:
        """The newest mails, newest first."""

    def read(self, key: str) -> CaughtMessage | None:
        """One mail, or None where there is none of that name."""


@dataclass(frozen=True)
class Index:
    """The deadlines by who is concerned. `following` are those whose reports a unit waits for.

    A duty has a deadline, and one more for each extension of time.
    """

    of: tuple[Deadline, ...]
    under: Register
    deadlines: tuple[Deadline, ...]
    by_key: Mapping[str, Deadline]
    by_duty: Mapping[Duty, list[Deadline]]
    reporting: Mapping[str, list[Deadline]]
    following: Mapping[str, list[Deadline]]


def _all_well() -> str:
    return ""


def _nobody_listens() -> None:
    return None


def _no_mail(_session: Session, _address: str, _url: str) -> None:
    return None


def _no_beat() -> datetime | None:
    return None


def _nothing_new() -> Sequence[Difference]:
    return ()


@dataclass
class Site:
    """The state of the daemon as far as pages show it. Fields may be set one after another while requests come in.

    `deadlines` reach from about two years back to the horizon, by send-by day, undated duties among them. `problems`
    are those of a reload that failed. `health` gives the reason why work stands still, or nothing; `mail` why mails
    wait for their server, or nothing; `submissions_changed` is called when a page has recorded or withdrawn one.
    `mail_login` writes a link to log in (its URL) to an administrator's address, `mail_waits` has that sent at once.
    `uid_domain` is the end of the Message-IDs of mails that a page asks for.
    `last_beat` and `reloaded` say when the pulse last did its work and when the configuration was taken.
    `next_reload` reads the configuration on disk and says how deadlines would differ, or raises ConfigError; a page
    that has a configuration read holds `reading`, for it is much work.
    """

    configuration: Configuration
    deadlines: tuple[Deadline, ...]
    links: Links
    engine: Engine
    clock: Callable[[], datetime]
    problems: tuple[Problem, ...] = ()
    health: Callable[[], str] = _all_well
    mail: Callable[[], str] = _all_well
    caught: CaughtMail | None = None
    submissions_changed: Callable[[], None] = _nobody_listens
    mail_login: Callable[[Session, str, str], None] = _no_mail
    mail_waits: Callable[[], None] = _nobody_listens
    last_beat: Callable[[], datetime | None] = _no_beat
    reloaded: datetime | None = None
    version: str = ""
    uid_domain: str = "localhost"
    next_reload: Callable[[], Sequence[Difference]] = _nothing_new
    writing: threading.Lock = field(default_factory=threading.Lock, repr=False)
    reading: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _shelf: list[Index] = field(default_factory=list, repr=False)  # the index last made, shared with all copies

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings

    @property
    def register(self) -> Register:
        """The plans and units in force."""
        return self.configuration.register

    @property
    def index(self) -> Index:
        """The deadlines by who is concerned, made once for each set of deadlines."""
        for kept in self._shelf:
            if kept.of is self.deadlines and kept.under is self.register:
                return kept
        made = index(self.deadlines, self.register)
        self._shelf[:] = [made]
        return made

    def today(self) -> date:
        """The day it is at the office."""
        return self.clock().astimezone(self.settings.timezone).date()

    def trouble(self) -> str:
        """Why work stands still, or nothing. A health check that fails is a reason too."""
        try:
            return self.health()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is why we are not well
            return type(error).__name__

    def front(self) -> str:
        """Where the office's page is."""
        return f"{self.settings.public_url}/office"

    @property
    def local(self) -> bool:
        """Whether the pages are for this machine alone."""
        return is_loopback(urlsplit(self.settings.public_url).hostname or "")

    def steady(self) -> "Site":
        """A copy that stays as it is while a request is answered."""
        return copy.copy(self)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def index(deadlines: tuple[Deadline, ...], register: Register) -> Index:
    """The deadlines by key, by reporting unit, and by who waits for them (collector, receiver, duty that collects).

    A deadline of the configuration before, which names a unit that this one has no more, is left out.
    """
    units = register.units
    known = tuple(d for d in deadlines if units.keys() >= {*d.units, d.to, d.via} - {""})
    reporting: dict[str, list[Deadline]] = {}
    following: dict[str, dict[str, Deadline]] = {}
    by_duty: dict[tuple[str, str], list[Deadline]] = {}
    duties: dict[Duty, list[Deadline]] = {}
    for deadline in known:
        duties.setdefault(duty_of(deadline), []).append(deadline)
        for unit in deadline.units:
            reporting.setdefault(unit, []).append(deadline)
        if deadline.send_by is not None:
            by_duty.setdefault((deadline.plan.id, deadline.obligation.id), []).append(deadline)
            following.setdefault(deadline.collector, {})[deadline.key] = deadline
    for deadline in known:
        for source in by_duty.get((deadline.plan.id, deadline.obligation.collects), ()):
            if deadline.send_by is None or source.period == deadline.period:
                for unit in deadline.units:
                    following.setdefault(unit, {})[source.key] = source
    return Index(
        deadlines,
        register,
        known,
        {deadline.key: deadline for deadline in known},
        duties,
        reporting,
        {
            unit: sorted(found.values(), key=lambda d: (d.send_by or date.max, d.key))
            for unit, found in following.items()
        },
    )
