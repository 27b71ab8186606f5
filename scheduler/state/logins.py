"""How administrators log in: a one-time link, and the session that it opens. Both end by themselves.

The database knows digests alone, so who reads it, or a backup of it, cannot log in.
"""

from base64 import b32encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

from sqlmodel import Session, col, delete, select

from scheduler.state.tables import Audit, Login

LINK, SESSION = "link", "session"
LINK_LASTS = timedelta(minutes=30)
"""Mail may be greylisted for a quarter of an hour."""
SESSION_LASTS = timedelta(hours=12)
"""A working day."""
LINKS_AT_ONCE = 5
"""Links that an address may have open: so nobody's mailbox is filled by who types the address again and again."""


def make_link(session: Session, address: str, now: datetime, by: str, most: int = LINKS_AT_ONCE) -> str:
    """The token of a new one-time link for an address, or nothing where `most` (0: no limit) are open already.

    The caller commits.
    """
    _forget(session, now)
    open_ = session.exec(select(Login.digest).where(Login.kind == LINK, Login.address == address)).all()
    if most and len(open_) >= most:
        return ""
    session.add(Audit(at=now, actor=by, action="login-link", subject=address))
    return _new(session, LINK, address, now + LINK_LASTS)


def log_in(session: Session, token: str, now: datetime) -> tuple[str, str]:
    """The token of a new session and whose it is, for that of a link, which is used up; nothing where it is none."""
    row = session.get(Login, _digest(token), with_for_update=True)
    if row is None or row.kind != LINK or row.expires <= now:
        return "", ""
    session.delete(row)
    session.add(Audit(at=now, actor=row.address, action="login"))
    return _new(session, SESSION, row.address, now + SESSION_LASTS), row.address


def who(session: Session, token: str, now: datetime) -> str:
    """Whose session a token belongs to, or nothing."""
    row = session.get(Login, _digest(token))
    return row.address if row is not None and row.kind == SESSION and row.expires > now else ""


def log_out(session: Session, token: str) -> None:
    """End one session. The caller commits."""
    session.exec(delete(Login).where(col(Login.digest) == _digest(token)))


def end_all(session: Session, now: datetime, by: str, address: str = "") -> int:
    """End all sessions and links, or those of one address; how many were good still. The caller commits.

    Those go too that have ended by this clock: the daemon's may be behind.
    """
    wanted = select(Login)
    rows = session.exec(wanted.where(Login.address == address) if address else wanted).all()
    for row in rows:
        session.delete(row)
    if rows:
        session.add(Audit(at=now, actor=by, action="logout", subject=address))
    return sum(row.expires > now for row in rows)


def _new(session: Session, kind: str, address: str, expires: datetime) -> str:
    token = b32encode(token_bytes(20)).decode().lower()  # 160 bits, as of all secret links
    session.add(Login(digest=_digest(token), kind=kind, address=address, expires=expires))
    return token


def _forget(session: Session, now: datetime) -> None:
    session.exec(delete(Login).where(col(Login.expires) <= now))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
