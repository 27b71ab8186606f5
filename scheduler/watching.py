"""Notices that somebody saved a file of the configuration, or rang the doorbell.

It looks rather than waits to be told: what the system announces stops at a link, at a network drive, and at a folder
that takes another's place. A look at 200 files takes a thousandth of a second.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from scheduler.config.files import FOLDERS, SETTINGS, in_folder

log = logging.getLogger("nhachan")

_EVERY = 0.5  # seconds between two looks
_CALM = 2  # so many looks in a row found the same


def watch_for_changes(folder: Path, doorbell: Path, stop: Event, tell: Callable[[Path], None]) -> None:
    """Until `stop`, tell of `doorbell` when it rings, and of `folder` when a file in it was saved.

    Editors save in odd ways (a rename over the file, a letter at a time, several files in a second): of the folder is
    told once it has been calm for a second.
    """
    rung, seen, calm, ailing = _status(doorbell), signature(folder), _CALM, False
    while not stop.wait(_EVERY):
        try:
            now_rung, found = _status(doorbell), signature(folder)
            if now_rung != rung:
                rung = now_rung
                tell(doorbell)
            calm, seen = calm + 1 if found == seen else 0, found
            if calm == _CALM:
                tell(folder)
            ailing = ailing and calm < _CALM
        except Exception:  # without this thread no edit would be seen any more
            if not ailing:
                log.exception("watching the configuration failed", extra={"action": "watch-failed"})
            calm, ailing = 0, True  # what was missed meanwhile is told of afterwards


Signature = tuple[tuple[str, tuple[int, ...]], ...]


def signature(folder: Path) -> Signature:
    """What tells, without reading, that something of a configuration changed: also behind a link or on a network drive.

    The moment of writing alone would not do: copies may keep the old one, and some file systems count whole seconds.
    """
    found = [(name, _status(folder / name)) for name in (SETTINGS, "nhachan.yml")]
    for name in FOLDERS:
        found.append((name, _status(folder / name)[:3]))  # without its times: editors' hidden files change those
        found += [(str(file), _status_of_part(file)) for file in in_folder(folder / name)]
    return tuple(found)


def _status_of_part(file: Path) -> tuple[int, ...]:
    # What is not read may change all the time; yet its name may be one under which a plan is overlooked.
    return _status(file) if file.name.endswith(".yaml") else ()


def _status(path: Path) -> tuple[int, ...]:
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116 -- quicker, where it is done for many files
        return found.st_mode, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    return ()
