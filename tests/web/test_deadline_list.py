"""The list of deadlines: what its address asks for is what it shows."""

import html
import re
from dataclasses import replace
from datetime import date

import pytest

from scheduler.deadlines.plans import Unit
from scheduler.web.office.deadline_list import units_of
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Q1, Q2, Office

ANNUAL, UNDATED = "kh.ket-qua.2025", "kh.tong-hop.once"
EVERYTHING = [Q2, ANNUAL, Q1, UNDATED]  # what comes, then what is past, then what has no date


def keys(page: str) -> list[str]:
    return re.findall(r'<a class="what" href="/office/reports/([^"]+)"', page)


def listed(browser: Browser, query: str = "") -> list[str]:
    answer = browser.get(f"/office/deadlines?{query}")
    assert answer.status_code == 200
    return keys(answer.text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", EVERYTHING),
        ("q=bao+cao", [Q2, ANNUAL, Q1]),
        ("q=B%C3%81O+C%C3%81O+quarter", [Q1]),
        ("q=tong+hop", [UNDATED]),
        ("q=dan+van", EVERYTHING),
        ("q=12/kh-ubnd", EVERYTHING),
        ("q=so+y+te", [Q2, ANNUAL, Q1]),
        ("q=nothing", []),
        ("plan=kh", EVERYTHING),
        ("plan=other", []),
        ("unit=y-te", [Q2, ANNUAL, Q1]),
        ("unit=noi+vu", EVERYTHING),  # collects, and has a duty of its own
        ("unit=ubnd+tinh", EVERYTHING),  # receives
        ("unit=nobody", []),
        ("state=overdue", [Q1]),
        ("state=coming", [Q2, ANNUAL]),
        ("state=complete", []),
        ("state=provisional", []),
        ("state=undated", [UNDATED]),
        ("state=nonsense", EVERYTHING),
        ("year=2025", [Q1, Q2, ANNUAL, UNDATED]),
        ("year=2024", []),
        ("year=x", EVERYTHING),
        ("day=2025-06-19", [Q2]),
        ("day=2025-06-20", []),
        ("day=x", EVERYTHING),
        ("q=bao+cao&state=overdue&unit=tai+chinh&plan=kh&year=2025", [Q1]),
        ("page=9", EVERYTHING),
    ],
)
def test_filters(admin: Browser, query: str, found: list[str]) -> None:
    assert listed(admin, query) == found


def test_what_is_overdue_or_complete_follows_the_submissions(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    assert listed(admin, "state=overdue") == [Q1]
    office.submit("tai-chinh", "2025-Q1", "25/3")
    office.submit("noi-vu", "2025-6M", "1/6")  # of a unit that does not report for it
    office.submit("y-te", "2025-6M", "1/6")
    assert listed(admin, "state=overdue") == []
    assert listed(admin, "state=complete") == [Q1]
    office.submit("tai-chinh", "2025-6M", "1/6")
    assert listed(admin, "state=complete") == [Q2, Q1]


def test_a_line_says_who_and_how_many(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-Q1", "25/3")
    page = html.unescape(admin.get("/office/deadlines?day=2025-03-19").text)
    row = page[page.index("<tbody") :]
    for words in (
        "Wednesday, 19 March 2025",
        "85 days overdue",
        "Kế hoạch dân vận – 12/KH-UBND",
        "trước ngày 20/3/2025",
        "Sở Tài chính",
        "through Sở Nội vụ",
        'aria-label="submitted 1, of them late 1, not yet 1"',
        "1/2, late: 1",
    ):
        assert words in row
    assert "Sở Y tế" not in row
    assert "2 units" in admin.get("/office/deadlines?state=coming").text


def test_a_bar_has_its_parts(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-6M", "11/6")
    bar = admin.get("/office/deadlines?day=2025-06-19").text.partition("<tbody")[2]
    assert '<rect class="done" width="50.0"' in bar
    assert "late" not in bar.replace("of them late 0", "")
    undated = admin.get("/office/deadlines?state=undated").text
    assert "0/1" in undated


def test_a_day_names_its_neighbours(admin: Browser) -> None:
    page = html.unescape(admin.get("/office/deadlines?day=2025-06-01&q=bao").text)
    assert "Nothing is to be sent on this day." in page
    assert 'rel="prev" href="?q=bao&day=2025-03-19"' in page
    assert 'rel="next" href="?q=bao&day=2025-06-19"' in page
    last = admin.get("/office/deadlines?day=2025-11-24").text
    assert 'rel="prev"' in last
    assert 'rel="next"' not in last
    assert "Nothing is to be sent" in admin.get("/office/deadlines?day=0001-01-01").text


def test_several_units_of_that_name_are_offered(office: Office, admin: Browser) -> None:
    page = html.unescape(admin.get("/office/deadlines?unit=so&state=overdue").text)
    assert keys(page) == []
    assert 'href="?unit=y-te&state=overdue"' in page
    assert 'href="?unit=tai-chinh&state=overdue"' in page
    assert "No unit is called so." in admin.get("/office/deadlines?unit=nobody").text
    assert 'name="unit" value="Sở Y tế"' in admin.get("/office/deadlines?unit=y+te").text


def test_of_many_units_some_are_offered() -> None:
    many = {f"xa-{n}": Unit(f"xa-{n}", f"UBND xã {n}") for n in range(3000)}
    book = register(duty({"once": "trước ngày 20/6/2025"}), units=UNITS | many)
    assert [unit.id for unit in units_of(book, "xa-1")] == ["xa-1"]
    assert [unit.id for unit in units_of(book, "ubnd XÃ 1")] == ["xa-1"], "the very name"
    assert len(units_of(book, "ubnd xa 1")) > 1000
    assert units_of(book, "") == ()


def test_thousands_of_units_and_hundreds_of_deadlines_stay_short(office: Office, admin: Browser) -> None:
    many = {f"xa-{n}": Unit(f"xa-{n}", f"Ủy ban nhân dân xã Số {n}") for n in range(3000)}
    duties = [duty({"month": f"chậm nhất ngày {n}"}, id=f"bao-cao-{n}") for n in range(1, 20)]
    office.take(register(*duties, units=UNITS | many, groups={"so": tuple(many)}))
    for path in ("/office", "/office/deadlines", "/office/deadlines?state=overdue", "/office/deadlines?unit=xa"):
        page = admin.get(path)
        assert len(page.content) < 150_000, path
        assert page.text.count("Ủy ban nhân dân xã Số") <= 150, path
    first = listed(admin)
    assert len(first) == 50
    assert "and 2997 more" in admin.get("/office/deadlines?state=overdue").text
    assert "Page 1 of 5" in admin.get("/office/deadlines").text
    assert not set(first) & set(listed(admin, "page=2"))
    assert 'href="?state=overdue&amp;page=2"' in admin.get("/office/deadlines?state=overdue").text


def test_an_open_year_is_provisional(office: Office, admin: Browser) -> None:
    office.site.deadlines = tuple(
        replace(d, provisional=d.send_by == date(2025, 11, 24)) for d in office.site.deadlines
    )
    assert listed(admin, "state=provisional") == [ANNUAL]
    assert "provisional" in admin.get("/office/deadlines?state=provisional").text.partition("<tbody")[2]


def test_the_form_keeps_what_was_asked(admin: Browser) -> None:
    page = html.unescape(admin.get("/office/deadlines?q=%22x%22&plan=kh&state=coming&year=2025&day=2025-06-19").text)
    for words in (
        'name="q" value=""x""',
        '<option value="kh" selected>',
        '<option value="coming" selected>',
        '<option value="2025" selected>',
        'name="day" value="2025-06-19"',
    ):
        assert words in page


def test_nobody_else_sees_it(office: Office) -> None:
    assert office.client().get("/office/deadlines").headers["location"] == "/login"
