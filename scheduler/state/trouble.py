"""What can be wrong with a state folder and its database, in words for people."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from scheduler.translation import Text, text


class StateError(Exception):
    """The state folder or the database cannot be used; `problem` says why, in words for people."""

    def __init__(self, problem: Text) -> None:
        super().__init__(str(problem))
        self.problem = problem


@contextmanager
def in_words(place: object, written: object = None) -> Iterator[None]:
    """Whatever a folder or a database refuses becomes a StateError that names the place, or where it is written to."""
    try:
        yield
    except OSError as error:
        raise StateError(_refused_file(written or place, error)) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        full = _sqlite_name(error) == "FULL"
        raise StateError(of_database((written or place) if full else place, error)) from error


def _refused_file(place: object, error: OSError) -> Text:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_is_full(place)
    return text("the state folder {path} cannot be used: {reason}", path=place, reason=error.strerror or error)


def can_be_mended(error: BaseException) -> bool:
    """Whether a person can mend it (a full disk, a lock, a server that is away), rather than a programmer."""
    # SQLite calls a misspelt statement operational too; PostgreSQL's driver means the server's operation.
    of_server = isinstance(error, OperationalError) and not hasattr(error.orig, "sqlite_errorname")
    return of_server or _sqlite_name(error) != ""


_ROOM = 64 * 1024  # bytes that SQLite needs beside a database to open it at all
_SQLITE = ("FULL", "READONLY", "CANTOPEN", "BUSY", "LOCKED", "CORRUPT", "NOTADB", "IOERR", "PERM")


def _sqlite_name(error: BaseException) -> str:
    """SQLite's own name for a trouble with its file, such as FULL; empty for any other error."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = str(getattr(cause, "sqlite_errorname", "")).removeprefix("SQLITE_")
    return next((known for known in _SQLITE if name.startswith(known)), "")


def of_database(place: object, error: BaseException) -> Text:
    """What a database has to complain about."""
    name = _sqlite_name(error)
    if name in ("IOERR", "CANTOPEN") and isinstance(place, Path):  # SQLite says no more than that it cannot
        name = "FULL" if _is_full(place) else "READONLY" if is_read_only(place) else name
    match name:
        case "FULL":
            return _disk_is_full(place)
        case "READONLY" | "PERM":
            return text(
                "the database in {path} may only be read — give the user of nhachan the right to write there, "
                "and see that the disk is not mounted read-only",
                path=place,
            )
        case "BUSY" | "LOCKED":
            return text(
                "another program has kept the database in {path} locked for too long — end it, then try again",
                path=place,
            )
        case "NOTADB" | "CORRUPT":
            return damaged(place, _reason(error))
        case _:
            return text("the database cannot be opened: {reason}", reason=_reason(error))


def _is_full(folder: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(folder).free < _ROOM
    return False


def is_read_only(folder: Path) -> bool:
    """Whether the disk of a folder is mounted read-only, as the system does with a disk that fails."""
    with suppress(OSError):
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    return False


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _disk_is_full(place: object) -> Text:
    return text("the disk of {path} is full — make room; nothing was half written", path=place)


def damaged(place: object, reason: str) -> Text:
    """A database that lost its shape."""
    return text(
        "the database in {path} is damaged: {reason} — stop nhachan, keep the folder for an inquiry, and restore the "
        "last backup with `nhachan restore`",
        path=place,
        reason=reason,
    )


def half_restored(state: Path) -> Text:
    """A state folder in which a restore did not come to its end."""
    return text(
        "a restore into {path} was cut short — run `nhachan restore` with the same file and --force again", path=state
    )


def replaced(file: object) -> Text:
    """A database that was deleted under the program, or had another put in its place."""
    return text(
        "{file} was deleted or replaced while nhachan had it open — stop nhachan, lay the file back or restore the "
        "last backup with `nhachan restore --force`, and start it again",
        file=file,
    )
