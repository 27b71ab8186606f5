"""Addresses that a server refused for good. They are passed over for a while, and whoever stands in hears instead."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from scheduler.state.tables import Note

_UNKNOWN, _POLICY = "refused-address:", "refused-by-policy:"
_FORGET = {_UNKNOWN: timedelta(days=30), _POLICY: timedelta(hours=10)}
"""After this an address is tried again: mailboxes are made anew, and servers mended. A rule of the server (no relaying,
a blocked sender) may hit every address at once, and is asked again the next morning."""


def refused(session: Session, now: datetime) -> dict[str, datetime]:
    """The addresses that are passed over at present, and since when."""
    found: dict[str, datetime] = {}
    for row in session.exec(select(Note).where(or_(*(col(Note.name).startswith(prefix) for prefix in _FORGET)))):
        prefix = next(known for known in _FORGET if row.name.startswith(known))
        since = datetime.fromisoformat(row.value)
        if now - since < _FORGET[prefix]:
            address = row.name.removeprefix(prefix)
            found[address] = min(since, found.get(address, since))
    return found


def mark(session: Session, addresses: Iterable[str], now: datetime, *, by_policy: bool = False) -> None:
    """Remember addresses that were refused for good, or by a rule that may change. The caller commits."""
    for address in addresses:
        name = (_POLICY if by_policy else _UNKNOWN) + address
        row = session.get(Note, name)
        if row is None:
            session.add(Note(name=name, value=now.isoformat(timespec="seconds")))
        else:
            row.value = now.isoformat(timespec="seconds")
