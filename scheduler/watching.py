"""Notices that somebody saved a file of the configuration, or rang the doorbell."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from watchfiles import watch

from scheduler.config.files import files_of


def watch_for_changes(folder: Path, doorbell: Path, stop: Event, tell: Callable[[Path], None]) -> None:
    """Until `stop`, tell of `folder` or `doorbell` whenever something in it changed.

    Editors save in odd ways (a rename over the file, several files in a second): told is once a second has been calm.
    """
    with suppress(FileNotFoundError):
        doorbell.touch()
        for changes in watch(folder, doorbell, stop_event=stop, debounce=5000, step=1000, rust_timeout=60_000):
            for place in {doorbell if Path(name).name == doorbell.name else folder for _, name in changes}:
                tell(place)


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells, without reading, that a file was saved: also on a network drive, whose changes are not announced."""
    found = []
    for file in files_of(folder):
        with suppress(OSError):
            status = file.stat()
            found.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(found)
