"""The real program as a process: started on a folder of its own, asked over HTTP, stopped by signals."""

import email
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path

import httpx
import yaml

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
NINE = "2025-06-12 09:00:00"  # a Thursday, seven days before the last day of what `prepare_a_morning` writes


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@cache
def faketime_library() -> str:
    # Loaded without its command, which would stand between us and the daemon's signals and exit code.
    shown = subprocess.run(
        ["faketime", "2025-01-01", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    return shown.stdout.strip()


@dataclass
class Office:
    """A copy of the project's config with a state folder beside it."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        shutil.copytree(ROOT / "config", self.config)
        file = self.config / "nhachan.yaml"
        settings = yaml.safe_load(file.read_text("utf-8"))
        settings |= {"public_url": self.url, "web": {"host": "127.0.0.1", "port": self.port}}
        file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def calendars(self) -> Path:
        return self.folder / "calendars"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "scheduler", "--config", str(self.config), "--state", str(self.state), *words]

    def environment(self, moment: str) -> dict[str, str]:
        # The zone in which faketime reads the moment; waiting goes by the true clock.
        found = os.environ | {"TZ": "Asia/Ho_Chi_Minh", "PYTHONPATH": str(ROOT)}
        if moment:
            found |= {"LD_PRELOAD": faketime_library(), "FAKETIME": f"@{moment}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return found

    def nhachan(self, *words: str, moment: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), env=self.environment(moment), capture_output=True, text=True, check=False
        )

    @contextmanager
    def running(self, moment: str = "", **more: str) -> Iterator["Daemon"]:
        environment = self.environment(moment) | more
        if more and "LD_PRELOAD" not in environment:
            environment |= {"LD_PRELOAD": faketime_library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                self.command("run"), env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        daemon = Daemon(self, process)
        try:
            daemon.wait_until_ready()
            yield daemon
        finally:
            daemon.stop()

    def prepare_a_morning(self, mails: int, port: int) -> None:
        """A configuration by which so many units have a mail at NINE, at a mail server on this port."""
        for file in (*self.config.glob("plans/*.yaml"), *self.config.glob("units/*.yaml")):
            file.unlink()
        settings = self.config / "nhachan.yaml"
        found = yaml.safe_load(settings.read_text("utf-8"))
        found["mail"] = {"from": "noivu@nhachan.example", "host": "127.0.0.1", "port": port, "security": "none"}
        settings.write_text(yaml.safe_dump(found, allow_unicode=True), "utf-8")
        units = {f"xa-{n}": {"name": f"UBND xã {n}", "email": f"xa-{n}@huyen.example"} for n in range(mails)}
        units["ubnd"] = {"name": "UBND huyện"}
        obligation: dict[str, object] = {"id": "ket-qua", "title": "Báo cáo kết quả", "from": ["cac-xa"], "to": "ubnd"}
        obligation["due"] = {"six-month": "trước ngày 20/6"}
        plan = {"title": "Kế hoạch công tác dân vận năm 2025", "years": 2025, "obligations": [obligation]}
        for name, content in (
            ("units/huyen.yaml", {"units": units, "groups": {"cac-xa": [f"xa-{n}" for n in range(mails)]}}),
            ("plans/kh.yaml", plan),
        ):
            (self.config / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    def mails(self) -> list[EmailMessage]:
        """What was caught, in the order of arrival."""
        files = sorted(self.state.glob("mail/new/*"), key=lambda f: (f.stat().st_mtime_ns, f.name))
        return [email.message_from_bytes(f.read_bytes(), policy=default) for f in files]

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")


@dataclass
class Daemon:
    office: Office
    process: subprocess.Popen[str]

    def wait_until_ready(self) -> None:
        wait_for(lambda: self.process.poll() is not None or self.answers(), "the daemon to answer")
        assert self.process.poll() is None, self.office.log()

    def answers(self) -> bool:
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(path if "://" in path else f"{self.office.url}{path}", headers=names, timeout=10)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def wait_for(condition: object, what: str, patience: float = PATIENCE) -> None:
    assert callable(condition)
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
