"""Who sends without an end, or does not read what is answered, keeps nobody else out and costs no memory."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from scheduler.web.limits import Limits
from scheduler.web.server import Server
from tests.web.conftest import Office
from tests.web.test_api import Program
from tests.web.test_hostile import ask, get, still_serves

SOME = 40_000  # bytes of a feed: less than uvicorn holds for a connection before it stops writing


@contextmanager
def serving(office: Office, limits: Limits) -> Iterator[int]:
    """A server whose system keeps next to nothing for a connection, so that answers wait in its own memory."""
    office.publish("all", b"x" * SOME)
    office.publish("units/y-te", b"BEGIN:VCALENDAR\r\n")
    server = Server(office.site, "127.0.0.1", 0, limits)
    server.start()
    assert server._socket is not None
    server._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # those that it accepts inherit it
    try:
        yield server.port
    finally:
        server.stop()


def stubborn(port: int, sent: bytes) -> socket.socket:
    """A connection that asks and does not read, with as little room for an answer as there can be."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    found.settimeout(10)
    found.connect(("127.0.0.1", port))
    found.sendall(sent)
    return found


def rest(connection: socket.socket) -> int:
    """How many bytes still come until the other side ends it."""
    found = 0
    with suppress(ConnectionResetError):
        while more := connection.recv(2**20):
            found += len(more)
    return found


def test_a_little_that_nobody_reads_is_timed_as_well(office: Office) -> None:
    with serving(office, Limits(reading_seconds=0.6)) as port, stubborn(port, get(office.feed("all"))) as reader:
        time.sleep(2)
        assert rest(reader) < SOME


def test_who_reads_slowly_gets_all_of_it(office: Office) -> None:
    with serving(office, Limits(reading_seconds=0.6)) as port, stubborn(port, get(office.feed("all"))) as reader:
        start, found = time.monotonic(), 0
        while found < SOME:
            time.sleep(0.04)
            more = reader.recv(1000)
            assert more, f"cut off after {found} bytes"
            found += len(more)
        assert time.monotonic() - start > 1.2


def test_those_who_do_not_read_make_room_for_who_comes(office: Office) -> None:
    with serving(office, Limits(connections=20)) as port, ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(stubborn(port, get(office.feed("all"))))
        time.sleep(0.2)
        assert still_serves(office, port)


def test_those_behind_with_reading_go_before_those_who_are_idle(office: Office) -> None:
    with serving(office, Limits(connections=3, reading_seconds=6)) as port, ExitStack() as stack:
        idle = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        reader = stack.enter_context(stubborn(port, get(office.feed("all"))))
        time.sleep(2.3)  # several looks; by then the system's probes of a full window (each takes a byte) are rare
        kept = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(2)]
        assert rest(reader) < SOME
        for connection in (idle, *kept):
            connection.sendall(get("/healthz"))
            assert b" 200 OK" in connection.recv(4096)


def test_pages_that_are_made_and_not_read_are_not_in_hand(office: Office) -> None:
    with serving(office, Limits(pages_at_once=3)) as port, ExitStack() as stack:
        behind = get(office.feed("all")) * 2 + get(office.page("y-te"))
        for _ in range(6):
            stack.enter_context(stubborn(port, behind))
        time.sleep(0.5)
        assert httpx.get(f"http://127.0.0.1:{port}{office.page('y-te')}").status_code == 200


@pytest.mark.parametrize("piece", [b"T: x\r\n" * 1000, b"t" * 8192], ids=["many", "one without an end"])
@pytest.mark.parametrize("path", ["/healthz", "/u/x"])
def test_trailers_have_an_end(office: Office, piece: bytes, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n".encode()
    with serving(office, Limits()) as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(head)
        sent = 0
        with suppress(ConnectionResetError, BrokenPipeError):
            while sent < 16 * 2**20:
                sent += connection.send(piece)
        assert sent < 16 * 2**20
        assert still_serves(office, port)


def test_a_trailer_is_no_header(office: Office) -> None:
    key = Program(office).key
    head = "POST /api/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(office, Limits()) as port:
        answer = ask(port, f"{head}2\r\n{{}}\r\n0\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 401 ")
