"""A feed over HTTP, ours beside others': `python -m benchmarks.serving [--quick]`.

The real daemon, nginx, Radicale and Xandikos serve the same 240 events; `wrk` asks them in turn, over 16 connections,
from a core of its own. Then the daemon on the national model, asked as often as 80,000 subscribers do that look every
quarter of an hour, at rest and while all its feeds are made anew.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.feed_servers import Served, bare, daemon, nginx, process, python, radicale, xandikos
from benchmarks.measure import LEAST, MOST, NO_TARGET, Row, turns
from benchmarks.pages import country
from benchmarks.wire import CLIENT, line, on_core
from tests.daemon.process import ROOT, Office, wait_for

CONNECTIONS = 16
WAYS = {"the full body": 1.0, "gzip": 0.45, "304": 0.4}
"""How a feed is asked for, and what part of nginx's pace is wanted."""
RATE = "requests a second"
SUBSCRIBERS, EVERY = 4000 * 20, 15 * 60
POLLS = SUBSCRIBERS // EVERY
PATIENCE = 900.0
REST = 2.0  # seconds: sixteen answers of the slowest


def wrk(served: Served, seconds: float, headers: Mapping[str, str]) -> float:
    """Requests a second; every answer must be a good one."""
    more = [word for name, value in {**served.headers, **headers}.items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "60s", *more, served.url]
    said = subprocess.run(on_core(CLIENT, command), check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    return float(found[1])


def slowly(served: Served, seconds: float) -> float:
    """The same of a server that is still busy with what it was asked when the asking ends, on the core of the next."""
    found = wrk(served, 2 * seconds, {})
    time.sleep(REST)
    return found


def ways(served: Served) -> dict[str, dict[str, str]]:
    """The three ways of asking, each tried: the full body, packed, and whether there is anything new."""
    tag = served.get().headers["etag"]
    assert served.get(Accept_Encoding="gzip").headers["content-encoding"] == "gzip"
    assert served.get(If_None_Match=tag).status_code == 304
    return {"the full body": {}, "gzip": {"Accept-Encoding": "gzip"}, "304": {"If-None-Match": tag}}


def throughput(quick: bool) -> list[Row]:
    """How many requests each serves."""
    seconds, rounds = (1, 2) if quick else (4, 5)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, feed = stack.enter_context(daemon(folder / "ours"))
        peer = stack.enter_context(nginx(folder / "nginx", feed))
        slow = {
            "Radicale": stack.enter_context(radicale(folder / "radicale", feed)),
            "Xandikos": stack.enter_context(xandikos(folder / "xandikos", feed)),
        }
        floor = stack.enter_context(bare(folder / "bare", feed))
        asked = {"ours": (ours, ways(ours)), "nginx": (peer, ways(peer)), "uvicorn": (floor, ways(floor))}
        variants = {
            f"{name} {way}": partial(wrk, served, seconds, headers[way])
            for way in WAYS
            for name, (served, headers) in asked.items()
        }
        variants |= {name: partial(slowly, served, seconds) for name, served in slow.items()}
        found = turns(variants, rounds, 0 if quick else 1)
    note = f"{len(feed) / 1000:.0f} KB, {CONNECTIONS} connections"
    of_nginx = [
        Row(
            f"feed over HTTP, {way}",
            "nginx",
            RATE,
            found[f"ours {way}"],
            found[f"nginx {way}"],
            LEAST,
            target,
            note=note,
        )
        for way, target in WAYS.items()
    ]
    floors = [
        Row(
            f"feed over HTTP, {way}",
            "uvicorn, the barest function",
            RATE,
            found[f"ours {way}"],
            found[f"uvicorn {way}"],
            LEAST,
            NO_TARGET,
        )
        for way in WAYS
    ]
    of_others = [
        Row(
            "feed over HTTP, the full body", name, RATE, found["ours the full body"], found[name], LEAST, 500, note=note
        )
        for name in slow
    ]
    return [*of_nginx, *floors, *of_others]


class Nation:
    """The daemon on the national model, and a commune's feed."""

    def __init__(self, folder: Path, part: float) -> None:
        self.office = Office(folder)
        country(self.office, 1, part)
        self._stop, self._builds = folder / "stop", 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """While it runs; all its feeds are there."""
        units = json.loads(self.office.nhachan("units", "--json").stdout)
        self.feed = next(unit["feed"] for unit in units if unit["id"].split(".")[1].startswith("xa-"))
        health = Served(f"{self.office.url}/healthz")
        with process(self.office.command("run"), health, self.office.folder / "log", **python(self.office)):
            wait_for(lambda: health.get().status_code == 200 and self._builds_told(), "the daemon", PATIENCE)
            yield

    def _builds_told(self) -> int:
        return self.office.log().count("feeds written")

    def _polled(self, seconds: float) -> subprocess.Popen[str]:
        words = [self.feed, str(POLLS), str(seconds), str(self._stop)]
        command = on_core(CLIENT, [sys.executable, "-m", "benchmarks.polling", *words])
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    @staticmethod
    def _p99(polling: subprocess.Popen[str]) -> float:
        said, _ = polling.communicate(timeout=PATIENCE)
        assert polling.returncode == 0
        return statistics.quantiles(map(float, said.split()), n=100)[98]

    def at_rest(self, seconds: float) -> float:
        """The slowest answer but one in a hundred, in milliseconds."""
        return self._p99(self._polled(seconds))

    def while_building(self) -> float:
        """The same while the office has another name, which stands in every feed."""
        before, file = self._builds_told(), self.office.config / "nhachan.yaml"
        self._builds += 1
        name = f"name: Lịch báo cáo cả nước, bản {self._builds}"
        renamed = re.sub("(?m)^name: .*$", name, file.read_text("utf-8"))
        polling = self._polled(PATIENCE)
        file.write_text(renamed, "utf-8")
        wait_for(lambda: self._builds_told() > before, "all feeds to be made anew", PATIENCE)
        self._stop.touch()
        try:
            return self._p99(polling)
        finally:
            self._stop.unlink()


def latency(quick: bool) -> Row:
    """How long feeds keep people waiting while all of them are made anew, against how long at rest."""
    part, seconds, rounds = (0.2, 5, 2) if quick else (1, 20, 3)
    with tempfile.TemporaryDirectory() as folder:
        nation = Nation(Path(folder), part)
        with nation.running():
            found = turns({"rest": lambda: nation.at_rest(seconds), "building": nation.while_building}, rounds, warm=0)
    return Row(
        "p99 of feed requests while all feeds are made anew",
        "p99 at rest",
        "ms",
        found["building"],
        found["rest"],
        MOST,
        5,
        note=f"{POLLS} requests a second: {SUBSCRIBERS} subscribers that look every {EVERY // 60} minutes",
    )


def rows(quick: bool) -> list[Row]:
    """What is measured here."""
    return [*throughput(quick), latency(quick)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, fewer rounds")
    for row in rows(parser.parse_args().quick):
        print(line(row))


if __name__ == "__main__":
    main()
