"""One daemon a state folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from scheduler.state.trouble import StateError, in_words
from scheduler.translation import text

LOCK = "daemon.lock"


def hold(state: Path) -> IO[str]:
    """Hold the state folder for this process; StateError where another holds it. The lock goes with the process."""
    with in_words(state):
        state.mkdir(parents=True, exist_ok=True, mode=0o750)
        file = (state / LOCK).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        other = file.read().strip() or "?"
        file.close()
        problem = text("another nhachan (process {other}) keeps {path} already", other=other, path=state)
        raise StateError(problem) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
