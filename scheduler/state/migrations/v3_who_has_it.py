"""Version 3: of a mail that some recipients have and others do not yet, who has it; who is sending it."""

import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    """From version 2. Of mails from before nothing is known of either; what was sent, all have or were refused."""
    with op.batch_alter_table("mail") as mail:
        mail.add_column(sa.Column("accepted", sa.JSON(), nullable=False, server_default="[]"))
        mail.add_column(sa.Column("claimed_by", sa.Integer(), nullable=True))
    with op.batch_alter_table("mail") as mail:
        mail.alter_column("accepted", server_default=None)
