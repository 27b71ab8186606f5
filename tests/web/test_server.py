"""The real server on a real port."""

import logging
import socket
import threading
import time
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from scheduler.clock import now
from scheduler.web.server import Server, WebError
from tests.web.conftest import ADMIN, Office
from tests.web.test_alarms import feed


def serves(server: Server) -> bool:
    return server.alive


def test_it_serves_and_stops(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.publish("units/y-te", feed(date(2025, 6, 19)))
    server = Server(office.site, "127.0.0.1", 0)
    assert not serves(server)
    with caplog.at_level(logging.DEBUG):
        server.start()
        assert serves(server)
        base = f"http://127.0.0.1:{server.port}"
        with httpx.Client(base_url=base, headers={"Accept-Encoding": "gzip"}) as client:
            url = office.feed("units/y-te")
            first = client.get(url)
            assert first.status_code == 200
            assert first.content == feed(date(2025, 6, 19))
            again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            asked = client.head(url)
            assert (asked.status_code, asked.content) == (200, b"")
            assert asked.headers["content-length"] == first.headers["content-length"]
            assert "server" not in first.headers
            form = office.form("y-te")
            done = client.post(office.page("y-te"), data=form)
            assert done.status_code == 303
            assert client.get(done.headers["location"]).status_code == 200
            assert client.get("/healthz").json()["status"] == "ok"
        server.stop()
    assert not serves(server)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/healthz")
    of_the_client = {"httpx", "httpcore"}
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name.split(".")[0] not in of_the_client)
    for kind in ("feed", "page"):
        assert office.site.links.token(kind, "units/y-te") not in logged


@pytest.mark.parametrize("visitor", [None, "192.0.2.9", "192.0.2.9, 127.0.0.1"])
def test_a_proxy_here_is_believed_whomever_it_asks_for(office: Office, visitor: str | None) -> None:
    office.set(admins=(ADMIN,), user_header="X-Remote-User")
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    asked = {"X-Forwarded-For": visitor} if visitor else {}
    page = f"http://127.0.0.1:{server.port}/office"
    assert httpx.get(page, headers=asked | {"X-Remote-User": ADMIN}).status_code == 200
    assert httpx.get(page, headers=asked).headers["location"] == "/login"
    server.stop()


def test_a_proxy_that_was_told_nothing_opens_nothing(office: Office) -> None:
    office.set(public_url="http://127.0.0.1:8080")
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    for version, status in (("1.1", b"200 OK"), ("1.0", b"303 See Other")):  # the second as nginx's bare proxy_pass
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            head = f"GET /office HTTP/{version}\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 " + status)
    server.stop()


def test_a_port_in_use_is_said_clearly(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WebError) as error:
            Server(office.site, "127.0.0.1", port).start()
    assert str(port) in str(error.value)
    assert "web: {port: …}" in error.value.problem.render("en")


def test_an_address_of_another_machine(office: Office) -> None:
    with pytest.raises(WebError, match=r"192\.0\.2\.1"):
        Server(office.site, "192.0.2.1", 8080).start()


def test_a_name_that_does_not_exist(office: Office) -> None:
    with pytest.raises(WebError, match="nowhere"):
        Server(office.site, "nowhere.invalid", 8080).start()


def test_two_servers_one_after_the_other_on_one_port(office: Office) -> None:
    first = Server(office.site, "127.0.0.1", 0)
    first.start()
    port = first.port
    first.stop()
    second = Server(office.site, "127.0.0.1", port)
    second.start()
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    second.stop()
    second.stop()


def test_ipv6(office: Office) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    server = Server(office.site, "::1", 0)
    server.start()
    assert httpx.get(f"http://[::1]:{server.port}/").status_code == 200
    server.stop()


def test_no_thread_is_left(office: Office) -> None:
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    server.stop()
    assert "web" not in {thread.name for thread in threading.enumerate()}


def test_every_answer_has_the_date_at_which_it_is_given(office: Office) -> None:
    office.publish("units/y-te", feed(date(2025, 6, 19)))
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    time.sleep(1.1)  # at rest
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        for path in (office.feed("units/y-te"), "/healthz") * 2:
            before = now()
            answer = client.get(path)
            (said,) = answer.headers.get_list("date")
            assert timedelta(seconds=-2) < parsedate_to_datetime(said) - before < timedelta(seconds=60)
            time.sleep(1.1)
    server.stop()


def test_nobody_asks_and_the_server_sleeps(office: Office) -> None:
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    httpx.get(f"http://127.0.0.1:{server.port}/healthz")
    thread = next(thread for thread in threading.enumerate() if thread.name == "web")

    def woken() -> int:
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text("utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("voluntary_ctxt_switches"))

    time.sleep(0.5)  # it lets the connection go
    before = woken()
    time.sleep(2)
    assert woken() - before < 3
    server.stop()


def test_uvicorn_still_has_what_is_put_in_place_of_its_own() -> None:
    assert callable(vars(uvicorn.Server).get("main_loop"))  # else it ticks again
    assert "default_headers" in vars(ServerState())  # else answers have no date
    assert "should_exit" in vars(uvicorn.Server(uvicorn.Config("", log_config=None)))
