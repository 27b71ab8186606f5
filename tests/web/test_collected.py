"""What a collector takes along: tables and a letter."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest

from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Q1, Q2, Office


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_table_says_of_each_unit_how_it_stands(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    office.submit("y-te", "2025-6M", "20/6")
    answer = client.get(f"{office.page('noi-vu')}/reports.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="noi-vu-2025-2025-06-12.csv"' in answer.headers["content-disposition"]
    head, *found = rows(answer.content)
    at = {name: head.index(name) for name in ("Period", "Unit", "State", "Submitted on", "Last day in time")}
    said = {(row[at["Period"]], row[at["Unit"]]): row for row in found}
    assert said["quarter I/2025", "Sở Tài chính"][at["State"]] == "overdue"
    assert said["quarter I/2025", "Sở Y tế"][at["State"]] == "on time"
    assert said["quarter I/2025", "Sở Y tế"][at["Submitted on"]] == "2025-03-19"
    assert said["first six months of 2025", "Sở Y tế"][at["State"]] == "on the date in the document"
    assert said["first six months of 2025", "Sở Tài chính"][at["State"]] == "not yet"
    assert said["first six months of 2025", "Sở Tài chính"][at["Last day in time"]] == "2025-06-19"


def test_the_workbook_says_the_same_and_its_dates_are_dates(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    answer = client.get(f"{office.page('noi-vu')}/reports.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    found = [["" if c is None else c for c in row] for row in sheet.iter_rows(values_only=True)]
    plain = [[c.date().isoformat() if isinstance(c, datetime) else c for c in row] for row in found]
    assert plain == rows(client.get(f"{office.page('noi-vu')}/reports.csv").content)
    assert any(isinstance(c, datetime | date) for row in found for c in row)


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x.example";"click")', "+84 901", "-1", "@SUM(A1)", "a\x0bb"])
def test_a_name_is_never_a_formula(office: Office, client: Browser, name: str) -> None:
    units = {**UNITS, "tai-chinh": replace(UNITS["tai-chinh"], name=name)}
    office.take(register(duty({"quarter-1": "trước ngày 20/3/2025"}), units=units))
    cells = [cell for row in rows(client.get(f"{office.page('noi-vu')}/reports.csv").content) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{office.page('noi-vu')}/reports.xlsx").content))
    sheet = book.active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "d", "n"}
    assert name.replace("\x0b", " ") in {cell.value for row in sheet.iter_rows() for cell in row}


@pytest.mark.parametrize(
    "name", ["＝1+1", "＋1", "－1", "＠SUM(A1)", "=1;=1+1", "A;=1+1", "A; ＝1+1", 'A";-1', "A;@SUM(A1)"]
)
def test_no_reader_of_the_table_finds_a_formula(office: Office, client: Browser, name: str) -> None:
    """Where the comma is for decimals, a semicolon ends a cell, and quotes that do not begin one are plain signs."""
    units = {**UNITS, "tai-chinh": replace(UNITS["tai-chinh"], name=name)}
    office.take(register(duty({"quarter-1": "trước ngày 20/3/2025"}), units=units))
    client.post(office.page("y-te"), office.form("y-te", deadline=Q1, reference=f"12/BC;{name}"))
    content = client.get(f"{office.page('noi-vu')}/reports.csv").content.decode("utf-8-sig")
    assert all(line.startswith('"') and line.endswith('"') for line in content.split("\r\n") if line)
    for ends in (",", ";", "\t", "[,;]"):
        parts = [part for line in content.splitlines() for part in re.split(ends, line)]
        assert not any(re.match(r'[\s"]*[=+\-@＝＋－＠]', part) for part in parts)
    assert name.replace(" ", "") in content.replace("'", "").replace('""', '"').replace(" ", "")


def test_a_letter_names_those_who_are_late_and_no_others(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    page = client.get(f"{office.page('noi-vu')}/reports/{Q1}").text
    link = re.search(rf'href="([^"]+/reports/{re.escape(Q1)}/letter)"', page)
    assert link
    said = html.unescape(client.get(link[1]).text)
    assert "1. Sở Tài chính" in said
    assert "Sở Y tế" not in said
    assert "tc@tinh.example" in said
    assert "No. 12/KH-UBND" in said
    assert "earlier than 20 March 2025" in said
    there = client.get(f"{office.page('noi-vu')}/reports/{Q2}").text
    assert f"{Q2}/table.csv" in there
    assert "/letter" not in there, "nobody is late there"


@pytest.mark.parametrize(
    ("wording", "said"),
    [
        ("trước ngày 20/3/2025", "trước ngày 20/3/2025"),
        ("chậm nhất ngày 20/3/2025", "chậm nhất ngày 20/3/2025"),
        ("trước 16 giờ 00 ngày 20/3/2025", "trước 16 giờ 00 ngày 20/3/2025"),
    ],
)
def test_a_letter_writes_the_deadline_as_documents_do(office: Office, client: Browser, wording: str, said: str) -> None:
    office.set(language="vi")
    office.take(register(duty({"quarter-1": wording})))
    letter = html.unescape(client.get(f"{office.page('noi-vu')}/reports/{Q1}/letter").text)
    assert f"{said} (ngày cuối cùng còn đúng hạn: " in letter


@pytest.mark.parametrize(
    "path",
    [
        "/reports.pdf",
        "/reports.",
        "/reports/nothing",
        f"/reports/{Q1}x/letter",
        f"/reports/{Q1}/table.pdf",
        "/reports/",
    ],
)
def test_what_is_not_there_is_not_found(office: Office, client: Browser, path: str) -> None:
    assert client.get(office.page("noi-vu") + path).status_code == 404


def test_who_waits_for_nothing_gets_no_letter_and_an_empty_table(office: Office, client: Browser) -> None:
    assert client.get(f"{office.page('y-te')}/reports/{Q1}/letter").status_code == 404
    assert len(rows(client.get(f"{office.page('y-te')}/reports.csv").content)) == 1


def test_a_workbook_has_its_bounds_and_a_letter_to_many_names_them_once(office: Office, client: Browser) -> None:
    many = {f"xa-{n}": replace(UNITS["y-te"], id=f"xa-{n}", name=f"Xã số {n}") for n in range(7000)}
    dues = {"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025", "annual": "trước ngày 25/11/2025"}
    office.take(register(duty(dues, reporters=tuple(many)), units=UNITS | many))
    page = office.page("noi-vu")
    refused = client.get(f"{page}/reports.xlsx")
    assert refused.status_code == 422
    assert "CSV" in refused.text
    assert len(rows(client.get(f"{page}/reports.csv").content)) == 21_001
    letter = client.get(f"{page}/reports/{Q1}/letter").text
    assert letter.count("Xã số 4711") == 1
    assert "To: the units named below" in letter
