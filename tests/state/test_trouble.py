"""What goes wrong with the database is told in words, and nothing is half written."""

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, func, select

from scheduler.state.database import RESTORING, StateError, open_database, transaction
from scheduler.state.tables import Audit, Note

NOW = datetime(2025, 3, 12, 1, 0, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(tmp_path)


def pragma(engine: Engine, words: str) -> None:
    """Set something for the engine's connection, which its pool hands out again."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA {words}")


def write(engine: Engine, rows: int = 1) -> None:
    with transaction(engine) as session:
        session.add_all(Audit(at=NOW, actor="cli", action="x", detail="y" * 1000) for _ in range(rows))


def rows(engine: Engine) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(Audit)).one()


def test_a_full_disk(engine: Engine) -> None:
    write(engine)
    pragma(engine, "max_page_count=40")
    with pytest.raises(StateError, match=r"disk of .* is full"):
        write(engine, 1000)
    pragma(engine, "max_page_count=1000000")
    assert rows(engine) == 1, "nothing of it is there"
    write(engine)
    assert rows(engine) == 2


def test_a_database_that_may_only_be_read(engine: Engine) -> None:
    pragma(engine, "query_only=ON")
    with pytest.raises(StateError, match="only be read"):
        write(engine)


def test_a_database_that_another_program_locks(engine: Engine, tmp_path: Path) -> None:
    pragma(engine, "busy_timeout=20")
    with closing(sqlite3.connect(tmp_path / "nhachan.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="locked for too long"):
            write(engine)
    write(engine)


def test_a_damaged_database_is_found_at_the_start(engine: Engine, tmp_path: Path) -> None:
    write(engine, 500)
    engine.dispose()
    file = tmp_path / "nhachan.db"
    content = bytearray(file.read_bytes())
    content[8192:-4096] = random.Random(1).randbytes(len(content) - 8192 - 4096)
    file.write_bytes(content)
    with pytest.raises(StateError, match=r"damaged: .*nhachan restore"):
        open_database(tmp_path, thorough=True)


def test_a_sound_database_passes_the_thorough_look(tmp_path: Path, url: str) -> None:
    open_database(tmp_path, url).dispose()
    open_database(tmp_path, url, thorough=True).dispose()


def test_what_no_person_can_mend_stays_an_error_of_the_program(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Note(name="schema", value="again"))


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"cannot be opened: .*refused"):
        open_database(tmp_path, "postgresql+psycopg://nobody@127.0.0.1:1/none")


def test_a_server_that_goes_away(tmp_path: Path, postgresql: str) -> None:
    engine = open_database(tmp_path, postgresql)
    with pytest.raises((StateError, SQLAlchemyError)) as caught, transaction(engine) as session:
        session.connection().exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    assert isinstance(caught.value, StateError)
    write(engine)
    assert rows(engine) == 1
    engine.dispose()


def test_a_restore_that_was_cut_short_is_seen(tmp_path: Path) -> None:
    (tmp_path / RESTORING).mkdir()
    with pytest.raises(StateError, match="cut short"):
        open_database(tmp_path)
