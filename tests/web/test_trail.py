"""The audit trail as the office reads it: each line a sentence, with names."""

from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from scheduler.deadlines.plans import Unit
from scheduler.reminders import brake
from scheduler.state import api_keys, logins
from scheduler.state.database import transaction
from scheduler.state.tables import Audit
from scheduler.web.office.trail_words import subject_of
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Q2, Office
from tests.web.test_mails import lines
from tests.web.test_pages import HOSTILE

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 6, 12, 1, 0, tzinfo=UTC)


def write(office: Office, actor: str, action: str, subject: str = "", detail: str = "", at: datetime = NOW) -> None:
    with transaction(office.site.engine) as session:
        session.add(Audit(at=at, actor=actor, action=action, subject=subject, detail=detail))


KNOWN = [
    (
        "y-te",
        "submit",
        f"{Q2}.y-te",
        "12/BC",
        "Sở Y tế",
        "recorded that Sở Y tế has submitted “Báo cáo kết quả – first",
    ),
    ("api:văn thư", "submit", "kh.tong-hop.once.noi-vu", "", "the program văn thư", "has submitted “Tổng hợp”"),
    ("noi-vu", "withdraw", f"{Q2}.y-te", "", "Sở Nội vụ", "withdrew the record that Sở Y tế has submitted “Báo cáo"),
    ("cli", "submit", "gone.x.2020.y-te", "", "the command line", "recorded a submission: gone.x.2020.y-te"),
    ("cli", "withdraw", "gone", "", "the command line", "withdrew a submission: gone"),
    ("noi-vu", "remind", f"{Q2}.y-te", "", "Sở Nội vụ", "reminded Sở Y tế of “Báo cáo kết quả – first six"),
    ("noi-vu", "remind", "gone", "", "Sở Nội vụ", "reminded of a report: gone"),
    ("page", "hold", "", "Đang sửa", "somebody at this machine", "held all sending"),
    ("brake", "hold", "", "600", "nhachan (too many mails at once)", "held all sending"),
    ("clock", "release", "", "", "nhachan (the machine’s clock)", "let sending go on"),
    ("cli", "revoke", "units/y-te", "generation 2", "the command line", "renewed the links of Sở Y tế; the old"),
    ("cli", "revoke", "plans/kh", "generation 1", "the command line", "links of plan “Kế hoạch dân vận”; the old"),
    ("cli", "revoke", "all", "generation 1", "the command line", "renewed the links of All deadlines"),
    ("cli", "revoke", "units/gone", "x", "the command line", "renewed the links of units/gone"),
    ("cli", "new-key", "", "", "the command line", "made a new secret key"),
    ("quantri@example.vn", "login", "", "", "quantri@example.vn", "logged in"),
    ("cli", "login-link", "a@example.vn", "", "the command line", "asked for a link to log in for a@example.vn"),
    ("cli", "logout", "", "", "the command line", "ended the sessions of all administrators"),
    ("cli", "logout", "a@example.vn", "", "the command line", "ended the sessions of a@example.vn"),
    ("cli", "api-key", "văn thư", "", "the command line", "gave the program văn thư a key"),
    ("cli", "api-key-removed", "văn thư", "", "the command line", "took the key of the program văn thư away"),
    ("gone-unit", "of-another-release", "{x}", "{y}", "gone-unit", "of-another-release {x}"),
]


@pytest.mark.parametrize(("actor", "action", "subject", "detail", "who", "what"), KNOWN)
def test_each_line_is_a_sentence(
    office: Office, admin: Browser, actor: str, action: str, subject: str, detail: str, who: str, what: str
) -> None:
    write(office, actor, action, subject, detail, NOW + timedelta(seconds=1))
    line = lines(admin.get("/office/trail").text)[0]
    assert f">{who}<" in line
    assert what in line
    assert "08:00 12 June 2025" in line
    for written, words in (
        ("12/BC", "number of the document: 12/BC"),
        ("Đang sửa", "reason: Đang sửa"),
        ("generation 2", "renewed 2 times so far"),
        ("{y}", "{y}"),
    ):
        assert (words in line) == (detail == written)


def test_every_action_that_is_written_is_known() -> None:
    files = [file.read_text("utf-8") for file in (ROOT / "scheduler").rglob("*.py")]
    words = {action for _, action, *_ in KNOWN}
    found = {
        part.split('action="', 1)[1].split('"')[0]
        for file in files
        for part in file.split("Audit(at")[1:]
        if "act" in part
    }
    assert {"submit", "hold", "login"} <= found
    assert found <= words


def test_what_is_really_written(office: Office, admin: Browser) -> None:
    admin.post(office.page("y-te"), office.form("y-te", reference="7/BC"))
    with transaction(office.site.engine) as session:
        brake.hold(session, "Đang sửa", "cli", NOW)
        api_keys.make(session, "văn thư", NOW, "cli", records=True)
        logins.make_link(session, "b@example.vn", NOW, "cli")
        logins.end_all(session, NOW, "cli", "b@example.vn")
    text = unescape(admin.get("/office/trail").text)
    for words in (
        "7/BC",
        "Đang sửa",
        "gave the program văn thư a key",
        "ended the sessions of b@",
        "Sở Y tế has subm",
    ):
        assert words in text


def test_ids_with_dots_are_told_apart() -> None:
    units = {name: Unit(name, name.upper()) for name in ("a.b", "b", "noi-vu", "ubnd")}
    book = register(duty({"annual": "trước ngày 25/11"}, id="x.y", reporters=("a.b",)), units=units, groups={})
    found = subject_of(book, "kh.x.y.2025.a.b")
    assert found is not None
    assert (found.unit, str(found.report)) == ("A.B", "Báo cáo kết quả – year 2025")
    more_time = subject_of(book, "kh.x.y.2025.1.a.b")
    assert more_time is not None
    assert more_time.unit == "A.B"
    for wrong in ("", ".", "kh", "kh.x.y.2025", "kh.x.y.2025.c", "kh.x.2025.b", "kh.x.y.a.b", "..." * 9):
        assert subject_of(book, wrong) is None


def test_found_by_words_person_and_day(office: Office, admin: Browser) -> None:
    write(office, "y-te", "submit", f"{Q2}.y-te", "12/BC-SYT", NOW - timedelta(days=2))
    write(office, "noi-vu", "withdraw", f"{Q2}.tai-chinh", at=NOW - timedelta(days=1))
    write(office, "cli", "revoke", "units/y-te", "generation 1", NOW + timedelta(days=1))
    write(office, "page", "hold", "", "Sửa địa chỉ", NOW + timedelta(days=1, hours=15, minutes=59))
    for query, count in (
        ("q=so y te", 2),
        ("q=BÁO CÁO kết quả", 2),
        ("q=dan van", 2),
        ("q=12/bc-syt", 1),
        ("q=dia chi", 1),
        ("q=held sending", 1),
        ("q=tai-chinh", 1),
        ("q=nothing", 0),
        ("q=()[.*\0'", 0),
        ("who=so y te", 1),
        ("who=quantri", 1),
        ("who=command", 2),
        ("who=somebody", 1),
        ("from=2025-06-13", 2),
        ("from=2025-06-13&to=2025-06-13", 2),
        ("to=2025-06-10", 1),
        ("from=14/6/2025", 0),
        ("from=nonsense&to=nonsense&page=nonsense", 6),
        ("q=y te&who=cli", 1),
    ):
        html = admin.get(f"/office/trail?{quote(query, '=&')}").text
        assert ("Entries:" in html) == bool(count), query
        assert not count or f"Entries: {count}<" in html, query
        assert ("There is no such entry." in html) == (not count), query


def test_a_word_in_too_many_names(office: Office, admin: Browser) -> None:
    units = UNITS | {f"xa-{n}": Unit(f"xa-{n}", f"UBND xã {n}") for n in range(300)}
    office.take(register(duty({"annual": "trước ngày 25/11"}), units=units))
    write(office, "cli", "submit", "kh.ket-qua.2025.xa-7")
    assert "Write more of the name." in admin.get("/office/trail?q=ubnd+xa").text
    html = admin.get("/office/trail?q=ubnd+xa+7").text
    assert "Write more of the name." not in html
    assert "Entries: 1<" in html


def test_a_page_at_a_time(office: Office, admin: Browser) -> None:
    with transaction(office.site.engine) as session:
        session.add_all(Audit(at=NOW, actor="cli", action="hold", detail=f"lần {n}") for n in range(120))
    first = admin.get("/office/trail?who=cli").text
    assert len(lines(first)) == 50
    assert "lần 119" in lines(first)[0]
    assert 'href="?who=cli&amp;page=2"' in first
    assert "lần 0<" in lines(admin.get("/office/trail?page=3&who=cli").text)[-2]  # the login link came before


def test_nothing_that_was_written_runs(office: Office, admin: Browser) -> None:
    office.take(
        register(duty({"six-month": "trước ngày 20/6"}, title=HOSTILE), units=UNITS | {"y-te": Unit("y-te", HOSTILE)})
    )
    write(office, "y-te", "submit", f"{Q2}.y-te", HOSTILE)
    write(office, f"api:{HOSTILE}", HOSTILE, HOSTILE, HOSTILE)
    write(office, HOSTILE, "revoke", HOSTILE, HOSTILE)
    for path in ("/office/trail", f"/office/trail?q={quote(HOSTILE)}&who={quote(HOSTILE)}&from={quote(HOSTILE)}"):
        html = admin.get(path).text
        assert "<script" not in html
        assert "49 &amp;" not in html
        assert "alert(&#39;x&#39;)" in html


def test_reading_changes_nothing_and_strangers_read_nothing(office: Office, admin: Browser) -> None:
    write(office, "cli", "new-key")
    before = office.rows()
    for path in ("/office/trail", "/office/trail?q=x&who=y&from=2025-01-01"):
        admin.get(path)
        admin.head(path)
        assert office.client().get(path).headers["location"] == "/login"
        assert admin.post(path, {}).status_code == 405
    assert office.rows() == before


def test_in_vietnamese(office: Office, admin: Browser) -> None:
    office.set(language="vi")
    write(office, "y-te", "submit", f"{Q2}.y-te", "12/BC")
    html = unescape(admin.get("/office/trail?q=bao+cao").text)
    assert "ghi nhận Sở Y tế đã nộp “Báo cáo kết quả – 6 tháng đầu năm 2025”" in html
