"""What stands around every page."""

import logging
import re

import pytest
from sqlmodel import SQLModel

from tests.web.browser import Browser
from tests.web.conftest import Office

FOREIGN = [
    "evil.example",
    "lich.example.vn.evil.example",
    "evil-lich.example.vn",
    "[",
    "192.0.2.9",
    "127.0.0.1.evil.vn",
]
OURS = ["lich.example.vn", "LICH.example.VN:8080", "lich.example.vn.", "localhost", "127.0.0.1:8080", "[::1]:8080"]


@pytest.mark.parametrize("host", FOREIGN)
def test_pages_are_served_under_our_name_alone(client: Browser, office: Office, host: str) -> None:
    for path in ("/", office.page("y-te"), "/static/style.css"):
        answer = client.get(path, {"Host": host})
        assert answer.status_code == 400
        assert "http://lich.example.vn" in answer.text
    assert client.post(office.page("y-te"), office.form("y-te"), {"Host": host}).status_code == 400
    assert office.standing() == {}


@pytest.mark.parametrize("host", OURS)
def test_all_our_names_will_do(client: Browser, host: str) -> None:
    assert client.get("/", {"Host": host}).status_code == 200


def test_the_name_may_be_vietnamese(office: Office) -> None:
    office.set(public_url="https://lịch.example.vn")
    assert office.client().get("/", {"Host": "lịch.example.vn".encode("idna").decode()}).status_code == 200


def test_probes_come_by_any_name(client: Browser) -> None:
    for path in ("/healthz", "/metrics", "/robots.txt"):
        assert client.get(path, {"Host": "10.0.0.7:8080"}).status_code == 200


def test_security_headers_are_on_every_page(client: Browser, office: Office) -> None:
    paths = ["/", office.page("y-te"), "/u/nothing", "/nothing", "/healthz"]
    for answer in [client.get(path) for path in paths] + [client.get("/", {"Host": "evil.example"})]:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["cache-control"] == "no-store"


OWN = re.compile(r"/static/[a-z.]+\?v=[0-9a-f]+|data:image/svg\+xml[^<>]*")


def test_pages_run_nothing_but_our_own_files(admin: Browser, office: Office) -> None:
    for path in ("/", office.page("y-te"), office.page("noi-vu"), "/office"):
        html = admin.get(path).text
        assert " style=" not in html
        assert "<style" not in html
        assert all(OWN.fullmatch(src) for src in re.findall(r' src="([^"]*)"', html))
        assert html.count("<script") == html.count('<script src="/static/') == html.count("</script>")
        assert not re.search(r"\son[a-z]+=", html)
        assert 'lang="en"' in html


def test_a_database_that_is_gone_gives_a_page_and_feeds_go_on(
    client: Browser, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.publish("units/y-te", b"BEGIN:VCALENDAR\r\n")
    SQLModel.metadata.drop_all(office.site.engine)
    page = client.get(office.page("y-te"))
    assert page.status_code == 503
    assert page.headers["retry-after"] == "60"
    assert "Traceback" not in page.text
    assert "sqlite" not in page.text.lower()
    assert client.post(office.page("y-te"), office.form("y-te")).status_code == 503
    assert client.get(office.feed("units/y-te")).status_code == 200
    assert client.get("/metrics").status_code == 200
    assert "no such table" in caplog.text
    assert office.page("y-te").rsplit("/", 1)[1] not in caplog.text
    SQLModel.metadata.create_all(office.site.engine)


def test_what_should_never_happen_gives_a_page_too(
    client: Browser, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.site.deadlines = (None,)  # type: ignore[assignment]
    with caplog.at_level(logging.ERROR):
        answer = client.get(office.page("y-te"))
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "AttributeError" not in answer.text
    assert "AttributeError" in caplog.text
    assert office.page("y-te").rsplit("/", 1)[1] not in caplog.text
