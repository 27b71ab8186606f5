"""What the system announces of files, so that nobody need look at them again and again.

Linux announces (inotify) what is done here to the folders and files that it was asked about, each as it stood then.
What another machine does on a network drive it cannot know of: `follow` says whether all will be heard.
"""

import logging
import os
import select
import sys
from collections.abc import Collection, Iterable, Iterator
from errno import ENOENT, ENOTDIR
from pathlib import Path

from inotify_simple import INotify, flags

log = logging.getLogger("nhachan")

LOCAL = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "reiserfs", "tmpfs", "xfs", "zfs")
)
"""Kinds of file systems that nobody writes but this machine's own kernel."""

_PLACE = flags.MOVE_SELF | flags.DELETE_SELF
_NAMES = flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO
_CONTENT = flags.MODIFY | flags.ATTRIB
_LINKS = 40  # one behind the other; the system follows no more


class Announcements:
    """That something was done to what is followed; what it was, a look will tell. For one thread, but for `wake`."""

    def __init__(self, trusted: Collection[str] = LOCAL) -> None:
        self._trusted = trusted
        self._inotify: INotify | None = None
        self._heard = False
        self._said = ""
        self._ear, self._bell = os.pipe()

    def follow(self, folders: Iterable[Path], files: Iterable[Path]) -> bool:
        """Ask for all that happens, from now on, to what lies in folders and to files; whether all will be heard."""
        why = ""
        try:
            if sys.platform == "linux":
                wanted: dict[Path, int] = {}
                for paths, mask in ((folders, _PLACE | _NAMES | _CONTENT), (files, _PLACE | _CONTENT)):
                    for path in paths:
                        for place, what in _trail(path.absolute(), mask):
                            wanted[place] = wanted.get(place, 0) | what
                self._ask(wanted)
                why = ", ".join(sorted(set(map(_Mounts().kind, wanted)).difference(self._trusted)))
            else:
                why = sys.platform
        except OSError as error:
            if error.errno in (ENOENT, ENOTDIR):  # it has just gone, and will be asked for again
                return False
            why = f"inotify: {error.strerror}"
        if why not in ("", self._said):
            message = "not every change is announced (%s): looking twice a second"
            log.info(message, why, extra={"action": "watch-looks"})
        self._said = why
        return not why

    def _ask(self, wanted: dict[Path, int]) -> None:
        if self._inotify is None or self._heard:
            if self._inotify is not None:
                self._inotify.close()  # what was moved away is forgotten with it
            self._inotify, self._heard = INotify(nonblocking=True), False
        for place, mask in wanted.items():
            self._inotify.add_watch(place, mask | flags.MASK_ADD)

    def wait(self, seconds: float, *, deaf: bool = False) -> bool:
        """Until something was announced (unless deaf), or `wake`, or the time is over; whether it was announced."""
        poll = select.poll()
        poll.register(self._ear, select.POLLIN)
        if self._inotify is not None and not deaf:
            poll.register(self._inotify, select.POLLIN)
        heard = any(descriptor != self._ear for descriptor, _ in poll.poll(seconds * 1000))
        self._heard = self._heard or heard
        return heard

    def wake(self) -> None:
        """Let whoever waits go on, and nobody wait again; from any thread."""
        os.write(self._bell, b"!")

    def close(self) -> None:
        """Follow nothing any more."""
        if self._inotify is not None:
            self._inotify.close()
        os.close(self._ear)
        os.close(self._bell)


def _trail(path: Path, mask: int, links: int = _LINKS) -> Iterator[tuple[Path, int]]:
    """The places by which the system finds what is at a path, each with what must be known of it."""
    for place in (*reversed(path.parents), path):
        if links and place.is_symlink():
            yield place.parent, _PLACE | _NAMES
            yield from _trail(place.parent / place.readlink() / path.relative_to(place), mask, links - 1)
            return
        if not place.exists():
            yield place.parent, _PLACE | _NAMES
            return
        yield place, mask if place == path else _PLACE


class _Mounts:
    """The file systems that this process sees."""

    def __init__(self) -> None:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
        self._kinds = {line.split()[0]: line.partition(" - ")[2].split()[0] for line in lines}

    def kind(self, place: Path) -> str:
        """The kind of the one that a place is on."""
        descriptor = os.open(place, os.O_PATH)
        try:
            told = Path(f"/proc/self/fdinfo/{descriptor}").read_text("ascii")
        finally:
            os.close(descriptor)
        number = next((line.split()[1] for line in told.splitlines() if line.startswith("mnt_id:")), "")
        return self._kinds.get(number, "?")
