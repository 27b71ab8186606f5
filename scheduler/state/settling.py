"""What was committed, on the disk a moment later: the disk works while something else is done."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from scheduler.state.database import database_in_words, shared, transaction
from scheduler.state.trouble import in_words


class Settling:
    """Transactions of an SQLite file that outlive the end of the process at once, and a power cut after `wait`.

    A context manager for a series of them, which share a connection. Every other database, and a file without a log to
    settle, is waited for at once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._disk = ThreadPoolExecutor(1, "settling")
        self._session: Session | None = None  # of one connection, which it holds
        self._log: int | None = None
        self._under_way: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.wait()
        finally:
            self._give_back()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction; what was committed before it is on the disk."""
        self.wait()
        if self._session is None and not shared(self._engine):
            self._take()
        with transaction(self._engine, self._session) as session:
            yield session
        if self._log is not None:
            self._under_way = self._disk.submit(os.fdatasync, self._log)

    def wait(self) -> None:
        """Come back when all is on the disk; StateError where it cannot be."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            with in_words(Path(self._engine.url.database or "").parent):
                under_way.result()

    def _take(self) -> None:
        """A connection that leaves it to us to wait for the disk, for which its log stays open."""
        with database_in_words(self._engine), in_words(Path(self._engine.url.database or "").parent):
            connection = self._engine.connect()
            self._session = Session(connection)
            driver = _driver(connection)
            if driver.execute("PRAGMA journal_mode").fetchone() == ("wal",):
                driver.execute("SELECT 1 FROM sqlite_master").fetchone()  # makes the log, where there is none
                self._log = os.open(f"{self._engine.url.database}-wal", os.O_RDONLY)
                driver.execute("PRAGMA synchronous=NORMAL")

    def _give_back(self) -> None:
        session, self._session = self._session, None
        log, self._log = self._log, None
        if log is not None:
            os.close(log)
        if session is not None:
            connection = session.get_bind()
            session.close()
            if isinstance(connection, Connection):
                _driver(connection).execute("PRAGMA synchronous=FULL")
                connection.close()


def _driver(connection: Connection) -> Any:
    """The driver's own connection: a pragma of the disk is in no transaction."""
    return connection.connection.driver_connection
