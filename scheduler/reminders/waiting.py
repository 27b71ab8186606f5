"""What the rows of the ledger that wait for delivery say by now: less than they were written for, once some submit."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from sqlmodel import Session

from scheduler.reminders import ledger
from scheduler.reminders.digest import Digest, Told
from scheduler.state.tables import Publication


@dataclass
class Waiting:
    """What rows of the ledger say, by their ids: a digest, or None where nothing is left to be said.

    `foreign` are rows that tell of deadlines which somebody else has published anew since we did, as a daemon does
    that has read a newer configuration. What they say is not ours to tell.
    """

    says: dict[int | None, Digest | None] = field(default_factory=dict)
    foreign: set[int | None] = field(default_factory=set)

    def has(self, id_: int | None) -> bool:
        """Whether a row stood in the ledger when this was asked."""
        return id_ in self.says or id_ in self.foreign


def only(digest: Digest | None, slots: set[Told]) -> Digest | None:
    """A digest less all but what a row was written for; None where nothing is left."""
    if digest is None:
        return None
    items = tuple(i for i in digest.items if Told(digest.unit.id, i.facts.key, i.due, i.slot) in slots)
    return replace(digest, items=items) if items else None


class Published(Protocol):
    """How a deadline stood when it was published."""

    @property
    def digest(self) -> str: ...  # noqa: D102
    @property
    def withdrawn(self) -> datetime | None: ...  # noqa: D102


def find(
    session: Session,
    decide: Callable[[date, set[Told]], list[Digest]],
    by_hand: Callable[[set[Told]], Callable[[str, date, set[Told]], Digest | None]],
    current: Callable[[set[Told]], bool],
) -> Waiting:
    """What all rows that wait say now.

    `decide` gives the mails of a day, as if some things had not been told; `by_hand` what says it
    of rows that somebody asked for; `current` whether what a row tells of still stands as we have published it.
    """
    rows, told, found = ledger.pending(session), ledger.slots(session), Waiting()
    asked = [told.get(row.id, set()) for row in rows if row.turn]
    say = by_hand(set().union(*asked)) if asked else None
    for day in {row.day for row in rows}:
        own = [(row, told.get(row.id, set())) for row in rows if row.day == day]
        free = set().union(*(slots for row, slots in own if not row.turn))
        digests = {digest.unit.id: digest for digest in decide(day, free)}
        for row, slots in own:
            digest = only(say(row.unit, day, slots) if say and row.turn else digests.get(row.unit), slots)
            complete = digest is not None and len(digest.items) == len(slots)
            if complete or current(slots):
                found.says[row.id] = digest
            else:
                found.foreign.add(row.id)
    return found


def stands(session: Session, key: str, ours: Published | None) -> bool:
    """Whether a deadline stands in the database as we have published it."""
    row = session.get(Publication, key)
    said, known = ((r.digest, r.withdrawn) if r else None for r in (row, ours))
    return said == known
