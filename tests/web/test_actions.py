"""What a browser can change, and what it cannot."""

import re
import threading
from datetime import date
from urllib.parse import quote

import pytest

from scheduler.reminders.digest import Report
from tests.web.browser import Browser
from tests.web.conftest import PUBLIC, Q1, Q2, Office

MINE = Report("kh", "ket-qua", "2025-6M", "y-te")


def test_a_unit_says_that_it_has_reported_and_takes_it_back(office: Office, client: Browser) -> None:
    page = office.page("y-te")
    answer = client.post(page, office.form("y-te", reference=" 12/BC-SYT\r\n\x00 ", on="2025-06-11"))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{page}#{quote(Q2)}"
    row = office.standing()[MINE]
    assert (row.submitted_on, row.reference, row.recorded_by) == (date(2025, 6, 11), "12/BC-SYT", "y-te")
    assert "12/BC-SYT" in client.get(page).text
    assert client.post(page, office.form("y-te", action="withdraw")).status_code == 303
    assert office.standing() == {}
    assert len(office.rows()["submission"]) == 1


def test_the_form_in_the_page_is_the_one_that_is_taken(office: Office, client: Browser) -> None:
    page = office.page("y-te")
    card = client.get(page).text.split(f'id="{Q2}"')[1].split("</article>")[0]
    fields = dict(re.findall(r'name="(\w+)" (?:value|maxlength)="([^"]*)"', card))
    assert re.search(r'type="date" name="on" value="2025-06-12" max="2025-06-12"', card)
    assert client.post(page, fields | {"on": "2025-06-12", "reference": ""}).status_code == 303
    assert MINE in office.standing()


@pytest.mark.parametrize("on", ["", "11/6/2025", "2025-06-11"])
def test_days_as_browsers_and_people_write_them(office: Office, client: Browser, on: str) -> None:
    assert client.post(office.page("y-te"), office.form("y-te", on=on)).status_code == 303
    assert office.standing()[MINE].submitted_on == date(2025, 6, 11 if on else 12)


@pytest.mark.parametrize("on", ["2025-06-13", "31/6/2025", "yesterday", "9999999999-01-01", "0000-00-00"])
def test_days_that_cannot_be(office: Office, client: Browser, on: str) -> None:
    assert client.post(office.page("y-te"), office.form("y-te", on=on)).status_code == 400
    assert office.standing() == {}


def test_twice_is_once(office: Office) -> None:
    page, form = office.page("y-te"), office.form("y-te")
    answers: list[int] = []
    presses = [
        threading.Thread(target=lambda: answers.append(office.client().post(page, form).status_code)) for _ in range(8)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert answers == [303] * 8
    assert len(office.rows()["submission"]) == 1


@pytest.mark.parametrize("csrf", ["", "wrong", "é", "a" * 32])
def test_without_the_form_s_token_nothing_happens(office: Office, client: Browser, csrf: str) -> None:
    assert client.post(office.page("y-te"), office.form("y-te", csrf=csrf)).status_code == 403
    assert client.post(office.page("y-te"), office.form("y-te") | {"csrf": csrf}).status_code == 403
    assert office.standing() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": f"{PUBLIC}.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_a_form_from_elsewhere_is_refused(office: Office, client: Browser, headers: dict[str, str]) -> None:
    assert client.post(office.page("y-te"), office.form("y-te"), headers).status_code == 403
    assert office.standing() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": PUBLIC},
        {"Origin": "null"},  # what browsers send from a page without referrer, over plain HTTP
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:8080", "Host": "127.0.0.1:8080"},
    ],
)
def test_a_form_from_here_is_taken(office: Office, client: Browser, headers: dict[str, str]) -> None:
    assert client.post(office.page("y-te"), office.form("y-te"), headers).status_code == 303
    assert MINE in office.standing()


def test_nobody_acts_for_another(office: Office, client: Browser) -> None:
    theirs = office.form("tai-chinh")
    assert client.post(office.page("y-te"), theirs).status_code == 403
    assert client.post(office.page("y-te"), theirs | {"csrf": office.form("y-te")["csrf"]}).status_code == 403
    assert client.post(office.page("y-te"), office.form("y-te", unit="tai-chinh")).status_code == 403
    assert client.post(office.page("ubnd"), office.form("ubnd", unit="y-te")).status_code == 403
    assert office.standing() == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"deadline": "kh.ket-qua.2024-6M"},
        {"deadline": ""},
        {"deadline": "kh.tong-hop.once", "unit": "noi-vu"},
        {"unit": "ubnd"},
        {"unit": ""},
        {"action": "delete"},
        {"action": ""},
    ],
)
def test_what_is_not_there_cannot_be_submitted(office: Office, client: Browser, fields: dict[str, str]) -> None:
    assert client.post(office.page("noi-vu"), office.form("noi-vu", unit="y-te") | fields).status_code == 409
    assert office.standing() == {}


def test_the_collector_records_what_it_received(office: Office, client: Browser) -> None:
    page = office.page("noi-vu")
    assert client.post(page, office.form("noi-vu", unit="y-te", on="2025-06-10")).status_code == 303
    assert office.standing()[MINE].recorded_by == "noi-vu"
    assert "Sở Nội vụ" in client.get(office.page("y-te")).text.split(f'id="{Q2}"')[1].split("</article>")[0]
    assert client.post(page, office.form("noi-vu", unit="y-te", action="withdraw")).status_code == 303
    assert office.standing() == {}


def test_the_collector_does_not_take_back_a_unit_s_own_word(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-6M", "11/6")
    answer = client.post(office.page("noi-vu"), office.form("noi-vu", unit="y-te", action="withdraw"))
    assert answer.status_code == 403
    assert MINE in office.standing()


def test_late_submissions_are_possible_and_said_so(office: Office, client: Browser) -> None:
    assert client.post(office.page("y-te"), office.form("y-te", deadline=Q1)).status_code == 303
    assert "submitted late, on Thursday, 12 June 2025" in client.get(office.page("y-te")).text


def test_a_long_form_is_refused(office: Office, client: Browser) -> None:
    answer = client.post(office.page("y-te"), office.form("y-te", reference="x" * 20_000))
    assert answer.status_code == 413
    answer = client.post(office.page("y-te"), office.form("y-te", reference="x" * 5_000))
    assert answer.status_code == 303
    assert len(office.standing()[MINE].reference) == 100


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=b" % n for n in range(50))),
        ("", b""),
    ],
)
def test_what_is_no_form_is_refused(office: Office, client: Browser, kind: str, body: bytes) -> None:
    assert client.request("POST", office.page("y-te"), {"Content-Type": kind}, body).status_code == 400


def test_revoked_and_unknown_links_change_nothing(office: Office, client: Browser) -> None:
    page, form = office.page("y-te"), office.form("y-te")
    office.revoke("units/y-te")
    assert client.post(page, form).status_code == 410
    assert client.post("/u/nothing", form).status_code == 404
    assert client.post(office.feed("units/y-te"), form).status_code == 405
    for path in ("/", "/healthz", "/metrics", "/robots.txt", "/static/style.css"):
        assert client.post(path, form).status_code == 405
    assert office.standing() == {}
