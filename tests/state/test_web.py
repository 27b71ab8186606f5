"""What programs and people send reaches either database in words that it can keep."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.conftest import Office, made
from tests.web.test_api import REPORT, Program
from tests.web.test_sending import form, reason


@pytest.fixture
def office(tmp_path: Path, url: str) -> Iterator[Office]:
    found = made(tmp_path, url)
    yield found
    found.site.engine.dispose()


@pytest.mark.parametrize("name", REPORT)
def test_what_no_name_can_hold_is_not_there(office: Office, name: str) -> None:
    program = Program(office)
    assert program.ask("POST", "/api/submissions", REPORT).status_code == 201
    answer = program.ask("GET", f"/api/submissions?{name}={REPORT[name]}%00")
    assert (answer.status_code, answer.json()) == (200, [])
    place = "/".join(f"{value}%00" if key == name else value for key, value in REPORT.items())
    assert program.ask("DELETE", f"/api/submissions/{place}").status_code == 404
    assert program.ask("POST", "/api/submissions", REPORT | {name: f"{REPORT[name]}\0"}).status_code == 404
    assert len(program.ask("GET", "/api/submissions").json()) == 1


def test_no_character_of_a_form_is_too_much(office: Office) -> None:
    client, admin, page = office.client(), office.admin(), office.page("y-te")
    assert client.post(page, office.form("y-te", reference="12\0/BC")).status_code == 303
    for name in ("deadline", "unit", "action", "on", "csrf"):
        assert client.post(page, office.form("y-te", **{name: "a\0b"})).status_code in (400, 403, 409)
    below = [f"{page}{end}" for end in ("/reports/%00", "/reports/%00/letter", "/reports.%00")]
    for path in ("/u/a%00b", *below, "/feeds/%00/a.ics", "/office/mails/kept/%00"):
        assert admin.get(path).status_code == 404
    assert client.post("/login/a%00b", {}).status_code == 403
    fields = form(admin) | {"action": "hold", "reason": "Đang\0kiểm tra"}
    assert admin.post("/office/sending", fields).status_code == 303
    assert reason(office) == "Đang kiểm tra"


def test_who_has_reported_is_counted_alike(office: Office) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    office.submit("tai-chinh", "2025-Q1", "19/3")
    office.submit("y-te", "2025-6M", "11/6")
    admin = office.admin()
    html = admin.get("/office/matrix").text
    assert ">2/3<" in html
    assert ">1/3<" in html
    assert "No unit is found" in admin.get("/office/matrix?missing=1").text


def test_the_offices_pages_count_alike(office: Office) -> None:
    admin = office.admin()
    office.submit("y-te", "2025-Q1", "25/3")
    for path in ("/office", "/office/deadlines?state=overdue", "/office/deadlines?day=2025-03-19&q=a%00"):
        page = admin.get(path)
        assert page.status_code == 200
        assert ("1/2, late: 1" in page.text) == ("%00" not in path)
    office.submit("tai-chinh", "2025-Q1", "19/3")
    assert "2/2, late: 1" in admin.get("/office/deadlines?state=complete").text
    assert "No report is overdue." in admin.get("/office").text
