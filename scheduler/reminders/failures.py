"""What went wrong with a mail, as its row in the ledger says it: who was refused for good, and the last try."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from scheduler.state.tables import Mail

_REFUSED, _SINCE = "refused: ", "; since then: "
_IN_VAIN = 6  # tries, after about an hour: a person may want to know


class _Row(Protocol):
    @property
    def error(self) -> str:
        """What went wrong so far."""


def with_error(refused: str, error: str) -> str:
    """What went wrong lately, after who was refused for good."""
    return f"{refused}{_SINCE}{error}" if refused else error


def for_good(error: str) -> str:
    """An error of a mail that is not tried any more: who was refused for the time being did not have it."""
    before, _, since = error.removeprefix(_REFUSED).partition(_SINCE)
    found = ", ".join(part for part in (before, since) if part)
    return f"{_REFUSED}{found}" if found else ""


def parts_of_error(error: str) -> tuple[str, str]:
    """What a row's error says: of the addresses that were refused for good, and of the last try."""
    if not error.startswith(_REFUSED):
        return "", error
    refused, _, since = error.removeprefix(_REFUSED).partition(_SINCE)
    return refused, since


def refusals(row: _Row, more: Collection[str]) -> str:
    """Who was refused so far, with `more`; empty where nobody was."""
    known = row.error.partition(_SINCE)[0].removeprefix(_REFUSED) if row.error.startswith(_REFUSED) else ""
    found = [part for part in (known, *(new for new in sorted(more) if new not in known)) if part]
    return f"{_REFUSED}{', '.join(found)}" if found else ""


def troubled(session: Session, since: datetime, tries: int = _IN_VAIN) -> Sequence[Mail]:
    """The rows of late that a server refused for good, wholly or in part, or that were tried so many times in vain."""
    return session.exec(select(Mail).where(_went_wrong(since, tries)).order_by(col(Mail.id))).all()


def count_troubled(session: Session, since: datetime, tries: int = 1) -> int:
    """How many they are."""
    return session.exec(select(func.count()).select_from(Mail).where(_went_wrong(since, tries))).one()


def _went_wrong(since: datetime, tries: int) -> ColumnElement[bool]:
    in_vain = and_(
        col(Mail.error) != "",
        or_(col(Mail.state) == "stale", and_(col(Mail.state) == "due", col(Mail.attempts) >= tries)),
    )
    wrong = or_(col(Mail.state) == "failed", col(Mail.error).startswith(_REFUSED), in_vain)
    return and_(wrong, col(Mail.created) > since)
