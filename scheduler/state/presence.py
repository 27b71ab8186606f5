"""Which of several daemons on one PostgreSQL live: a session's advisory lock tells, and goes with its connection.

A lease alone would let the mail that a killed daemon had in hand wait until it runs out. An SQLite file has one daemon.
"""

from contextlib import suppress
from secrets import randbits
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, and_, column, exists, false, func, select, table
from sqlalchemy.exc import SQLAlchemyError

from scheduler.state.database import database_in_words, shared

_KIND = 0x6E686163  # "nhac", apart from other programs' locks in the same database


class Presence:
    """A daemon's sign of life while it sends; a context manager.

    A pooler in between must keep a session to its connection (PgBouncer: `pool_mode = session`); else only leases help.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.execute(select(func.pg_advisory_unlock(_KIND, self._number)))
            self._drop()

    def number(self) -> int:
        """The number under which the others see us: a new one where the connection was lost meanwhile.

        StateError where the database is away.
        """
        if shared(self._engine) and not self._is_seen():
            self._drop()
            with database_in_words(self._engine):
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._number = randbits(31)  # the server may still hold the old one for a connection that was cut
                self._connection.execute(select(func.pg_advisory_lock(_KIND, self._number)))
        return self._number

    def _is_seen(self) -> bool:
        if self._connection is None:
            return False
        with suppress(SQLAlchemyError):
            self._connection.execute(select(1))
            return True
        return False

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()


def is_gone(connection: Connection, number: Any) -> Any:
    """Whether the daemon of that number is known to live no more: a condition for a query."""
    if not shared(connection):
        return false()
    here = column("datname") == func.current_database()
    database: Any = select(column("oid")).select_from(table("pg_database")).where(here)
    held = (
        select(1)
        .select_from(table("pg_locks"))
        .where(
            column("locktype") == "advisory",
            column("database") == database.scalar_subquery(),
            column("classid") == _KIND,
            column("objid") == number,
            column("objsubid") == 2,  # a lock of two numbers
            column("granted"),
        )
    )
    return and_(number.is_not(None), ~exists(held))
