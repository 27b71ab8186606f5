"""Version 1: the first tables."""

import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    """From an empty database."""
    _what_was_published()
    _what_was_told()
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("plan", "obligation", "period", "unit")),
        sa.Column("submitted_on", sa.Date, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        _moment("recorded_at"),
        sa.Column("recorded_by", sa.String, nullable=False),
        _moment("withdrawn", nullable=True),
    )
    op.create_index("submission_of", "submission", ["plan", "obligation", "period", "unit"])
    op.create_table(
        "link",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        _moment("at"),
        *(sa.Column(name, sa.String, nullable=False) for name in ("actor", "action", "subject", "detail")),
    )
    op.create_table(
        "note",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _what_was_published() -> None:
    op.create_table(
        "publication",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        _moment("first_seen"),
        _moment("modified"),
        _moment("withdrawn", nullable=True),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        _moment("at"),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
    )
    op.create_index("ix_change_key", "change", ["key"])


def _what_was_told() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("message_id", sa.String, nullable=False, unique=True),
        sa.Column("state", sa.String, nullable=False),
        _moment("created"),
        _moment("claimed_until", nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("sent", nullable=True),
        sa.Column("recipients", sa.JSON, nullable=False),
        sa.Column("copies", sa.JSON, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.UniqueConstraint("unit", "day"),
    )
    op.create_index("mail_state", "mail", ["state", "claimed_until"])
    op.create_table(
        "mailitem",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mail_id", sa.Integer, sa.ForeignKey("mail.id", ondelete="CASCADE"), nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("deadline", sa.String, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("rung", sa.String, nullable=False),
        sa.UniqueConstraint("unit", "deadline", "due", "rung"),
    )
    op.create_index("ix_mailitem_mail_id", "mailitem", ["mail_id"])
