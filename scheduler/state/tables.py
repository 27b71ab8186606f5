"""The tables. What YAML and a calculation can give is not stored; rows follow what happened.

Moments are aware and in UTC. A deadline is named by its key, `<plan>.<obligation>.<period>`, as in its UID.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index, UniqueConstraint, column
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite, which forgets the zone, is told it again. Naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _moment(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Moment(), nullable=nullable), default=None)


class Publication(SQLModel, table=True):
    """A deadline as last published: what its event says (`facts`), when that changed, when it was first seen."""

    key: str = Field(primary_key=True)
    digest: str
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    sequence: int = 0
    first_seen: datetime = _moment()
    modified: datetime = _moment()
    withdrawn: datetime | None = _moment(nullable=True)


class Change(SQLModel, table=True):
    """A published deadline that moved, was withdrawn or came back: what the units concerned are told once."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    kind: str  # moved, withdrawn, reinstated
    at: datetime = _moment()
    before: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


_STANDS: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), column("withdrawn").is_(None))


class Submission(SQLModel, table=True):
    """A unit's word (or its collector's) that it has reported; withdrawing it sets `withdrawn` and keeps the row.

    Of a report one submission stands, and the database sees to it.
    """

    __table_args__ = (
        Index("submission_of", "plan", "obligation", "period", "unit"),
        Index("submission_unit", "unit", "withdrawn"),
        Index("submission_standing", "plan", "obligation", "period", "unit", unique=True, **_STANDS),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan: str
    obligation: str
    period: str
    unit: str
    submitted_on: date
    reference: str = ""
    recorded_at: datetime = _moment()
    recorded_by: str = ""
    withdrawn: datetime | None = _moment(nullable=True)


class Mail(SQLModel, table=True):
    """One row of the mail ledger: what a unit is told on a day. A unit has one a day, and the database sees to it.

    That one is `turn` 0; those that somebody asked for by hand on the same day are 1, 2, ….
    `state` goes due → sending → sent, or failed (refused for good) or stale (its day passed before it could be sent).
    `claimed_until` is the lease of whoever sends it (`claimed_by`, the number of its `Presence`); after that another
    may try again, with the same Message-ID. A row that is due, and that some have (`accepted`), waits for the others.
    """

    __table_args__ = (UniqueConstraint("unit", "day", "turn"), Index("mail_state", "state", "claimed_until"))

    id: int | None = Field(default=None, primary_key=True)
    unit: str
    day: date
    turn: int = 0
    message_id: str = Field(unique=True)
    state: str = "due"
    created: datetime = _moment()
    claimed_until: datetime | None = _moment(nullable=True)
    claimed_by: int | None = None
    attempts: int = 0
    sent: datetime | None = _moment(nullable=True)
    recipients: list[str] = Field(sa_column=Column(JSON, nullable=False), default=[])
    copies: list[str] = Field(sa_column=Column(JSON, nullable=False), default=[])
    accepted: list[str] = Field(sa_column=Column(JSON, nullable=False), default=[])
    subject: str = ""
    error: str = ""


class MailItem(SQLModel, table=True):
    """One thing a mail tells: a rung of a deadline's ladder, a change, a summary. Told once for each date it had."""

    __table_args__ = (UniqueConstraint("unit", "deadline", "due", "rung"), Index("mailitem_due", "due"))

    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id", index=True, ondelete="CASCADE")
    unit: str
    deadline: str
    due: date
    rung: str


class Link(SQLModel, table=True):
    """How often a feed's secret link was renewed. No row: never."""

    name: str = Field(primary_key=True)
    generation: int = 0


class Login(SQLModel, table=True):
    """A one-time link by which an administrator logs in (`kind` link), or the session that it opened (session).

    The database knows digests alone: who reads it cannot log in.
    """

    digest: str = Field(primary_key=True)
    kind: str
    address: str
    expires: datetime = _moment()


class Audit(SQLModel, table=True):
    """Who changed what, when."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment()
    actor: str
    action: str
    subject: str = ""
    detail: str = ""


class Note(SQLModel, table=True):
    """Single facts of the installation, such as its UID domain and the schema's version."""

    name: str = Field(primary_key=True)
    value: str
