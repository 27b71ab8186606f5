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
    A folder that is put in the place of another is watched in its stead.
    """
    while not stop.is_set():
        watched = _identity(folder)
        with suppress(OSError):
            doorbell.touch()
        if watched is not None:
            _watch(folder, doorbell, stop, tell)
        if not stop.wait(1) and _identity(folder) not in (watched, None):
            tell(folder)


def _watch(folder: Path, doorbell: Path, stop: Event, tell: Callable[[Path], None]) -> None:
    """Watch until the folder is another, or none, or until there is nothing to watch with."""
    watched, places = _identity(folder), [place for place in (folder, doorbell) if place.exists()]
    with suppress(OSError):
        # Once a minute without any change, too: that a folder was moved away is not announced.
        for changes in watch(
            *places, stop_event=stop, debounce=5000, step=1000, rust_timeout=60_000, yield_on_timeout=True
        ):
            for place in {doorbell if Path(name).name == doorbell.name else folder for _, name in changes}:
                tell(place)
            if _identity(folder) != watched:
                return


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells, without reading, that a file was saved: also on a network drive, whose changes are not announced."""
    found = []
    for file in files_of(folder):
        with suppress(OSError):
            status = file.stat()
            found.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(found)
