"""Addresses that a server refused for good. They are passed over for a while, and whoever stands in hears instead."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from scheduler.state.tables import Note

_PREFIX = "refused-address:"
_FORGET = timedelta(days=30)
"""After this an address is tried again: mailboxes are made anew, and servers mended."""


def refused(session: Session, now: datetime) -> dict[str, datetime]:
    """The addresses that are passed over at present, and since when."""
    rows = session.exec(select(Note).where(col(Note.name).startswith(_PREFIX)))
    found = {row.name.removeprefix(_PREFIX): datetime.fromisoformat(row.value) for row in rows}
    return {address: since for address, since in found.items() if now - since < _FORGET}


def mark(session: Session, addresses: Iterable[str], now: datetime) -> None:
    """Remember addresses that were refused for good. The caller commits."""
    for address in addresses:
        name = _PREFIX + address
        row = session.get(Note, name)
        if row is None:
            session.add(Note(name=name, value=now.isoformat(timespec="seconds")))
        else:
            row.value = now.isoformat(timespec="seconds")
