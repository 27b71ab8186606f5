"""Parsers that are not ours, each giving the same few things of every event of a feed."""

import ctypes
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import icalendar
import vobject

from tests.node import node_modules

HERE = Path(__file__).parent
_ANY, _VEVENT, _CATEGORIES = 0, 4, "CATEGORIES"


@dataclass(frozen=True, order=True)
class Read:
    """An event as a parser gives it. A timed `start` is in UTC."""

    uid: str
    summary: str
    description: str
    start: date | datetime
    end: date | datetime
    sequence: int
    status: str
    url: str
    categories: tuple[str, ...]


def moment(written: str) -> date | datetime:
    """A date or a UTC date-time in either of the forms of ISO 8601."""
    if "T" not in written:
        return date.fromisoformat(written)
    return datetime.fromisoformat(written).astimezone(UTC)


def by_icalendar(files: Sequence[Path]) -> list[list[Read]]:
    """Ours, the library that wrote them."""
    return [sorted(_icalendar(file)) for file in files]


def _icalendar(file: Path) -> Iterator[Read]:
    calendar = icalendar.Calendar.from_ical(file.read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    found: list[Any] = list(calendar.events)
    for event in found:
        yield Read(
            str(event["UID"]),
            str(event["SUMMARY"]),
            str(event["DESCRIPTION"]),
            _utc(event["DTSTART"].dt),
            _utc(event["DTEND"].dt),
            int(event["SEQUENCE"]),
            str(event["STATUS"]),
            str(event["URL"]),
            tuple(str(c) for c in event["CATEGORIES"].cats),
        )


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def by_vobject(files: Sequence[Path]) -> list[list[Read]]:
    """The library of many CalDAV programs."""
    return [sorted(_vobject(vobject.readOne(file.read_bytes().decode()))) for file in files]


def _vobject(calendar: Any) -> Iterator[Read]:
    for event in calendar.contents.get("vevent", ()):
        yield Read(
            event.uid.value,
            event.summary.value,
            event.description.value,
            _utc(event.dtstart.value),
            _utc(event.dtend.value),
            int(event.sequence.value),
            event.status.value,
            event.url.value,
            tuple(event.categories.value),
        )


def by_ical_js(files: Sequence[Path]) -> list[list[Read]]:
    """Thunderbird's."""
    command = ["node", str(HERE / "read.mjs"), str(node_modules()), *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=300)
    return [
        sorted(
            Read(**event | {name: moment(event[name]) for name in ("start", "end")})
            for event in ({**e, "categories": tuple(e["categories"])} for e in events)
        )
        for events in json.loads(done.stdout)
    ]


def by_libical(files: Sequence[Path]) -> list[list[Read]]:
    """Evolution's and KDE's. What it finds against RFC 5545 is an error here.

    Without METHOD: with it libical asks for an ORGANIZER, as of an invitation by mail (RFC 5546, 3.2.1), and with an
    ORGANIZER Outlook takes an event for a meeting.
    """
    return [sorted(_libical(file.read_bytes())) for file in files]


@cache
def _library() -> ctypes.CDLL:
    found = ctypes.CDLL("libical.so.3")
    parts = [f"icalcomponent_get_{which}_{what}" for which in ("first", "next") for what in ("component", "property")]
    pointers = ["icalparser_parse_string", *parts]
    texts = [f"icalproperty_get_{name}" for name in ("property_name", "value_as_string", "categories")]
    texts += [f"icalcomponent_get_{name}" for name in ("uid", "summary", "description")]
    for name in pointers:
        getattr(found, name).restype = ctypes.c_void_p
    for name in texts:
        getattr(found, name).restype = ctypes.c_char_p
    return found


def _libical(content: bytes) -> Iterator[Read]:
    lib = _library()
    calendar = ctypes.c_void_p(lib.icalparser_parse_string(content.replace(b"METHOD:PUBLISH\r\n", b"")))
    assert calendar.value, "it is no calendar"
    assert lib.icalcomponent_count_errors(calendar) == 0
    lib.icalrestriction_check(calendar)
    assert lib.icalcomponent_count_errors(calendar) == 0, "it breaks a rule of RFC 5545"
    pointer = lib.icalcomponent_get_first_component(calendar, _VEVENT)
    while pointer:
        event = ctypes.c_void_p(pointer)
        names = ("uid", "summary", "description")
        text = {name: getattr(lib, f"icalcomponent_get_{name}")(event).decode() for name in names}
        other, categories = _properties(lib, event)
        yield Read(
            **text,
            start=moment(other["DTSTART"]),
            end=moment(other["DTEND"]),
            sequence=int(other["SEQUENCE"]),
            status=other["STATUS"],
            url=other["URL"],
            categories=categories,
        )
        pointer = lib.icalcomponent_get_next_component(calendar, _VEVENT)
    lib.icalcomponent_free(calendar)


def _properties(lib: ctypes.CDLL, event: ctypes.c_void_p) -> tuple[dict[str, str], tuple[str, ...]]:
    found: dict[str, str] = {}
    categories: list[str] = []
    pointer = lib.icalcomponent_get_first_property(event, _ANY)
    while pointer:
        here = ctypes.c_void_p(pointer)
        name = lib.icalproperty_get_property_name(here).decode()
        found[name] = lib.icalproperty_get_value_as_string(here).decode()
        if name == _CATEGORIES:
            categories.append(lib.icalproperty_get_categories(here).decode())
        pointer = lib.icalcomponent_get_next_property(event, _ANY)
    return found, tuple(categories)
