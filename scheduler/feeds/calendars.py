"""Puts feeds into calendars/: each complete, replaced in one step, and only when its bytes changed."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from scheduler.feeds.events import PRODID
from scheduler.feeds.links import Links


@dataclass(frozen=True)
class Feed:
    """A feed that may have to be written. While `sign` is the same, `make` gives the same bytes."""

    name: str  # all, plans/<plan>, units/<unit>
    sign: bytes
    make: Callable[[], bytes]


Stamp = tuple[int, int, int, int]
"""What tells one file from another that took its place, and from itself after somebody wrote into it."""
Written = dict[str, tuple[bytes, Stamp]]
"""The signs of feeds that a process has put in place, by their files, with the stamps of these."""

UNITS = "units"
"""The folder of units' feeds. Each holds the secret link to the unit's page, so nobody else on the machine reads them;
`all` and `plans/` name the front page alone, and another web server may serve them."""
LINKS = "links"
"""The folder in which another web server finds the feeds by their secret links, where that is wanted."""
_GROUP = stat.S_ISGID | stat.S_IRGRP | stat.S_IXGRP
_NEAR = 60
"""Seconds. A file dated further ahead was written while the clock was wrong, and its date is not gone on from."""


def write_feeds(
    folder: Path, feeds: Iterable[Feed], known: Written | None = None, links: Links | None = None
) -> tuple[list[str], list[str]]:
    """Write the feeds that changed and remove those that are no more: the names of all feeds, and of those written.

    What is `known` to be in place is not made again, only looked at; it is brought up to date. With `links` the group
    of the folder may read the units' feeds too, and finds each by its secret link.
    """
    known = {} if known is None else known
    names: list[str] = []
    written: list[str] = []
    within, mode = (0o2750, 0o640) if links else (0o700, 0o600)
    (folder / "plans").mkdir(parents=True, exist_ok=True)
    (folder / UNITS).mkdir(exist_ok=True, mode=within & 0o777)
    _narrow(folder / UNITS, within)
    _lay_links(folder / LINKS, links)  # first: what was revoked is gone while the rest is still written
    for feed in feeds:
        names.append(feed.name)
        path = f"{folder}/{feed.name}.ics"
        sign = feed.sign if links is None else b"links " + feed.sign  # who may read it is another then
        before = known.get(path)
        if before is not None and before == (sign, _stamp_of(path)):
            continue
        changed, stamp = _replace(Path(path), feed.make(), mode if feed.name.startswith(f"{UNITS}/") else 0o644)
        known[path] = sign, stamp
        if changed:
            written.append(feed.name)
    _remove_others(folder, {f"{name}.ics" for name in names})
    return names, written


def _lay_links(place: Path, links: Links | None) -> None:
    """`TOKEN.NAME.ics` for each live link, pointing at its feed, and nothing else of that kind."""
    wanted: dict[str, str] = {}
    if links is not None:
        place.mkdir(exist_ok=True, mode=0o750)
        for name in links:
            wanted[f"{links.token('feed', name)}.{name.rsplit('/', 1)[-1]}.ics"] = f"../{name}.ics"
    found = {file.name for file in place.iterdir() if file.is_symlink()} if place.is_dir() else set()
    for name in found - wanted.keys():
        (place / name).unlink()
    for name in wanted.keys() - found:
        (place / name).symlink_to(wanted[name])


def _narrow(path: Path, mode: int) -> None:
    """Take away what a mode does not allow, and let the group have what it does, as far as the path is ours."""
    found = stat.S_IMODE(path.stat().st_mode)
    wanted = found & mode | mode & _GROUP
    if found != wanted:
        with contextlib.suppress(PermissionError):
            path.chmod(wanted)


def _stamp_of(path: str) -> Stamp | None:
    with contextlib.suppress(OSError):
        return _stamp(os.stat(path))  # noqa: PTH116 -- a Path costs more than the call itself
    return None


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode


def replace_file(file: Path, content: bytes, mode: int = 0o644) -> bool:
    """Put bytes in place of a file in one step; False where it has them already, and nothing but its mode is touched.

    Its date moves by a second at least: who asks by If-Modified-Since alone knows no smaller steps, and would never
    hear of the second of two changes within one.
    """
    return _replace(file, content, mode)[0]


def _replace(file: Path, content: bytes, mode: int) -> tuple[bool, Stamp]:
    before = 0
    with contextlib.suppress(OSError):
        found = file.stat()
        if found.st_size == len(content) and file.read_bytes() == content:
            _narrow(file, mode)
            return False, _stamp(file.stat())
        before = int(found.st_mtime)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as out:
            left = memoryview(content)
            while left:
                left = left[out.write(left) :]
            os.fchmod(descriptor, mode)
            found = os.fstat(descriptor)
            if 0 <= before - int(found.st_mtime) < _NEAR:
                os.utime(descriptor, (before + 1, before + 1))
                found = os.fstat(descriptor)
        os.replace(temporary, file)  # noqa: PTH105 -- as above
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108 -- as above
        raise
    return True, _stamp(found)


def _remove_others(folder: Path, keep: set[str]) -> None:
    for place in ("", "plans/", f"{UNITS}/"):
        for name in os.listdir(folder / place):  # noqa: PTH208 -- as above
            file = f"{place}{name}"
            if name.startswith("."):
                stale = ".ics." in name
            else:
                stale = place != "" and name.endswith(".ics") and file not in keep and _ours(folder / file)
            if stale:
                (folder / file).unlink()


def _ours(file: Path) -> bool:
    # Somebody may have put other calendars beside ours.
    return PRODID.encode() in file.read_bytes()[:200]
