"""What feeds cost: all from nothing, again when nothing changed, after an edit of one plan; and their memory.

`python -m benchmarks.feeds [--quick]`. n is the national model of `benchmarks.country`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.apart import NOW, apart
from benchmarks.country import write_country
from benchmarks.measure import LEAST, MOST, Row, Sample, seconds, show, turns
from benchmarks.pages import country, running, wait_until_calm
from scheduler.config.load import load
from scheduler.installation import Installation
from tests.daemon.process import Office

ROUNDS, TEN = 5, 10
FEEDS = 60  # whole feeds that icalendar renders, spread over all units
PATIENCE = 300.0
SMALL_PLAN = {
    "title": "Kế hoạch kiểm tra công tác dân vận",
    "years": "2026-",
    "obligations": [
        {
            "id": "ket-qua",
            "title": "Báo cáo kết quả kiểm tra",
            "from": ["kiem-tra.don-vi"],
            "to": "kiem-tra.xa-1",
            "due": {"month": "chậm nhất ngày 10 hằng tháng"},
        }
    ],
}


class Builds:
    """Builds in processes of their own, each in a folder of its own; one gives several figures."""

    def __init__(self, folder: Path, config: Path) -> None:
        self._folder, self._config = folder, config
        self._number = 0
        self.last: Any = {}

    def build(self) -> float:
        """Seconds from nothing."""
        self._number += 1
        here = self._folder / str(self._number)
        here.mkdir()
        settle()
        self.last = apart("build", self._config, here)
        return float(self.last["build"])

    def of_last(self, name: str) -> Callable[[], float]:
        """Another figure of the last build."""
        return lambda: float(self.last[name])

    @property
    def megabytes(self) -> float:
        """What the last one wrote, MB."""
        return float(sum(self.last["sizes"])) / 1e6

    def files(self) -> float:
        """Seconds for files of the same sizes, without a thought."""
        settle()
        place = self._folder / f"files-{self._number}"
        return float(apart("files", place, given=self.last["sizes"])["seconds"])

    def dd(self) -> float:
        """Seconds for the same bytes in one file."""
        settle()
        place, count = self._folder / f"dd-{self._number}", sum(self.last["sizes"])
        words = ["if=/dev/zero", f"of={place}", "bs=1M", f"count={count}", "iflag=count_bytes", "status=none"]
        return seconds(lambda: subprocess.run(["dd", *words], check=True))

    def naive(self) -> float:
        """Seconds for the same bytes by icalendar event by event, from a sample of whole feeds."""
        found = apart("naive", self._config, FEEDS)
        return float(found["seconds"] / found["bytes"] * sum(self.last["sizes"]))


def empty(folder: Path) -> None:
    """Give the disk back what is in files. They stay: ext4 is slow at making new ones after many were deleted."""
    for place in folder.rglob("*"):
        if place.is_file() and not place.is_symlink():
            os.truncate(place, 0)


def settle() -> None:
    """Let what was written before reach the disk, so that it does not slow what comes next."""
    subprocess.run(["sync"], check=True)


class Edits:
    """The real daemon with a plan of ten units, which is edited again and again."""

    def __init__(self, office: Office, process: int, unit: str, feed: str) -> None:
        self._office, self._process, self._feed = office, process, feed
        self._file = office.calendars / "units" / f"{unit}.ics"
        self._number = 0

    def edit(self) -> float:
        """Seconds from the end of the calm to the new bytes; SIGHUP says that the calm is over.

        The file is looked at until it is another, and only then is the daemon asked: asking would keep it busy.
        """
        self._number += 1
        _write(self._office.config / "plans" / "kiem-tra.yaml", SMALL_PLAN | {"title": f"Kiểm tra lần {self._number}"})
        before = self._file.stat().st_ino
        start = time.perf_counter()
        os.kill(self._process, signal.SIGHUP)
        while self._file.stat().st_ino == before:
            assert time.perf_counter() - start < PATIENCE, "waited in vain for the edited plan"
            time.sleep(0.002)
        served = httpx.get(self._feed, timeout=PATIENCE).content.replace(b"\r\n ", b"")
        took = time.perf_counter() - start
        assert f"lần {self._number}".encode() in served
        wait_until_calm(self._process)
        return took


def _write(file: Path, content: object) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


@contextmanager
def edited(folder: Path) -> Iterator[Edits]:
    """A daemon on the national model and one small plan more."""
    folder.mkdir()
    office = Office(folder)
    country(office, 1, 1)
    units = [f"kiem-tra.xa-{n}" for n in range(1, 11)]
    named = {unit: {"name": f"UBND xã kiểm tra {n}"} for n, unit in enumerate(units, 1)}
    _write(office.config / "units" / "kiem-tra.yaml", {"units": named, "groups": {"kiem-tra.don-vi": units}})
    _write(office.config / "plans" / "kiem-tra.yaml", SMALL_PLAN)
    installation = Installation.open(load(office.config, NOW.date()), office.state)
    feed = installation.links.feed(f"units/{units[-1]}")
    installation.engine.dispose()
    # The dates of files as they are: faketime gives another one to each who asks, and every feed would look changed.
    with running(office, NO_FAKE_STAT="1") as daemon:
        wait_until_calm(daemon.process.pid)
        yield Edits(office, daemon.process.pid, units[-1], feed)


def rows(quick: bool) -> list[Row]:
    """The rows about feeds. `quick` takes one round and leaves ten countries out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config, room = folder / "country", folder / "room"
        write_country(config)
        room.mkdir()
        builds = Builds(room, config)
        with edited(folder / "edited") as edits:
            variants: dict[str, Callable[[], float]] = {
                "build": builds.build,
                "again": builds.of_last("again"),
                "peak": builds.of_last("peak"),
                "files": builds.files,
                "dd": builds.dd,
                "naive": builds.naive,
                "edit": edits.edit,
            }
            found = turns(variants, *((1, 0) if quick else (ROUNDS, 1)))
        much = f"{len(builds.last['sizes'])} files, {builds.megabytes:.0f} MB; "
        plain = _rows(found, much)
        return plain if quick else _grown(plain, folder)


def _rows(found: dict[str, Sample], much: str) -> list[Row]:
    build, again, peak, edit = (found[name] for name in ("build", "again", "peak", "edit"))
    sample = f"of icalendar {FEEDS} whole feeds, the rest by their bytes"
    calm = "the real daemon; SIGHUP says that the calm after saving is over"
    what, same = "build all feeds from nothing (n)", "build from nothing (n)"
    naive, files, dd = found["naive"], found["files"], found["dd"]
    return [
        Row(what, "icalendar, each event", "s", build, naive, LEAST, 60, turned=True, note=much + sample),
        Row(what, "writing files of these sizes", "s", build, files, MOST, 1.5),
        Row(what, "`dd`, as many bytes in one file", "s", build, dd, MOST, 1.5),
        Row("rebuild when nothing changed (n)", same, "s", again, build, MOST, 1 / 20),
        Row("one plan of 10 units edited, until it is served (n)", same, "s", edit, build, MOST, 1 / 5, note=calm),
        Row("peak memory of a build (n)", "", "MiB", peak, None, MOST, 200),
    ]


def _grown(plain: list[Row], folder: Path) -> list[Row]:
    """The rows, with what ten countries take beside one."""
    config, room = folder / "ten", folder / "ten-room"
    empty(folder / "room")
    write_country(config, TEN)
    room.mkdir()
    builds = Builds(room, config)
    builds.build()
    written = f"; ten countries take `dd` {builds.dd():.0f} s"
    build, *others, again, edit, peak = plain
    tens = {row.what: float(builds.last[name]) for row, name in ((build, "build"), (again, "again"), (peak, "peak"))}
    ten = Sample([tens[peak.what]] * len(peak.ours.values))
    grown = Row("peak memory of a build (10 n)", "that of n", "MiB", ten, peak.ours, MOST, 2)
    build, again, peak = (
        replace(row, growth={1: row.ours.median, TEN: tens[row.what]}) for row in (build, again, peak)
    )
    build = replace(build, note=build.note + written)
    return [build, *others, again, edit, peak, grown]


if __name__ == "__main__":
    show(rows("--quick" in sys.argv[1:]))
