"""Secret links renewed: the state counts how often, and `Links` derives the token from that."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from scheduler.state.tables import Audit, Link


def generations(session: Session) -> dict[str, int]:
    """How often each name's links were renewed; a name that is not there never was."""
    return {row.name: row.generation for row in session.exec(select(Link))}


def renew(session: Session, name: str, by: str, now: datetime) -> int:
    """Renew the links of a name, which revokes the old ones; how often that was done now. The caller commits."""
    # Counted by the database, so that two at once are two.
    counted = update(Link).where(col(Link.name) == name).values(generation=col(Link.generation) + 1)
    if session.connection().execute(counted).rowcount == 0:
        session.add(Link(name=name, generation=1))
    session.flush()
    generation = session.exec(select(Link.generation).where(Link.name == name)).one()
    session.add(Audit(at=now, actor=by, action="revoke", subject=name, detail=f"generation {generation}"))
    return generation
