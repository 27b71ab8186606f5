"""The schema's version: made new, or upgraded step by step, in one transaction or not at all.

`note` holds the version under "schema". Alembic, which carries out the steps, is loaded only when there are any.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from scheduler.state import tables  # noqa: F401 -- what SQLModel's metadata is made of
from scheduler.state.key import refuse_a_lost_database
from scheduler.state.trouble import StateError
from scheduler.state.writing import replacing
from scheduler.translation import text

VERSION = 5
MIGRATIONS = {
    1: "v1_first_tables",
    2: "v2_one_standing_submission",
    3: "v3_who_has_it",
    4: "v4_logins_and_mails_by_hand",
    5: "v5_words_of_a_unit",
}

_LOCK = 0x6E68616368616E  # "nhachan"


def bring_up_to_date(engine: Engine, file: Path) -> None:
    """Make the tables, or upgrade those of an earlier version, after a copy of an SQLite file was laid beside it."""
    with engine.connect() as connection:
        if version_of(connection) == VERSION:
            return
    with _alone(engine) as connection:
        found = version_of(connection)  # perhaps another process was quicker
        if found == VERSION:
            return
        if found == 0:
            if engine.dialect.name == "sqlite":
                refuse_a_lost_database(file, holds_nothing=True)
            SQLModel.metadata.create_all(connection)
        else:
            if engine.dialect.name == "sqlite":
                copy_of_sqlite(file, file.with_name(f"{file.stem}-before-version-{VERSION}.db"))
            upgrade(connection, found)
        _write_version(connection)


def version_of(connection: Connection) -> int:
    """The version of a database, 0 for an empty one; StateError where it is newer than this program, or not ours."""
    inspector = inspect(connection)
    if not inspector.has_table("note"):
        return 0
    found = str(connection.execute(sql("SELECT value FROM note WHERE name = 'schema'")).scalar())
    if not found.isdecimal() or int(found) < 1:
        raise StateError(text("the database is not one of nhachan's: its version is “{version}”", version=found))
    check_version(int(found))
    return int(found)


def check_version(found: int) -> None:
    """StateError where a database, or a backup of one, comes from a newer nhachan."""
    if found > VERSION:
        problem = text(
            "the database is of version {found}, written by a newer nhachan; this one knows versions up to {known} — "
            "install the newer nhachan again, or restore a backup from before",
            found=found,
            known=VERSION,
        )
        raise StateError(problem)


def upgrade(connection: Connection, found: int, wanted: int = VERSION) -> None:
    """Carry out the steps after version `found`. The caller commits."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with Operations.context(MigrationContext.configure(connection)):
        for number in range(found + 1, wanted + 1):
            import_module(f"scheduler.state.migrations.{MIGRATIONS[number]}").upgrade()
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("an upgrade left rows that refer to nothing")


def _write_version(connection: Connection) -> None:
    connection.execute(sql("DELETE FROM note WHERE name = 'schema'"))
    connection.execute(sql("INSERT INTO note (name, value) VALUES ('schema', :version)"), {"version": str(VERSION)})


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """One transaction that nobody else's upgrade or writing can come between."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table that is rebuilt is dropped, and with foreign keys on, dropping takes along what refers to it.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sql("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        try:
            yield connection
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.invalidate()  # the next connection has its foreign keys on again


def copy_of_sqlite(file: Path, target: Path) -> None:
    """Copy a database that may be in use, as it is at one moment; the copy appears whole or not at all."""
    with replacing(target) as temporary, closing(sqlite3.connect(file, timeout=30)) as connection:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # damage is told of the file, not of its copy
        connection.execute("VACUUM INTO ?", (str(temporary),))
