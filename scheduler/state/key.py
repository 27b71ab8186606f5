"""The secret key's file, behind all links; and what it says of a database that is gone."""

from hashlib import blake2b
from pathlib import Path

from scheduler.state.trouble import StateError
from scheduler.translation import text

KEY = "secret.key"
KEY_BYTES = 32
KEY_NOTE = "secret_key"  # the note under which a database remembers the name of its key


def name_of(key: bytes) -> str:
    """What a key is known by to those who must not know it."""
    return blake2b(key, digest_size=8, person=b"nhachan").hexdigest()


def read_key(file: Path) -> bytes:
    """A secret key as it stands in its file; StateError where it is none: with half a key links could be guessed."""
    with file.open("rb") as content:
        key = content.read(KEY_BYTES + 1)
    if len(key) == KEY_BYTES:
        return key
    problem = text(
        "{file} is damaged: bring it back from a backup, or stop nhachan and run `nhachan new-key`, which gives every "
        "unit new links",
        file=file,
    )
    raise StateError(problem)


def refuse_a_lost_database(file: Path, *, holds_nothing: bool = False) -> None:
    """StateError where the SQLite file is missing, of no length, or without our tables, though there was one.

    A new installation makes its key once it has its database, so that a key alone says that there was one. A new one
    made in its place would send all reminders once more, and let revoked links live again.
    """
    key = file.with_name(KEY)
    if key.exists() and (holds_nothing or not file.exists() or file.stat().st_size == 0):
        problem = text(
            "{file} is missing or holds nothing, though {key} says that there was a database — lay it back, or restore "
            "the last backup with `nhachan restore --force`; to begin anew, with nothing recorded and new links for "
            "every unit, move {key} to another folder",
            file=file,
            key=key,
        )
        raise StateError(problem)
