"""A country after two years: what one more submission costs when nearly all has been reported before.

`python -m benchmarks.years`. Ours alone: none of the peers knows who has reported. The yardstick is the same
installation on its first day.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session, insert

from benchmarks.apart import ROOT
from benchmarks.country import write_country
from benchmarks.hostile import resident
from benchmarks.measure import MOST, NO_TARGET, Row, Sample, show
from benchmarks.pages import NOW, fill
from scheduler.config.load import load
from scheduler.garbage import Garbage
from scheduler.installation import Installation
from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import submit
from scheduler.state.database import transaction
from scheduler.state.tables import Mail, MailItem

ALL = 10**9  # submissions: of all that was due, nine in ten
ROUNDS = 5
RUNGS = ("-7", "-3")
"""What was told of each report."""


def prepare(folder: Path) -> None:
    """Two years of it."""
    installation = opened(folder)
    fill(installation, ALL)
    remind_all(installation)


def opened(folder: Path) -> Installation:
    """The installation in a folder, published."""
    if not (folder / "config").exists():
        write_country(folder / "config")
    installation = Installation.open(load(folder / "config", NOW.date()), folder / "state")
    installation.publish(NOW)
    return installation


def measure(folder: Path, turn: int) -> dict[str, list[float]]:
    """Seconds to publish after each of some submissions, and to decide on a day's mails; MiB resident afterwards."""
    with Garbage().kept(search=True):  # as the daemon does
        installation = opened(folder)
    found: dict[str, list[float]] = {"publish": [], "decide": [], "resident": []}
    for report in some_open(installation, turn):
        with transaction(installation.engine) as session:
            assert submit(session, report, NOW.date(), "", report.unit, NOW)
        start = time.perf_counter()
        assert installation.publish(NOW) == [f"units/{report.unit}"]
        found["publish"].append(time.perf_counter() - start)
        start = time.perf_counter()
        with Session(installation.engine) as session:
            installation.decide(session, NOW, NOW.date())
        found["decide"].append(time.perf_counter() - start)
        found["resident"].append(resident(os.getpid()))
    return found


def remind_all(installation: Installation) -> None:
    """Write down that everybody was told of everything for a year, in one mail: only what was told is looked for."""
    with Session(installation.engine) as session:
        session.add(Mail(unit="", day=date(2020, 1, 1), message_id="<all@nhachan.example>", created=NOW, state="sent"))
        session.flush()
        told = list(items(installation))
        for start in range(0, len(told), 20_000):
            session.execute(insert(MailItem), told[start : start + 20_000])
        session.commit()


def items(installation: Installation) -> Iterator[dict[str, object]]:
    """All of that."""
    for deadline in installation.deadlines():
        if deadline.last_day and NOW.date() - timedelta(days=365) < deadline.last_day < NOW.date() + timedelta(days=7):
            for unit in deadline.units:
                for rung in RUNGS:
                    yield {"mail_id": 1, "unit": unit, "deadline": deadline.key, "due": deadline.last_day, "rung": rung}


def some_open(installation: Installation, turn: int) -> list[Report]:
    """Reports that are still to come, each of another unit, and others at each turn."""
    coming = [d for d in installation.deadlines() if d.last_day and d.last_day > NOW.date()]
    large = max(coming, key=lambda deadline: len(deadline.units))
    units = random.Random(5).sample(large.units, 2 * ROUNDS)[turn::2]
    return [Report(large.plan.id, large.obligation.id, large.period.id, unit) for unit in units]


def apart(what: str, *given: str) -> str:
    """A part of it in a process of its own; what it says."""
    words = [sys.executable, "-m", "benchmarks.years", what, *given]
    return subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def rows(quick: bool) -> list[Row]:
    """One more submission. `quick` leaves it out: two years take a while to write down."""
    if quick:
        return []
    with tempfile.TemporaryDirectory() as folder:
        first = json.loads(apart("measure", folder, "0"))
        apart("prepare", folder)
        later = json.loads(apart("measure", folder, "1"))
    before, day = "after two years in which nine in ten reports were submitted (n)", "on the first day"
    return [
        *(
            Row(f"{what} {before}", day, "s", Sample(later[name]), Sample(first[name]), MOST, NO_TARGET)
            for name, what in (("publish", "publish one more submission"), ("decide", "decide on a day's mails"))
        ),
        Row(f"resident {before}", "", "MiB", Sample([max(later["resident"])]), None, MOST, 250),
    ]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", place]:
            prepare(Path(place))
        case ["measure", place, turn]:
            print(json.dumps(measure(Path(place), int(turn))))
        case _:
            show(rows(quick=False))
