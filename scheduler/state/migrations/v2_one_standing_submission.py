"""Version 2: of a report one submission stands, and the database sees to it; what was told is found by its date."""

import sqlalchemy as sa
from alembic import op

_REPORT = ["plan", "obligation", "period", "unit"]


def upgrade() -> None:
    """From version 1. Where two submissions of one report stand, the later one is withdrawn as it is recorded."""
    op.execute(
        "UPDATE submission SET withdrawn = recorded_at WHERE withdrawn IS NULL AND EXISTS ("
        "SELECT 1 FROM submission AS earlier WHERE earlier.withdrawn IS NULL AND earlier.id < submission.id "
        "AND earlier.plan = submission.plan AND earlier.obligation = submission.obligation "
        "AND earlier.period = submission.period AND earlier.unit = submission.unit)"
    )
    stands = sa.column("withdrawn").is_(None)
    op.create_index(
        "submission_standing", "submission", _REPORT, unique=True, sqlite_where=stands, postgresql_where=stands
    )
    op.create_index("mailitem_due", "mailitem", ["due"])
