"""The office holds and releases sending on its page; nobody else does, and no GET."""

import re

from sqlmodel import Session

from scheduler.reminders.brake import held
from tests.web.browser import Browser
from tests.web.conftest import Office


def reason(office: Office) -> str | None:
    with Session(office.site.engine) as session:
        found = held(session)
    return found.reason if found else None


def form(admin: Browser) -> dict[str, str]:
    found = re.search(
        r'action="[^"]*/sending">\s*<input type="hidden" name="csrf" value="(\w+)">', admin.get("/office/mails").text
    )
    assert found is not None
    return {"csrf": found[1]}


def test_hold_and_release(office: Office, admin: Browser) -> None:
    fields = form(admin)
    answer = admin.post("/office/sending", fields | {"action": "hold", "reason": " Đang  kiểm tra "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/office/mails#sending")
    assert reason(office) == "Đang kiểm tra"
    html = admin.get("/office/mails").text
    assert "Sending is held." in html
    assert "Đang kiểm tra" in html
    assert admin.post("/office/sending", fields | {"action": "release"}).status_code == 303
    assert reason(office) is None


def test_not_without_the_pages_own_form(office: Office, admin: Browser) -> None:
    fields = form(admin)
    assert admin.post("/office/sending", {"action": "hold"}).status_code == 403
    assert (
        admin.post("/office/sending", fields | {"action": "hold"}, {"Origin": "https://evil.example"}).status_code
        == 403
    )
    answer = office.client().post("/office/sending", fields | {"action": "hold"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert admin.get("/office/sending").status_code in (404, 405)
    assert admin.post("/office/sending", fields | {"action": "nonsense"}).status_code == 303
    assert reason(office) is None


def test_the_reason_is_one_line_of_words(office: Office, admin: Browser) -> None:
    fields = form(admin)
    words = " Đang\0 kiểm tra\r\n\x1b[2J\u202eai \ufeff" + "x" * 300
    assert admin.post("/office/sending", fields | {"action": "hold", "reason": words}).status_code == 303
    found = reason(office)
    assert found is not None
    assert found.startswith("Đang kiểm tra [2J ai xxx")
    assert found.isprintable()
    assert len(found) == 200
