"""Feeds as each client asks for them: with its own header fields and no others, from the real server."""

from collections.abc import Iterator, Mapping
from datetime import date
from gzip import decompress
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from scheduler.web.server import Server
from tests.web.conftest import Office
from tests.web.test_alarms import feed

GOOGLE = "Mozilla/5.0 (compatible; Google-Calendar-Importer; +http://www.google.com/calendar)"
AGENTS = {
    "Google": {"User-Agent": "Google-Calendar-Importer", "Accept-Encoding": "gzip"},
    "Google again": {
        "User-Agent": GOOGLE,
        "Accept-Encoding": "gzip, deflate, br",
        "From": "googlebot(at)googlebot.com",
    },
    "Outlook": {
        "User-Agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
        "Accept": "text/calendar, text/x-vcalendar",
        "X-Office-Major-Version": "16",
    },
    "Outlook on the web": {"User-Agent": "Microsoft.Exchange/15.20 (OWA; CalendarSubscription)", "Accept": "*/*"},
    "Thunderbird": {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0",
        "Accept": "text/calendar,text/plain;q=0.8,*/*;q=0.5",
        "Accept-Charset": "utf-8,*;q=0.1",
        "Accept-Encoding": "gzip, deflate, br, zstd",
    },
    "Apple": {
        "User-Agent": "macOS/15.1 (24B83) dataaccessd/1.0",
        "Accept": "*/*",
        "Accept-Language": "vi-VN,vi;q=0.9",
        "Accept-Encoding": "gzip, deflate, br",
    },
    "Nextcloud": {"User-Agent": "Nextcloud Webcal Service", "Accept": "text/calendar, application/calendar+json"},
    "a bare one": {},
}


class Answer(NamedTuple):
    """What came over the wire; the body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Asks for one feed."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self._path = path

    def get(self, headers: Mapping[str, str], method: str = "GET") -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, self._path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        found = connection.getresponse()
        body, fields = found.read(), {name.lower(): value for name, value in found.getheaders()}
        connection.close()
        return Answer(found.status, fields, decompress(body) if body and "content-encoding" in fields else body)


@pytest.fixture
def client(office: Office) -> Iterator[Client]:
    office.publish("units/y-te", feed(date(2025, 6, 19)))
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    yield Client(server.port, office.feed("units/y-te"))
    server.stop()


@pytest.mark.parametrize("agent", AGENTS)
def test_the_calendar_then_nothing_new_then_the_next(office: Office, client: Client, agent: str) -> None:
    own = AGENTS[agent]
    first = client.get(own)
    assert (first.status, first.body) == (200, feed(date(2025, 6, 19)))
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert ("content-encoding" in first.headers) == ("gzip" in own.get("Accept-Encoding", ""))
    tag, day = {"If-None-Match": first.headers["etag"]}, {"If-Modified-Since": first.headers["last-modified"]}
    weak = {"If-None-Match": f"W/{first.headers['etag']}"}
    for known in (tag, day, tag | day, weak, weak | day, {"If-None-Match": "*"}):
        assert client.get(own | known)[::2] == (304, b"")
    asked = client.get(own, "HEAD")
    assert (asked.status, asked.body) == (200, b"")
    assert {**asked.headers, "date": ""} == {**first.headers, "date": ""}
    office.publish("units/y-te", feed(date(2025, 6, 20)))
    for known in (tag, tag | day, weak):
        assert client.get(own | known)[::2] == (200, feed(date(2025, 6, 20)))


@pytest.mark.parametrize("agent", AGENTS)
def test_good_bytes_whatever_happens_to_the_file(office: Office, client: Client, agent: str) -> None:
    first = client.get(AGENTS[agent])
    file = office.calendars / "units" / "y-te.ics"
    file.unlink()
    file.mkdir()  # a folder in its place cannot be read
    assert client.get(AGENTS[agent])[::2] == (200, first.body)
    assert client.get(AGENTS[agent] | {"If-None-Match": first.headers["etag"]}).status == 304


def test_a_link_that_is_none_and_one_that_was_revoked(office: Office, client: Client) -> None:
    unknown = Client(client.port, f"/feeds/{'a' * 32}/y-te.ics")
    thunderbird = AGENTS["Thunderbird"]
    assert unknown.get(thunderbird).status == 404, "it asks again"
    office.revoke("units/y-te")
    assert client.get(thunderbird).status == 410, "it asks no more"
