"""The mail ledger as the office reads it: newest first, a page at a time, with reasons, states and errors in words."""

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import select

from scheduler.deadlines.plans import Unit
from scheduler.reminders.brake import hold
from scheduler.reminders.by_hand import ask
from scheduler.state.database import transaction
from scheduler.state.tables import Mail, MailItem
from scheduler.web.office.reasons import reason
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Q1, Q2, Office
from tests.web.test_pages import HOSTILE, Caught
from tests.web.test_pages import Mail as CaughtOne

DAY = date(2025, 6, 12)


def keep(office: Office, *rungs: str, unit: str = "y-te", day: date = DAY, key: str = Q2, **values: Any) -> None:
    """A mail of the ledger, and what it tells."""
    with transaction(office.site.engine) as session:
        number = len(session.exec(select(Mail)).all())
        moment = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        row: dict[str, Any] = {
            "state": "sent",
            "subject": f"Nhắc {number}",
            "sent": moment,
            "attempts": 1,
            "turn": number,
        }
        row |= {"recipients": [f"{unit}@tinh.example"], "created": moment}
        mail = Mail(unit=unit, day=day, message_id=f"<{number}@x>", **(row | values))
        session.add(mail)
        session.flush()
        assert mail.id is not None
        for place, rung in enumerate(rungs):
            due = day + timedelta(days=place + 100 * number)
            session.add(MailItem(mail_id=mail.id, unit=unit, deadline=key, due=due, rung=rung))


def lines(html: str) -> list[str]:
    """The lines of the table."""
    table = html.rpartition('<tbody role="rowgroup">')[2]
    return [unescape(part.split("</tr>")[0]) for part in table.split("<tr ")[1:]]


def test_a_line_says_to_whom_what_why_and_what_became_of_it(office: Office, admin: Browser) -> None:
    keep(office, "-7", "summary+1", copies=["giamdoc@tinh.example"])
    keep(office, "+3", unit="tai-chinh", state="failed", sent=None, error="550 no such user", attempts=3, subject="")
    newest, first = lines(admin.get("/office/mails").text)
    for words in ("Sở Y tế", "y-te@tinh.example", "copy to giamdoc@tinh.example", "Nhắc 0", "was sent"):
        assert words in first
    assert "Thursday, 12 June 2025" in first
    assert "sent at 08:00 12 June 2025" in first
    title = f'<a href="/office/reports/{Q2}">Báo cáo kết quả – first six months of 2025</a>'
    assert f"reminder 7 days before:</span> {title}" in first
    assert f"summary of the units that have not reported:</span> {title}" in first
    assert "Tries" not in first
    for words in ("Sở Tài chính", "was refused", "3 days overdue", "Last error: 550 no such user", "Tries: 3"):
        assert words in newest


@pytest.mark.parametrize(
    ("state", "values", "words"),
    [
        ("due", {"attempts": 0}, "waits to be sent<"),
        ("due", {"attempts": 2, "error": "greylisted"}, "waits to be sent again"),
        ("sending", {}, "is being sent"),
        ("sent", {"error": "refused: a@x: 550; since then: b@x"}, "was sent, but not to everybody"),
        ("stale", {}, "was not sent in time"),
        ("empty", {}, "was not needed any more"),
        ("of-another-release", {}, "of-another-release"),
    ],
)
def test_each_state_in_words(office: Office, admin: Browser, state: str, values: dict[str, Any], words: str) -> None:
    keep(office, "0", state=state, **values)
    [line] = lines(admin.get("/office/mails").text)
    assert words in line
    if "refused" in values.get("error", ""):
        assert "Refused: a@x: 550<" in line
        assert "Last error: b@x<" in line


@pytest.mark.parametrize(
    ("rung", "words"),
    [
        ("-7", "reminder 7 days before"),
        ("-5wd", "reminder 5 working days before"),
        ("0", "reminder on the send-by day"),
        ("+3", "3 days overdue"),
        ("+2wd", "2 working days overdue"),
        ("summary0", "summary of the units that have not reported"),
        ("moved:12", "tells of a changed deadline"),
        ("withdrawn:1", "tells of a withdrawn deadline"),
        ("reinstated:1", "tells of a deadline that is back"),
        ("hand:2025-06-12.1", "reminder that was asked for"),
        ("x{y}", "another reason (x{y})"),
        ("", "another reason ()"),
    ],
)
def test_rungs_in_words(rung: str, words: str) -> None:
    assert str(reason(rung)) == words
    assert reason(rung).render("vi") != words


def test_a_reminder_by_hand_says_who_asked_for_it(office: Office, admin: Browser) -> None:
    now, deadline = office.site.clock(), office.site.index.by_key[Q2]
    with transaction(office.site.engine) as session:
        by: dict[str, Any] = {"now": now, "today": DAY, "domain": "x"}
        ask(session, office.site.register, deadline, ["y-te"], by="noi-vu", **by)
        ask(session, office.site.register, deadline, ["tai-chinh"], by="quantri@example.vn", **by)
    second, first = lines(admin.get("/office/mails").text)
    assert "reminder asked for by Sở Nội vụ:<" in first
    assert "reminder asked for by quantri@example.vn:<" in second
    assert "reminded Sở Y tế of “Báo cáo kết quả" in unescape(admin.get("/office/trail").text)


def test_who_holds_the_sending_and_why(office: Office, admin: Browser) -> None:
    with transaction(office.site.engine) as session:
        hold(session, "620 mails at once", "brake", office.site.clock())
    html = admin.get("/office/mails").text
    assert "Sending is held.</strong> 620 mails at once" in html
    assert "by nhachan (too many mails at once)" in html
    keep(office, "0", state="failed", error="550 no such user")
    office.site.mail = lambda: "the server is away"
    html = admin.get("/office/mails").text
    assert "Sở Y tế (y-te@tinh.example): 550 no such user" in html
    assert "the server is away" in html


def test_found_by_unit_state_words_and_day(office: Office, admin: Browser) -> None:
    keep(office, "-7", subject="[Nhắc hạn] Báo cáo Quý I/2025")
    keep(office, "0", unit="tai-chinh", subject="[Nhắc hạn] Tổng hợp 100% Đợt_2", day=DAY - timedelta(days=1))
    keep(office, "0", unit="da-giai-the", subject="Không có dấu", state="failed")
    for query, found in (
        ("unit=y-te", ["Quý I"]),
        ("unit=so%20tai%20chinh", ["Đợt_2"]),
        ("unit=S%E1%BB%9F", ["Đợt_2", "Quý I"]),
        ("unit=da-giai-the", ["Không có"]),
        ("unit=nothing", []),
        ("state=failed", ["Không có"]),
        ("state=sent", ["Đợt_2", "Quý I"]),
        ("state=nonsense&day=nonsense&page=nonsense", ["Không có", "Đợt_2", "Quý I"]),
        ("q=bao+cao+quy", ["Quý I"]),
        ("q=DOT_2", ["Đợt_2"]),
        ("q=%C4%91%E1%BB%A3t", ["Đợt_2"]),
        ("q=dot%252", []),
        ("q=100%25", ["Đợt_2"]),
        ("q=%5BNh%E1%BA%AFc", ["Đợt_2", "Quý I"]),
        ("q=.*%00%27%22(", []),
        ("day=2025-06-11", ["Đợt_2"]),
        ("day=12/6/2025", ["Không có", "Quý I"]),
        ("unit=y-te&state=failed", []),
    ):
        html = admin.get(f"/office/mails?{query}").text
        rows = lines(html) if found else []
        assert len(rows) == len(found), query
        assert all(words in row for words, row in zip(found, rows, strict=True)), query
        assert ("There is no such mail." in html) == (not found), query


def test_a_page_at_a_time(office: Office, admin: Browser) -> None:
    for _ in range(103):
        keep(office, "0")
    first = admin.get("/office/mails?unit=y-te").text
    assert len(lines(first)) == 50
    assert "Nhắc 102<" in lines(first)[0].replace("\n", "<")
    assert "Mails: 103" in first
    assert 'href="?unit=y-te&amp;page=2"' in first
    last = admin.get("/office/mails?unit=y-te&page=99").text
    assert len(lines(last)) == 3
    assert "Page 3 of 3" in last


def test_a_mail_of_many_reports_names_some(office: Office, admin: Browser) -> None:
    keep(office, *(f"hand{n}" for n in range(60)))
    [line] = lines(admin.get("/office/mails").text)
    assert line.count("Báo cáo kết quả") == 3
    assert "and 57 more" in line


def test_what_a_deadline_was_called_that_no_plan_has_any_more(office: Office, admin: Browser) -> None:
    keep(office, "0", key=Q1)
    keep(office, "0", key="gone.x.2020")
    office.take(register(duty({"annual": "trước ngày 25/11"})))
    newest, first = lines(admin.get("/office/mails").text)
    assert "gone.x.2020" in newest
    assert Q1 in first  # it was published with nothing said of it


def test_the_kept_mails_have_a_page(office: Office, admin: Browser) -> None:
    assert admin.get("/office/mails/kept").status_code == 404
    assert "/mails/kept" not in admin.get("/office/mails").text
    office.site.caught = Caught(*(CaughtOne(f"{n}.M1P1Q1.x", f"Thư {n}") for n in range(60)))
    html = admin.get("/office/mails/kept").text
    assert html.count("/office/mails/kept/") == 50
    assert "/office/mails/kept" in admin.get("/office/mails").text
    one = admin.get("/office/mails/kept/7.M1P1Q1.x").text
    assert 'href="/office/mails/kept"' in one
    office.site.caught = Caught()
    assert "None yet" in admin.get("/office/mails/kept").text


def test_nothing_that_was_written_runs(office: Office, admin: Browser) -> None:
    office.take(register(duty({"six-month": "trước ngày 20/6/2025"}, title=HOSTILE), units=UNITS | _hostile()))
    values: dict[str, Any] = {"subject": HOSTILE, "error": HOSTILE, "recipients": [HOSTILE], "copies": [HOSTILE]}
    keep(office, HOSTILE, "0", **values)
    keep(office, "0", key=HOSTILE, unit=HOSTILE, **values)
    office.site.caught = Caught(CaughtOne("1.M1P1Q1.x"))
    for path in ("/office/mails", f"/office/mails?unit={HOSTILE}&q={HOSTILE}&day={HOSTILE}", "/office/mails/kept"):
        html = admin.get(path).text
        assert "<script" not in html, path
        assert "49 &amp;" not in html, path
        assert "alert(&#39;x&#39;)" in html, path


def _hostile() -> dict[str, Unit]:
    return {"y-te": Unit("y-te", HOSTILE, ("x@tinh.example",))}


def test_reading_changes_nothing_and_strangers_read_nothing(office: Office, admin: Browser) -> None:
    keep(office, "0")
    office.site.caught = Caught(CaughtOne("1.M1P1Q1.x"))
    before = office.rows()
    for path in ("/office/mails", "/office/mails?unit=y-te&q=x&state=sent&day=2025-06-12", "/office/mails/kept"):
        admin.get(path)
        admin.head(path)
        assert office.client().get(path).headers["location"] == "/login"
        assert admin.post(path, {}).status_code == 405
    assert office.rows() == before
