"""One daemon a state folder.

Locked are the file that names the process, and the folder itself: the file may be deleted under a daemon, by somebody
who tidies up, and then locks nobody out.
"""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

from scheduler.state.trouble import StateError, in_words
from scheduler.state.writing import let_owner_have
from scheduler.translation import text

LOCK = "daemon.lock"


def hold(state: Path) -> ExitStack:
    """Hold the state folder until this is closed, or the process ends; StateError where another holds it."""
    with in_words(state), ExitStack() as held:
        state.mkdir(parents=True, exist_ok=True, mode=0o750)
        file, folder = os.open(state / LOCK, os.O_RDWR | os.O_CREAT, 0o644), os.open(state, os.O_RDONLY)
        for descriptor in (file, folder):
            held.callback(os.close, descriptor)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _lock_folder(folder, fcntl.LOCK_EX)
        except BlockingIOError as error:
            other = os.read(file, 20).decode(errors="replace").strip() or "?"
            problem = text(
                "another nhachan (process {other}) keeps {path} already — stop that one first, or give this one "
                "another --state",
                other=other,
                path=state,
            )
            raise StateError(problem) from error
        let_owner_have(state / LOCK, state)
        os.ftruncate(file, os.pwrite(file, str(os.getpid()).encode(), 0))
        return held.pop_all()


def is_held(state: Path) -> bool:
    """Whether a daemon holds the state folder, or there is no telling."""
    with ExitStack() as opened:
        try:
            folder = os.open(state, os.O_RDONLY)
            opened.callback(os.close, folder)
            _lock_folder(folder, fcntl.LOCK_SH)
            file = os.open(state / LOCK, os.O_RDONLY)
            opened.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
    return False


def _lock_folder(folder: int, how: int) -> None:
    try:
        fcntl.flock(folder, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # NFS has no such lock for folders; there the file's has to do
        pass
