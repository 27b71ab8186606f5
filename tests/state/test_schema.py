"""The schema from version to version: made new, upgraded whole, or refused."""

import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session, SQLModel, select

from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import history, standing
from scheduler.state import schema
from scheduler.state.database import StateError, open_database
from scheduler.state.tables import Audit, Link, Mail, MailItem, Note, Publication, Submission

HERE = Path(__file__).parent
RELEASED = sorted(int(file.stem.removeprefix("schema-")) for file in HERE.glob("schema-*.sql"))


def dump(version: int) -> str:
    return (HERE / f"schema-{version}.sql").read_text("utf-8")


def lay(version: int, state: Path, url: str) -> None:
    """A database of an earlier version, with data in it."""
    if url == "sqlite":
        with closing(sqlite3.connect(state / "nhachan.db")) as connection:
            connection.executescript(dump(version))
        return
    engine = create_engine(url)
    with engine.connect() as connection:
        schema.upgrade(connection, 0, version)
        rows = sorted(re.findall(r"^INSERT INTO .*?\);$", dump(version), re.MULTILINE | re.DOTALL))
        for row in rows:  # "mail" comes before "mailitem", which refers to it
            connection.exec_driver_sql(row.replace("%", "%%"))
        connection.commit()
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))


def test_there_is_a_dump_of_every_earlier_version_and_a_step_to_every_version() -> None:
    assert list(range(1, schema.VERSION)) == RELEASED
    assert sorted(schema.MIGRATIONS) == list(range(1, schema.VERSION + 1))


def test_a_new_database_is_what_all_steps_together_make(tmp_path: Path, url: str) -> None:
    engine = open_database(tmp_path, url)
    assert differences(engine) == []
    with engine.connect() as connection:
        SQLModel.metadata.drop_all(connection)
        schema.upgrade(connection, 0)
        connection.commit()
    assert differences(engine) == []
    engine.dispose()


@pytest.mark.parametrize("version", RELEASED)
def test_a_database_of_every_released_version_is_upgraded_with_its_data(tmp_path: Path, url: str, version: int) -> None:
    lay(version, tmp_path, url)
    engine = open_database(tmp_path, url)
    assert differences(engine) == []
    with Session(engine) as session:
        assert session.get_one(Note, "schema").value == str(schema.VERSION)
        assert session.get_one(Note, "uid_domain").value == "lich.example.vn"
        assert session.get_one(Publication, "kh.ket-qua.2025-Q1").sequence == 2
        assert [(m.unit, m.day, m.state) for m in session.exec(select(Mail).order_by(Mail.id))] == [  # type: ignore[arg-type]
            ("y-te", date(2025, 3, 12), "sent"),
            ("tai-chinh", date(2025, 3, 12), "failed"),
            ("noi-vu", date(2025, 3, 12), "due"),
        ]
        assert len(session.exec(select(MailItem)).all()) == 3
        assert session.get_one(Link, "units/y-te").generation == 1
        assert session.exec(select(Audit)).one().actor == "cli"
        report = Report("kh", "ket-qua", "2025-Q1", "y-te")
        stands = standing(session, report)
        assert stands is not None
        assert stands.id == 2, "of two that stood, the first stands"
        assert [row.id for row in history(session, [report[:3]])[report]] == [1, 2, 3], "and none is lost"
    engine.dispose()


def test_an_upgrade_keeps_a_copy_of_the_file_as_it_was(tmp_path: Path) -> None:
    lay(1, tmp_path, "sqlite")
    open_database(tmp_path).dispose()
    [copy] = tmp_path.glob("nhachan-before-*.db")
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT value FROM note WHERE name = 'schema'").fetchone() == ("1",)
        assert connection.execute("SELECT count(*) FROM submission WHERE withdrawn IS NULL").fetchone() == (3,)


def test_an_upgrade_that_fails_leaves_everything_as_it_was(tmp_path: Path, url: str) -> None:
    lay(1, tmp_path, url)
    engine = create_engine(url if url != "sqlite" else f"sqlite:///{tmp_path / 'nhachan.db'}")
    with engine.begin() as connection:  # the last step of the upgrade will find its name taken
        connection.execute(text("CREATE INDEX submission_unit ON submission (unit, id)"))
    with pytest.raises(StateError, match="submission_unit"):
        open_database(tmp_path, url)
    with Session(engine) as session:
        assert session.get_one(Note, "schema").value == "1"
        standing = select(Submission).where(Submission.withdrawn == None)  # noqa: E711
        assert len(session.exec(standing).all()) == 3
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path, url: str) -> None:
    engine = open_database(tmp_path, url)
    with Session(engine) as session:
        session.get_one(Note, "schema").value = "99"
        session.commit()
    with pytest.raises(StateError, match=r"version 99.*newer nhachan"):
        open_database(tmp_path, url)
    with Session(engine) as session:
        assert session.get_one(Note, "schema").value == "99"
    engine.dispose()


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "nhachan.db")) as connection:
        connection.execute("CREATE TABLE note (name TEXT, value TEXT)")
    with pytest.raises(StateError, match="not one of nhachan's"):
        open_database(tmp_path)


def test_many_may_open_a_new_or_an_old_database_at_once(tmp_path: Path, url: str) -> None:
    for version in (0, 1):
        state = tmp_path / str(version)
        state.mkdir()
        if version:
            engine = open_database(state, url)
            with engine.begin() as connection:
                SQLModel.metadata.drop_all(connection)
            engine.dispose()
            (state / "nhachan.db").unlink(missing_ok=True)
            lay(version, state, url)
        with ThreadPoolExecutor(8) as pool:
            engines = list(pool.map(lambda _: open_database(state, url), range(8)))  # noqa: B023
        assert differences(engines[0]) == []
        for engine in engines:
            engine.dispose()


def test_opening_an_up_to_date_database_loads_no_migrations(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    program = (
        "import sys; from pathlib import Path; from scheduler.state.database import open_database\n"
        f"open_database(Path({str(tmp_path)!r})).dispose(); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=HERE.parents[1])
