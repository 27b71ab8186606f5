"""The limit of `nhachan check`, `deadlines` and `preview`: a script that knows this one configuration and nothing else.

`python benchmarks/plain.py WHAT CONFIG RULES [FROM TO]` reads the same YAML with PyYAML's C loader; for `deadlines`
and `preview` it then takes the distinct deadlines from a file (as if it had understood the words), does plain date
arithmetic on them, and prints the same JSON. It checks nothing and imports nothing of ours.
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

DAY = timedelta(days=1)
BEFORE, OVERDUE = (30, 14, 7, 3, 1, 0), (1, 3, 7)


def read(config: Path) -> list[Any]:
    """The YAML as PyYAML gives it."""
    return [yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in config.rglob("*.yaml")]


class Days:
    """Working days from a table."""

    def __init__(self, off: frozenset[date]) -> None:
        self._off = off

    def back(self, day: date) -> date:
        while day.weekday() > 4 or day in self._off:
            day -= DAY
        return day

    def on(self, day: date) -> date:
        while day.weekday() > 4 or day in self._off:
            day += DAY
        return day


def dates_of(rules: list[list[Any]], days: Days) -> list[tuple[date, date, date, list[Any]]]:
    """Send-by day, last day and stated date of each rule, sorted."""
    found = []
    for rule in rules:
        stated = date(rule[0], rule[1], rule[2])
        last = stated - DAY if rule[3] else stated
        found.append((days.back(last), last, stated, rule))
    found.sort(key=lambda f: f[0])
    return found


def deadlines(found: list[tuple[date, date, date, list[Any]]], units: list[list[str]], start: date, end: date) -> None:
    """The listing as JSON."""
    for send_by, last, stated, rule in found:
        if start <= send_by <= end:
            moments = {"stated": stated.isoformat(), "last_day": last.isoformat(), "send_by": send_by.isoformat()}
            print(json.dumps(rule[5] | moments | {"units": units[rule[4]]}, ensure_ascii=False))


def preview(
    found: list[tuple[date, date, date, list[Any]]], units: list[list[str]], start: date, end: date, days: Days
) -> None:
    """One mail a unit a day with the rungs of that day, as JSON."""
    mails: dict[date, dict[str, list[dict[str, str]]]] = {}
    for send_by, last, _, rule in found:
        key = {name: rule[5][name] for name in ("plan", "obligation", "period")}
        rungs = {days.back(send_by - n * DAY): f"-{n}" for n in BEFORE}
        rungs |= {days.on(last + n * DAY): f"+{n}" for n in OVERDUE}
        for day, name in rungs.items():
            if start <= day <= end:
                item, of_day = {**key, "rung": name}, mails.setdefault(day, {})
                for unit in units[rule[4]]:
                    of_day.setdefault(unit, []).append(item)
    for day in sorted(mails):
        for unit, items in mails[day].items():
            at, to = f"{day}T08:00:00+07:00", [f"{unit}@example"]
            print(json.dumps({"at": at, "unit": unit, "to": to, "cc": [], "items": items}, ensure_ascii=False))


def main(what: str, config: str, rules: str = "", start: str = "", end: str = "") -> None:
    read(Path(config))
    if what == "check":
        return
    given = json.loads(Path(rules).read_text("utf-8"))
    days = Days(frozenset(map(date.fromisoformat, given["off"])))
    found = dates_of(given["rules"], days)
    window = date.fromisoformat(start), date.fromisoformat(end)
    if what == "deadlines":
        deadlines(found, given["units"], *window)
    else:
        preview(found, given["units"], *window, days)


if __name__ == "__main__":
    main(*sys.argv[1:])
