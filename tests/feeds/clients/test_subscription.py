"""A real subscription: vdirsyncer fetches a unit's feed from the running daemon over HTTP, khal shows it."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon.process import Daemon, Office, wait_for
from tests.daemon.test_daemon import edit, plan_file, unfolded

pytestmark = pytest.mark.system("vdirsyncer", "khal", "faketime")
MORNING = "2026-11-20 10:00:00"


@dataclass
class Desk:
    """Somebody's machine with a calendar program."""

    home: Path
    url: str

    def __post_init__(self) -> None:
        self.home.joinpath("calendar").mkdir(parents=True)
        self.home.joinpath("vdirsyncer").write_text(
            f'[general]\nstatus_path = "{self.home}/status"\n'
            '[pair feed]\na = "web"\nb = "disk"\ncollections = null\n'
            f'[storage web]\ntype = "http"\nurl = "{self.url}"\n'
            f'[storage disk]\ntype = "filesystem"\npath = "{self.home}/calendar"\nfileext = ".ics"\n'
        )
        self.home.joinpath("khal").write_text(
            f"[calendars]\n[[feed]]\npath = {self.home}/calendar\nreadonly = True\n"
            "[locale]\nlocal_timezone = Asia/Ho_Chi_Minh\ndefault_timezone = Asia/Ho_Chi_Minh\n"
            "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ntimeformat = %H:%M\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            f"[sqlite]\npath = {self.home}/khal.db\n"
        )

    def run(self, *words: str) -> str:
        environment = os.environ | {"HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fetch(self, *, first: bool = False) -> None:
        config = str(self.home / "vdirsyncer")
        if first:
            self.run("vdirsyncer", "-c", config, "discover")
        self.run("vdirsyncer", "-c", config, "sync", "--force-delete")

    def agenda(self, start: str, end: str) -> list[str]:
        """What khal shows between two days: a day, an hour, a title."""
        said = self.run(
            *("khal", "-c", str(self.home / "khal"), "list", "--day-format", "", "--format"),
            *("{start-date} {start-time} {title}", start, end),
        )
        return [line.replace("  ", " ") for line in said.splitlines() if line.strip()]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    office = Office(tmp_path / "office")
    with office.running(MORNING) as running:
        yield running


def test_a_subscribed_calendar_shows_each_deadline_and_follows_it(daemon: Daemon, tmp_path: Path) -> None:
    units = json.loads(daemon.office.nhachan("units", "--json").stdout)
    desk = Desk(tmp_path / "home", next(unit["feed"] for unit in units if unit["id"] == "mau.kinh-te"))
    desk.fetch(first=True)
    found = desk.agenda("2026-12-01", "2026-12-31")
    assert "2026-12-04 15:00 Hạn nộp: Báo cáo kết quả công tác tuần – tuần 49/2026 (trước 15:00 04/12)" in found
    assert "2026-12-18 Hạn nộp: Báo cáo tháng về công tác dân vận – tháng 12/2026 (trước 20/12)" in found
    count = len(found)
    edit(plan_file(daemon.office), "trước ngày 20 hằng tháng", "trước ngày 17 hằng tháng")
    feed = daemon.office.calendars / "units" / "mau.kinh-te.ics"
    wait_for(lambda: "tháng 12/2026 (trước 17/12)" in unfolded(feed), "the moved deadline")
    desk.fetch()
    moved = desk.agenda("2026-12-01", "2026-12-31")
    assert "2026-12-16 Hạn nộp: Báo cáo tháng về công tác dân vận – tháng 12/2026 (trước 17/12)" in moved
    assert len(moved) == count, "the old one has gone"
