"""Notices that somebody saved a file of the configuration, or rang the doorbell.

What changed it finds by looking; a look at 200 files takes a thousandth of a second. The system's announcements say
when to look. They miss some things: what comes from another machine, another drive put over a folder. So it looks once
a minute anyway, and twice a second where announcements cannot be had.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from scheduler.announcements import Announcements
from scheduler.config.files import FOLDERS, SETTINGS, in_folder

log = logging.getLogger("nhachan")

_EVERY = 0.5  # seconds between two looks while something happens
_AT_REST = 60.0
_CALM = 2  # so many looks in a row found the same


class Watching:
    """Tells of `doorbell` when it rings, and of `folder` when a file in it was saved, from a thread of its own.

    Editors save in odd ways (a rename over the file, a letter at a time, several files in a second): of the folder is
    told once it has been calm for a second.
    """

    def __init__(
        self, folder: Path, doorbell: Path, tell: Callable[[Path], None], announcements: Announcements | None = None
    ) -> None:
        self._folder, self._doorbell, self._tell = folder, doorbell, tell
        self._announcements = announcements or Announcements()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping = True
        self._announcements.wake()
        if self._thread.is_alive():
            self._thread.join(1)  # it may be waiting for a network drive

    def _work(self) -> None:
        rung, seen, calm, ailing = _status(self._doorbell), signature(self._folder), _CALM, False
        at_rest = False
        while True:
            # While something happens, what is announced can wait for the next look.
            heard = self._announcements.wait(_AT_REST if at_rest else _EVERY, deaf=not at_rest)
            if self._stopping:
                break
            at_rest = False
            try:
                announced = self._follow()  # first, so that no change comes between
                now_rung, found = _status(self._doorbell), signature(self._folder)
                if now_rung != rung:
                    rung = now_rung
                    self._tell(self._doorbell)
                calm, seen = calm + 1 if found == seen else 0, found
                if calm == _CALM:
                    self._tell(self._folder)
                ailing = ailing and calm < _CALM
                at_rest = announced and calm >= _CALM and not heard
            except Exception:  # without this thread no edit would be seen any more
                if not ailing:
                    log.exception("watching the configuration failed", extra={"action": "watch-failed"})
                calm, ailing = 0, True  # what was missed meanwhile is told of afterwards
        self._announcements.close()

    def _follow(self) -> bool:
        folders = [self._folder / name for name in FOLDERS]
        files = [self._folder / SETTINGS, *(file for folder in folders for file in in_folder(folder))]
        linked = [file for file in files if file.is_symlink()]  # the others' changes are announced of their folder
        return self._announcements.follow((self._folder, *folders), (self._doorbell, *linked))


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
