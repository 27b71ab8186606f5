"""Plans × units: what stands in a cell, who is listed, and how a page of thousands of units is kept short."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest

from scheduler.deadlines.duty import Duty
from scheduler.deadlines.plans import Obligation, Plan, Unit, Years
from scheduler.web.office.matrix import Cell, columns, heads, of_year, row, under, years
from scheduler.web.office.received import Received
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Office
from tests.web.large import large_register
from tests.web.test_pages import HOSTILE

DUE = {"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025", "annual": "trước ngày 25/11"}
TODAY = date(2025, 6, 12)


def rows(html: str) -> dict[str, str]:
    """The rows of the table by the unit's name, as text."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    found = {}
    for part in body.split("<tr")[1:]:
        name = re.search(r'rowheader">([^<]*)', part)
        assert name is not None
        found[name[1].strip()] = " ".join(re.sub(r"<[^>]*>", " ", part.partition("</th>")[2]).split())
    return found


def known(office: Office, submitted: Mapping[Duty, set[str]] | None = None) -> Received:
    return Received(submitted or {}, {d.key: date(2025, 1, 2) for d in office.site.deadlines})


def test_a_cell_counts_what_is_in_overdue_and_to_come(office: Office) -> None:
    mine = of_year(office.site.index.reporting["y-te"], 2025)
    found = row(UNITS["y-te"], mine, known(office), TODAY)
    assert found.cells == {"kh": Cell(0, 1, 2)}
    assert (found.cells["kh"].expected, found.cells["kh"].state) == (3, "overdue")
    given = {Duty("kh", "ket-qua", period): {"y-te"} for period in ("2025-Q1", "2025")}
    found = row(UNITS["y-te"], mine, known(office, given), TODAY)
    assert (found.cells["kh"], found.cells["kh"].state) == (Cell(2, 0, 1), "open")
    all_in = row(UNITS["y-te"], mine, known(office, given | {Duty("kh", "ket-qua", "2025-6M"): {"y-te"}}), TODAY)
    assert (all_in.cells["kh"], all_in.cells["kh"].state) == (Cell(3, 0, 0), "submitted")


def test_what_had_passed_before_records_began_is_not_owed(office: Office) -> None:
    mine = [d for d in office.site.index.reporting["y-te"] if d.period.id == "2025-Q1"]
    late = Received({}, {mine[0].key: date(2025, 3, 20)})
    found = row(UNITS["y-te"], mine, late, TODAY).cells["kh"]
    assert (found, found.expected, found.state) == (Cell(), 0, "untracked")
    assert late.owing(mine) == set()
    assert Received({}, {mine[0].key: date(2025, 3, 19)}).owing(mine) == {"y-te", "tai-chinh"}


def test_columns_are_the_plans_that_ask_something_of_the_rows(office: Office) -> None:
    other = Plan("kh-2", "Kế hoạch khác", Years(2025, 2025), (duty(DUE, reporters=("noi-vu",)),), "13/KH-UBND")
    book = register(duty(DUE))
    book = replace(book, plans={**book.plans, "kh-2": other})
    office.take(book)
    mine = of_year(office.site.index.reporting["y-te"], 2025)
    found = columns([row(UNITS["y-te"], mine, known(office), TODAY)], book)
    assert [(column.plan.id, column.head) for column in found] == [("kh", "12/KH-UBND")]


def test_the_head_of_a_column_is_short_and_names_one_plan_alone() -> None:
    def plan(id_: str, title: str, number: str = "") -> Plan:
        return Plan(id_, title, Years(2025, 2025), (), number)

    found = heads(
        [
            plan("a", "Kế hoạch A", "12/KH-UBND"),
            plan("b", "Kế hoạch cải cách hành chính nhà nước năm 2025 của tỉnh", "/KH-UBND"),
            plan("c", "Kế hoạch dân vận", "7/KH-UBND"),
            plan("d", "Chương trình", "7/KH-UBND"),
            plan("tinh-2024", "Kế hoạch thực hiện công tác dân vận chính quyền năm 2024"),
            plan("tinh-2025", "Kế hoạch thực hiện công tác dân vận chính quyền năm 2025"),
        ]
    )
    assert found == {
        "a": "12/KH-UBND",
        "b": "Cải cách hành chính nhà…",
        "c": "Dân vận",
        "d": "Chương trình",
        "tinh-2024": "tinh-2024",
        "tinh-2025": "tinh-2025",
    }


def test_under_a_unit_or_a_group() -> None:
    units = UNITS | {"phong": Unit("phong", "Phòng Y", parent="y-te"), "to": Unit("to", "Tổ", parent="phong")}
    book = register(units=units)
    assert under(book, "so") == ("y-te", "tai-chinh")
    assert under(book, "y-te") == ("y-te", "phong", "to")
    assert set(under(book, "ubnd")) == set(units)
    assert under(book, "nothing") == ()


def test_the_page_says_how_each_unit_stands(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    html = admin.get("/office/matrix").text
    assert rows(html) == {"Sở Y tế": "1/3", "Sở Tài chính": "0/3 , overdue: 1"}
    assert '<a class="overdue" href="/office/deadlines?unit=tai-chinh&amp;plan=kh&amp;year=2025">' in html
    assert '<abbr title="Kế hoạch dân vận">12/KH-UBND</abbr>' in html
    assert "<dt>12/KH-UBND</dt><dd>Kế hoạch dân vận" in html
    assert 'role="region" aria-labelledby="of" tabindex="0"' in html
    assert 'aria-current="page">Who has reported</a>' in html


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=so+y+te", ["Sở Y tế"]),
        ("q=tai-chinh", ["Sở Tài chính"]),
        ("q=S%E1%BB%9F", ["Sở Y tế", "Sở Tài chính"]),
        ("q=khong", []),
        ("under=so", ["Sở Y tế", "Sở Tài chính"]),
        ("under=ubnd", ["Sở Y tế", "Sở Tài chính"]),
        ("under=y-te", ["Sở Y tế"]),
        ("under=nothing", []),
        ("missing=1", ["Sở Tài chính"]),
        ("missing=1&q=y+te", []),
        ("year=2024", ["Sở Y tế", "Sở Tài chính"]),  # of which nothing is kept: this year's
        ("year=0&page=99&plans=99", ["Sở Y tế", "Sở Tài chính"]),
    ],
)
def test_filters(office: Office, admin: Browser, query: str, names: list[str]) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    html = admin.get(f"/office/matrix?{query}").text
    assert list(rows(html)) == names
    assert ("No unit is found" in html) == (not names)


def test_a_filter_is_shown_as_it_was_asked(office: Office, admin: Browser) -> None:
    html = admin.get("/office/matrix?q=y+te&under=so&missing=1&year=2025").text
    assert 'name="q" value="y te"' in html
    assert '<option value="so" selected>' in html
    assert 'name="missing" value="1" checked' in html
    assert "<option selected>2025</option>" in html


def test_a_unit_that_has_ended_answers_for_its_own_time(office: Office, admin: Browser) -> None:
    units = UNITS | {"y-te": replace(UNITS["y-te"], until=date(2025, 5, 31), successors=("noi-vu",))}
    office.take(register(duty(DUE), units=units))
    found = rows(admin.get("/office/matrix").text)
    assert found == {"Sở Y tế": "0/1 , overdue: 1", "Sở Nội vụ": "0/2", "Sở Tài chính": "0/3 , overdue: 1"}
    assert "until 31 May 2025" in admin.get("/office/matrix").text


def test_a_plan_of_past_years_stands_in_its_year(office: Office, admin: Browser) -> None:
    old: Obligation = duty({"annual": "trước ngày 25/11"})
    office.take(register(old, years=Years(2024, 2024)))
    assert years(office.site.index, TODAY) == [2025, 2024]
    assert rows(admin.get("/office/matrix").text) == {}
    found = rows(admin.get("/office/matrix?year=2024").text)
    assert set(found.values()) == {"– passed before records began"}
    assert rows(admin.get("/office/matrix?year=2024&missing=1").text) == {}


def test_a_plan_that_is_no_more_leaves_nothing_behind(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    office.take(replace(register(), plans={}))
    assert rows(admin.get("/office/matrix").text) == {}


def test_nothing_that_is_asked_runs(office: Office, admin: Browser) -> None:
    for name in ("q", "under", "year", "missing", "page", "plans"):
        html = admin.get(f"/office/matrix?{name}={quote(HOSTILE)}").text
        assert "<script" not in html
        assert "49 &amp;" not in html


def test_a_page_of_thousands_of_units_is_short(office: Office) -> None:
    office.take(large_register())
    admin = office.admin()
    for query in ("", "?missing=1", "?under=nhom-1&missing=1&plans=2", "?q=phong"):
        answer = admin.get(f"/office/matrix{query}")
        assert len(answer.content) < 300_000
        assert len(rows(answer.text)) == 40
    html = admin.get("/office/matrix?q=phong&page=2").text
    assert "q=phong&amp;page=3" in html
    assert "q=phong&amp;page=2&amp;plans=2" in html
    assert html.count("<abbr") == 20
    assert "Plans 41–60" in html
