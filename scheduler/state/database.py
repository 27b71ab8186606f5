"""The database: SQLite by default (one file in the state folder), or PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel, create_engine

from scheduler.state import tables
from scheduler.translation import Text, text

SCHEMA_VERSION = "1"


class StateError(Exception):
    """The state folder or the database cannot be used; `problem` says why, in words for people."""

    def __init__(self, problem: Text) -> None:
        super().__init__(str(problem))
        self.problem = problem


def open_database(state: Path, url: str = "sqlite") -> Engine:
    """The database of a state folder, its tables made where they are missing; StateError where that fails."""
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o750)
        engine = _engine(state, url)
        SQLModel.metadata.create_all(engine)
        with Session(engine) as session:
            note(session, "schema", SCHEMA_VERSION)
            session.commit()
    except OSError as error:
        problem = text("the state folder {path} cannot be used: {reason}", path=state, reason=error.strerror or error)
        raise StateError(problem) from error
    except ImportError as error:
        kind = url.partition(":")[0]
        problem = text("the driver for {url} is not installed: pip install 'nhachan[postgresql]'", url=kind)
        raise StateError(problem) from error
    except SQLAlchemyError as error:
        problem = text("the database cannot be opened: {reason}", reason=str(getattr(error, "orig", None) or error))
        raise StateError(problem) from error
    return engine


def _engine(state: Path, url: str) -> Engine:
    if url != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    file = state / "nhachan.db"
    if not os.access(file if file.exists() else state, os.W_OK):
        raise PermissionError(13, "Permission denied", str(file))
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # WAL: pages are read while mails are recorded. FULL: a mail marked sent stays so after a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session whose work is committed at the end, or not at all."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def note(session: Session, name: str, default: str) -> str:
    """A single fact of the installation, written at the first asking and kept for ever."""
    row = session.get(tables.Note, name)
    if row is None:
        row = tables.Note(name=name, value=default)
        session.add(row)
    return row.value
