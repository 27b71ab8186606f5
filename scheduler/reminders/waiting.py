"""What the rows of the ledger that wait for delivery say by now: less than they were written for, once some submit."""

from dataclasses import dataclass, field, replace

from scheduler.reminders.digest import Digest, Told


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
