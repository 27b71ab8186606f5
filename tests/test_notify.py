"""What systemd is told, over a real datagram socket as systemd listens on."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler import notify
from scheduler.config.load import load
from scheduler.daemon import Daemon
from tests.daemon.process import Office

SUNDAY = datetime(2026, 11, 1, 3, tzinfo=UTC)


class Systemd:
    """The listening end."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self.socket.settimeout(0.2)
        self.heard: list[dict[str, str]] = []

    def listen(self) -> dict[str, str]:
        message = dict(line.split("=", 1) for line in self.socket.recv(65536).decode().split("\n"))
        self.heard.append(message)
        return message

    def wait_for(self, name: str, status: str = "", patience: float = 30) -> dict[str, str]:
        """The next message that has a name and, where given, a part of a status."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                message = self.listen()
            except TimeoutError:
                continue
            if name in message and status in message.get("STATUS", ""):
                return message
        raise AssertionError(f"{name} {status} was not heard: {self.heard}")


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    address = str(tmp_path / "notify") if request.param == "file" else f"@nhachan-test-{os.getpid()}"
    listening = Systemd(address)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    yield listening
    listening.socket.close()


def test_each_word_is_one_message(systemd: Systemd) -> None:
    notify.ready("12 deadlines")
    notify.reloading()
    notify.alive()
    notify.alive("12\ndeadlines")
    notify.troubled("the mail server is away")
    notify.stopping()
    heard = [systemd.listen() for _ in range(6)]
    moment = int(heard[1].pop("MONOTONIC_USEC"))
    assert 0 <= time.monotonic_ns() // 1000 - moment < 10_000_000
    assert heard == [
        {"READY": "1", "STATUS": "12 deadlines"},
        {"RELOADING": "1"},
        {"WATCHDOG": "1"},
        {"WATCHDOG": "1", "STATUS": "12 deadlines"},
        {"STATUS": "the mail server is away"},
        {"STOPPING": "1", "STATUS": "stopping"},
    ]


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/notify", "@nobody-listens", "vsock:2:1"])
def test_without_a_listener_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify.ready("all is up")


def test_a_listener_that_is_busy_holds_nobody_up_for_long(systemd: Systemd) -> None:
    begun = time.monotonic()
    done = threading.Event()

    def talk() -> None:
        for _ in range(1000):
            notify.alive()
            if time.monotonic() - begun > 1.5:
                break
        done.set()

    threading.Thread(target=talk, daemon=True).start()
    assert done.wait(10)


def test_the_daemon_tells_of_its_life(systemd: Systemd, tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    with office.running() as daemon:
        assert office.url in systemd.wait_for("READY")["STATUS"]
        systemd.wait_for("WATCHDOG", "deadlines in view")

        plan = office.config / "plans" / "tuan-giao-2023.yaml"
        good = plan.read_text("utf-8")
        plan.write_text(good.replace("title:", "titel:"), "utf-8")
        daemon.signal(signal.SIGHUP)
        assert int(systemd.wait_for("RELOADING")["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        systemd.wait_for("READY", "the last good one is kept")

        plan.write_text(good, "utf-8")
        daemon.signal(signal.SIGHUP)
        systemd.wait_for("RELOADING")
        systemd.wait_for("READY", "deadlines in view")

        daemon.signal(signal.SIGTERM)
        systemd.wait_for("STOPPING")
        assert daemon.process.wait(15) == 0
    assert "READY" in systemd.heard[0], "nothing is said before all is up"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon whose beats the test gives, on a Sunday, when nobody is written to."""
    office = Office(tmp_path / "office")
    daemon = Daemon(load(office.config, SUNDAY.date()), office.state, lambda: SUNDAY)
    yield daemon
    daemon.installation.engine.dispose()
    daemon._lock_file.close()


def test_the_watchdog_is_fed_by_a_beat_that_did_its_work(systemd: Systemd, kept: Daemon) -> None:
    kept._look()
    assert "WATCHDOG" in systemd.listen()


def test_the_watchdog_is_not_fed_by_a_beat_that_broke(systemd: Systemd, kept: Daemon) -> None:
    def broken() -> datetime:
        raise RuntimeError("the clock is broken")

    kept.clock = broken
    kept._look()
    assert systemd.listen() == {"STATUS": "the last beat failed: the clock is broken"}


def test_an_outage_is_told_but_ends_nobody(systemd: Systemd, kept: Daemon) -> None:
    """The pages and feeds go on while the database is away; a restart would end them and mend nothing."""
    with kept.installation.engine.begin() as connection:
        connection.execute(text("DROP TABLE submission"))
    kept._look()
    told = systemd.listen()
    assert "WATCHDOG" in told
    assert "the last beat failed" in told["STATUS"]
