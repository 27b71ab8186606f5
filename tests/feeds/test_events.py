"""Events and feeds: what RFC 5545 and 7986 ask, what clients need, the same bytes from the same state."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.prop import vText

from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import Facts, facts_of
from scheduler.feeds.events import Role, State, Style, _folded, attachment, feed, render_event, summary
from tests.builders import day, duty, register

STYLE = Style("vi", ZoneInfo("Asia/Ho_Chi_Minh"), "nhachan.example")
ENGLISH = replace(STYLE, language="en")
MOMENT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
STATE = State(Role.REPORTS, 0, MOMENT)
LINK = "http://127.0.0.1:8080/u/abcdefghijklmnopqrstuvwxyz234567"
BOOK = register(
    duty(
        {"quarter-1": "trước ngày 20/3/2025"},
        note="Gửi kèm bản mềm; qua trục liên thông, không gửi giấy.",
        form="https://mau.example/a.docx",
    )
)
FACTS = facts_of(expand(BOOK, day("01/01"), day("31/12"))[0], BOOK)


def name_of(calendar: Any, key: str) -> str:
    # icalendar hands back properties that it does not know as they stand in the file.
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], str(calendar[key]))


def parsed(content: bytes) -> Any:
    return Calendar.from_ical(content)


def test_what_an_event_says() -> None:
    [event] = parsed(feed("Lịch", "Mô tả", [render_event(FACTS, STATE, STYLE)], LINK, "Asia/Ho_Chi_Minh")).events
    assert event["UID"] == "kh.ket-qua.2025-Q1@nhachan.example"
    assert date(2025, 3, 19) == event.DTSTART
    assert date(2025, 3, 20) == event.DTEND
    assert event["SUMMARY"] == "Hạn nộp: Báo cáo kết quả – quý I/2025 (trước 20/3)"
    assert (event["TRANSP"], event["STATUS"], event["SEQUENCE"]) == ("TRANSPARENT", "CONFIRMED", 0)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == MOMENT
    assert event["URL"] == LINK
    lines = event["DESCRIPTION"].split("\n")
    assert lines[-1] == LINK
    for line in (
        "Nguyên văn trong kế hoạch: “trước ngày 20/3/2025”",
        "Ngày ghi trong văn bản: thứ Năm, 20/3/2025",
        "Ngày cuối cùng còn đúng hạn: thứ Tư, 19/3/2025",
        "Nên gửi chậm nhất (ngày làm việc): thứ Tư, 19/3/2025",
        "Đơn vị báo cáo: Sở Y tế; Sở Tài chính",
        "Nơi nhận: UBND tỉnh (qua Sở Nội vụ)",
        "Kế hoạch: Kế hoạch dân vận – 12/KH-UBND",
        "Mục: III.1",
    ):
        assert line in lines


def test_the_frame_of_a_feed() -> None:
    content = feed("Lịch, báo cáo; dân vận", "Mô tả", [render_event(FACTS, STATE, STYLE)], LINK, "Asia/Ho_Chi_Minh")
    text = content.decode()
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    for line in (
        "METHOD:PUBLISH",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "CALSCALE:GREGORIAN",
    ):
        assert f"\r\n{line}\r\n" in text
    calendar = parsed(content)
    assert name_of(calendar, "NAME") == name_of(calendar, "X-WR-CALNAME") == "Lịch, báo cáo; dân vận"
    assert "VALARM" not in text
    assert "VTODO" not in text
    assert not text.startswith("\ufeff")


def test_lines_are_folded_by_octets_and_end_with_crlf() -> None:
    far = replace(FACTS, title="Báo cáo " + "kết quả thực hiện " * 30)
    long_link = "https://" + "a" * 60 + ".example/u/" + "b" * 120
    content = feed("Tên " * 40, "", [render_event(far, STATE, STYLE)] * 2, long_link, "Asia/Ho_Chi_Minh")
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    for line in lines:
        line.decode()  # never inside a character
    assert {e["URL"] for e in parsed(content).events} == {long_link}
    assert all(e["DESCRIPTION"].endswith("\n" + long_link) for e in parsed(content).events)


def test_an_hour_makes_a_timed_event_in_utc() -> None:
    facts = replace(FACTS, send_by=date(2026, 6, 12), stated=date(2026, 6, 12), at=time(16), hour=time(16), op="before")
    [event] = parsed(attachment([render_event(facts, STATE, STYLE)], LINK)).events
    assert event["DTSTART"].to_ical() == b"20260612T090000Z"
    assert event.DTEND > event.DTSTART
    assert "trước 16:00 12/6" in event["SUMMARY"]


def test_an_attachment_has_no_name_for_outlook_to_make_a_calendar_of() -> None:
    content = attachment([render_event(FACTS, STATE, STYLE)], LINK)
    assert b"X-WR-" not in content
    assert b"\r\nNAME" not in content
    assert b"METHOD:PUBLISH" in content


def test_roles_and_states_in_the_summary() -> None:
    said = {
        (role, cancelled, submitted): summary(FACTS, State(role, 0, MOMENT, cancelled, submitted), "vi")
        for role, cancelled, submitted in [
            (Role.COLLECTS, False, False),
            (Role.RECEIVES, False, False),
            (Role.REPORTS, True, False),
            (Role.REPORTS, False, True),
        ]
    }
    rest = "Báo cáo kết quả – quý I/2025 (trước 20/3)"
    assert summary(FACTS, State(Role.REPORTS, 0, MOMENT, overdue=True), "vi") == f"[QUÁ HẠN] Hạn nộp: {rest}"
    assert list(said.values()) == [
        f"Hạn tổng hợp: {rest}",
        f"Hạn nhận: {rest}",
        f"[ĐÃ BÃI BỎ] Hạn nộp: {rest}",
        f"[ĐÃ NỘP] Hạn nộp: {rest}",
    ]
    assert summary(FACTS, STATE, "en") == "Report due: Báo cáo kết quả – quarter I/2025 (before 20 March)"


def test_a_short_name_stands_where_there_is_little_room_and_the_title_below_it() -> None:
    facts = replace(FACTS, short="Báo cáo dân vận")
    [event] = parsed(feed("Lịch", "", [render_event(facts, STATE, STYLE)], LINK, "Asia/Ho_Chi_Minh")).events
    assert event["SUMMARY"] == "Hạn nộp: Báo cáo dân vận – quý I/2025 (trước 20/3)"
    assert event["DESCRIPTION"].startswith("Báo cáo kết quả – quý I/2025\nNguyên văn trong kế hoạch")


def test_an_undated_duty_is_no_event() -> None:
    with pytest.raises(ValueError, match="no date"):
        render_event(replace(FACTS, send_by=None), STATE, STYLE)


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["vi", "en"]))
def test_any_text_comes_back_the_same(title: str, spoken: str, note: str, language: str) -> None:
    facts = replace(FACTS, title=title, spoken=spoken, note=note, clause=note)
    content = feed(
        title, note, [render_event(facts, STATE, replace(STYLE, language=language))], LINK, "Asia/Ho_Chi_Minh"
    )
    [event] = parsed(content).events
    assert title in event["SUMMARY"]
    assert f"“{spoken}”" in event["DESCRIPTION"]
    assert event["DESCRIPTION"].split("\n")[-1] == LINK
    assert name_of(parsed(content), "NAME") == title


@given(
    st.builds(replace, st.just(FACTS), reason=TEXTS, at=st.none() | st.just(time(16, 30)), provisional=st.booleans())
)
def test_facts_come_back_from_json(facts: Facts) -> None:
    assert Facts.from_json(facts.to_json()) == facts


@given(st.text(st.sampled_from("ab\\^ếổ€😀é, ;"), max_size=400))
def test_lines_are_folded_as_icalendar_folds_them(line: str) -> None:
    event = Event()
    event.add("SUMMARY", vText(line))
    whole = event.content_line("SUMMARY", event["SUMMARY"])
    assert _folded(whole) == whole.to_ical()
