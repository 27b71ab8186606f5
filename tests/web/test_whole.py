"""Requests for feeds that come in one piece are answered ahead of uvicorn; the answers are those it would give."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from functools import partial

import pytest

from scheduler.web import whole as module
from scheduler.web.server import Server
from scheduler.web.whole import BEGINNING, LARGEST, Request, whole
from tests.web.conftest import Office
from tests.web.test_alarms import feed

HEAD = b'GET /feeds/x/y.ics?alarms=1 HTTP/1.1\r\nHost: a\r\nIf-None-Match: "b"\r\n'
READ = Request("/feeds/x/y.ics", b"alarms=1", [(b"host", b"a"), (b"if-none-match", b'"b"')], stays=True)


@pytest.mark.parametrize(
    ("piece", "found"),
    [
        (HEAD + b"\r\n", READ),
        (HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n", READ._replace(stays=False)),
        (HEAD + b"\r\n\r\n", READ),
        (HEAD + b"\r\nG", None),
        (HEAD + b"\r\n" + HEAD + b"\r\n", None),
        (HEAD, None),
        (HEAD + b"\r", None),
        (HEAD + b"Content-Length: 0\r\n\r\n", None),
        (HEAD + b"Content-Length: 1\r\n\r\nx", None),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", None),
        (HEAD + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", None),
        (HEAD + b"No colon\r\n\r\n", None),
        (HEAD.replace(b"GET", b"HEAD") + b"\r\n", None),
        (HEAD.replace(b"/y", b"/%79") + b"\r\n", None),
        (HEAD.replace(b"/y", b"/\xc3\xbd") + b"\r\n", None),
        (HEAD.replace(b"HTTP/1.1", b"HTTP/9.9") + b"\r\n", None),
        (b"", None),
    ],
)
def test_what_is_whole(piece: bytes, found: Request | None) -> None:
    assert whole(piece) == found


def test_who_asks_to_end_the_connection_has_it_ended() -> None:
    found = whole(HEAD + b"Connection: close\r\n\r\n")
    assert found is not None
    assert not found.stays


def test_what_is_remembered_has_a_bound() -> None:
    for number in range(2 * module._REMEMBERED):
        whole(HEAD + b"X-Number: %d\r\n\r\n" % number)
    assert whole.cache_info().currsize <= module._REMEMBERED


@pytest.fixture
def server(office: Office) -> Iterator[Server]:
    office.publish("units/y-te", feed(date(2025, 6, 19)))
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


def ask(server: Server, *pieces: bytes) -> bytes:
    """All that is answered to pieces that come one after the other, less the date."""
    with closing(socket.create_connection(("127.0.0.1", server.port), 5)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            if piece is not pieces[0]:
                time.sleep(0.002)
            connection.sendall(piece)
        return re.sub(rb"date: [^\r]*\r\n", b"", b"".join(iter(partial(connection.recv, 2**20), b"")))


def streams(path: str) -> Iterator[bytes]:
    """What comes over one connection; all of it holds, somewhere, what looks like a whole request for a feed."""
    get = f"GET {path} HTTP/1.1\r\nHost: a\r\n".encode()
    end = b"GET /robots.txt HTTP/1.1\r\nConnection: close\r\n\r\n"
    yield get + b"\r\n" + get + b"Accept-Encoding: gzip\r\n\r\n" + end
    yield get + b"X: " + get + b"\r\n" + end
    yield get + b"Content-Length: %d\r\n\r\n" % len(get + b"\r\n") + get + b"\r\n" + end
    yield b"POST /u/x HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(get + b"\r\n") + get + b"\r\n" + end
    yield (
        b"POST /u/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(get + b"\r\n")
        + get
        + b"\r\n"
        + (b"\r\n0\r\n\r\n" + end)
    )
    yield b"GET /robots.txt HTTP/1.1\r\n\r\n\r\n" + get + b"\r\n" + get + b"Connection: close\r\n\r\n"


@pytest.mark.parametrize("number", range(6))
def test_wherever_the_pieces_end_the_answers_are_the_same(office: Office, server: Server, number: int) -> None:
    stream = list(streams(office.feed("units/y-te")))[number]
    together = ask(server, stream)
    assert together.startswith(b"HTTP/1.1 ")
    begins = [found.start() for found in re.finditer(rb"GET |\r\n", stream)]
    for place in sorted({*begins, *range(7, len(stream), 11)} - {0}):
        assert ask(server, stream[:place], stream[place:]) == together, place
    looks_whole = f"GET {office.feed('units/y-te')} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    for found in re.finditer(re.escape(looks_whole), stream):
        assert ask(server, stream[: found.start()], looks_whole, stream[found.end() :]) == together, found.start()
    pieces = [stream[a:b] for a, b in zip([0, *begins[1:]], [*begins[1:], len(stream)], strict=True)]
    assert ask(server, *pieces) == together


def test_an_answer_that_was_asked_for_in_one_piece_is_uvicorn_s_own(office: Office, server: Server) -> None:
    get = f"GET {office.feed('units/y-te')} HTTP/1.1\r\nHost: a\r\n".encode()
    assert get.startswith(BEGINNING)
    for more in (b"", b"Accept-Encoding: gzip\r\n", b"If-Modified-Since: Wed, 11 Jun 2036 00:00:00 GMT\r\n"):
        quick = get + more + b"Connection: close\r\n\r\n"
        long = get + more + b"X: %s\r\nConnection: close\r\n\r\n" % (b"x" * LARGEST)

        def fields(answer: bytes) -> tuple[bytes, set[bytes], bytes]:
            head, _, body = answer.partition(b"\r\n\r\n")
            first, *rest = head.split(b"\r\n")
            return first, set(rest), body

        assert fields(ask(server, quick)) == fields(ask(server, long))


def test_who_asks_again_and_again_keeps_the_connection_and_who_does_not_is_let_go(
    office: Office, server: Server
) -> None:
    server._server.config.timeout_keep_alive = 1
    get = f"GET {office.feed('units/y-te')} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        for _ in range(6):
            connection.sendall(get)
            assert connection.recv(2**20).startswith(b"HTTP/1.1 200 OK")
            time.sleep(0.4)
        before = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - before < 5
