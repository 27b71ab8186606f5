"""The year as a picture: which cell a day has, how strong it is, what is told of it besides its colour."""

import re
from datetime import date

import pytest

from scheduler.web.office.heat_map import Cell, Load, Month, Run, heat_map
from tests.builders import WORKDAYS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Office

TODAY = date(2025, 6, 12)


def months(year: int, loads: dict[date, Load] | None = None) -> tuple[Month, ...]:
    return heat_map(year, loads or {}, WORKDAYS, TODAY)


def places(runs: tuple[Run, ...]) -> set[tuple[int, int]]:
    return {(run.row, run.column + n) for run in runs for n in range(run.length)}


@pytest.mark.parametrize(("year", "days"), [(2023, 365), (2024, 366), (2025, 365), (2028, 366)])
def test_every_day_of_a_year_has_one_place(year: int, days: int) -> None:
    found = months(year)
    assert [month.number for month in found] == list(range(1, 13))
    assert sum(len(places(month.working)) + len(places(month.off)) for month in found) == days
    assert all(not places(month.working) & places(month.off) for month in found)
    assert all(row < month.rows for month in found for row, _ in places(month.working) | places(month.off))


def test_weeks_begin_on_monday() -> None:
    (may,) = months(2023, {date(2023, 5, day): Load(1, 0) for day in (1, 7, 8, 31)})[4:5]
    assert [(cell.row, cell.column) for cell in may.cells] == [(0, 0), (0, 6), (1, 0), (4, 2)]
    (february,) = months(2026)[1:2]  # which begins on a Sunday
    assert february.rows == 5
    assert (0, 6) in places(february.off)


def test_leap_day() -> None:
    (february,) = months(2024, {date(2024, 2, 29): Load(3, 0)})[1:2]
    assert february.cells == (Cell(date(2024, 2, 29), 4, Load(3, 0), True),)
    assert february.cells[0].column == 3


def test_days_off_are_those_that_were_ordered() -> None:
    (april,) = months(2025)[3:4]
    assert (3, 5) in places(april.working)  # Saturday 26/4, worked for 2/5
    assert (2, 5) in places(april.off)  # an ordinary Saturday
    assert (1, 0) in places(april.off)  # Monday 7/4, Giỗ Tổ
    assert (4, 2) in places(april.off)  # Wednesday 30/4
    (off,) = months(2025, {date(2025, 4, 7): Load(1, 0)})[3].cells
    assert not off.working


@pytest.mark.parametrize(("count", "step"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (5000, 4)])
def test_steps(count: int, step: int) -> None:
    assert months(2025, {TODAY: Load(count, 0)})[5].cells[0].step == step


def test_today_has_its_place_in_its_own_year_alone() -> None:
    assert [month.now for month in months(2025)] == [None] * 5 + [Run(2, 3, 1)] + [None] * 6
    assert not any(month.now for month in months(2024))


def cells(html: str) -> dict[str, str]:
    """The links of the picture by day."""
    return dict(re.findall(r'<a href="/office/deadlines\?day=([0-9-]+)"(.*?)</a>', html, re.DOTALL))


def test_the_picture_says_what_it_shows(office: Office, admin: Browser) -> None:
    found = cells(admin.get("/office").text)
    assert set(found) == {"2025-03-19", "2025-06-19", "2025-11-24"}
    assert "Wednesday, 19 March 2025: deadlines 1, overdue 1" in found["2025-03-19"]
    assert 'class="o1"' in found["2025-03-19"]
    assert "<path" in found["2025-03-19"], "colour alone says nothing to some"
    assert "Thursday, 19 June 2025: deadlines 1<" in found["2025-06-19"]
    assert 'class="s1"' in found["2025-06-19"]
    assert "<path" not in found["2025-06-19"]
    for unit in ("y-te", "tai-chinh"):
        office.submit(unit, "2025-Q1", "25/3")
    assert "deadlines 1<" in cells(admin.get("/office").text)["2025-03-19"]


def test_a_deadline_on_a_day_off_is_marked_as_such(office: Office, admin: Browser) -> None:
    book = register(duty({"once": "chậm nhất ngày 14/6/2025"}))
    office.take(book)
    assert 'class="s1"' in cells(admin.get("/office").text)["2025-06-13"]
    office.site.deadlines = tuple(type(d)(**{**vars(d), "send_by": date(2025, 6, 14)}) for d in office.site.deadlines)
    assert 'class="s1 rest"' in cells(admin.get("/office").text)["2025-06-14"]


@pytest.mark.parametrize(
    ("asked", "shown"), [("", 2025), ("2025", 2025), ("2024", 2025), ("9999", 2026), ("x", 2025), ("-1", 2025)]
)
def test_years(office: Office, admin: Browser, asked: str, shown: int) -> None:
    office.take(register(duty({"annual": "trước ngày 20/01 năm sau", "six-month": "trước ngày 20/6/2025"})))
    html = admin.get(f"/office?year={asked}").text
    assert f"The deadlines of {shown}" in html
    assert ('href="?year=2026"' in html) == (shown == 2025)
    assert ('href="?year=2025"' in html) == (shown == 2026)


def test_a_full_year_is_small(office: Office, admin: Browser) -> None:
    dues = {f"month-{n}": n for n in range(1, 29)}
    office.take(register(*(duty({"month": f"chậm nhất ngày {n}"}, id=id_) for id_, n in dues.items())))
    html = admin.get("/office").text
    assert len(cells(html)) > 200
    picture = html[html.index('<ol class="year">') : html.index("</ol>")]
    assert len(picture) < 75_000
