"""Work done in a process of its own, which says on stdout in JSON what it took: `python -m benchmarks.apart WHAT …`.

So nothing that was done before is in its memory, its imports or its figures.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 25, 6, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
YEAR = (NOW.date(), NOW.date().replace(year=NOW.year + 1) - timedelta(days=1))


def apart(what: str, *words: object, given: object = None) -> Any:
    """Do a work of this module in another process; what it says."""
    command = [sys.executable, "-m", "benchmarks.apart", what, *map(str, words)]
    done = subprocess.run(command, input=json.dumps(given), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def peak() -> float:
    """The most memory that this process had resident, MiB."""
    # Not ru_maxrss, which counts what the parent had when it made this process.
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def build(config: str, folder: str) -> dict[str, object]:
    """All feeds from nothing into a folder, then once more: how long each took, and what there is then."""
    from scheduler.config.load import load
    from scheduler.installation import Installation

    installation = Installation.open(load(Path(config), NOW.date()), Path(folder) / "state")
    calendars = Path(folder) / "calendars"
    start = time.perf_counter()
    installation.publish(NOW, calendars)
    middle = time.perf_counter()
    installation.publish(NOW, calendars)
    end = time.perf_counter()
    sizes = [file.stat().st_size for file in calendars.rglob("*.ics")]
    return {"build": middle - start, "again": end - middle, "peak": peak(), "sizes": sizes}


def naive(config: str, count: str) -> dict[str, object]:
    """The feeds of some units as one writes them with icalendar: each event of each feed made and rendered."""
    from scheduler.config.load import load
    from scheduler.deadlines.expand import expand
    from scheduler.deadlines.facts import Facts, facts_of

    configuration = load(Path(config), NOW.date())
    register, settings = configuration.register, configuration.settings
    today = NOW.date()
    found: dict[str, list[Facts]] = {}
    for deadline in expand(register, today - settings.past, today + settings.horizon):
        if deadline.send_by:
            facts = facts_of(deadline, register)
            for unit in deadline.units:
                found.setdefault(unit, []).append(facts)
    units = list(found)[:: max(1, len(found) // int(count))]
    _calendar([found[units[0]][0]], settings.language, settings.timezone)  # imports and first uses
    start = time.perf_counter()
    size = sum(len(_calendar(found[unit], settings.language, settings.timezone)) for unit in islice(units, int(count)))
    return {"seconds": time.perf_counter() - start, "bytes": size}


def _calendar(deadlines: list[Any], language: str, zone: ZoneInfo) -> bytes:
    from icalendar import Calendar, Event, vDuration

    from scheduler.feeds.events import Role, State, description, summary

    calendar = Calendar()
    for key, value in (("VERSION", "2.0"), ("PRODID", "-//naive//"), ("METHOD", "PUBLISH"), ("NAME", "Lịch báo cáo")):
        calendar.add(key, value)
    calendar.add("REFRESH-INTERVAL", vDuration(timedelta(hours=6)), parameters={"VALUE": "DURATION"})
    state = State(Role.REPORTS, 0, NOW)
    link = "http://127.0.0.1:8080/u/" + "a" * 32
    for facts in deadlines:
        event = Event()
        event.add("UID", f"{facts.key}@nhachan.example")
        for key in ("DTSTAMP", "LAST-MODIFIED"):
            event.add(key, NOW.astimezone(ZoneInfo("UTC")))
        event.add("SEQUENCE", 0)
        at = datetime.combine(facts.send_by, facts.at, zone) if facts.at else facts.send_by
        event.add("DTSTART", at)
        event.add("DTEND", at + (timedelta(minutes=30) if facts.at else timedelta(days=1)))
        event.add("SUMMARY", summary(facts, state, language))
        event.add("CATEGORIES", ["báo cáo định kỳ"])
        event.add("STATUS", "CONFIRMED")
        event.add("TRANSP", "TRANSPARENT")
        event.add("DESCRIPTION", "\n".join((*description(facts, language), link)))
        event.add("URL", link)
        calendar.add_component(event)
    rendered: bytes = calendar.to_ical()
    return rendered


def files(folder: str, sizes: list[int]) -> dict[str, object]:
    """Files of these sizes and nothing else: what the disk asks for."""
    Path(folder).mkdir()
    content = memoryview(bytes(max(sizes)))
    start = time.perf_counter()
    for number, size in enumerate(sizes):
        with (Path(folder) / str(number)).open("wb", buffering=0) as out:
            out.write(content[:size])
    return {"seconds": time.perf_counter() - start}


def rules(config: str, file: str) -> dict[str, object]:
    """What `benchmarks/plain.py` is given: the distinct deadlines of a year and what lies around it, without dates."""
    from scheduler.config.load import load
    from scheduler.deadlines.expand import expand
    from scheduler.deadlines.listing import listed

    register = load(Path(config), NOW.date()).register
    groups: dict[tuple[str, ...], int] = {}
    found = []
    around = timedelta(days=60)
    for deadline in expand(register, YEAR[0] - around, YEAR[1] + around):
        if deadline.stated:
            day, exclusive = deadline.stated, deadline.last_day != deadline.stated
            said = {name: value for name, value in listed(deadline).items() if name != "units"}
            group = groups.setdefault(deadline.units, len(groups))
            found.append((day.year, day.month, day.day, exclusive, group, said))
    off = [day.isoformat() for year in range(2025, 2030) for day in register.workdays.year(year).off]
    given = {"rules": found, "units": list(groups), "off": off}
    Path(file).write_text(json.dumps(given, ensure_ascii=False), "utf-8")
    return {"deadlines": len(found)}


def dates(config: str, file: str) -> dict[str, object]:
    """A year's deadlines calculated from a configuration that was read, and plain arithmetic on the same dates."""
    from benchmarks.plain import Days, dates_of
    from scheduler.config.load import load
    from scheduler.deadlines.expand import expand

    register = load(Path(config), NOW.date()).register
    given = json.loads(Path(file).read_text("utf-8"))
    days = Days(frozenset(map(date.fromisoformat, given["off"])))
    expand(register, *YEAR)
    start = time.perf_counter()
    expand(register, *YEAR)
    middle = time.perf_counter()
    dates_of(given["rules"], days)
    return {"ours": middle - start, "plain": time.perf_counter() - middle}


def again(config: str) -> dict[str, object]:
    """A configuration loaded, and loaded again after an edit of one plan."""
    from scheduler.config.load import load

    file = min((Path(config) / "plans").glob("*.yaml"), key=lambda path: (path.stat().st_size, path))
    before = file.read_text("utf-8")
    start = time.process_time()
    first = load(Path(config), NOW.date())
    middle = time.process_time()
    try:
        file.write_text(before.replace("title: ", "title: Sửa đổi, ", 1), "utf-8")
        edited = time.process_time()
        second = load(Path(config), NOW.date())
        end = time.process_time()
    finally:
        file.write_text(before, "utf-8")
    assert first.digest != second.digest, "the edit was not seen"
    return {"first": middle - start, "again": end - edited}


WORKS: dict[str, Callable[..., dict[str, object]]] = {
    "build": build,
    "naive": naive,
    "files": files,
    "rules": rules,
    "dates": dates,
    "again": again,
}


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    given = json.load(sys.stdin)
    print(json.dumps(WORKS[what](*words, *([given] if given else []))))
