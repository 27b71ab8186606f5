"""How long pages take, and how large they are, in a large office: `python -m benchmarks.pages [--units N] [--times N]`.

The real daemon on the national model (`benchmarks.country`), or with `--units` on the project's plans and one more, for
which so many units report. Two years are behind it: of the reports of some deadlines nine in ten were submitted, some
late; the other past deadlines count as passed before records began. `--submissions 1000000` fills all of them.
"""

import argparse
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import httpx
import yaml
from sqlmodel import Session, col, insert, update

from benchmarks.country import write_country
from benchmarks.hostile import resident
from benchmarks.measure import MOST, Row, Sample
from scheduler.clock import now
from scheduler.config.load import load
from scheduler.deadlines.plans import Deadline
from scheduler.installation import Installation
from scheduler.state import api_keys
from scheduler.state.tables import Publication, Submission
from tests.daemon.process import Daemon, Office, wait_for

# The true time: a library that gives out another makes everything three times as slow.
NOW = now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
BEGINNING = NOW - timedelta(days=2 * 366)
NO_MAILS = "23:59"  # the hour of mails, that none go out meanwhile
SUBMITTED, LATE = 0.9, 0.07
ROUNDS, FEW = 15, 3
LONG_ENOUGH = 20_000.0  # ms; a page that takes longer is asked for once more only
IDLE = 60.0  # ms of two seconds
PATIENCE = 900.0
MS, KB = 300, 300  # what a page may take
NO_PAGES = ("feed:", "API:", "metrics", "health", "collector: CSV", "collector: XLSX")
OUTSIDE = (("X-Forwarded-For", "192.0.2.7"),)

COUNTRY = ("cao-bang.so-giao-duc", "trung-uong.bo-noi-vu")
ONE_PLAN = ("dong.xa-1", "dong.tong-hop")
PLAN = """\
title: Kế hoạch báo cáo của nhiều đơn vị
number: 15/KH-UBND
years: 2025-
obligations:
  - id: ket-qua
    title: Báo cáo kết quả thực hiện công tác dân vận chính quyền
    from: [dong.cap-xa]
    to: dong.ubnd
    via: dong.tong-hop
    clause: III.1
    due:
      quarter-1: trước ngày 20/3
      six-month: trước ngày 20/6
      nine-month: trước ngày 20/9
      annual: trước ngày 25/12
"""


class Place(NamedTuple):
    """A page, and how it is asked for."""

    name: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()


OFFICE = (
    Place("office: overview", "/office"),
    Place("office: who has reported", "/office/matrix"),
    Place("office: who owes", "/office/matrix?missing=1"),
    Place("office: units", "/office/units"),
    Place("office: calendars", "/office/calendars"),
    Place("office: mails", "/office/mails"),
    Place("office: trail", "/office/trail"),
    Place("office: configuration", "/office/configuration"),
    Place("office: last year", "/office?year=2025"),
    Place("office: deadlines", "/office/deadlines"),
    Place("office: overdue", "/office/deadlines?state=overdue"),
    Place("office: search", "/office/deadlines?q=bao+cao+xa+1"),
    Place("office: which unit", "/office/deadlines?unit=xa"),
    Place("office: login", "/login", OUTSIDE),
)


def one_plan(config: Path, count: int) -> None:
    """A plan more, and so many units that report."""
    units = {f"dong.xa-{n}": {"name": f"UBND xã {n}", "email": f"xa-{n}@dong.example"} for n in range(1, count + 1)}
    group = list(units)
    units |= {"dong.ubnd": {"name": "UBND tỉnh Đông"}, "dong.tong-hop": {"name": "Sở Nội vụ tỉnh Đông"}}
    content = {"units": units, "groups": {"dong.cap-xa": group}}
    (config / "units" / "dong.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    (config / "plans" / "dong.yaml").write_text(PLAN, "utf-8")


def country(office: Office, times: int, part: float) -> None:
    """The national model in place of the project's configuration, served where the office is; no mails go out."""
    shutil.rmtree(office.config)
    write_country(office.config, times, part)
    web = {"host": "127.0.0.1", "port": office.port}
    settle(office, public_url=office.url, web=web, reminders={"at": NO_MAILS})


def settle(office: Office, **values: object) -> None:
    """Other settings."""
    file = office.config / "nhachan.yaml"
    settings = yaml.safe_load(file.read_text("utf-8")) | values
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")


def submissions(deadlines: Sequence[Deadline]) -> Iterator[dict[str, object]]:
    """The submissions of nine units in ten, early, late, recorded by themselves or by their collector."""
    chance = random.Random(7)
    for deadline in deadlines:
        assert deadline.send_by
        assert deadline.last_day
        for unit in deadline.units:
            if chance.random() > SUBMITTED:
                continue
            day = deadline.send_by - timedelta(days=chance.randrange(10))
            if chance.random() < LATE:
                day = min(deadline.last_day + timedelta(days=chance.randint(1, 12)), NOW.date())
            yield {
                "plan": deadline.plan.id,
                "obligation": deadline.obligation.id,
                "period": deadline.period.id,
                "unit": unit,
                "submitted_on": day,
                "reference": f"{chance.randint(1, 999)}/BC-UBND",
                "recorded_at": datetime(day.year, day.month, day.day, 2, tzinfo=UTC),
                "recorded_by": deadline.via if deadline.via and chance.random() < 0.1 else unit,
            }


def fill(installation: Installation, most: int) -> str:
    """Publish, and give about so many submissions to deadlines spread evenly over the two years; what was done."""
    installation.publish(NOW)
    shown = [d for d in installation.shown(NOW) if d.send_by]
    past = [d for d in shown if d.last_day and d.last_day < NOW.date() and d.units]
    reports = sum(len(d.units) for d in past)
    chosen = past[:: max(1, round(reports * SUBMITTED / most))]
    known = [d.key for d in chosen]
    made = list(submissions(chosen))
    with Session(installation.engine) as session:
        for start in range(0, len(known), 500):
            some = col(Publication.key).in_(known[start : start + 500])
            session.execute(update(Publication).where(some).values(first_seen=BEGINNING))
        for start in range(0, len(made), 20_000):
            session.execute(insert(Submission), made[start : start + 20_000])
        session.commit()
    register = installation.configuration.register
    return (
        f"{len(register.units)} units, {len(register.plans)} plans, {len(shown)} deadlines shown, {len(past)} past; "
        f"{len(made)} submissions for {len(chosen)} of these"
    )


def places(installation: Installation, unit: str, collector: str) -> list[Place]:
    """Every page there is. Add new ones here, those of the office's in `OFFICE`."""
    links, url = installation.links, installation.configuration.settings.public_url

    def under(link: str) -> str:
        return link.removeprefix(url)

    own, waiting = under(links.page(f"units/{unit}")), under(links.page(f"units/{collector}"))
    feed, everything = under(links.feed(f"units/{unit}")), under(links.feed("all"))
    coming = [
        d for d in installation.shown(NOW) if collector in (d.via, d.to) and d.send_by and d.send_by >= NOW.date()
    ]
    asked = max(coming, key=lambda d: len(d.units)).key
    with Session(installation.engine) as session:
        key = api_keys.make(session, "do-dac", NOW, "cli", records=False)
        session.commit()
    bearer = (("Authorization", f"Bearer {key}"),)
    return [
        Place("front", "/", OUTSIDE),
        Place("unit", own),
        Place("collector", waiting),
        Place("collector: CSV", f"{waiting}/reports.csv"),
        Place("collector: XLSX", f"{waiting}/reports.xlsx"),
        Place("collector: list", f"{waiting}/reports"),
        Place("collector: one report", f"{waiting}/reports/{asked}"),
        Place("collector: who has reported", f"{waiting}/reports/{asked}?show=received"),
        Place("collector: letter", f"{waiting}/reports/{asked}/letter"),
        Place("unit: list", f"{own}/reports"),
        Place("office: one report", f"/office/reports/{asked}"),
        Place("print: unit", f"{feed.rpartition('/')[0]}/in"),
        Place("print: all", f"{everything.rpartition('/')[0]}/in"),
        *OFFICE,
        Place("feed: unit", feed),
        Place("feed: all", everything),
        Place("API: deadlines", "/api/deadlines", bearer),
        Place("API: submissions", "/api/submissions", bearer),
        Place("API: description", "/api/openapi.json"),
        Place("metrics", "/metrics"),
        Place("health", "/healthz"),
    ]


@contextmanager
def running(office: Office, **more: str) -> Iterator[Daemon]:
    """The daemon, which may take its time to begin; `more` for its environment."""
    with (office.folder / "log").open("ab") as log:
        process = subprocess.Popen(
            office.command("run"), env=office.environment("") | more, stdout=subprocess.PIPE, stderr=log, text=True
        )
    daemon = Daemon(office, process)
    try:
        wait_for(lambda: process.poll() is not None or daemon.answers(), "the daemon to answer", PATIENCE)
        assert process.poll() is None, office.log()
        yield daemon
    finally:
        daemon.stop()


def busy(process: int) -> float:
    """Milliseconds of processor time that a process has used; other work on the machine does not count.

    By the clock that clock_getcpuclockid(3) names: what /proc tells is counted in ticks of ten milliseconds.
    """
    return time.clock_gettime((~process << 3) | 2) * 1000


def wait_until_calm(process: int) -> None:
    """Until a daemon that has begun has nothing left to do."""
    before = -IDLE
    while busy(process) - before >= IDLE:
        before = busy(process)
        time.sleep(2)


def ask(client: httpx.Client, place: Place) -> tuple[float, httpx.Response]:
    """Milliseconds until a page is there, and the page."""
    start = time.perf_counter()
    answer = client.get(place.path, headers=dict(place.headers))
    return (time.perf_counter() - start) * 1000, answer


def line(client: httpx.Client, place: Place, process: int) -> str:
    """A line of the table. The first answer stands apart: what is made once for all is made then."""
    first, answer = ask(client, place)
    before, times = busy(process), [ask(client, place)[0]]
    while len(times) < ROUNDS and sum(times) < LONG_ENOUGH:
        times.append(ask(client, place)[0])
    cpu, median, size = (busy(process) - before) / len(times), statistics.median(times), len(answer.content) / 1000
    much, large = "*" if median > MS else "", "*" if size > KB else ""
    spread = f"{min(times):.1f} to {max(times):.1f}"
    note = "" if answer.status_code == 200 else f"  {answer.status_code}"
    return f"{place.name:20}{median:9.1f}{much:3}{spread:18}{cpu:7.0f}{first:9.0f}{size:11.1f}{large}{note}"


def measure(office: Office, pages: Sequence[Place]) -> None:
    """The table. A `*` stands after what is more than a page may take."""
    started = time.perf_counter()
    with running(office) as daemon, httpx.Client(base_url=office.url, timeout=PATIENCE) as client:
        process = daemon.process.pid
        print(f"start to /healthz {time.perf_counter() - started:.1f} s, resident {resident(process):.0f} MiB\n")
        wait_until_calm(process)
        print(f"{'page':20}{'median ms':>9}   {'spread':18}{'CPU ms':>7}{'first ms':>9}{'KB':>11}")
        for place in pages:
            print(line(client, place, process), flush=True)
        print(f"\nresident afterwards {resident(process):.0f} MiB")


def rows(quick: bool) -> list[Row]:
    """The slowest and the largest page of the national model."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        country(office, 1, 1)
        installation = Installation.open(load(office.config, NOW.date()), office.state)
        fill(installation, 20_000)
        pages = [p for p in places(installation, *COUNTRY) if not p.name.startswith(NO_PAGES)]
        installation.engine.dispose()
        found: list[tuple[Place, list[float], float]] = []
        with running(office) as daemon, httpx.Client(base_url=office.url, timeout=PATIENCE) as client:
            wait_until_calm(daemon.process.pid)
            for place in pages:
                _, answer = ask(client, place)
                times = [ask(client, place)[0] for _ in range(FEW if quick else ROUNDS)]
                found.append((place, times, len(answer.content) / 1000))
    slowest = max(found, key=lambda f: statistics.median(f[1]))
    largest = max(found, key=lambda f: f[2])
    of, slow, large = f"of {len(found)} pages: ", slowest[0].name, largest[0].name
    return [
        Row("the slowest page (n)", "", "ms", Sample(slowest[1]), None, MOST, MS, note=f"{of}“{slow}”"),
        Row("the largest page (n)", "", "KB", Sample([largest[2]]), None, MOST, KB, note=f"{of}“{large}”"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=0, help="the project's plans, and so many units in one more")
    parser.add_argument("--times", type=int, default=1, help="so many countries side by side")
    parser.add_argument("--part", type=float, default=1, help="so much of each country")
    parser.add_argument("--submissions", type=int, default=20_000, help="about so many of them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        if asked.units:
            one_plan(office.config, asked.units)
            settle(office, reminders={"at": NO_MAILS})
        else:
            country(office, asked.times, asked.part)
        installation = Installation.open(load(office.config, NOW.date()), office.state)
        print(fill(installation, asked.submissions))
        pages = places(installation, *(ONE_PLAN if asked.units else COUNTRY))
        installation.engine.dispose()
        measure(office, pages)


if __name__ == "__main__":
    main()
