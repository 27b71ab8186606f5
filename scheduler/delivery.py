"""Delivery: the ledger's rows, one at a time, over one connection. What was decided is carried out here alone.

A row is claimed, rendered, sent, marked. One bad address or one broken template never stops the rest; a server that is
away stops the batch, and the pulse comes back to it after a pause.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from scheduler.installation import Installation
from scheduler.mail.catcher import Catcher
from scheduler.mail.connection import Connection, MailError, read_password
from scheduler.mail.message import compose, compose_notice, events_of, office_of
from scheduler.reminders import addresses, brake, ledger
from scheduler.reminders.digest import Digest
from scheduler.state.database import transaction
from scheduler.state.tables import Mail
from scheduler.translation import Text

log = logging.getLogger("nhachan")


@dataclass
class Postman:
    """Delivers what the ledger of an installation holds, through the configured server or into the catcher."""

    installation: Installation
    catcher: Catcher | None
    go_on: Callable[[], bool] = lambda: True
    """Asked after each mail: whoever runs this hears of work done, and can end it without waiting for the rest."""
    _minute: datetime | None = None
    _tried: int = 0  # mails in that minute, of whatever batch

    def deliver(self, clock: Callable[[], datetime]) -> int:
        """Send the rows that wait, as many as this minute allows; how many were sent. None while sending is held."""
        row = self._claim(clock())
        if row is None:
            return 0
        waiting = self.installation.waiting(clock())
        sent = 0
        again: set[int | None] = set()
        with self._connection() as connection:
            while row is not None:
                if row.id in again or (row.id not in waiting.says and row.id not in waiting.foreign):
                    # Another daemon has written it since, or it goes to somebody else now.
                    waiting = self.installation.waiting(clock())
                again.add(row.id)
                try:
                    if row.id in waiting.says:
                        sent += self._carry_out(row, waiting.says[row.id], connection, clock)
                    else:
                        self._leave(row, clock())
                except MailError as error:
                    self._failed(row, error, clock())
                    if error.setup:
                        log.error("mail: %s; trying again later", error, extra={"action": "mail-server-failed"})
                        break
                except Exception as error:
                    log.exception("the mail to %s could not be made", row.unit, extra=_about("mail-broken", row))
                    self._mark_failed(row, repr(error), clock(), permanent=False)
                row = self._claim(clock()) if self.go_on() else None
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
            with self._connection() as connection:
                connection.send(message.sender, message.recipients, message.data)
        except MailError as error:
            log.error("the administrators could not be told: %s", error, extra={"action": "notice-failed"})
            return error.permanent and not error.setup  # a refused address stays refused; a login may be mended
        return True

    def _connection(self) -> Connection:
        mail = self.installation.configuration.settings.mail
        if mail is None:
            if self.catcher is None:
                raise RuntimeError("a mail server was taken out of the configuration: restart nhachan")
            return Connection(self.catcher.server)
        return Connection(mail, read_password(mail))

    def _claim(self, now: datetime) -> Mail | None:
        minute, most = now.replace(second=0, microsecond=0), self.installation.configuration.settings.per_minute
        if minute != self._minute:
            self._minute, self._tried = minute, 0
        if most and self._tried >= most:
            return None
        with transaction(self.installation.engine) as session:
            # Asked for each mail: who holds the sending means the rest of a long batch as well.
            row = None if brake.held(session) else ledger.claim(session, now)
        self._tried += row is not None
        return row

    def _leave(self, row: Mail, now: datetime) -> None:
        about = _about("mail-left", row)
        log.info("the mail to %s waits for the configuration that it was written with", row.unit, extra=about)
        with transaction(self.installation.engine) as session:
            ledger.leave(session, row, now)

    def _carry_out(
        self, row: Mail, digest: Digest | None, connection: Connection, clock: Callable[[], datetime]
    ) -> int:
        installation = self.installation
        if digest is None:
            with transaction(installation.engine) as session:
                ledger.mark_empty(session, row)
            return 0
        configuration = installation.configuration
        message = compose(
            digest,
            office_of(configuration.settings, installation.uid_domain, configuration.folder),
            message_id=row.message_id,
            now=row.created.astimezone(configuration.settings.timezone),
            units=configuration.register.units,
            workdays=configuration.register.workdays,
            page=installation.page(digest.unit.id),
            events=installation.events(events_of(digest), digest.unit.id, clock()),
        )
        refused = connection.send(message.sender, message.recipients, message.data)
        with transaction(installation.engine) as session:
            addresses.mark(session, [a for a, answer in refused.items() if answer.permanent], clock())
            ledger.mark_sent(session, row, clock(), message.subject, [f"{a} ({r})" for a, r in refused.items()])
        items = len(digest.items)
        log.info("mail to %s: %d items", row.unit, items, extra=_about("mail-sent", row) | {"count": items})
        return 1

    def _failed(self, row: Mail, error: MailError, now: datetime) -> None:
        # A fault of the server or the configuration is nothing against this mail: it goes once that is mended.
        if error.setup:
            self._mark_failed(row, str(error), now, permanent=False)
            return
        log.error("mail to %s: %s", row.unit, error, extra=_about("mail-failed", row))
        bad = [a for a, answer in error.refused.items() if answer.permanent]
        said = [f"{a} ({answer})" for a, answer in error.refused.items() if answer.permanent]
        with transaction(self.installation.engine) as session:
            addresses.mark(session, bad, now)
            others = self.installation.stand_ins(session, row.unit, now) if bad else ()
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
