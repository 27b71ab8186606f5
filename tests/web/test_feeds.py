"""Feeds over HTTP, as calendar programs ask for them."""

import gzip
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scheduler.feeds.calendars import replace_file
from scheduler.web.feed_files import FeedFiles
from tests.web.browser import Browser
from tests.web.conftest import Office
from tests.web.test_alarms import alarms, feed

CONTENT = feed(date(2025, 6, 19))
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def url(office: Office) -> str:
    file = office.publish("units/y-te", CONTENT)
    os.utime(file, (1749600000, 1749600000))  # 11/6/2025, 00:00 UTC
    return office.feed("units/y-te")


def test_a_feed_with_all_its_header_fields(client: Browser, url: str) -> None:
    answer = client.get(url, headers=PLAIN)
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-disposition"] == 'inline; filename="y-te.ics"'
    assert answer.headers["last-modified"] == "Wed, 11 Jun 2025 00:00:00 GMT"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "private" in answer.headers["cache-control"]
    assert "must-revalidate" in answer.headers["cache-control"]


def test_packed_bytes_have_a_tag_of_their_own(client: Browser, url: str) -> None:
    plain = client.get(url, headers=PLAIN)
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    raw = packed.extensions["raw"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(raw))
    assert gzip.decompress(raw) == CONTENT
    assert raw[4:8] == bytes(4)  # no time in it: the same feed packs to the same bytes
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_either_tag_gives_304_with_that_tag_and_both_validators(client: Browser, url: str, coding: str) -> None:
    tags = [client.get(url, headers={"Accept-Encoding": c}).headers["etag"] for c in ("identity", "gzip")]
    for tag in tags:
        for header in (tag, f"W/{tag}", f'"other", {tag}'):
            answer = client.get(url, headers={"If-None-Match": header, "Accept-Encoding": coding})
            assert answer.status_code == 304
            assert answer.content == b""
            assert answer.headers["etag"] == tag
            assert answer.headers["last-modified"] == "Wed, 11 Jun 2025 00:00:00 GMT"
            assert answer.headers["vary"] == "Accept-Encoding"
            assert "content-type" not in answer.headers
    assert client.get(url, headers={"If-None-Match": "*"}).status_code == 304


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Wed, 11 Jun 2025 00:00:00 GMT", 304),
        ("Thu, 12 Jun 2025 00:00:00 GMT", 304),
        ("Tue, 10 Jun 2025 23:59:59 GMT", 200),
        ("Wednesday, 11-Jun-25 00:00:00 GMT", 304),
        ("no date at all", 200),
    ],
)
def test_dates(client: Browser, url: str, since: str, status: int) -> None:
    answer = client.get(url, headers={"If-Modified-Since": since})
    assert answer.status_code == status
    assert "etag" in answer.headers


def test_a_tag_wins_over_a_date(client: Browser, url: str) -> None:
    headers = {"If-None-Match": '"old"', "If-Modified-Since": "Thu, 12 Jun 2025 00:00:00 GMT"}
    assert client.get(url, headers=headers).status_code == 200
    tag = client.get(url, headers=PLAIN).headers["etag"]
    headers = {"If-None-Match": tag, "If-Modified-Since": "Tue, 10 Jun 2025 00:00:00 GMT"}
    assert client.get(url, headers=headers).status_code == 304


def test_head_is_get_without_the_body(client: Browser, url: str) -> None:
    got, asked = client.get(url, headers=PLAIN), client.head(url, headers=PLAIN)
    assert asked.status_code == 200
    assert asked.content == b""
    assert asked.headers == got.headers
    assert client.head(url, headers={"If-None-Match": got.headers["etag"]}).status_code == 304


def test_no_negotiation_and_no_ranges(client: Browser, url: str) -> None:
    answer = client.get(url, headers=PLAIN | {"Accept": "text/html", "Range": "bytes=0-9"})
    assert answer.status_code == 200
    assert answer.content == CONTENT


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND", "OPTIONS", "REPORT"])
def test_a_feed_can_only_be_read(client: Browser, url: str, method: str) -> None:
    answer = client.request(method, url)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_unknown_and_revoked_links(office: Office, client: Browser, url: str) -> None:
    token = url.split("/")[2]
    for path in (
        url.replace("y-te", "tai-chinh"),
        url.removesuffix(".ics"),
        f"{url}/",
        f"/feeds/{token}/units/y-te.ics",
        f"/feeds/{'a' * 32}/y-te.ics",
        f"/feeds/{office.site.links.token('page', 'units/y-te')}/y-te.ics",
        f"/feeds/{token}/../../state/secret.ics",
        "/feeds/",
        "/feeds/all.ics",
        "/feeds/plans/kh.ics",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["cache-control"] == "no-store"
    office.revoke("units/y-te")
    assert client.get(url).status_code == 410
    assert client.head(url).status_code == 410
    assert client.get(office.feed("units/y-te")).status_code == 200


def test_a_changed_file_is_seen_at_once(office: Office, client: Browser, url: str) -> None:
    before = client.get(url, headers=PLAIN)
    office.publish("units/y-te", feed(date(2025, 6, 20)))
    after = client.get(url, headers=PLAIN | {"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.content != before.content


def test_good_bytes_outlive_their_file(client: Browser, office: Office, url: str) -> None:
    first = client.get(url, headers=PLAIN)
    (office.calendars / "units/y-te.ics").unlink()
    again = client.get(url, headers=PLAIN)
    assert (again.status_code, again.content) == (200, CONTENT)
    assert client.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_a_feed_that_is_not_built_yet(client: Browser, office: Office) -> None:
    answer = client.get(office.feed("units/tai-chinh"))
    assert answer.status_code == 404, "after 5xx Thunderbird would leave it alone"
    assert int(answer.headers["retry-after"]) > 0


def test_two_changes_within_a_second_reach_who_asks_by_date_alone(office: Office) -> None:
    office.site.clock = lambda: datetime(2100, 1, 1, tzinfo=UTC)  # files have their dates from the real one
    file, path, client = office.calendars / "units" / "y-te.ics", office.feed("units/y-te"), office.client()
    file.parent.mkdir(parents=True)
    replace_file(file, feed(date(2025, 6, 18)))
    dates = [client.get(path).headers["last-modified"]]
    for day in (19, 20, 21):
        replace_file(file, feed(date(2025, 6, day)))
        answer = client.get(path, headers={"If-Modified-Since": dates[-1]})
        assert answer.status_code == 200
        assert answer.content == feed(date(2025, 6, day))
        dates.append(answer.headers["last-modified"])
    assert len(set(dates)) == 4


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=-5", "bytes=0-,5-", "bytes=999999-", "pages=1"])
def test_a_range_brings_the_whole(client: Browser, url: str, asked: str) -> None:
    whole = client.get(url, headers=PLAIN)
    assert whole.headers["accept-ranges"] == "none"
    for more in ({}, {"If-Range": whole.headers["etag"]}, {"If-Range": whole.headers["last-modified"]}):
        answer = client.get(url, headers=PLAIN | {"Range": asked} | more)
        assert (answer.status_code, answer.content) == (200, CONTENT)


def test_alarms_for_who_asks(client: Browser, url: str) -> None:
    plain, ringing = client.get(url, headers=PLAIN), client.get(f"{url}?alarms=1", headers=PLAIN)
    assert len(alarms(ringing.content)) == 1
    assert ringing.headers["etag"] != plain.headers["etag"]
    assert client.get(f"{url}?alarms=1", headers={"If-None-Match": plain.headers["etag"]}).status_code == 200
    assert client.get(f"{url}?alarms=1", headers={"If-None-Match": ringing.headers["etag"]}).status_code == 304
    assert client.get(f"{url}?alarms=0", headers=PLAIN).content == CONTENT
    assert client.get(f"{url}?utm=%ff&alarms=", headers=PLAIN).content == CONTENT


def test_public_feeds(client: Browser, office: Office) -> None:
    office.publish("all", CONTENT)
    office.publish("plans/kh", CONTENT)
    office.publish("units/y-te", CONTENT)
    office.set(feeds_public=True)
    for path in ("/feeds/all.ics", "/feeds/plans/kh.ics"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "public" in answer.headers["cache-control"]
    for path in ("/feeds/units/y-te.ics", "/feeds/plans/none.ics", "/feeds/plans/..%2Funits%2Fy-te.ics"):
        assert client.get(path).status_code == 404
    assert "/feeds/all.ics" in client.get("/").text


def test_any_name_will_do_for_a_feed(office: Office, url: str) -> None:
    assert office.client(base="http://192.0.2.1:8080").get(url).status_code == 200


def test_a_public_url_with_a_path(office: Office, url: str) -> None:
    office.set(public_url="http://lich.example.vn/nhac-han")
    client = office.client()
    assert client.get(f"/nhac-han{url}").status_code == 200  # the proxy passes the path on
    assert client.get(url).status_code == 200  # the proxy takes it away
    for front in ("/nhac-han/", "/nhac-han"):
        assert "/nhac-han/static/style.css" in client.get(front).text


def test_memory_is_bounded(office: Office, tmp_path: Path) -> None:
    files = FeedFiles(office.site.clock, max_bytes=40_000)
    for number in range(30):
        (tmp_path / f"{number}.ics").write_bytes(os.urandom(2000))
        assert files.get(str(tmp_path / f"{number}.ics"), alarms=False, shared=False)
    for number in range(30):
        (tmp_path / f"{number}.ics").unlink()
    kept = [n for n in range(30) if files.get(str(tmp_path / f"{n}.ics"), alarms=False, shared=False)]
    assert kept == list(range(30 - len(kept), 30))
    assert 0 < len(kept) <= 8


def test_a_file_from_the_future_has_no_date_in_the_future(office: Office, client: Browser, url: str) -> None:
    file = office.calendars / "units/y-te.ics"
    os.utime(file, (2_000_000_000, 2_000_000_000))
    assert client.get(url).headers["last-modified"] == "Thu, 12 Jun 2025 02:00:00 GMT"
