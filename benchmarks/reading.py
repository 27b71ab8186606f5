"""What reading costs: `check`, `deadlines`, `preview`; the daemon's start, and the daemon at rest.

`python -m benchmarks.reading [--quick]`. n is the national model of `benchmarks.country`.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from compileall import compile_dir
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.apart import ROOT, YEAR, apart
from benchmarks.country import write_country
from benchmarks.hostile import resident
from benchmarks.measure import MOST, NO_TARGET, Row, Sample, seconds, show, turns
from benchmarks.pages import busy, country, wait_until_calm
from tests.daemon.process import Office

ROUNDS, TEN = 5, 10
COMMANDS = ("check", "deadlines", "preview")
LIBRARIES = (
    "apscheduler.schedulers.background, icalendar, sqlmodel, yagmail, starlette.applications, uvicorn, uvloop, "
    "httptools, yaml, pydantic, dateutil.rrule, jinja2, click, aiosmtpd.controller"
)
PATIENCE = 300.0
MINUTE, WATCHED, SHORT = 60.0, 180.0, 5.0  # seconds


@dataclass
class Commands:
    """Our commands on a configuration, and the plain script on the same files."""

    config: Path
    rules: Path
    window: tuple[str, str]

    @classmethod
    def on(cls, config: Path, days: tuple[str, str]) -> "Commands":
        """With what the plain script is given."""
        rules = config.with_suffix(".json")
        apart("rules", config, rules)
        return cls(config, rules, days)

    def ours(self, what: str) -> float:
        """Seconds of a command of ours."""
        words = [] if what == "check" else ["--from", self.window[0], "--to", self.window[1], "--json"]
        return run([sys.executable, "-m", "scheduler", "--config", self.config, what, *words])

    def plain(self, what: str) -> float:
        """Seconds of the plain script."""
        words = [] if what == "check" else [self.rules, *self.window]
        return run([sys.executable, ROOT / "benchmarks" / "plain.py", what, self.config, *words])

    def remind(self) -> float:
        """Seconds of `remind`, which is given a line for each date of a year and more, and lists twelve months."""
        file = self.config.with_suffix(".rem")
        if not file.exists():
            rules = json.loads(self.rules.read_text("utf-8"))["rules"]
            lines = (f"REM {date(*rule[:3]):%d %b %Y} MSG {rule[5]['title']}\n" for rule in rules)
            file.write_text("".join(lines), "utf-8")
        return run(["remind", "-s12", file, self.window[0]])


def run(command: list[object]) -> float:
    """Seconds of a process, which must be content; what it prints goes nowhere."""
    words = list(map(str, command))
    return seconds(
        lambda: subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    )


def reading(folder: Path, quick: bool) -> list[Row]:
    """`check`, `deadlines` and `preview`, each a process, beside a process that does the least that must be done."""
    compile_dir(ROOT / "scheduler", quiet=1)  # as pip leaves what it installs, whatever the environment says
    write_country(folder / "n")
    year = (str(YEAR[0]), str(YEAR[1]))
    n = Commands.on(folder / "n", (year[0], f"{YEAR[0].replace(month=12)}") if quick else year)
    variants: dict[str, Callable[[], float]] = {f"ours {what}": partial(n.ours, what) for what in COMMANDS}
    variants |= {f"plain {what}": partial(n.plain, what) for what in COMMANDS}
    variants = {name: variants[name] for name in sorted(variants, key=lambda name: name.split()[1])}  # side by side
    variants["remind"] = n.remind
    rounds, warm = (2, 0) if quick else (ROUNDS, 1)
    found = turns(variants, rounds, warm)
    calculated = [apart("dates", n.config, n.rules) for _ in range(rounds)]
    ours, plain = (Sample([float(one[name]) for one in calculated]) for name in ("ours", "plain"))
    loaded = [apart("again", n.config) for _ in range(rounds)]
    first, edited = (Sample([float(one[name]) for one in loaded]) for name in ("first", "again"))
    span = "a month" if quick else "a year"
    what, reminded = f"`nhachan deadlines` for {span} (n)", "`remind -s12`, which is given the dates of a year"
    least = "reading the YAML, plain date arithmetic, the same JSON"
    rows = [
        Row("`nhachan check` (n)", "PyYAML's C loader", "s", found["ours check"], found["plain check"], MOST, 3),
        *(
            Row(f"`nhachan {what}` for {span} (n)", least, "s", found[f"ours {what}"], found[f"plain {what}"], MOST, 5)
            for what in COMMANDS[1:]
        ),
        Row(
            *("a year's deadlines, nothing read or printed (n)", "plain date arithmetic", "s", ours, plain, MOST, 5),
            note=_FROM_RULES,
        ),
        Row(what, reminded, "s", found["ours deadlines"], found["remind"], MOST, NO_TARGET),
        Row("reading again after an edit of one plan (n)", "reading all", "s", edited, first, MOST, 0.25),
    ]
    if quick:
        return rows
    write_country(folder / "ten", TEN)
    ten = Commands.on(folder / "ten", year)
    return [
        *(
            replace(row, growth={1: row.ours.median, TEN: ten.ours(what)})
            for row, what in zip(rows, COMMANDS, strict=False)
        ),
        *rows[3:],
    ]


_FROM_RULES = (
    "the limit is given each deadline with the date that its words name; ours are rules, applied to each period near "
    "the year, with who reports on the day"
)


class Starting:
    """A daemon that begins again and again on feeds that are there already."""

    def __init__(self, office: Office) -> None:
        self._office = office

    @contextmanager
    def daemon(self) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
        """The process, and seconds from its start to a good /healthz."""
        start = time.perf_counter()
        process = subprocess.Popen(
            self._office.command("run"),
            env=self._office.environment(""),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not healthy(self._office.port):
                assert process.poll() is None, "the daemon ended"
                assert time.perf_counter() - start < PATIENCE, "waited in vain for the daemon"
                time.sleep(0.005)
            yield process, time.perf_counter() - start
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    def start(self) -> float:
        """Seconds to be ready."""
        with self.daemon() as (_, took):
            return took

    def at_rest(self, watched: float) -> tuple[float, float, float]:
        """Resident MiB, percent of a core, wake-ups a minute, once there is nothing left to do."""
        with self.daemon() as (process, _):
            wait_until_calm(process.pid)
            memory, cpu, woken = resident(process.pid), busy(process.pid), wakeups(process.pid)
            time.sleep(watched)
            percent = (busy(process.pid) - cpu) / 10 / watched
            return max(memory, resident(process.pid)), percent, (wakeups(process.pid) - woken) * MINUTE / watched


def healthy(port: int) -> bool:
    """Whether /healthz says so."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def wakeups(process: int) -> int:
    """How often all threads have given up the processor to wait for something."""
    tasks = Path(f"/proc/{process}/task").glob("*/status")
    lines = (line for task in tasks for line in task.read_text("utf-8").splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def daemons(folder: Path, quick: bool) -> list[Row]:
    """Start and rest, on the project's plans and on the national model."""
    small, large = folder / "five", folder / "large"
    for place in (small, large):
        place.mkdir()
    five, n = Office(small), Office(large)
    country(n, 1, 1)
    for office in (five, n):
        made = office.nhachan("build")
        assert made.returncode == 0, made.stderr
    few, many = Starting(five), Starting(n)
    imports = [sys.executable, "-c", f"import {LIBRARIES}"]
    variants = {"imports": lambda: run(list(imports)), "five": few.start, "n": many.start}
    found = turns(variants, *((2, 0) if quick else (ROUNDS, 1)))
    watched = SHORT if quick else WATCHED
    rest, large_rest = few.at_rest(watched), many.at_rest(watched)
    libraries = "importing the libraries"
    again = "the feeds are there from before"

    def at_rest(what: str, unit: str, value: float, target: float, note: str = "") -> Row:
        return Row(f"daemon at rest: {what}", "", unit, Sample([value]), None, MOST, target, note=note)

    return [
        Row("start to ready (five plans)", libraries, "s", found["five"], found["imports"], MOST, 2, note=again),
        Row("start to ready (n)", libraries, "s", found["n"], found["imports"], MOST, 4, note=again),
        at_rest("resident (five plans)", "MiB", rest[0], 90),
        at_rest("resident (n)", "MiB", large_rest[0], 250),
        at_rest("share of a core (five plans)", "%", rest[1], 0.1),
        at_rest("share of a core (n)", "%", large_rest[1], 0.1),
        at_rest("wake-ups a minute, all threads (five plans)", "", rest[2], 10, _WAKING),
    ]


_WAKING = "voluntary context switches; once a minute the pulse, the mails, the ledger on the disk, a look at the files"


def rows(quick: bool) -> list[Row]:
    """The rows about reading, starting and resting."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*reading(folder, quick), *daemons(folder, quick)]


if __name__ == "__main__":
    show(rows("--quick" in sys.argv[1:]))
