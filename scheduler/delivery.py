"""Delivery: the ledger's rows, one at a time, over one connection. What was decided is carried out here alone.

A row is claimed, rendered, sent, marked. One bad address or one broken template never stops the rest; a server that is
away stops the batch, and the pulse comes back to it after a pause. A server may take minutes over a mail: meanwhile
nobody is kept from working with the installation.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection as DatabaseConnection
from sqlmodel import Session

from scheduler.installation import Installation
from scheduler.mail.catcher import Catcher
from scheduler.mail.connection import AT_LEISURE, TAKEN, Connection, MailError
from scheduler.mail.errors import Refusal
from scheduler.mail.message import Desk, Message, compose_notice, events_of, office_of
from scheduler.mail.password import read_password
from scheduler.mail.shut import Shut
from scheduler.reminders import addresses, ledger
from scheduler.reminders.digest import Digest
from scheduler.reminders.waiting import Waiting
from scheduler.state.database import Lane, StateError, transaction
from scheduler.state.presence import Presence
from scheduler.translation import Text

log = logging.getLogger("nhachan")

_NOBODY_ELSE: AbstractContextManager[object] = nullcontext()
_ENOUGH = 3  # mails in a row over which a server hangs up or falls silent
_CONTENT = timedelta(minutes=30)  # a quota is full, or a filter dislikes the text: asking again soon helps neither
_IN_DATA = timedelta(seconds=TAKEN) + ledger.LEASE
_HANDFUL = 16  # mails that are claimed at once, at most


@dataclass(frozen=True)
class Taken:
    """What a server answered to a mail that it took: to whom of `wanted` it goes, and who was refused."""

    row: ledger.Claimed
    subject: str
    wanted: tuple[str, ...]
    refused: Mapping[str, Refusal]
    at: datetime


@dataclass
class Postman:
    """Delivers what the ledger of an installation holds, through the configured server or into the catcher."""

    installation: Installation
    catcher: Catcher | None
    go_on: Callable[[], bool] = lambda: True
    """Asked after each mail: whether the rest of the batch is to follow."""
    alone: AbstractContextManager[object] = _NOBODY_ELSE
    """Entered for as long as a mail is written; whoever changes the installation must be in it too."""
    moment: float = 0.02
    """Seconds: the mails of so long are claimed at once, and may be repeated after a power cut."""
    _connection: Connection | None = field(default=None, repr=False)
    _anew: threading.Event = field(default_factory=threading.Event, repr=False)
    away: Text | None = None
    """Why the server took no mail the last time, though it was no mail's fault; None where it did."""
    _shut: Shut | None = None
    _taken: list[Taken] = field(default_factory=list, repr=False)
    _desk: Desk = field(init=False, repr=False)
    _lane: Lane = field(init=False, repr=False)
    _minute: datetime | None = None
    _tried: int = 0  # mails in that minute, of whatever batch
    _hand: deque[ledger.Claimed] = field(default_factory=deque, repr=False)  # claimed, and not begun
    _held: int = 0  # how many these were
    _begun: float = 0.0  # when, by a clock that nobody sets

    def __post_init__(self) -> None:
        self._desk = self._furnish()

    @property
    def in_data(self) -> bool:
        """Whether the server is being given a mail just now, so that breaking off may send it twice."""
        return self._connection is not None and self._connection.in_data

    def look_again(self) -> None:
        """What waiting mails say may have changed: something was submitted, or published."""
        self._anew.set()

    def deliver(self, clock: Callable[[], datetime]) -> int:
        """Send the rows that wait, as many as this minute allows; how many were sent. None while sending is held.

        The batch ends where the configuration is another: its mail server may be another too.
        """
        if self._shut and self._shut.stands(self._password(), clock()):
            return 0
        engine = self.installation.engine
        with Presence(engine) as presence, Lane(engine) as self._lane:
            self._record()  # what the batch before could not
            self._give_back()
            row = self._next(presence, clock)
            return self._batch(row, presence, clock) if row else 0

    def _batch(self, row: ledger.Claimed | None, presence: Presence, clock: Callable[[], datetime]) -> int:
        installation, waiting, sent = self.installation, Waiting(), 0
        self._anew.set()
        self._desk = self._furnish()
        again: set[int | None] = set()
        hung_up = 0
        with self._connect() as self._connection:
            while row is not None:
                try:
                    with self.alone:
                        # Another daemon may have written it since, or it goes to somebody else now.
                        if self._anew.is_set() or row.id in again or not waiting.has(row.id):
                            self._anew.clear()
                            waiting = installation.waiting(clock())
                        message = self._message(row, waiting, clock)
                    again.add(row.id)
                    if message is not None:
                        sent += self._send(row, message, self._connection, presence, clock)
                        self.away, self._shut, hung_up = None, None, 0
                except MailError as error:
                    self._failed(row, error, clock())
                    hung_up = hung_up + 1 if error.hung_up or error.silent else 0
                    if error.setup or hung_up >= _ENOUGH:
                        self._give_up(error, clock())
                        break
                except Exception as error:
                    if self._taken or isinstance(error, StateError):
                        raise  # what cannot be recorded is not sent
                    log.exception("the mail to %s could not be made", row.unit, extra=_about("mail-broken", row))
                    self._mark_failed(row, repr(error), clock(), permanent=False)
                row = self._next(presence, clock) if self.go_on() and self.installation is installation else None
            self._record()
            self._give_back()
        return sent

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

    def _next(self, presence: Presence, clock: Callable[[], datetime]) -> ledger.Claimed | None:
        """The next mail, once it is written down what the server took before it.

        A handful is claimed at once: as many as go in a moment, or one where the server takes its time. The claim waits
        for the disk: a power cut repeats the mails of a moment at most, and a kill, which the database outlives, one.
        """
        if not self._hand:
            self._claim(presence, clock())
        else:
            self._record(durable=False)
        if not self._hand:
            return None
        self._tried += 1
        return self._hand.popleft()

    def _claim(self, presence: Presence, now: datetime) -> None:
        minute, most = now.replace(second=0, microsecond=0), self.installation.configuration.settings.per_minute
        if minute != self._minute:
            self._minute, self._tried = minute, 0
        many = self._handful()
        if most:
            many = min(many, most - self._tried)
        us = presence.number()
        with self._lane.transaction() as connection:
            self._write_down(connection)
            if many > 0:
                # Nothing while sending is held: who holds it means the rest of a long batch as well.
                self._hand.extend(ledger.claim(connection, now, us, _IN_DATA, many))
        self._written_down()
        self._begun, self._held = time.monotonic(), len(self._hand)

    def _handful(self) -> int:
        """How many mails go in a moment, going by those of the last handful."""
        if not self._held:
            return 1
        each = (time.monotonic() - self._begun) / self._held
        return max(1, min(_HANDFUL, int(self.moment / each)))

    def _give_back(self) -> None:
        """Leave to a later batch what was claimed and is not begun."""
        if self._hand:
            with self._lane.transaction() as connection:
                ledger.give_back(connection, self._hand)
            self._hand.clear()

    def _message(self, row: ledger.Claimed, waiting: Waiting, clock: Callable[[], datetime]) -> Message | None:
        """A row as a mail; None, and the row given back or closed, where it is not ours or says nothing any more."""
        if row.id not in waiting.says:
            log.info(
                "the mail to %s waits for the configuration that it was written with",
                row.unit,
                extra=_about("mail-left", row),
            )
            with transaction(self.installation.engine) as session:
                ledger.leave(session, row, clock())
            return None
        digest = waiting.says[row.id]
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

    def _send(
        self,
        row: ledger.Claimed,
        message: Message,
        connection: Connection,
        presence: Presence,
        clock: Callable[[], datetime],
    ) -> bool:
        """Send a mail to those who do not have it yet; whether anybody has it now."""
        wanted = [address for address in message.recipients if address not in row.accepted]
        refused: dict[str, Refusal] = {}
        if wanted:
            answers = connection.send(
                message.sender, wanted, message.data, lambda: self._is_ours(row, presence, clock())
            )
            if answers is None:
                return False  # it took so long that another has it in hand
            refused = answers
        self._taken.append(Taken(row, message.subject, tuple(wanted), refused, clock()))
        return True

    def _record(self, *, durable: bool = True) -> None:
        """Write down what the server took, where that is still to be done.

        What cannot be written (a full disk) stays to be written before all else: it must not go again.
        """
        if self._taken:
            with self._lane.transaction(durable=durable) as connection:
                self._write_down(connection)
            self._written_down()

    def _write_down(self, connection: DatabaseConnection) -> None:
        for taken in self._taken:
            if taken.refused:
                with Session(connection) as session:
                    _mark(session, taken.refused, taken.at)
                    session.flush()
            ledger.mark_taken(
                connection,
                taken.row,
                taken.at,
                taken.subject,
                accepted=[address for address in taken.wanted if address not in taken.refused],
                refused=[_said(a, answer) for a, answer in taken.refused.items() if answer.permanent],
                later=[_said(a, answer) for a, answer in taken.refused.items() if not answer.permanent],
            )

    def _written_down(self) -> None:
        for taken in self._taken:
            row, took = taken.row, len(taken.wanted) - len(taken.refused)
            log.info("mail to %s: %d recipients", row.unit, took, extra=_about("mail-sent", row) | {"count": took})
        self._taken.clear()

    def _is_ours(self, row: ledger.Claimed, presence: Presence, now: datetime) -> bool:
        """Whether the lease lasts until the server has answered to the mail; a new one is taken where it does not."""
        us = presence.number()
        if row.claimed_by == us and now + timedelta(seconds=TAKEN) <= row.claimed_until:
            return True
        with transaction(self.installation.engine) as session:
            return ledger.extend(session, row, now + _IN_DATA, us)

    def _failed(self, row: ledger.Claimed, error: MailError, now: datetime) -> None:
        # A fault of the server or the configuration is nothing against this mail: it goes once that is mended.
        if error.setup:
            self._mark_failed(row, str(error), now, permanent=False)
            return
        log.error("mail to %s: %s", row.unit, error, extra=_about("mail-failed", row))
        said = [_said(address, answer) for address, answer in error.refused.items() if answer.permanent]
        with transaction(self.installation.engine) as session:
            _mark(session, error.refused, now)
            others = self.installation.stand_ins(session, row.unit, now) if said and not row.accepted else ()
            if any(a not in error.refused or not error.refused[a].permanent for a in others):
                # Whoever stands in hears instead, at once.
                ledger.readdress(session, row, others, said, now)
            elif error.permanent and not error.refused:
                ledger.mark_failed(session, row, now, str(error), permanent=False, at_least=_CONTENT)
            else:
                ledger.mark_failed(session, row, now, str(error), permanent=error.permanent)

    def _mark_failed(self, row: ledger.Claimed, error: str, now: datetime, *, permanent: bool) -> None:
        with transaction(self.installation.engine) as session:
            ledger.mark_failed(session, row, now, error, permanent=permanent)


def _about(action: str, row: ledger.Claimed) -> dict[str, object]:
    """What a line of the log says for programs of a row: never an address."""
    return {"action": action, "unit": row.unit, "mail": row.id}


def _said(address: str, answer: Refusal) -> str:
    return f"{address} ({answer})"


def _mark(session: Session, refused: Mapping[str, Refusal], now: datetime) -> None:
    """Remember who was refused for good."""
    for by_policy in (False, True):
        found = [a for a, answer in refused.items() if answer.permanent and answer.of_address is not by_policy]
        addresses.mark(session, found, now, by_policy=by_policy)
