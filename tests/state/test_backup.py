"""A backup while the daemon works, and the way back; whatever is not sound is refused and changes nothing."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, func, select

from scheduler.feeds.links import database_key
from scheduler.state import schema
from scheduler.state.backup import back_up
from scheduler.state.database import RESTORING, StateError, open_database, transaction
from scheduler.state.lock import hold
from scheduler.state.restore import restore
from scheduler.state.tables import Audit

NOW = datetime(2025, 3, 12, 1, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def write(state: Path, *actions: str) -> None:
    engine = open_database(state)
    with transaction(engine) as session:
        session.add_all(Audit(at=NOW, actor="cli", action=action) for action in actions)
    engine.dispose()


def actions(state: Path) -> list[str]:
    engine = open_database(state, thorough=True)
    with Session(engine) as session:
        found = list(session.exec(select(Audit.action).order_by(Audit.id)))  # type: ignore[arg-type]
    engine.dispose()
    return found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    found = tmp_path / "state"
    write(found, "one", "two")
    engine = open_database(found)
    database_key(engine, found)
    engine.dispose()
    return found


@pytest.fixture
def file(tmp_path: Path, state: Path) -> Path:
    back_up(state, tmp_path / "b.tar", "1.0", NOW)
    return tmp_path / "b.tar"


def listing(folder: Path) -> dict[str, bytes]:
    names = (path for path in folder.rglob("*") if path.is_file() and path.name != "daemon.lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


def test_what_was_backed_up_comes_back(state: Path, file: Path, tmp_path: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    manifest, aside = restore(file, tmp_path / "new")
    assert (manifest.program, manifest.made, aside) == ("1.0", NOW, None)
    assert actions(tmp_path / "new") == ["one", "two"]
    assert (tmp_path / "new" / "secret.key").read_bytes() == (state / "secret.key").read_bytes()
    for name in ("secret.key", "nhachan.db"):
        assert (tmp_path / "new" / name).stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "new", "state"], "nothing is left lying about"


def test_a_backup_of_a_busy_database_is_of_one_moment(state: Path, tmp_path: Path) -> None:
    engine, stop = open_database(state), threading.Event()

    def work() -> None:
        while not stop.is_set():
            with transaction(engine) as session:
                session.add_all(Audit(at=NOW, actor="x", action="pair") for _ in range(2))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for n in range(10):
            back_up(state, tmp_path / f"{n}.tar", "1.0", NOW)
    finally:
        stop.set()
        worker.join()
        engine.dispose()
    counts = []
    for n in range(10):
        restore(tmp_path / f"{n}.tar", tmp_path / str(n))
        copy = open_database(tmp_path / str(n))
        with Session(copy) as session:
            counts.append(session.exec(select(func.count()).select_from(Audit)).one())
        copy.dispose()
    assert counts == sorted(counts)
    assert all(number % 2 == 0 for number in counts), "never half a transaction"


def test_a_folder_in_use_is_not_restored_into(state: Path, file: Path) -> None:
    before = listing(state)
    with hold(state), pytest.raises(StateError, match=r"keeps .* already"):
        restore(file, state, force=True)
    with pytest.raises(StateError, match=r"not empty.*nhachan\.db"):
        restore(file, state)
    assert listing(state) == before


def test_with_force_what_is_replaced_is_laid_aside(state: Path, file: Path) -> None:
    write(state, "three")
    _, first = restore(file, state, force=True)
    assert first is not None
    assert actions(state) == ["one", "two"]
    assert actions(first) == ["one", "two", "three"]
    _, second = restore(file, state, force=True)
    assert second not in (None, first)


def test_a_restore_that_was_cut_short_is_done_again(state: Path, file: Path) -> None:
    (state / RESTORING).mkdir()
    (state / "nhachan.db").rename(state / RESTORING / "nhachan.db")
    with pytest.raises(StateError, match="cut short"):
        open_database(state)
    restore(file, state, force=True)
    assert actions(state) == ["one", "two"]


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    with tarfile.open(file) as tar:
        content = {m.name: change(m.name, (tar.extractfile(m) or io.BytesIO()).read()) for m in tar.getmembers()}
    with tarfile.open(file, "w") as tar:
        for name, data in content.items():
            if data is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))


def _newer(name: str, data: bytes) -> bytes:
    return json.dumps(json.loads(data) | {"schema": 99}).encode() if name == "manifest.json" else data


def sealed(file: Path, version: int = schema.VERSION, **parts: bytes) -> None:
    """Other parts in a backup whose manifest vouches for them: what an honest program packed on a bad day."""

    def change(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return parts.get(Path(name).stem, data)
        found = json.loads(data) | {"schema": version}
        for part, content in parts.items():
            name = "secret.key" if part == "secret" else "nhachan.db"
            found["files"][name] = {"size": len(content), "sha256": sha256(content).hexdigest()}
        return json.dumps(found).encode()

    rewritten(file, change)


def database(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        return connection.serialize()


NOTE = "CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT)"


def note(value: object) -> str:
    return f"INSERT INTO note VALUES ('schema', '{value}')"


def manifest_of(data: bytes) -> Callable[[Path], None]:
    return lambda file: rewritten(file, lambda n, d: data if n == "manifest.json" else d)


def endless(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


UNSOUND: dict[str, Callable[[Path], Any]] = {
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("this is no tar file" * 1000),
    "cut": lambda file: os.truncate(file, file.stat().st_size // 2),
    "flipped": lambda file: rewritten(file, lambda n, d: d[:-1] + b"?" if n == "nhachan.db" else d),
    "other-key": lambda file: rewritten(file, lambda n, d: b"x" * len(d) if n == "secret.key" else d),
    "no-key": lambda file: rewritten(file, lambda n, d: None if n == "secret.key" else d),
    "no-manifest": lambda file: rewritten(file, lambda n, d: None if n == "manifest.json" else d),
    "odd-manifest": lambda file: rewritten(file, lambda n, d: b"[]" if n == "manifest.json" else d),
    "newer": lambda file: rewritten(file, _newer),
    "deep-manifest": manifest_of(b"[" * 90_000),
    "endless-manifest": manifest_of(b'{"format": 1, "files": {"a": {"size": 1e400, "sha256": ""}}}'),
    "empty-key": lambda file: sealed(file, secret=b""),
    "long-key": lambda file: sealed(file, secret=b"x" * 33),
    "key-of-another": lambda file: sealed(file, secret=b"x" * 32),
    "empty-database": lambda file: sealed(file, nhachan=b""),
    "text-as-database": lambda file: sealed(file, nhachan=b"hello" * 200),
    "foreign-database": lambda file: sealed(file, nhachan=database("CREATE TABLE a (b)")),
    "no-version": lambda file: sealed(file, nhachan=database(NOTE)),
    "odd-version": lambda file: sealed(file, nhachan=database(NOTE, note("zwei"))),
    "other-notes": lambda file: sealed(file, nhachan=database("CREATE TABLE note (a)")),
    "note-alone": lambda file: sealed(file, nhachan=database(NOTE, note(schema.VERSION))),
    "old-note-alone": lambda file: sealed(file, 1, nhachan=database(NOTE, note(1))),
    "endless": endless,
}


@pytest.mark.parametrize("spoil", UNSOUND.values(), ids=UNSOUND)
def test_a_file_that_is_no_sound_backup_changes_nothing(
    state: Path, file: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(file)
    before = listing(state)
    with pytest.raises(StateError, match=rf"{file} is no sound backup|newer nhachan"):
        restore(file, state, force=True)
    assert listing(state) == before
    assert actions(state) == ["one", "two"]


def test_a_damaged_database_gives_no_backup(state: Path, tmp_path: Path) -> None:
    write(state, *("x" * 1000 for _ in range(100)))
    with closing(sqlite3.connect(state / "nhachan.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((state / "nhachan.db").read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    (state / "nhachan.db").write_bytes(content)
    with pytest.raises(StateError, match="damaged"):
        back_up(state, tmp_path / "b.tar", "1.0", NOW)
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("size", [0, 100, 4096, 8192, 20_000])
def test_a_database_that_was_cut_off_is_told_of_by_its_folder(state: Path, tmp_path: Path, size: int) -> None:
    write(state, *("x" * 1000 for _ in range(100)))
    with closing(sqlite3.connect(state / "nhachan.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(state / "nhachan.db", size)
    with pytest.raises(
        StateError, match=rf"the database in {state} is damaged|{state}/nhachan\.db is missing or holds nothing"
    ) as caught:
        back_up(state, tmp_path / "b.tar", "1.0", NOW)
    assert ".nhachan" not in str(caught.value)
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("key", [b"", b"x" * 31, b"x" * 32])
def test_a_key_that_is_none_or_another_s_gives_no_backup(state: Path, tmp_path: Path, key: bytes) -> None:
    (state / "secret.key").write_bytes(key)
    with pytest.raises(StateError, match=r"damaged: .*secret\.key|secret\.key is damaged"):
        back_up(state, tmp_path / "b.tar", "1.0", NOW)
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("name", ["nhachan.db", "nhachan.db-wal", "nhachan.db-shm", "secret.key", "daemon.lock"])
def test_a_backup_never_takes_the_place_of_what_it_saves(state: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(state)
    (tmp_path / "file").symlink_to(state / name)
    before = listing(state)
    for target in (state / name, tmp_path / "link" / name, tmp_path / "link" / ".." / "state" / name):
        with pytest.raises(StateError, match="is a file that nhachan works with"):
            back_up(state, target, "1.0", NOW)
    if (state / name).exists():
        with pytest.raises(StateError, match="is a file that nhachan works with"):
            back_up(state, tmp_path / "file", "1.0", NOW)
    assert listing(state) == before
    back_up(state, state / "nhachan.tar", "1.0", NOW)
    assert actions(state) == ["one", "two"]


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = ["--config", str(folder / "config"), "--state", str(folder / "state")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "scheduler", *where, *words]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def test_the_commands(state: Path, tmp_path: Path) -> None:
    done = command(tmp_path, "backup", str(tmp_path / "c.tar"))
    assert done.returncode == 0, done.stderr
    assert "Backed up" in done.stdout
    refused = command(tmp_path, "restore", str(tmp_path / "c.tar"))
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    done = command(tmp_path, "restore", "--force", str(tmp_path / "c.tar"))
    assert done.returncode == 0, done.stderr
    assert "before-restore" in done.stdout
    for words in (["backup", str(tmp_path / "no" / "c.tar")], ["restore", str(tmp_path / "no.tar")]):
        failed = command(tmp_path, *words)
        assert failed.returncode == 1
        assert "Traceback" not in failed.stderr
        assert str(tmp_path) in failed.stderr
    assert actions(state) == ["one", "two"]


def test_with_postgresql_its_own_means_are_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "nhachan.yaml").write_text("name: x\ndatabase: postgresql+psycopg://u@h/d\n")
    for name, means in (("backup", "pg_dump"), ("restore", "pg_restore")):
        done = command(tmp_path, name, str(tmp_path / "c.tar"))
        assert done.returncode == 1
        assert means in done.stderr
        assert "secret.key" in done.stderr
