"""Whatever anybody sends: no failure of ours, no traceback, no secret, and the next honest one is served."""

import re
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scheduler.web.actions import unit_actor
from scheduler.web.limits import Limits, Rate
from scheduler.web.server import Server
from tests.web.conftest import SECRET, Office
from tests.web.test_alarms import feed

SAME_OFFICE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
OFTEN = Rate(1e9, 1e9)
QUICK = Limits(head_seconds=0.2, body_seconds=0.2, strangers=OFTEN, forms=OFTEN)

METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "CONNECT",
    "PROPFIND",
    "get",
    "G\0T",
    "🦆",
]
PLACES = ["/", "/feeds/", "/u/", "/o/", "/static/", "/mail/", "/healthz", "/metrics", "/robots.txt", "//", "*", ""]
PIECES = [
    *(
        "..",
        "%2e%2e",
        "..%2f..%2f",
        "%00",
        "\0",
        "%ff%fe",
        "%c0%ae",
        "\udcff",
        "%",
        "%zz",
        "%u0041",
        "//",
        "\\..\\",
        ";",
    ),
    *("all.ics", "units", "y-te.ics", "style.css", "etc/passwd", "secret.key", "nhachan.db", "mail", "html", "a" * 300),
    *(
        "{{7*7}}",
        "<script>",
        "%0d%0aSet-Cookie:x=1",
        "?alarms=1",
        "?alarms=%ff&&&=;",
        "#x",
        "http://evil.example/",
        "ấ",
    ),
]
HEADERS = [
    *(
        "Host: evil.example",
        "Host:",
        "Host: [",
        "Host: a\r\nHost: b",
        "Host: \xff\xfe",
        "Host: 127.0.0.1:99999",
        "X: \0",
    ),
    *("X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: ,[::1,\xff", "X-Forwarded-Proto: \xff", "Forwarded: for=[::1]"),
    *(
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Content-Length: 5\r\nContent-Length: 6",
        "Expect: x",
    ),
    *(
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity\r\nContent-Length: 3",
        "Expect: 100-continue",
    ),
    *(
        "If-None-Match: " + '"' * 99,
        'If-None-Match: W/"',
        "If-Modified-Since: Fri, 99 Xxx 0000 99:99:99 +9999",
        "Range: x",
    ),
    *(
        "If-Modified-Since: Sun, 01 Jan 0001 00:00:00 -2359",
        "Accept-Encoding: gzip;q=9e9, *;q=",
        "Cookie: a=b",
        ": x",
        " x: y",
    ),
    *(
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==",
        "Connection: keep-alive, upgrade",
        "Upgrade: h2c",
    ),
    *(
        "Origin: http://[",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Content-Type: multipart/form-data; boundary=x",
    ),
    *(
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: \xff;;=",
        "A: " + "b" * 5000,
        "X-Http-Method: PUT",
    ),
]
BODIES = [
    b"",
    b"a=b",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"\0" * 99,
    b"csrf=%ff&unit=%00",
    b"a=" + b"b" * 70000,
]

paths = st.builds(
    lambda place, pieces: place + "/".join(pieces),
    st.sampled_from(PLACES),
    st.lists(st.sampled_from(PIECES), max_size=4),
) | st.text(max_size=40)
requests = st.builds(
    lambda method, path, version, headers, body: (
        f"{method} {path} {version}\r\n".encode("utf-8", "surrogateescape")
        + b"".join(h.encode("latin-1") + b"\r\n" for h in headers)
        + b"\r\n"
        + body
    ),
    st.sampled_from(METHODS),
    paths,
    st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9", "", "SIP/2.0"]),
    st.lists(st.sampled_from(HEADERS), max_size=5),
    st.sampled_from(BODIES) | st.binary(max_size=50),
)
garbage = st.binary(min_size=1, max_size=300)
streams = st.lists(requests | garbage, min_size=1, max_size=3).map(b"".join)


def secrets(office: Office) -> list[bytes]:
    """What nobody without a link may learn."""
    links = office.site.links
    tokens = [links.token(kind, name) for name in links for kind in ("feed", "page")]
    forms = [unit_actor(office.site, unit).csrf for unit in office.site.register.units.values()]
    key = [SECRET[:16], SECRET.hex()[:32].encode(), b64encode(SECRET)[:20]]
    return [*(word.encode() for word in (*tokens, *forms)), *key]


def look_over(office: Office, answer: bytes, sent: bytes = b"") -> None:
    for status in re.findall(rb"^HTTP/1\.1 (\d+)", answer, re.MULTILINE):
        assert int(status) < 500, (sent, answer)
    for word in (b"Traceback", b".py", b"Error: ", b"sqlite"):
        assert word not in answer, (sent, answer)
    for secret in secrets(office):
        assert secret not in answer, (sent, answer)


@contextmanager
def serving(office: Office, limits: Limits = QUICK) -> Iterator[int]:
    office.publish("units/y-te", feed(date(2025, 6, 19)))
    server = Server(office.site, "127.0.0.1", 0, limits)
    server.start()
    yield server.port
    assert still_serves(office, server.port)
    server.stop()


def still_serves(office: Office, port: int) -> bool:
    return all(b" 200 OK" in ask(port, get(path)) for path in (office.feed("units/y-te"), "/healthz"))


def get(path: str, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode("latin-1")


def ask(port: int, sent: bytes) -> bytes:
    """The bytes that come back until the first answer is whole, or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        found = b""
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(sent)
            while not _whole(found, sent) and (more := connection.recv(65536)):
                found += more
        return found


def _whole(answer: bytes, asked: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
    return bool(end) and (length is None or len(body) >= int(length[1]) or b"HTTP/1.1 304" in head or b"HEAD " in asked)


@SAME_OFFICE
@given(
    method=st.sampled_from(METHODS[:8]),
    path=paths,
    headers=st.dictionaries(st.sampled_from(["host", "origin"]), st.text()),
)
def test_no_path_makes_a_page_fail(office: Office, method: str, path: str, headers: dict[str, str]) -> None:
    url = quote("/" + path.encode("utf-8", "replace").decode(), safe="/%?=&;")
    try:
        values = {name: value.encode("ascii").decode() for name, value in headers.items()}
    except UnicodeError:
        values = {}
    try:
        answer = office.client().request(method, url, values)
    except httpx.InvalidURL:
        return
    assert answer.status_code < 500
    look_over(office, answer.content)
    look_over(office, str(answer.headers).encode())


@SAME_OFFICE
@given(form=st.dictionaries(st.sampled_from(["action", "deadline", "unit", "on", "reference", "csrf", "x"]), st.text()))
@example(form={"on": "²/6"})
@example(form={"on": "20/06/٢٠٢٥"})
@example(form={"reference": "\0\r\n\u202e"})
@example(form={"csrf": "ấ"})
def test_no_form_makes_a_page_fail(office: Office, form: dict[str, str]) -> None:
    client, page = office.client(), office.page("y-te")
    for fields in (form, office.form("y-te") | form):
        safe = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
        assert client.post(page, safe).status_code < 500
        look_over(office, client.post("/u/" + "a" * 32, safe).content)


@SAME_OFFICE
@given(
    body=st.binary(max_size=300), kind=st.sampled_from(["application/x-www-form-urlencoded", "text/plain", "", "a/b;="])
)
def test_no_body_makes_a_page_fail(office: Office, body: bytes, kind: str) -> None:
    answer = office.client().request("POST", office.page("y-te"), {"Content-Type": kind}, body)
    assert 400 <= answer.status_code < 500
    assert office.standing() == {}


def test_no_bytes_make_the_server_fail(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    with serving(office) as port:

        @SAME_OFFICE
        @given(sent=streams)
        def send(sent: bytes) -> None:
            look_over(office, ask(port, sent), sent)

        send()
        for method in METHODS:
            for header in HEADERS:
                sent = f"{method} /u/x HTTP/1.1\r\n".encode() + header.encode("latin-1") + b"\r\n\r\n"
                look_over(office, ask(port, sent), sent)
    assert "Traceback" not in caplog.text
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (get("/" + "a" * 5000), 414),
        (get("/", "A: " + "b" * 20000), 431),
        (get("/", *(f"A{n}: b" for n in range(200))), 431),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 400_000, 431),
        (b"\r\n" * 20_000, 431),
        (b"POST /u/x HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost:", 408),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
    ids=["url", "header", "headers", "endless head", "newlines", "body", "half a head", "not ascii", "tls"],
)
def test_what_is_too_much_is_refused_by_its_own_name(office: Office, sent: bytes, status: int) -> None:
    with serving(office) as port:
        answer = ask(port, sent)
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        assert b"connection: close" in answer
        assert b"referrer-policy: no-referrer" in answer
        look_over(office, answer)


def test_a_body_that_does_not_come_ends_the_connection_and_no_more(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(office) as port:
        kind = "Content-Type: application/x-www-form-urlencoded"
        head = f"POST {office.page('y-te')} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}\r\nContent-Length: 99\r\n\r\ncsrf="
        assert ask(port, head.encode()) == b""
    assert caplog.text == ""
    assert office.standing() == {}


def test_who_sends_nothing_is_let_go(office: Office) -> None:
    with serving(office) as port, socket.create_connection(("127.0.0.1", port), 5) as silent:
        assert silent.recv(1) == b""


def test_who_does_not_read_is_let_go(office: Office) -> None:
    with serving(office, Limits(reading_seconds=0.3)) as port:
        office.publish("all", b"x" * 20_000_000)
        with socket.socket() as stubborn:
            stubborn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stubborn.settimeout(10)
            stubborn.connect(("127.0.0.1", port))
            stubborn.sendall(get(office.feed("all")))
            time.sleep(1)
            found = 0
            with suppress(ConnectionResetError):
                while more := stubborn.recv(2**20):
                    found += len(more)
            assert found < 20_000_000


def test_idle_connections_keep_nobody_out(office: Office) -> None:
    with serving(office, Limits(connections=20)) as port:
        idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(60)]
        assert still_serves(office, port)
        idle[0].settimeout(5)
        with suppress(ConnectionResetError):
            assert idle[0].recv(1) == b"", "the oldest made room"
        for connection in idle:
            connection.close()


def test_a_queue_of_requests_on_one_connection_is_bounded(office: Office) -> None:
    with serving(office) as port:
        look_over(office, ask(port, get("/metrics") * 500))
