"""Commits that reach the disk while something else is done."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from scheduler.state.database import open_database, transaction
from scheduler.state.settling import Settling
from scheduler.state.tables import Note

FULL = 2


def synchronous(engine: Engine) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()


def test_it_is_there_at_once_for_all_others_who_wait_for_the_disk_as_ever(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with transaction(engine) as session:
        session.add(Note(name="first", value="0"))
    settling = Settling(engine)
    with settling.transaction() as session:
        session.add(Note(name="a", value="1"))
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() != FULL
    with Session(engine) as other:
        assert other.get_one(Note, "a").value == "1"
    assert synchronous(engine) == FULL
    settling.wait()
    settling.wait()


def test_what_fails_is_undone_and_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    settling = Settling(engine)
    try:
        with settling.transaction() as session:
            session.add(Note(name="a", value="1"))
            session.flush()
            raise LookupError  # noqa: TRY301 -- as whatever may go wrong in it
    except LookupError:
        settling.wait()
    assert synchronous(engine) == FULL
    with transaction(engine) as session:
        assert session.get(Note, "a") is None


def test_a_file_without_a_log_is_waited_for_at_once(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode=DELETE").scalar() == "delete"
    (tmp_path / "nhachan.db-wal").unlink(missing_ok=True)
    with engine.connect() as connection:
        log = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    with Settling(engine).transaction() as session:
        assert log == "delete"
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == FULL
