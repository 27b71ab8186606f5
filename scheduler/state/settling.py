"""What was committed, on the disk a moment later: the disk works while something else is done."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from scheduler.state.database import shared, transaction
from scheduler.state.trouble import in_words
from scheduler.state.writing import settle


class Settling:
    """Transactions of an SQLite file that outlive the end of the process at once, and a power cut after `wait`.

    Every other database, and a file without a log to settle, is waited for at once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._log = None if shared(engine) else Path(f"{engine.url.database}-wal")
        self._disk = ThreadPoolExecutor(1, "settling")
        self._under_way: Future[None] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction; what was committed before it is on the disk."""
        self.wait()
        log = self._log if self._log is not None and self._log.exists() else None
        with transaction(self._engine, hurried=log is not None) as session:
            yield session
        if log is not None:
            self._under_way = self._disk.submit(settle, log)

    def wait(self) -> None:
        """Come back when all is on the disk; StateError where it cannot be."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None and self._log is not None:
            with in_words(self._log.parent):
                under_way.result()
