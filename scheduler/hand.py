"""The mails that delivery has in hand: claimed from the ledger by the handful, written down once the server took them.

What a server took is written down before it is given another mail. A claim waits for the disk, and a handful is as much
as goes in a moment, or one mail where the server takes its time: a power cut repeats the mails of a moment at most, and
a kill, which the database outlives, one.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from scheduler.mail.connection import TAKEN
from scheduler.mail.errors import Refusal
from scheduler.reminders import addresses, ledger
from scheduler.state.database import Lane
from scheduler.state.presence import Presence

log = logging.getLogger("nhachan")

MOMENT = 0.02  # seconds
_MOST = 16  # mails that are claimed at once
_OLD = 1.0  # seconds
_IN_DATA = timedelta(seconds=TAKEN) + ledger.LEASE


@dataclass(frozen=True)
class Taken:
    """What a server answered to a mail that it took: to whom of `wanted` it goes, and who was refused."""

    row: ledger.Claimed
    subject: str
    wanted: tuple[str, ...]
    refused: Mapping[str, Refusal]
    at: datetime


class Hand:
    """Rows of one ledger, those that were claimed and those of which the outcome is still to be written down."""

    def __init__(self, moment: float = MOMENT) -> None:
        self._moment = moment
        self._claimed: deque[ledger.Claimed] = deque()  # and not begun
        self._taken: list[Taken] = []
        self._minute: datetime | None = None
        self._tried = 0  # mails in that minute, of whatever batch
        self._held = 0  # how many were claimed the last time
        self._since = 0.0  # when that was, by a clock that nobody sets
        self._lane: Lane
        self._presence: Presence

    @contextmanager
    def at(self, engine: Engine) -> Iterator[None]:
        """Work on a ledger for the length of a batch. What the batch before could not write down comes first."""
        with Presence(engine) as self._presence, closing(Lane(engine)) as self._lane:
            self.record()
            yield

    def __len__(self) -> int:
        """How many are claimed and not begun."""
        return len(self._claimed)

    @property
    def old(self) -> bool:
        """Whether what is left was claimed so long ago that somebody may hold the sending by now."""
        return time.monotonic() - self._since > _OLD

    def claim(self, now: datetime, per_minute: int) -> None:
        """Take as many of those that wait as go in a moment, and as this minute allows; none while sending is held.

        What is left of those before is given back.
        """
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._tried = minute, 0
        many = self._handful()
        if per_minute:
            many = min(many, per_minute - self._tried)
        us = self._presence.number()
        with self._lane.transaction() as connection:
            self._write(connection)
            ledger.give_back(connection, self._claimed)
            self._claimed.clear()
            if many > 0:
                # Nothing while sending is held: who holds it means the rest of a long batch as well.
                self._claimed.extend(ledger.claim(connection, now, us, _IN_DATA, many))
        self._written()
        self._since, self._held = time.monotonic(), len(self._claimed)

    def _handful(self) -> int:
        if not self._held:
            return 1
        each = (time.monotonic() - self._since) / self._held
        return max(1, min(_MOST, int(self._moment / each)))

    def begin(self) -> ledger.Claimed:
        """The next of those that were claimed."""
        self._tried += 1
        return self._claimed.popleft()

    def put_back(self, row: ledger.Claimed) -> None:
        """One that was begun and is not to be sent now."""
        self._tried -= 1
        self._claimed.appendleft(row)

    def give_back(self) -> None:
        """Leave to a later batch what was claimed and is not begun."""
        if self._claimed:
            with self._lane.transaction() as connection:
                ledger.give_back(connection, self._claimed)
            self._claimed.clear()

    def is_ours(self, row: ledger.Claimed, now: datetime) -> bool:
        """Whether the lease lasts until the server has answered to the mail; a new one is taken where it does not."""
        us = self._presence.number()
        if row.claimed_by == us and now + timedelta(seconds=TAKEN) <= row.claimed_until:
            return True
        with self._lane.transaction() as connection, Session(connection) as session:
            kept = ledger.extend(session, row, now + _IN_DATA, us)
            session.flush()
            return kept

    def took(self, taken: Taken) -> None:
        """A server took a mail; to be written down before anything else is sent."""
        self._taken.append(taken)

    def record(self, *, durable: bool = True) -> None:
        """Write down what servers took. What cannot be (a full disk) stays to be written: it must not go again."""
        if self._taken:
            with self._lane.transaction(durable=durable) as connection:
                self._write(connection)
            self._written()

    def _write(self, connection: Connection) -> None:
        for taken in self._taken:
            if taken.refused:
                with Session(connection) as session:
                    remember(session, taken.refused, taken.at)
                    session.flush()
            ledger.mark_taken(
                connection,
                taken.row,
                taken.at,
                taken.subject,
                accepted=[address for address in taken.wanted if address not in taken.refused],
                refused=[said(a, answer) for a, answer in taken.refused.items() if answer.permanent],
                later=[said(a, answer) for a, answer in taken.refused.items() if not answer.permanent],
            )

    def _written(self) -> None:
        for taken in self._taken:
            row, took = taken.row, len(taken.wanted) - len(taken.refused)
            log.info("mail to %s: %d recipients", row.unit, took, extra=about("mail-sent", row) | {"count": took})
        self._taken.clear()


def about(action: str, row: ledger.Claimed) -> dict[str, object]:
    """What a line of the log says for programs of a row: never an address."""
    return {"action": action, "unit": row.unit, "mail": row.id}


def said(address: str, answer: Refusal) -> str:
    """A refusal as it is kept on record."""
    return f"{address} ({answer})"


def remember(session: Session, refused: Mapping[str, Refusal], now: datetime) -> None:
    """Who was refused for good."""
    for by_policy in (False, True):
        found = [a for a, answer in refused.items() if answer.permanent and answer.of_address is not by_policy]
        addresses.mark(session, found, now, by_policy=by_policy)
