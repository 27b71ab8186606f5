"""Administrators get in by a link that is good once and for half an hour, or by a proxy's word; nobody else does."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from scheduler.state import logins
from scheduler.state.database import transaction
from scheduler.state.tables import Audit, Login
from scheduler.web.entrance import COOKIE
from tests.web.browser import Browser
from tests.web.conftest import ADMIN, PUBLIC, Q1, Office


@pytest.fixture
def mailed(office: Office) -> list[tuple[str, str]]:
    """What would be mailed: to whom, and the link."""
    found: list[tuple[str, str]] = []
    office.set(admins=(ADMIN, "phó@example.vn"))
    office.site.mail_login = lambda _session, address, url: found.append((address, url))
    return found


def proof(client: Browser, path: str) -> dict[str, str]:
    found = re.search(r'name="csrf" value="(\w+)"', client.get(path).text)
    assert found is not None
    return {"csrf": found[1]}


def ask(client: Browser, address: str) -> str:
    answer = client.post("/login", proof(client, "/login") | {"address": address})
    assert answer.status_code == 200
    return answer.text


def link(client: Browser, mailed: list[tuple[str, str]]) -> str:
    ask(client, ADMIN)
    return mailed[-1][1].removeprefix(PUBLIC)


def later(office: Office, by: timedelta) -> None:
    now = office.site.clock() + by
    office.site.clock = lambda: now


def test_a_link_is_mailed_and_lets_in_once(office: Office, client: Browser, mailed: list[tuple[str, str]]) -> None:
    path = link(client, mailed)
    assert mailed[0][0] == ADMIN
    before = office.rows()
    for _ in range(3):  # mail scanners open it first
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert office.rows() == before
    answer = client.post(path, proof(client, path))
    assert (answer.status_code, answer.headers["location"]) == (303, "/office")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    inside = Browser(client.app, PUBLIC, "192.0.2.8", cookie.partition(";")[0])
    assert inside.get("/office").status_code == 200
    assert inside.get("/login").headers["location"] == "/office"
    assert client.post(path, proof(client, path)).status_code == 410
    assert client.get("/office").headers["location"] == "/login"


def test_over_https_the_cookie_is_secure(office: Office, mailed: list[tuple[str, str]]) -> None:
    office.set(public_url="https://lich.example.vn/nhac")
    there = office.client(base="https://lich.example.vn")
    ask(there, ADMIN)
    path = mailed[-1][1].removeprefix("https://lich.example.vn")
    answer = there.post(path, proof(there, path))
    assert answer.headers["location"] == "/nhac/office"
    assert {"Secure", "Path=/nhac"} <= set(answer.headers["set-cookie"].split("; "))


def test_strangers_learn_nothing_and_get_nothing(client: Browser, mailed: list[tuple[str, str]]) -> None:
    assert ask(client, "ai-do@example.vn") == ask(client, " QUANTRI@example.vn ")
    assert [address for address, _ in mailed] == [ADMIN]


def test_nobodys_mailbox_is_filled(client: Browser, mailed: list[tuple[str, str]]) -> None:
    for _ in range(20):
        ask(client, ADMIN)
    assert len(mailed) == logins.LINKS_AT_ONCE


def test_a_link_ends_after_half_an_hour_and_a_session_after_a_working_day(
    office: Office, client: Browser, admin: Browser, mailed: list[tuple[str, str]]
) -> None:
    path = link(client, mailed)
    later(office, logins.LINK_LASTS)
    assert client.post(path, proof(client, path)).status_code == 410
    assert admin.get("/office").status_code == 200
    later(office, logins.SESSION_LASTS)
    assert admin.get("/office").headers["location"] == "/login"
    ask(client, ADMIN)
    with Session(office.site.engine) as session:
        assert len(session.exec(select(Login)).all()) == 1  # what has ended is forgotten


def test_who_is_taken_off_the_list_is_out_at_once(office: Office, admin: Browser) -> None:
    assert admin.get("/office").status_code == 200
    office.set(admins=("ai-khac@example.vn",))
    assert admin.get("/office").headers["location"] == "/login"


def test_logging_out(office: Office, admin: Browser) -> None:
    fields = proof(admin, "/office")
    assert admin.post("/logout", {"csrf": "x"}).status_code == 403
    assert admin.post("/logout", fields, {"Origin": "https://evil.example"}).status_code == 403
    answer = admin.post("/logout", fields)
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]
    assert admin.get("/office").headers["location"] == "/login"
    assert office.client().post("/logout", {}).status_code == 303


def test_another_sites_form_logs_nobody_out(office: Office) -> None:
    # Over plain HTTP a browser sends no more than this from a page without a referrer, and no cookie.
    answer = office.client().post("/logout", {"csrf": "x"}, {"Origin": "null"})
    assert "set-cookie" not in answer.headers


def test_all_sessions_can_be_ended(office: Office, admin: Browser) -> None:
    other = office.admin()
    with transaction(office.site.engine) as session:
        assert logins.end_all(session, office.site.clock(), "cli", "ai-khac@example.vn") == 0
        assert logins.end_all(session, office.site.clock(), "cli") == 2
    for browser in (admin, other):
        assert browser.get("/office").headers["location"] == "/login"


def test_sessions_are_ended_whatever_the_clock_says(office: Office, admin: Browser) -> None:
    with transaction(office.site.engine) as session:
        assert logins.end_all(session, office.site.clock() + logins.SESSION_LASTS, "cli") == 0
    assert admin.get("/office").headers["location"] == "/login"


def test_forms_of_others_are_refused(office: Office, client: Browser, mailed: list[tuple[str, str]]) -> None:
    path = link(client, mailed)
    before = office.rows()
    for where in ("/login", path):
        assert client.post(where, {"address": ADMIN}).status_code == 403
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert client.post(where, proof(client, where) | {"address": ADMIN}, foreign).status_code == 403
    assert office.rows() == before
    one, other = office.admin(), office.admin()
    fields = proof(one, "/office") | {"action": "hold"}
    assert other.post("/office/sending", fields).status_code == 403


def test_the_database_knows_no_token(office: Office, client: Browser, mailed: list[tuple[str, str]]) -> None:
    token = link(client, mailed).rpartition("/")[2]
    assert token not in str(office.rows())


def test_a_proxys_word(office: Office) -> None:
    office.set(admins=(ADMIN,))
    named = {"X-Remote-User": ADMIN.upper(), "X-Forwarded-For": "192.0.2.9"}
    proxy, stranger = office.client(near=True), office.client()
    assert proxy.get("/office", named).headers["location"] == "/login"  # nothing says that there is such a proxy
    office.set(user_header="X-Remote-User")
    inside = proxy.get("/office", named)
    assert inside.status_code == 200
    assert "/logout" not in inside.text  # it is the proxy's to log out
    assert stranger.get("/office", named).headers["location"] == "/login"
    for other in ("ai-do@example.vn", "", f"{ADMIN}, ai-do@example.vn"):
        assert proxy.get("/office", named | {"X-Remote-User": other}).headers["location"] == "/login"
    found = re.search(r'name="csrf" value="(\w+)"', proxy.get(f"/office/reports/{Q1}", named).text)
    assert found is not None
    assert proxy.post("/office/sending", {"csrf": found[1], "action": "hold"}, named).status_code == 303
    with Session(office.site.engine) as session:
        assert session.exec(select(Audit).where(Audit.action == "hold")).one().actor == ADMIN
