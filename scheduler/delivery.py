"""Delivery: the ledger's rows, one at a time, over one connection. What was decided is carried out here alone.

A row is claimed, rendered, sent, marked. One bad address or one broken template never stops the rest; a server that is
away stops the batch, and the pulse comes back to it after a pause. A server may take minutes over a mail: meanwhile
nobody is kept from working with the installation.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from sqlmodel import Session

from scheduler.installation import Installation, Waiting
from scheduler.mail.catcher import Catcher
from scheduler.mail.connection import AT_LEISURE, TAKEN, Connection, MailError, read_password
from scheduler.mail.errors import Refusal
from scheduler.mail.message import Message, compose, compose_notice, events_of, office_of
from scheduler.reminders import addresses, brake, ledger
from scheduler.reminders.digest import Digest
from scheduler.state.database import transaction
from scheduler.state.presence import Presence
from scheduler.state.tables import Mail
from scheduler.translation import Text

log = logging.getLogger("nhachan")

_NOBODY_ELSE: AbstractContextManager[object] = nullcontext()
_IN_DATA = timedelta(seconds=TAKEN) + ledger.LEASE


@dataclass
class Postman:
    """Delivers what the ledger of an installation holds, through the configured server or into the catcher."""

    installation: Installation
    catcher: Catcher | None
    go_on: Callable[[], bool] = lambda: True
    """Asked after each mail: whether the rest of the batch is to follow."""
    alone: AbstractContextManager[object] = _NOBODY_ELSE
    """Entered for as long as a mail is written; whoever changes the installation must be in it too."""
    _connection: Connection | None = field(default=None, repr=False)
    _anew: threading.Event = field(default_factory=threading.Event, repr=False)
    _minute: datetime | None = None
    _tried: int = 0  # mails in that minute, of whatever batch

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
        with Presence(self.installation.engine) as presence:
            row = self._claim(presence, clock())
            return self._batch(row, presence, clock) if row else 0

    def _batch(self, row: Mail | None, presence: Presence, clock: Callable[[], datetime]) -> int:
        installation, waiting, sent = self.installation, Waiting(), 0
        self._anew.set()
        again: set[int | None] = set()
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
                    sent += message is not None and self._send(row, message, self._connection, presence, clock)
                except MailError as error:
                    self._failed(row, error, clock())
                    if error.setup:
                        log.error("mail: %s; trying again later", error, extra={"action": "mail-server-failed"})
                        break
                except Exception as error:
                    log.exception("the mail to %s could not be made", row.unit, extra=_about("mail-broken", row))
                    self._mark_failed(row, repr(error), clock(), permanent=False)
                row = self._claim(presence, clock()) if self.go_on() and self.installation is installation else None
        return sent

    def notify(self, title: Text, body: Text, now: datetime) -> bool:
        """Write to the administrators, at once and without the ledger; False where the server did not take it."""
        configuration = self.installation.configuration
        settings = configuration.settings
        if not settings.admins:
            return True
        message = compose_notice(
            office_of(settings, self.installation.uid_domain, configuration.folder),
            settings.admins,
            title.render(settings.language),
            body.render(settings.language),
            message_id=f"<{token_hex(16)}@{self.installation.uid_domain}>",
            now=now.astimezone(settings.timezone),
        )
        try:
            with self._connect() as connection:
                connection.send(message.sender, message.recipients, message.data)
        except MailError as error:
            log.error("the administrators could not be told: %s", error, extra={"action": "notice-failed"})
            return error.permanent and not error.setup  # a refused address stays refused; a login may be mended
        return True

    def _connect(self) -> Connection:
        mail = self.installation.configuration.settings.mail
        if mail is None:
            if self.catcher is None:
                raise RuntimeError("a mail server was taken out of the configuration: restart nhachan")
            return Connection(self.catcher.server, timeout=AT_LEISURE)
        return Connection(mail, read_password(mail), timeout=AT_LEISURE)

    def _claim(self, presence: Presence, now: datetime) -> Mail | None:
        minute, most = now.replace(second=0, microsecond=0), self.installation.configuration.settings.per_minute
        if minute != self._minute:
            self._minute, self._tried = minute, 0
        if most and self._tried >= most:
            return None
        us = presence.number()
        with transaction(self.installation.engine) as session:
            # Asked for each mail: who holds the sending means the rest of a long batch as well.
            row = None if brake.held(session) else ledger.claim(session, now, us)
        self._tried += row is not None
        return row

    def _message(self, row: Mail, waiting: Waiting, clock: Callable[[], datetime]) -> Message | None:
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

    def _compose(self, row: Mail, digest: Digest, now: datetime) -> Message:
        installation = self.installation
        configuration = installation.configuration
        return compose(
            digest,
            office_of(configuration.settings, installation.uid_domain, configuration.folder),
            message_id=row.message_id,
            now=row.created.astimezone(configuration.settings.timezone),
            units=configuration.register.units,
            workdays=configuration.register.workdays,
            page=installation.page(digest.unit.id),
            events=installation.events(events_of(digest), digest.unit.id, now),
        )

    def _send(
        self,
        row: Mail,
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
                message.sender, wanted, message.data, lambda: self._extend(row, presence, clock())
            )
            if answers is None:
                return False  # it took so long that another has it in hand
            refused = answers
        later = [_said(address, answer) for address, answer in refused.items() if not answer.permanent]
        with transaction(self.installation.engine) as session:
            _mark(session, refused, clock())
            ledger.mark_taken(
                session,
                row,
                clock(),
                message.subject,
                accepted=[address for address in wanted if address not in refused],
                refused=[_said(address, answer) for address, answer in refused.items() if answer.permanent],
                later=later,
            )
        took = len(wanted) - len(refused)
        log.info("mail to %s: %d recipients", row.unit, took, extra=_about("mail-sent", row) | {"count": took})
        return True

    def _extend(self, row: Mail, presence: Presence, now: datetime) -> bool:
        us = presence.number()
        with transaction(self.installation.engine) as session:
            return ledger.extend(session, row, now + _IN_DATA, us)

    def _failed(self, row: Mail, error: MailError, now: datetime) -> None:
        # A fault of the server or the configuration is nothing against this mail: it goes once that is mended.
        if error.setup:
            self._mark_failed(row, str(error), now, permanent=False)
            return
        log.error("mail to %s: %s", row.unit, error, extra=_about("mail-failed", row))
        said = [_said(address, answer) for address, answer in error.refused.items() if answer.permanent]
        with transaction(self.installation.engine) as session:
            _mark(session, error.refused, now)
            others = self.installation.stand_ins(session, row.unit, now) if said and not row.accepted else ()
            if others:  # whoever stands in hears instead, at once
                ledger.readdress(session, row, others, said, now)
            else:
                ledger.mark_failed(session, row, now, str(error), permanent=error.permanent)

    def _mark_failed(self, row: Mail, error: str, now: datetime, *, permanent: bool) -> None:
        with transaction(self.installation.engine) as session:
            ledger.mark_failed(session, row, now, error, permanent=permanent)


def _about(action: str, row: Mail) -> dict[str, object]:
    """What a line of the log says for programs of a row: never an address."""
    return {"action": action, "unit": row.unit, "mail": row.id}


def _said(address: str, answer: Refusal) -> str:
    return f"{address} ({answer})"


def _mark(session: Session, refused: Mapping[str, Refusal], now: datetime) -> None:
    """Remember who was refused for good."""
    for by_policy in (False, True):
        found = [a for a, answer in refused.items() if answer.permanent and answer.of_policy is by_policy]
        addresses.mark(session, found, now, by_policy=by_policy)
