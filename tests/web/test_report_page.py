"""The page of one deadline: for the unit that reports, for its collector, for administrators."""

import html
import re
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from scheduler.deadlines.plans import Unit
from scheduler.reminders.by_hand import HAND
from scheduler.state.tables import Audit, Mail, MailItem
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import ADMIN, Q1, Q2, Office


def of(office: Office, unit: str, key: str = Q1) -> str:
    return f"{office.page(unit)}/reports/{key}"


def said(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.split("<main")[1])).split())


def mails(office: Office) -> list[tuple[str, int, str]]:
    with Session(office.site.engine) as session:
        return [(row.unit, row.turn, row.state) for row in session.exec(select(Mail).order_by(Mail.unit))]


def press(client: Browser, path: str, action: str, **fields: str) -> int:
    """Send the form of a page that does this, as it stands there."""
    forms = [re.findall(r'name="(\w+)" value="([^"]*)"', form) for form in client.get(path).text.split("<form")[1:]]
    mine = next(dict(form) for form in forms if ("action", action) in form)
    kept = {name: html.unescape(value) for name, value in mine.items() if name in ("csrf", "deadline", "action")}
    return client.post(path, kept | fields).status_code


def test_a_unit_submits_on_the_page_of_its_report(office: Office, client: Browser) -> None:
    page = of(office, "y-te", Q2)
    assert "Báo cáo kết quả" in said(client.get(page).text)
    answer = client.post(page, office.form("y-te", reference="12/BC"))
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert "12/BC" in said(client.get(page).text)
    assert press(client, page, "withdraw", unit="y-te") == 303
    assert office.standing() == {}


def test_what_was_done_for_others_is_seen_at_once_and_a_refusal_leads_back(
    office: Office, client: Browser, admin: Browser
) -> None:
    there = f"/office/reports/{Q1}"
    for browser, page, actor, back in ((client, of(office, "noi-vu"), "noi-vu", "?"), (admin, there, "", there)):
        csrf = re.findall(r'name="csrf" value="([^"]*)"', browser.get(page).text)[0]
        form = office.form(actor, csrf=csrf, unit="y-te", deadline=Q1)
        assert browser.post(page, form).headers["location"] == f"{page}#units"
        refused = browser.post(page, form | {"on": "2030-01-01"})
        assert (refused.status_code, f'href="{back}"' in refused.text) == (400, True)
        assert browser.post(page, form | {"action": "withdraw"}).status_code == 303
    page = office.page("y-te")
    own = client.post(page, office.form("y-te", on="2030-01-01")).text
    assert 'href="?"' in own, "where the form was sent to, without repeating the secret link"
    assert page not in own
    assert 'href="/office/mails"' in admin.post("/office/sending", {"action": "hold"}).text


def test_whom_it_does_not_concern_does_not_find_it(office: Office, client: Browser) -> None:
    units = UNITS | {"khac": Unit("khac", "Sở khác", ("k@tinh.example",))}
    office.take(register(duty({"quarter-1": "trước ngày 20/3/2025"}), units=units))
    assert client.get(of(office, "khac")).status_code == 404
    assert "Sở Tài chính" not in said(client.get(of(office, "y-te")).text), "a unit does not see how others stand"
    assert client.get(f"{of(office, 'y-te')}/table.csv").status_code == 404
    assert client.get(f"/office/reports/{Q1}").headers["location"] == "/login"


def test_the_collector_counts_as_the_state_does(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-6M", "20/6")
    there = said(client.get(of(office, "noi-vu", Q2)).text)
    assert "On time 0 On the date in the document 1 Late 0 Still missing 1" in there
    office.submit("tai-chinh", "2025-6M", "21/6")
    there = said(client.get(of(office, "noi-vu", Q2)).text)
    assert "On the date in the document 1 Late 1 Still missing 0" in there
    assert "all submitted" in there
    assert "Remind" not in there


def test_a_reminder_by_hand_goes_once_an_hour(office: Office, client: Browser) -> None:
    woken: list[int] = []
    office.site.mail_waits = lambda: woken.append(1)
    page = of(office, "noi-vu")
    assert "not reminded yet" in said(client.get(page).text)
    assert press(client, page, "remind", unit="y-te") == 303
    assert mails(office) == [("y-te", 1, "due")]
    assert "on its way" in said(client.get(page).text)
    assert 'aria-label="Remind now: Sở Y tế"' not in client.get(page).text
    assert press(client, page, "remind", unit="y-te") == 409
    assert press(client, of(office, "noi-vu", Q2), "remind", unit="y-te") == 409, "about whatever"
    assert press(client, page, "remind") == 303, "the others"
    assert mails(office) == [("tai-chinh", 1, "due"), ("y-te", 1, "due")]
    assert "were reminded just now" in said(client.get(page).text)
    assert "Remind all" not in said(client.get(page).text)
    now = office.site.clock() + timedelta(hours=1)
    office.site.clock = lambda: now
    assert press(client, page, "remind") == 303
    assert [turn for _, turn, _ in mails(office)] == [1, 2, 1, 2]
    assert len(woken) == 3
    with Session(office.site.engine) as session:
        trail = session.exec(select(Audit).where(Audit.action == "remind")).all()
        assert {(row.actor, row.subject) for row in trail} == {("noi-vu", f"{Q1}.y-te"), ("noi-vu", f"{Q1}.tai-chinh")}
        assert all(item.rung.startswith(f"{HAND}:") for item in session.exec(select(MailItem)))


def test_who_has_reported_or_has_no_address_is_not_reminded(office: Office, client: Browser) -> None:
    units = UNITS | {"tai-chinh": Unit("tai-chinh", "Sở Tài chính")}
    office.take(register(duty({"quarter-1": "trước ngày 20/3/2025"}), units=units))
    form = office.form("noi-vu", action="remind", deadline=Q1, unit="")
    office.submit("y-te", "2025-Q1", "19/3")
    assert client.post(of(office, "noi-vu"), form).status_code == 409
    assert client.post(of(office, "noi-vu"), form | {"unit": "y-te"}).status_code == 409
    assert mails(office) == []


def test_only_who_gathers_the_reports_may_remind(office: Office, client: Browser, admin: Browser) -> None:
    for unit in ("y-te", "tai-chinh", "ubnd"):
        form = office.form(unit, action="remind", deadline=Q1, unit="y-te")
        assert client.post(office.page(unit), form).status_code == 403
        assert client.post(office.page(unit), form | {"unit": ""}).status_code == 403
    assert mails(office) == []
    assert press(admin, f"/office/reports/{Q1}", "remind") == 303
    assert len(mails(office)) == 2


def test_where_nobody_collects_the_receiver_gathers(office: Office, client: Browser) -> None:
    office.take(register(duty({"quarter-1": "trước ngày 20/3/2025"}, via="")))
    assert press(client, of(office, "ubnd"), "submit", unit="y-te", on="2025-03-10") == 303
    assert press(client, of(office, "ubnd"), "remind", unit="tai-chinh") == 303
    assert [row.recorded_by for row in office.standing().values()] == ["ubnd"]


def test_administrators_record_and_take_back_for_everybody(office: Office, admin: Browser) -> None:
    page = f"/office/reports/{Q1}"
    assert press(admin, page, "submit", unit="y-te", on="2025-03-10") == 303
    (row,) = office.standing().values()
    assert row.recorded_by == ADMIN
    office.submit("tai-chinh", "2025-Q1", "19/3")
    assert press(admin, f"{page}?show=received", "withdraw", unit="tai-chinh") == 303
    assert len(office.standing()) == 1
    assert admin.post(page, {"action": "submit", "deadline": Q1, "unit": "tai-chinh"}).status_code == 403


def test_three_thousand_units_are_shown_a_hundred_at_a_time(office: Office, client: Browser) -> None:
    many = {f"xa-{n}": Unit(f"xa-{n}", f"UBND xã số {n}", (f"xa{n}@tinh.example",)) for n in range(3000)}
    book = register(duty({"quarter-1": "trước ngày 20/3/2025"}, reporters=tuple(many)), units=UNITS | many)
    office.take(book)
    first = client.get(of(office, "noi-vu")).text
    assert first.count("Received: UBND xã") == 100
    assert "Page 1 of 30" in said(first)
    assert "UBND xã số 2999" in said(client.get(f"{of(office, 'noi-vu')}?page=30").text)
    found = client.get(f"{of(office, 'noi-vu')}?q=xa+so+2717").text
    assert re.findall(r"Received: (UBND xã số \d+)", found) == ["UBND xã số 2717"]
    assert "No unit of that name" in said(client.get(f"{of(office, 'noi-vu')}?q=nobody").text)
    whole = client.get(office.page("noi-vu")).text
    assert "2980 more units" in said(whole)
    assert len(first.encode()) < 300_000
    assert len(whole.encode()) < 300_000
    assert len(client.get(f"{of(office, 'noi-vu')}/table.csv").text.splitlines()) == 3001


@pytest.mark.parametrize("year", ["", "2025", "2024", "1999", "x", "²²²²"])
def test_all_deadlines_of_a_unit_year_by_year(office: Office, client: Browser, year: str) -> None:
    page = client.get(f"{office.page('y-te')}/reports?year={year}")
    assert page.status_code == 200
    assert f"{of(office, 'y-te')}" in page.text
    assert "All deadlines, 2025" in said(page.text)


def test_words_find_a_deadline_in_the_list(office: Office, client: Browser) -> None:
    path = f"{office.page('noi-vu')}/reports"
    assert f"/reports/{Q1}" in client.get(f"{path}?q=20/3").text
    assert f"/reports/{Q2}" not in client.get(f"{path}?q=20/3").text
    assert "Nothing is found" in client.get(f"{path}?q=kh%C3%B4ng+c%C3%B3").text
