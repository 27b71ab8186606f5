"""Delivery: the ledger's rows, one at a time, over one connection. What was decided is carried out here alone.

A row is claimed, rendered, sent, marked. One bad address or one broken template never stops the rest; a server that is
away stops the batch, and the pulse comes back to it after a pause. A server may take minutes over a mail: meanwhile
the next one is made ready, and nobody is kept from working with the installation.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.hand import Hand, Taken, about, remember, said
from scheduler.installation import Installation
from scheduler.mail.catcher import Catcher
from scheduler.mail.connection import AT_LEISURE, Connection, MailError
from scheduler.mail.message import Desk, Message, compose_notice, events_of, office_of
from scheduler.mail.password import read_password
from scheduler.mail.server import Loopback
from scheduler.mail.shut import Shut
from scheduler.reminders import ledger
from scheduler.reminders.digest import Digest
from scheduler.reminders.waiting import Waiting
from scheduler.state.database import StateError, transaction
from scheduler.translation import Text

log = logging.getLogger("nhachan")

_NOBODY_ELSE: AbstractContextManager[object] = nullcontext()
_ENOUGH = 3  # mails in a row over which a server hangs up or falls silent
_CONTENT = timedelta(minutes=30)  # a quota is full, or a filter dislikes the text: asking again soon helps neither


class _Given(NamedTuple):
    """A mail to which the server has not answered yet."""

    row: ledger.Claimed
    subject: str
    wanted: tuple[str, ...]


@dataclass
class Postman:
    """Delivers what the ledger of an installation holds, through the configured server or into the catcher."""

    installation: Installation
    catcher: Catcher | None
    go_on: Callable[[], bool] = lambda: True
    """Asked after each mail: whether the rest of the batch is to follow."""
    alone: AbstractContextManager[object] = _NOBODY_ELSE
    """Entered for as long as a mail is written; whoever changes the installation must be in it too."""
    hand: Hand = field(default_factory=Hand, repr=False)
    away: Text | None = None
    """Why the server took no mail the last time, though it was no mail's fault; None where it did."""
    _connection: Connection = field(default_factory=lambda: Connection(Loopback(0)), repr=False)
    _anew: threading.Event = field(default_factory=threading.Event, repr=False)
    _shut: Shut | None = None
    _desk: Desk = field(init=False, repr=False)
    _waiting: Waiting = field(default_factory=Waiting, repr=False)
    _begun: set[int | None] = field(default_factory=set, repr=False)  # rows of this batch
    _given: _Given | None = None
    _sent: int = 0  # in this batch
    _hung_up: int = 0  # how often in a row
    _over: bool = False  # whether the batch is

    def __post_init__(self) -> None:
        self._desk = self._furnish()

    @property
    def in_data(self) -> bool:
        """Whether the server is being given a mail just now, so that breaking off may send it twice."""
        return self._connection.in_data

    def look_again(self) -> None:
        """What waiting mails say may have changed: something was submitted, or published."""
        self._anew.set()

    def deliver(self, clock: Callable[[], datetime]) -> int:
        """Send the rows that wait, as many as this minute allows; how many were sent. None while sending is held.

        The batch ends where the configuration is another: its mail server may be another too.
        """
        if self._shut and self._shut.stands(self._password(), clock()):
            return 0
        with self.hand.at(self.installation.engine):
            self._claim(clock)
            self._sent = 0
            if len(self.hand):
                self._batch(clock)
            return self._sent

    def _claim(self, clock: Callable[[], datetime]) -> None:
        self.hand.claim(clock(), self.installation.configuration.settings.per_minute)

    def _batch(self, clock: Callable[[], datetime]) -> None:
        installation = self.installation
        self._waiting, self._begun, self._desk = Waiting(), set(), self._furnish()
        self._hung_up, self._over = 0, False
        self._anew.set()
        with self._connect() as self._connection:
            try:
                while len(self.hand) and not self._over:
                    self._attend_to(self.hand.begin(), clock)
                    if not self.go_on() or self.installation is not installation:
                        break
                    if not len(self.hand) or self.hand.old:
                        self._hear(clock)
                        self._claim(clock)
            finally:
                self._hear(clock)
            self.hand.record()
            self.hand.give_back()

    def _attend_to(self, row: ledger.Claimed, clock: Callable[[], datetime]) -> None:
        """Make a mail ready; once the server has answered to the one before, and that is written down, give it this."""
        message = None
        with self._mending(row, clock):
            message = self._ready(row, clock)
        self._hear(clock)
        self.hand.record(durable=False)  # what cannot be is followed by nothing
        if self._over:
            self.hand.put_back(row)
            return
        with self._mending(row, clock):
            if message is not None and self._anew.is_set():
                message = self._ready(row, clock)  # somebody has reported since
            self._begun.add(row.id)
            if message is not None:
                self._give(row, message, clock)

    @contextmanager
    def _mending(self, row: ledger.Claimed, clock: Callable[[], datetime]) -> Iterator[None]:
        """What goes wrong with one mail stops no other; what is wrong with the database stops them all."""
        try:
            yield
        except MailError as error:
            self._not_taken(row, error, clock())
        except StateError:
            raise
        except Exception as error:
            log.exception("the mail to %s could not be made", row.unit, extra=about("mail-broken", row))
            self._mark_failed(row, repr(error), clock(), permanent=False)

    def _ready(self, row: ledger.Claimed, clock: Callable[[], datetime]) -> Message | None:
        """A row as a mail, as things stand now; None where there is nothing to be sent."""
        with self.alone:
            # Another daemon may have written it since, or it goes to somebody else now.
            if self._anew.is_set() or row.id in self._begun or not self._waiting.has(row.id):
                self._anew.clear()
                self._waiting = self.installation.waiting(clock())
            return self._message(row, clock)

    def _give(self, row: ledger.Claimed, message: Message, clock: Callable[[], datetime]) -> None:
        """Give the server a mail for those who do not have it yet."""
        given = _Given(row, message.subject, tuple(a for a in message.recipients if a not in row.accepted))
        if not given.wanted:
            self.hand.took(Taken(*given, {}, clock()))
        elif self._connection.begin(
            message.sender, given.wanted, message.data, lambda: self.hand.is_ours(row, clock())
        ):
            self._given = given  # else it took so long that another has it in hand

    def _hear(self, clock: Callable[[], datetime]) -> None:
        """What the server says to the mail that it was given last."""
        given, self._given = self._given, None
        if given is None:
            return
        try:
            refused = self._connection.answer()
        except MailError as error:
            self._not_taken(given.row, error, clock())
            return
        self.hand.took(Taken(*given, refused, clock()))
        self._sent += 1
        self.away, self._shut, self._hung_up = None, None, 0

    def _not_taken(self, row: ledger.Claimed, error: MailError, now: datetime) -> None:
        self._failed(row, error, now)
        self._hung_up = self._hung_up + 1 if error.hung_up or error.silent else 0
        if error.setup or self._hung_up >= _ENOUGH:
            self._give_up(error, now)
            self._over = True

    def notify(self, title: str, body: str, message_id: str, now: datetime, to: Sequence[str] = ()) -> bool:
        """Write to the administrators, or to those in `to`, without the ledger; False where nobody has it now."""
        configuration = self.installation.configuration
        settings = configuration.settings
        if not settings.admins:
            return True
        message = compose_notice(
            office_of(settings, self.installation.uid_domain, configuration.folder),
            to or settings.admins,
            title,
            body,
            message_id=message_id,
            now=now.astimezone(settings.timezone),
        )
        try:
            if self._shut and self._shut.stands(self._password(), now):
                log.error("the administrators could not be told: %s", self.away, extra={"action": "notice-failed"})
                return False
            with self._connect() as connection:
                connection.send(message.sender, message.recipients, message.data)
        except MailError as error:
            log.error("the administrators could not be told: %s", error, extra={"action": "notice-failed"})
            if error.login:
                self._shut = Shut.after(self._shut, self._password(), now)
            return False
        return True

    def _connect(self) -> Connection:
        mail = self.installation.configuration.settings.mail
        if mail is None:
            if self.catcher is None:
                raise RuntimeError("a mail server was taken out of the configuration: restart nhachan")
            return Connection(self.catcher.server, timeout=AT_LEISURE)
        return Connection(mail, self._password(), timeout=AT_LEISURE)

    def _password(self) -> str:
        mail = self.installation.configuration.settings.mail
        return read_password(mail) if mail else ""

    def _give_up(self, error: MailError, now: datetime) -> None:
        """Leave the rest of a batch to a later one."""
        log.error("mail: %s; trying again later", error, extra={"action": "mail-server-failed"})
        self.away = error.problem
        if error.login:
            self._shut = Shut.after(self._shut, self._password(), now)

    def _message(self, row: ledger.Claimed, clock: Callable[[], datetime]) -> Message | None:
        """A row as a mail; None, and the row given back or closed, where it is not ours or says nothing any more."""
        if row.id not in self._waiting.says:
            log.info(
                "the mail to %s waits for the configuration that it was written with",
                row.unit,
                extra=about("mail-left", row),
            )
            with transaction(self.installation.engine) as session:
                ledger.leave(session, row, clock())
            return None
        digest = self._waiting.says[row.id]
        if digest is None:
            with transaction(self.installation.engine) as session:
                ledger.mark_empty(session, row)
            return None
        return self._compose(row, digest, clock())

    def _compose(self, row: ledger.Claimed, digest: Digest, now: datetime) -> Message:
        installation = self.installation
        return self._desk.compose(
            digest,
            message_id=row.message_id,
            now=row.created.astimezone(installation.configuration.settings.timezone),
            page=installation.page(digest.unit.id),
            events=installation.events(events_of(digest), digest.unit.id, now),
        )

    def _furnish(self) -> Desk:
        """A desk for a batch, of the configuration and its templates as they are by now."""
        configuration = self.installation.configuration
        office = office_of(configuration.settings, self.installation.uid_domain, configuration.folder)
        return Desk(office, configuration.register.units, configuration.register.workdays)

    def _failed(self, row: ledger.Claimed, error: MailError, now: datetime) -> None:
        # A fault of the server or the configuration is nothing against this mail: it goes once that is mended.
        if error.setup:
            self._mark_failed(row, str(error), now, permanent=False)
            return
        log.error("mail to %s: %s", row.unit, error, extra=about("mail-failed", row))
        refusals = [said(address, answer) for address, answer in error.refused.items() if answer.permanent]
        with transaction(self.installation.engine) as session:
            remember(session, error.refused, now)
            others = self.installation.stand_ins(session, row.unit, now) if refusals and not row.accepted else ()
            if any(a not in error.refused or not error.refused[a].permanent for a in others):
                # Whoever stands in hears instead, at once.
                ledger.readdress(session, row, others, refusals, now)
            elif error.permanent and not error.refused:
                ledger.mark_failed(session, row, now, str(error), permanent=False, at_least=_CONTENT)
            else:
                ledger.mark_failed(session, row, now, str(error), permanent=error.permanent)

    def _mark_failed(self, row: ledger.Claimed, error: str, now: datetime, *, permanent: bool) -> None:
        with transaction(self.installation.engine) as session:
            ledger.mark_failed(session, row, now, error, permanent=permanent)
