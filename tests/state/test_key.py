"""A database or a key that went astray is not made anew without a word: all would be sent twice, or have new links."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from scheduler.config.load import load
from scheduler.installation import Installation
from scheduler.state.backup import back_up
from scheduler.state.database import StateError, open_database, still_there, transaction
from scheduler.state.restore import restore
from scheduler.state.tables import Audit
from tests.daemon.process import ROOT
from tests.state.test_backup import NOW, actions, write


def opened(state: Path, database: str = "sqlite") -> str:
    """Opens a state folder as the daemon does; the link of everything."""
    config = state.parent / "config"
    config.mkdir(exist_ok=True)
    settings = f'name: x\npublic_url: https://h.example\ndatabase: "{database}"\n'
    (config / "nhachan.yaml").write_text(settings)
    return link_of_all(config, state)


def link_of_all(config: Path, state: Path) -> str:
    installation = Installation.open(load(config, date(2025, 3, 12)), state)
    link = installation.links.feed("all")
    installation.engine.dispose()
    return link


@pytest.fixture
def state(tmp_path: Path) -> Path:
    opened(tmp_path / "state")
    write(tmp_path / "state", "one")
    return tmp_path / "state"


def deleted(state: Path) -> None:
    for file in state.glob("nhachan.db*"):
        file.unlink()


def emptied(state: Path) -> None:
    deleted(state)
    (state / "nhachan.db").touch()


def led_astray(state: Path) -> None:
    deleted(state)
    (state / "nhachan.db").symlink_to(state / "nowhere")


def made_by_another_program(state: Path) -> None:
    deleted(state)
    with closing(sqlite3.connect(state / "nhachan.db")) as connection:
        connection.execute("CREATE TABLE a (b)")


@pytest.mark.parametrize("lose", [deleted, emptied, led_astray, made_by_another_program])
def test_a_lost_database_is_not_made_anew(state: Path, tmp_path: Path, lose: Callable[[Path], None]) -> None:
    link = opened(state)
    back_up(state, tmp_path / "b.tar", "1.0", NOW)
    lose(state)
    for _ in range(2):
        with pytest.raises(
            StateError, match=r"nhachan\.db is missing or holds nothing.*nhachan restore --force.*move .*secret"
        ):
            opened(state)
    restore(tmp_path / "b.tar", state, force=True)
    assert actions(state) == ["one"]
    assert opened(state) == link


def test_who_moves_the_key_away_too_begins_anew_with_new_links(state: Path, tmp_path: Path) -> None:
    link = opened(state)
    deleted(state)
    (state / "secret.key").rename(tmp_path / "secret.key")
    assert opened(state) != link
    assert actions(state) == []


@pytest.mark.parametrize("had", ["nothing", "an empty file", "a database"])
def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path: Path, had: str) -> None:
    state = tmp_path / "state"
    state.mkdir()
    if had == "an empty file":
        (state / "nhachan.db").touch()
    elif had == "a database":
        open_database(state).dispose()
    assert opened(state) == opened(state)


def test_many_may_begin_at_once(tmp_path: Path) -> None:
    opened(tmp_path / "state")
    shutil.rmtree(tmp_path / "state")
    with ThreadPoolExecutor(8) as pool:
        links = set(pool.map(lambda _: link_of_all(tmp_path / "config", tmp_path / "state"), range(8)))
    assert len(links) == 1


def test_with_postgresql_the_folder_has_the_key_alone(tmp_path: Path, postgresql: str) -> None:
    link = opened(tmp_path / "state", postgresql)
    assert opened(tmp_path / "state", postgresql) == link
    assert not (tmp_path / "state" / "nhachan.db").exists()
    with pytest.raises(StateError, match="missing or holds nothing"):  # `database:` fell out of the settings
        opened(tmp_path / "state")
    assert opened(tmp_path / "state", postgresql) == link


def missing(file: Path) -> None:
    file.unlink()


def another(file: Path) -> None:
    file.write_bytes(b"x" * 32)


@pytest.mark.parametrize("lose", [missing, another])
def test_a_lost_key_is_not_made_anew_unless_that_is_asked_for(
    state: Path, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    link, key = opened(state), (state / "secret.key").read_bytes()
    lose(state / "secret.key")
    with pytest.raises(StateError, match=r"secret\.key is missing, or not the key.*nhachan new-key"):
        opened(state)
    (state / "secret.key").write_bytes(key)
    assert opened(state) == link, "brought back, it opens the same links"
    lose(state / "secret.key")
    done = new_key(tmp_path, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert opened(state) not in (link, "")
    assert opened(state) == opened(state)
    assert (state / "secret.key").stat().st_mode & 0o777 == 0o600
    assert actions(state) == ["one", "new-key"]


def new_key(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = ["--config", str(folder / "config"), "--state", str(folder / "state")]
    line = [sys.executable, "-m", "scheduler", *where, "new-key", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(line, env=environment, input="", capture_output=True, text=True, check=False)


def test_without_a_yes_the_key_stays(state: Path, tmp_path: Path) -> None:
    link = opened(state)
    assert new_key(tmp_path).returncode == 1
    assert opened(state) == link


def test_a_damaged_key_is_made_anew_as_its_words_say(state: Path, tmp_path: Path) -> None:
    (state / "secret.key").write_bytes(b"")
    with pytest.raises(StateError, match=r"is damaged.*nhachan new-key"):
        opened(state)
    assert new_key(tmp_path, "--yes").returncode == 0
    assert opened(state)


@pytest.mark.parametrize("lose", [deleted, emptied])
def test_nothing_is_written_into_a_database_that_was_deleted_or_replaced(
    state: Path, lose: Callable[[Path], None]
) -> None:
    engine = open_database(state)
    with transaction(engine) as session:
        assert list(session.exec(select(Audit.action))) == ["one"]
    assert still_there(engine)
    (state / "nhachan.db").rename(state / "aside")
    lose(state)
    assert not still_there(engine)
    with pytest.raises(StateError, match="was deleted or replaced"), transaction(engine) as session:
        session.add(Audit(at=NOW, actor="cli", action="lost"))
    with suppress(FileNotFoundError):
        (state / "nhachan.db").unlink()
    (state / "aside").rename(state / "nhachan.db")
    assert still_there(engine), "laid back, it is the same"
    engine.dispose()


def test_a_database_of_postgresql_is_always_there(tmp_path: Path, postgresql: str) -> None:
    engine = open_database(tmp_path, postgresql)
    assert still_there(engine)
    with Session(engine) as session:
        assert session.exec(select(Audit)).all() == []
    engine.dispose()
