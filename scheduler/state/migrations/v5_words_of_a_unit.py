"""Version 5: what one unit has submitted is found without reading what all have."""

from alembic import op


def upgrade() -> None:
    """From version 4."""
    op.create_index("submission_unit", "submission", ["unit", "withdrawn"])
