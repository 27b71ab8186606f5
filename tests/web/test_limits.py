"""How often one address may ask in vain, how many pages are made at a time, and whom neither concerns."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import httpx
import pytest

from scheduler.web.app import make_app
from scheduler.web.limits import Buckets, Limits, Rate, counted_as
from scheduler.web.server import Server
from tests.web.browser import Browser
from tests.web.conftest import PUBLIC, Office

FEW = Limits(strangers=Rate(3, 0.001), forms=Rate(3, 0.001))


def browser(office: Office, limits: Limits = FEW) -> Browser:
    return Browser(make_app(office.site, limits), PUBLIC, "192.0.2.7")


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    buckets = Buckets(Rate(2, 0.5), 10, lambda: now[0])
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 2, 2]
    assert buckets.take("b") == 0, "each address has its own"
    now[0] = 1.5
    assert buckets.take("a") == pytest.approx(0.5)
    now[0] = 2.5
    assert buckets.take("a") == 0
    now[0] = 1e6
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 2], "but never beyond its brim"


def test_memory_is_bounded_however_many_addresses_come() -> None:
    buckets = Buckets(Rate(1, 1), 1000)
    for number in range(50_000):
        buckets.take(f"10.{number >> 8 & 255}.{number & 255}.{number >> 16}")
    assert len(buckets) == 1000


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("x" * 1000, "x" * 40),
    ],
)
def test_what_an_address_is_counted_as(client: str, name: str) -> None:
    assert counted_as(client) == name


@pytest.mark.parametrize("path", ["/feeds/nothing/y-te.ics", "/u/nothing", "/o/nothing", "/wp-login.php", "/mail/x"])
def test_who_guesses_links_has_to_wait_and_good_links_work_on(office: Office, path: str) -> None:
    client = browser(office)
    office.publish("units/y-te", b"BEGIN:VCALENDAR\r\n")
    assert [client.get(path).status_code for _ in range(5)] == [404, 404, 404, 429, 429]
    answer = client.get(path)
    assert int(answer.headers["retry-after"]) > 0
    assert "text/plain" in answer.headers["content-type"]
    for good in (office.feed("units/y-te"), office.page("y-te"), "/", "/healthz", "/metrics", "/static/style.css"):
        assert client.get(good).status_code == 200
    other = Browser(make_app(office.site, FEW), PUBLIC, "192.0.2.8")
    assert other.get(path).status_code == 404


def test_open_feeds_and_revoked_links_are_no_guesses(office: Office) -> None:
    office.set(feeds_public=True)
    office.publish("all", b"BEGIN:VCALENDAR\r\n")
    office.publish("plans/kh", b"BEGIN:VCALENDAR\r\n")
    revoked = office.feed("units/y-te")
    office.revoke("units/y-te")
    client = browser(office)
    for path, status in (("/feeds/all.ics", 200), ("/feeds/plans/kh.ics", 200), (revoked, 410)):
        assert [client.get(path).status_code for _ in range(6)] == [status] * 6


def test_forms_are_counted_and_nothing_is_done_by_one_too_many(office: Office) -> None:
    client = browser(office)
    for _ in range(3):
        assert client.post("/u/nothing", {}).status_code == 404
    assert client.post(office.page("y-te"), office.form("y-te")).status_code == 429
    assert office.standing() == {}


@pytest.mark.parametrize(
    "foreign", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_forms_of_another_site_use_up_nothing_of_their_visitor(office: Office, foreign: dict[str, str]) -> None:
    client = browser(office)
    sent = [client.post(office.page("y-te"), office.form("y-te"), foreign).status_code for _ in range(5)]
    assert sent == [403, 403, 403, 429, 429], "but they are bounded as well"
    assert client.post(office.page("y-te"), office.form("y-te"), {"Origin": PUBLIC}).status_code == 303
    assert len(office.standing()) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PROPFIND"])
@pytest.mark.parametrize("path", ["/api/nowhere", "/api/", "/api/submissions/a", "/api/deadlines/"])
def test_who_guesses_at_the_api_has_to_wait_and_programs_go_on(office: Office, method: str, path: str) -> None:
    client = browser(office)
    answers = [client.request(method, path) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert answers[-1].headers["cache-control"] == "no-store"
    assert int(answers[-1].headers["retry-after"]) > 0
    assert [client.get("/api/openapi.json").status_code for _ in range(5)] == [200] * 5


def test_behind_a_proxy_each_visitor_is_counted_alone(office: Office) -> None:
    server = Server(office.site, "127.0.0.1", 0, FEW)
    server.start()

    def status(visitor: str) -> int:
        url = f"http://127.0.0.1:{server.port}/u/nothing"
        return httpx.get(url, headers={"X-Forwarded-For": visitor}).status_code

    assert [status("192.0.2.1") for _ in range(4)] == [404, 404, 404, 429]
    assert status("192.0.2.2") == 404
    assert status("203.0.113.9, 192.0.2.1") == 429, "what a visitor writes there itself does not count"
    server.stop()


@contextmanager
def all_hands_full(office: Office, limits: Limits) -> Iterator[str]:
    """A server whose pages wait for the database, as many as may; one more has been turned away."""
    server = Server(office.site, "127.0.0.1", 0, limits)
    server.start()
    url = f"http://127.0.0.1:{server.port}"

    def press() -> int:
        return httpx.post(f"{url}{office.page('y-te')}", data=office.form("y-te"), timeout=60).status_code

    with ThreadPoolExecutor(limits.pages_at_once + 1) as people:
        with office.site.writing:
            asked = [people.submit(press) for _ in range(limits.pages_at_once + 1)]
            assert next(as_completed(asked)).result() == 503
            yield url
        assert sorted(one.result() for one in asked) == [*([303] * limits.pages_at_once), 503]
    server.stop()


def test_when_too_many_ask_at_once_pages_say_so_and_feeds_and_health_go_on(office: Office) -> None:
    office.publish("units/y-te", b"BEGIN:VCALENDAR\r\n")
    with all_hands_full(office, Limits(pages_at_once=45)) as url:
        page = httpx.get(f"{url}/")
        assert page.status_code == 503
        assert page.headers["retry-after"] == "10"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "Too many people" in page.text
        assert httpx.get(f"{url}/healthz").status_code == 200, "though every thread for pages waits"
        assert httpx.get(f"{url}{office.feed('units/y-te')}").status_code == 200
    assert len(office.standing()) == 1
