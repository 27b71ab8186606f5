"""Version 4: administrators log in; beside its mail of the day a unit may have mails that were asked for by hand."""

import sqlalchemy as sa
from alembic import op

_ONE_A_DAY = "uq_mail_unit_day"


def upgrade() -> None:
    """From version 3. All mails so far are mails of the day."""
    op.create_table(
        "login",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    # The constraint was made without a name. PostgreSQL gave it one; for SQLite this convention does.
    postgresql = op.get_context().dialect.name == "postgresql"
    naming = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
    with op.batch_alter_table("mail", naming_convention=None if postgresql else naming) as mail:
        mail.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
        mail.drop_constraint("mail_unit_day_key" if postgresql else _ONE_A_DAY, type_="unique")
        mail.create_unique_constraint("mail_unit_day_turn_key", ["unit", "day", "turn"])
    with op.batch_alter_table("mail") as mail:
        mail.alter_column("turn", server_default=None)
