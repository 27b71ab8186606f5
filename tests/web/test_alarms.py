"""Alarms put into finished feeds."""

from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.web.alarms import with_alarms


def feed(start: date, summary: str = "Hạn nộp: Báo cáo", status: str = "CONFIRMED") -> bytes:
    calendar, event = icalendar.Calendar(), icalendar.Event()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//x//x//VI")
    event.add("uid", "a@x")
    event.add("dtstamp", datetime(2025, 1, 1))  # noqa: DTZ001 -- of no account here
    event.add("dtstart", start)
    event.add("summary", summary)
    event.add("status", status)
    event.add("description", "BEGIN:VEVENT\nEND:VEVENT\nSUMMARY:x\nSTATUS:CANCELLED\n")
    calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found


def alarms(content: bytes) -> list[Any]:
    return [part for event in icalendar.Calendar.from_ical(content).walk("VEVENT") for part in event.walk("VALARM")]


@pytest.mark.parametrize(
    ("start", "rings"),
    [
        (date(2025, 6, 19), datetime(2025, 6, 18, 8)),  # noqa: DTZ001 -- floating, as all-day events are
        (date(2025, 6, 16), datetime(2025, 6, 13, 8)),  # noqa: DTZ001 -- a Monday's on Friday
        (date(2025, 6, 15), datetime(2025, 6, 13, 8)),  # noqa: DTZ001 -- a Sunday's too
    ],
)
def test_on_the_morning_of_the_working_day_before(start: date, rings: datetime) -> None:
    (alarm,) = alarms(with_alarms(feed(start)))
    assert datetime(start.year, start.month, start.day) + alarm["TRIGGER"].dt == rings  # noqa: DTZ001
    assert alarm["ACTION"] == "DISPLAY"
    assert alarm["DESCRIPTION"] == "Hạn nộp: Báo cáo"


def test_a_day_before_an_hour() -> None:
    content = feed(date(2025, 6, 19)).replace(b"DTSTART;VALUE=DATE:20250619", b"DTSTART:20250619T080000Z")
    (alarm,) = alarms(with_alarms(content))
    assert alarm["TRIGGER"].dt == timedelta(days=-1)


def test_cancelled_events_are_silent_and_nothing_rings_twice() -> None:
    cancelled = feed(date(2025, 6, 19), status="CANCELLED")
    assert with_alarms(cancelled) == cancelled
    once = with_alarms(feed(date(2025, 6, 19)))
    assert with_alarms(once) == once


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nDTSTART:20251345\r\nSUMMARY:x\r\nEND:VEVENT\r\n",
        b"not a calendar",
    ],
)
def test_what_is_no_event_stays(content: bytes) -> None:
    assert with_alarms(content) == content


def test_a_folded_summary_is_whole() -> None:
    words = "Hạn nộp: Báo cáo kết quả thực hiện công tác dân vận chính quyền của các cơ quan – quý I/2025 " * 3
    (alarm,) = alarms(with_alarms(feed(date(2025, 6, 19), words.strip())))
    assert alarm["DESCRIPTION"] == words.strip()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
def test_any_summary_is_folded_rightly(summary: str) -> None:
    content = with_alarms(feed(date(2025, 6, 19), summary))
    (alarm,) = alarms(content)
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert alarm["DESCRIPTION"] == event["SUMMARY"]
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    content.decode()
