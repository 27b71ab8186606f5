"""Keys for programs that talk to the JSON API. A key is shown once; the database remembers its digest alone."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from sqlmodel import Session, col, select

from scheduler.state.tables import Audit, Note

BEGINNING = "nhachan_"
_PREFIX = "api-key:"


@dataclass(frozen=True)
class ApiKey:
    """A program that may ask, and (`records`) record and withdraw submissions."""

    name: str
    records: bool
    made: datetime


def make(session: Session, name: str, now: datetime, by: str, *, records: bool) -> str:
    """A new key for a name, which takes the place of the one it had. The caller commits."""
    remove(session, name, now, by)
    key = BEGINNING + token_urlsafe(32)
    value = {"name": name, "records": records, "made": now.isoformat(timespec="seconds")}
    session.add(Note(name=_row(key), value=json.dumps(value, ensure_ascii=False)))
    session.add(Audit(at=now, actor=by, action="api-key", subject=name))
    return key


def remove(session: Session, name: str, now: datetime, by: str) -> bool:
    """Take a name's key away; False where it has none. The caller commits."""
    found = [row for row, key in _rows(session) if key.name == name]
    for row in found:
        session.delete(row)
        session.add(Audit(at=now, actor=by, action="api-key-removed", subject=name))
    session.flush()
    return bool(found)


def listed(session: Session) -> list[ApiKey]:
    """All keys, by name."""
    return sorted((key for _, key in _rows(session)), key=lambda key: key.name)


def find(session: Session, key: str) -> ApiKey | None:
    """Whose key this is. Looked up by its digest, so that timing tells nothing of keys."""
    row = session.get(Note, _row(key))
    return _read(row) if row else None


def _row(key: str) -> str:
    return _PREFIX + sha256(key.encode()).hexdigest()


def _rows(session: Session) -> list[tuple[Note, ApiKey]]:
    rows = session.exec(select(Note).where(col(Note.name).startswith(_PREFIX))).all()
    return [(row, _read(row)) for row in rows]


def _read(row: Note) -> ApiKey:
    found = json.loads(row.value)
    return ApiKey(found["name"], found["records"], datetime.fromisoformat(found["made"]))
