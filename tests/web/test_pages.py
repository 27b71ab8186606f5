"""The pages as people see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from scheduler.config.problems import Problem
from scheduler.deadlines.plans import Unit
from scheduler.reminders.digest import Report
from scheduler.state.database import transaction
from scheduler.state.tables import Publication
from scheduler.translation import text
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import PUBLIC, Q1, Q2, Office

HOSTILE = "<script>alert('x')</script>{{ 7*7 }} & \"quoted\" {name}"
WORKING = "<script>", "onerror=", "javascript:"


@dataclass(frozen=True)
class Mail:
    key: str
    subject: str = HOSTILE
    to: str = "<noivu@tinh.example>"
    date: datetime = datetime(2025, 6, 12, 1, 0, tzinfo=UTC)
    text: str = HOSTILE
    html: str = "<p style='color:red'>Kính gửi</p><script>alert(1)</script>"
    attachments: Sequence[str] = ("su-kien.ics",)


class Caught:
    def __init__(self, *mails: Mail) -> None:
        self.mails = mails

    def list(self, limit: int) -> Sequence[Mail]:
        return self.mails[:limit]

    def read(self, key: str) -> Mail | None:
        return next((mail for mail in self.mails if mail.key == key), None)


ENDS = ("", "?show=received", "/letter")


def every_page(office: Office) -> list[str]:
    units = [office.page(unit) for unit in office.site.register.units]
    mails = [f"/office/mails/kept/1.M1P1Q1.x{end}" for end in ("", "/html")] if office.site.caught else []
    reports = [f"/reports/{key}{end}" for key in (Q1, Q2) for end in ENDS]
    below = [f"{place}{report}" for place in (*units, "/office") for report in reports]
    below += [f"{unit}/reports" for unit in units]
    below += [f"/office/{name}" for name in ("matrix", "units", "calendars")]
    asked = f"/office/deadlines?{urlencode(dict.fromkeys(('q', 'unit', 'plan', 'state', 'day', 'year'), HOSTILE))}"
    below += ["/office/deadlines", asked]
    nowhere = ["/u/nothing", "/office/nothing", "/nothing"]
    return ["/", "/office", *units, *below, *mails, "/login", f"/login/{'a' * 32}", *nowhere]


def test_a_unit_sees_what_it_must_report_in_order(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025", "11/6")
    html = client.get(office.page("y-te")).text
    places = [html.index(f'id="{key}"') for key in (Q1, Q2, "kh.ket-qua.2025")]
    assert places == sorted(places)
    overdue, due, done = (html[place:].split("</article>")[0] for place in places)
    assert "85 days overdue" in overdue
    assert "in 7 days" in due
    assert "submitted on Wednesday, 11 June 2025" in done
    for words in (
        "Thursday, 19 June 2025",  # send by, and the last day
        "Friday, 20 June 2025",  # in the document
        "trước ngày 20/6/2025",
        "12/KH-UBND",
        "III.1",
        "UBND tỉnh",
        "Sở Nội vụ",
        "noivu@tinh.example",
    ):
        assert words in due
    assert office.site.links.feed("units/y-te") in html
    assert "webcal://lich.example.vn/feeds/" in html
    assert "tc@tinh.example" not in html


def test_today_and_the_stated_day_are_told_apart(office: Office, client: Browser) -> None:
    office.site.clock = lambda: datetime(2025, 6, 19, 1, 0, tzinfo=UTC)
    assert "to be sent today" in client.get(office.page("y-te")).text
    office.site.clock = lambda: datetime(2025, 6, 19, 17, 30, tzinfo=UTC)  # it is the 20th at the office
    assert "today is the date in the document" in client.get(office.page("y-te")).text
    office.site.clock = lambda: datetime(2025, 6, 21, 1, 0, tzinfo=UTC)
    assert "2 days overdue" in client.get(office.page("y-te")).text


def test_what_had_passed_before_anybody_looked_is_not_held_against_anyone(office: Office, admin: Browser) -> None:
    with transaction(office.site.engine) as session:
        for row in session.exec(select(Publication)):
            row.first_seen = datetime(2025, 6, 1, tzinfo=UTC)
            session.add(row)
    html = admin.get(f"{office.page('y-te')}/reports").text
    assert "passed before records began" in html
    assert "overdue" not in html
    assert "overdue" not in admin.get(office.page("y-te")).text.split('id="mails"')[0]
    assert "No report is overdue." in admin.get("/office").text


def test_a_collector_sees_who_is_missing(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    html = client.get(office.page("noi-vu")).text
    card = html.split(f'id="{Q1}"')[1].split("</article>")[0]
    assert "1/2" in card
    assert "Still missing: 1" in card
    assert "tc@tinh.example" in card
    assert 'name="unit" value="tai-chinh"' in card
    assert 'name="unit" value="y-te"' not in card
    assert "Tổng hợp" in html  # its own duty, without a date
    receiver = client.get(office.page("ubnd")).text
    assert 'name="unit"' not in receiver


def test_who_collects_without_being_in_between_reads_only(office: Office, client: Browser) -> None:
    book = register(
        duty({"six-month": "trước ngày 20/6/2025"}),
        duty(
            {"six-month": "trước ngày 25/6/2025"}, id="gop", reporters=("ubnd",), to="ubnd", via="", collects="ket-qua"
        ),
    )
    office.take(book)
    html = client.get(office.page("ubnd")).text
    card = html.split(f'id="{Q2}"')[1].split("</article>")[0]
    assert "0/2" in card
    assert "<button name" not in card.replace(' class="quiet"', "")


def test_the_office_sees_everything(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-Q1", "25/3")
    office.site.problems = (Problem("plans/kh.yaml", 12, 7, text("unknown key"), text("leave it out")),)
    warning = replace(office.site.problems[0], file="workdays", severity="warning")
    office.site.configuration = replace(office.site.configuration, warnings=(warning,))
    html = admin.get("/office").text
    assert "plans/kh.yaml:12:7: unknown key — leave it out" in html
    assert "Warnings of the configuration: 1" in html
    assert html.index("Overdue") < html.index("The coming two weeks") < html.index("The deadlines of 2025")
    assert "late: 1" in html


def test_the_front_holds_no_secret(office: Office, client: Browser) -> None:
    html = client.get("/").text
    links = office.site.links
    for name in ("all", "office", "plans/kh", *(f"units/{unit}" for unit in UNITS)):
        for kind in ("feed", "page"):
            assert links.token(kind, name) not in html
    assert "@" not in html
    assert "Sở Y tế" not in html


def test_at_this_machine_the_front_is_the_office_s_page(office: Office) -> None:
    office.set(public_url="http://127.0.0.1:8080")
    there = office.client(near=True, base="http://localhost:8080")
    assert there.get("/").headers["location"] == "/office"
    assert "The coming two weeks" in there.get("/office").text
    for other in (there, office.client(base="http://127.0.0.1:8080")):
        proxies = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto", "CF-Connecting-IP")
        for headers in ({name: "127.0.0.1"} for name in proxies):
            assert other.get("/", headers).status_code == 200
            assert other.get("/office", headers).headers["location"] == "/login"
    office.set(public_url=PUBLIC)
    assert there.get("/").status_code == 200
    assert there.get("/office").headers["location"] == "/login"


def test_links_that_lead_nowhere(office: Office, client: Browser) -> None:
    links = office.site.links
    assert client.get("/u/nothing").status_code == 404
    assert client.get(f"/u/{links.token('feed', 'units/y-te')}").status_code == 404
    assert client.get(f"/u/{links.token('page', 'all')}").status_code == 404
    unit = office.page("y-te")
    office.revoke("units/y-te")
    assert client.get(unit).status_code == 410
    assert "revoked" in client.get(unit).text


def test_reading_changes_nothing(office: Office, client: Browser, admin: Browser) -> None:
    office.site.caught = Caught(Mail("1.M1P1Q1.x"))
    office.submit("y-te", "2025-Q1", "19/3")
    before = office.rows()
    for path in (
        *every_page(office),
        "/healthz",
        "/metrics",
        "/robots.txt",
        office.feed("all"),
        office.feed("units/y-te"),
    ):
        for url in (path, f"{path}?action=submit&deadline={Q2}&unit=y-te&csrf={office.form('y-te')['csrf']}"):
            for browser in (client, admin):
                browser.get(url)
                browser.head(url)
    assert office.rows() == before


def test_nothing_that_was_written_runs(office: Office, admin: Browser) -> None:
    units = UNITS | {"y-te": Unit("y-te", HOSTILE, ('"><script>@x.example',)), "noi-vu": Unit("noi-vu", HOSTILE)}
    book = register(
        duty(
            {"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025"},
            title=HOSTILE,
            note=HOSTILE,
            clause=HOSTILE,
            form="javascript:alert(1)",
        ),
        units=units,
    )
    plan = replace(book.plans["kh"], title=HOSTILE, number=HOSTILE)
    office.take(replace(book, plans={"kh": plan}))
    office.set(name=HOSTILE, feeds_public=True)
    office.site.caught = Caught(Mail("1.M1P1Q1.x"))
    office.site.problems = (Problem(HOSTILE, 1, 1, text("{x}", x=HOSTILE), text("{x}", x=HOSTILE)),)
    office.site.health = lambda: HOSTILE
    admin.post(office.page("y-te"), office.form("y-te", reference=HOSTILE))
    assert office.standing()[Report("kh", "ket-qua", "2025-6M", "y-te")].reference
    for path in every_page(office):
        if path.endswith("/html"):
            continue
        html = (office.client() if path == "/login" else admin).get(path).text
        assert "<script" not in html.replace('<script src="/static/', ""), path
        assert 'href="javascript' not in html, path
        assert "49 &amp;" not in html, path
        assert "alert(&#39;x&#39;)" in html


def test_caught_mails_are_shown_to_the_office_alone(office: Office, admin: Browser) -> None:
    mail = Mail("1750000000.M1P1Q1.host,x")
    assert "kept here" not in admin.get("/office").text
    office.site.caught = Caught(mail)
    for path in every_page(office)[:-6]:
        assert "Nothing leaves this machine" in admin.get(path).text
    path = "/office/mails/kept/1750000000.M1P1Q1.host%2Cx"
    shown = admin.get(path)
    assert shown.status_code == 200
    assert "su-kien.ics" in shown.text
    assert '<iframe sandbox src="' in shown.text
    frame = admin.get(f"{path}/html")
    assert frame.text == mail.html
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"
    assert "allow-scripts" not in policy
    for wrong in ("/mails/kept/x", f"{office.page('y-te')}/mails/kept/x", "/office/mails/kept/x"):
        assert admin.get(wrong).status_code == 404
    assert office.client().get(path).headers["location"] == "/login"
    office.set(public_url="http://127.0.0.1:8080")
    near = office.client(near=True, base="http://127.0.0.1:8080")
    assert near.get(path).status_code == 200


def test_a_configuration_half_swapped_breaks_no_page(office: Office, admin: Browser) -> None:
    fewer = {name: unit for name, unit in UNITS.items() if name != "tai-chinh"}
    book = register(duty({"six-month": "trước ngày 20/6/2025"}), units=fewer, groups={"so": ("y-te",)})
    office.site.configuration = replace(office.site.configuration, register=book)
    for unit in fewer:
        assert admin.get(office.page(unit)).status_code == 200
    assert admin.get("/office").status_code == 200
    assert admin.get(office.page("tai-chinh")).status_code == 404


def test_a_unit_that_has_ended_says_who_follows(office: Office, client: Browser) -> None:
    units = UNITS | {"y-te": replace(UNITS["y-te"], until=date(2025, 5, 31), successors=("tai-chinh",))}
    office.take(register(duty({"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025"}), units=units))
    html = client.get(office.page("y-te")).text
    assert "This unit exists until Saturday, 31 May 2025." in html
    assert "Sở Tài chính" in html
    assert f'id="{Q2}"' not in html
    assert f'id="{Q1}"' in html


@pytest.mark.parametrize("path", ["/static/style.css", "/static/icon.svg"])
def test_static_files(office: Office, client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/../site.py").status_code == 404
    assert client.get("/static/none.css").status_code == 404
