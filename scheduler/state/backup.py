"""A backup: one tar file with the database as it is at one moment, the secret key, and a manifest of both.

The daemon need not stop for it. Without the key all links would change, so that it belongs to the backup; and whoever
has the backup has the key, so that the file is for its owner alone.
"""

import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

from scheduler.state.database import FILE as DATABASE
from scheduler.state.database import RESTORING
from scheduler.state.key import KEY, KEY_NOTE, name_of, read_key, refuse_a_lost_database
from scheduler.state.lock import LOCK
from scheduler.state.schema import copy_of_sqlite
from scheduler.state.trouble import StateError, damaged, in_words, is_read_only
from scheduler.state.writing import replacing
from scheduler.translation import text

MANIFEST = "manifest.json"
FORMAT = 1
_TABLES = {"audit", "change", "link", "mail", "mailitem", "note", "publication", "submission"}  # of every version
_OF_CONTENT = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)  # rather than of the disk
_IN_USE = (*(f"{DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal")), KEY, LOCK, RESTORING, "doorbell", "mail")


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself: who made it when, the version of its database, its files with size and SHA-256."""

    program: str
    made: datetime
    schema: int
    files: dict[str, tuple[int, str]]

    def to_json(self) -> bytes:
        """As it stands in the backup."""
        files = {name: {"size": size, "sha256": sha256} for name, (size, sha256) in self.files.items()}
        values = {"format": FORMAT, "nhachan": self.program, "made": self.made.isoformat(), "schema": self.schema}
        return json.dumps(values | {"files": files}, indent=2).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """As read from a backup; ValueError where it is none."""
        try:
            read = json.loads(content)
            if read["format"] != FORMAT:
                raise ValueError(f"format {read['format']}")
            files = {str(k): (int(v["size"]), str(v["sha256"])) for k, v in read["files"].items()}
            return cls(str(read["nhachan"]), datetime.fromisoformat(read["made"]), int(read["schema"]), files)
        except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(str(error)) from error


def back_up(state: Path, file: Path, program: str, now: datetime) -> Manifest:
    """Write a backup of a state folder with its SQLite file; StateError or OSError, and no file, where that fails."""
    if _is_in_use(state, file):
        raise StateError(text("{file} is a file that nhachan works with — name another for the backup", file=file))
    for name in (DATABASE, KEY):
        if not (state / name).is_file():
            raise StateError(text("there is nothing to back up in {path}: it has no {name}", path=state, name=name))
    with in_words(state):
        refuse_a_lost_database(state / DATABASE)
        key = read_key(state / KEY)
    with tempfile.TemporaryDirectory(prefix=".nhachan-", dir=file.parent) as folder:
        copy = Path(folder) / DATABASE
        with in_words(state, written=file.parent):
            copy_of_sqlite(_reachable(state, Path(folder)), copy)
            try:
                version = examine(copy, key)
            except ValueError as error:
                raise StateError(damaged(state, str(error))) from error
        sources = {DATABASE: copy, KEY: state / KEY}
        manifest = Manifest(program, now, version, {name: _measure(source) for name, source in sources.items()})
        with replacing(file) as temporary, tarfile.open(temporary, "w") as tar:
            head = _entry(MANIFEST, len(manifest.to_json()), now)
            tar.addfile(head, io.BytesIO(manifest.to_json()))
            for name, source in sources.items():
                with source.open("rb") as content:
                    tar.addfile(_entry(name, manifest.files[name][0], now), content)
    return manifest


def may_be_replaced(file: Path) -> bool:
    """Whether a file is an older backup, or empty; anything else somebody may want to keep."""
    try:
        if not file.stat().st_size:
            return True
        with tarfile.open(file) as tar:
            first = tar.next()
            return first is not None and first.name == MANIFEST
    except (OSError, tarfile.TarError):
        return False


def _is_in_use(state: Path, file: Path) -> bool:
    """Whether a file is one of the state folder's own, by whatever links it is named."""
    if file.parent.resolve() == state.resolve() and file.name in _IN_USE:
        return True
    return file.exists() and any((state / name).exists() and file.samefile(state / name) for name in _IN_USE)


def _reachable(state: Path, folder: Path) -> Path:
    """The database, or where its disk has turned read-only, so that SQLite cannot open it, its files in another place.

    Copying the files as they are is right then, and only then: nobody can be writing.
    """
    if not is_read_only(state):
        return state / DATABASE
    for name in (DATABASE, f"{DATABASE}-wal"):
        if (state / name).exists():
            shutil.copyfile(state / name, folder / f"read-only-{name}")
    return folder / f"read-only-{DATABASE}"


def _measure(source: Path) -> tuple[int, str]:
    with source.open("rb") as content:
        return source.stat().st_size, file_digest(content, "sha256").hexdigest()


def _entry(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(now.timestamp())
    return entry


def examine(database: Path, key: bytes) -> int:
    """The version of a copied database, after a look at all its pages; ValueError where it is damaged, or not ours."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            [(found,)] = connection.execute("PRAGMA quick_check(1)")
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            notes = dict(connection.execute("SELECT name, value FROM note"))
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in _OF_CONTENT:
            raise
        raise ValueError(str(error)) from error
    version = str(notes.get("schema"))
    wrong = ""
    if found != "ok":
        wrong = " ".join(str(found).split())
    elif not version.isdecimal():
        wrong = f"schema: {version}"
    elif missing := _TABLES - tables:
        wrong = f"tables: {', '.join(sorted(missing))}"
    elif notes.get(KEY_NOTE, name_of(key)) != name_of(key):
        wrong = KEY
    if wrong:
        raise ValueError(wrong)
    return int(version)
