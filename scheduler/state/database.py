"""The database: SQLite by default (one file in the state folder), or PostgreSQL."""

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, func, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel, create_engine, select

from scheduler.state import schema, tables
from scheduler.state.key import refuse_a_lost_database
from scheduler.state.trouble import (
    StateError,
    can_be_mended,
    damaged,
    half_restored,
    in_words,
    is_read_only,
    of_database,
    replaced,
)
from scheduler.translation import text

__all__ = [
    "Lane",
    "StateError",
    "alone",
    "database_in_words",
    "in_parts",
    "insert_new",
    "note",
    "open_database",
    "shared",
    "still_there",
    "transaction",
]

FILE = "nhachan.db"
RESTORING = "restoring"  # the folder in which a restore lays its files ready
_PATIENCE = 30  # seconds to wait for a lock
_AT_ONCE = 300  # names in one question
_T = TypeVar("_T")


def open_database(state: Path, url: str = "sqlite", *, thorough: bool = False) -> Engine:
    """The database of a state folder, made or upgraded where need be; StateError where that fails.

    `thorough` looks through all pages of an SQLite file first, which takes longer the more has happened.
    """
    with in_words(state):
        try:
            state.mkdir(parents=True, exist_ok=True, mode=0o750)
            if (state / RESTORING).exists():
                raise StateError(half_restored(state))
            engine = _engine(state, url)
        except ImportError as error:
            kind = url.partition(":")[0]
            problem = text("the driver for {url} is not installed: pip install 'nhachan[postgresql]'", url=kind)
            raise StateError(problem) from error
        try:
            if thorough:
                _examine(engine, state)
            schema.bring_up_to_date(engine, state / FILE)
            if not shared(engine):
                engine.update_execution_options(opened_file=_identity(state / FILE))
        except BaseException:
            engine.dispose()
            raise
    return engine


def _engine(state: Path, url: str) -> Engine:
    if url != "sqlite":
        # Without these a server that went away without a word would be waited for through the night.
        waits = {"connect_timeout": 10, "keepalives_idle": 30} if url.startswith("postgresql+psycopg:") else {}
        engine = create_engine(url, pool_pre_ping=True, connect_args=waits)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    file = state / FILE
    refuse_a_lost_database(file)
    if not os.access(file if file.exists() else state, os.W_OK):
        number = errno.EROFS if is_read_only(state) else errno.EACCES
        raise OSError(number, os.strerror(number), str(file))
    _keep_private(file)
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": _PATIENCE})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _keep_private(file: Path) -> None:
    """Let the owner alone read the database: keys, addresses and who is late stand in it, and the folder may be open.

    SQLite takes an empty file for a new database, and gives what it lays beside it the mode of the file.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for path in (file, *(file.with_name(f"{file.name}-{end}") for end in ("wal", "shm"))):
        with suppress(FileNotFoundError, PermissionError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                path.chmod(mode & 0o700)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # WAL: pages are read while mails are recorded. FULL: a mail marked sent stays so after a power cut.
    _switch_to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any) -> None:
    # SQLite does not wait for a lock here: of several who open a file that is not switched yet, it refuses some.
    for _ in range(10 * _PATIENCE):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.1)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A daemon whose machine froze in mid-work must not hold up the others for ever.
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{2 * _PATIENCE}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{10 * _PATIENCE}s'")
    connection.commit()


def _examine(engine: Engine, state: Path) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise StateError(damaged(state, " ".join(str(found).split())))


def shared(engine: Engine | Connection) -> bool:
    """Whether daemons on other machines may work with the same database."""
    return engine.dialect.name != "sqlite"


def still_there(engine: Engine) -> bool:
    """Whether an SQLite file is still the one that was opened. What is written to one that was deleted is lost."""
    opened = engine.get_execution_options().get("opened_file")
    return opened is None or opened == _identity(Path(engine.url.database or ""))


def _identity(file: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        found = file.stat()
        return found.st_dev, found.st_ino
    return None


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session whose work is committed at the end, or not at all; StateError where a person can mend what failed."""
    if not still_there(engine):
        raise StateError(replaced(engine.url.database))
    with database_in_words(engine), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


class Lane:
    """A connection kept for many short transactions, one after the other; after one that failed it is made anew.

    Sessions and their objects, and a connection each, would cost more than what is done. Whoever makes it closes it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._durable = True

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """As the function of that name, without a session.

        What is not `durable` outlives this process, and on SQLite a power cut only once a durable one has followed it.
        """
        if not still_there(self._engine):
            raise StateError(replaced(self._engine.url.database))
        with database_in_words(self._engine):
            try:
                connection = self._connection = self._connection or self._engine.connect()
                self._make(connection, durable=durable)
                with connection.begin():
                    yield connection
            except BaseException:
                self.close()
                raise

    def _make(self, connection: Connection, *, durable: bool) -> None:
        if durable is not self._durable and not shared(self._engine):
            connection.connection.cursor().execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable

    def close(self) -> None:
        """Give the connection back, as it was. Never fails."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self._make(connection, durable=True)
            except (SQLAlchemyError, sqlite3.Error):
                connection.invalidate()
            finally:
                connection.close()


@contextmanager
def database_in_words(engine: Engine) -> Iterator[None]:
    """What a person can mend of a database becomes a StateError that says so."""
    try:
        yield
    except SQLAlchemyError as error:
        if not can_be_mended(error):
            raise
        place = Path(engine.url.database or "").parent if engine.dialect.name == "sqlite" else engine.url.host
        raise StateError(of_database(place, error)) from error


def alone(session: Session, work: str) -> None:
    """Wait until nobody else does this work, and keep others out to the end of the transaction, which begins here."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        return
    key = int.from_bytes(blake2b(f"nhachan {work}".encode(), digest_size=8).digest(), signed=True)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def insert_new(session: Session, table: type[SQLModel]) -> Any:
    """An INSERT for `on_conflict_do_nothing`: of two who insert the same at once, one does, and neither fails."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(inspect(table).local_table)


def note(session: Session, name: str, default: str) -> str:
    """A single fact of the installation, written at the first asking and kept for ever."""
    row = session.get(tables.Note, name)
    if row is None:
        session.execute(insert_new(session, tables.Note).values(name=name, value=default).on_conflict_do_nothing())
        row = session.exec(select(tables.Note).where(tables.Note.name == name)).one()
    return row.value


def in_parts(items: Collection[_T]) -> Iterator[list[_T]]:
    """Items, as many at a time as stand in one question to the database."""
    listed = list(items)
    return (listed[n : n + _AT_ONCE] for n in range(0, len(listed), _AT_ONCE))
