"""Who serves one and the same feed of 240 events, each on the server's core: the daemon, nginx, Radicale, Xandikos."""

import copy
import gzip
import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml
from icalendar import Calendar

from benchmarks.wire import SERVER, on_core
from tests.daemon.process import ROOT, Office, free_port, wait_for

OBLIGATIONS, MONTHS = 20, 12
SLOWLY = 120.0  # Radicale and Xandikos take their time over a collection
NGINX = """\
daemon off; pid {folder}/pid; error_log {folder}/error.log crit; worker_processes 1; {user}
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    types {{ text/calendar ics; }} charset utf-8; charset_types text/calendar;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        gzip_static on; gzip_vary on;
        add_header Cache-Control "private, max-age=300, must-revalidate";
    }}
}}
"""


@dataclass(frozen=True)
class Served:
    """Where a feed is to be had, and what is to be said when asking."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, **more: str) -> httpx.Response:
        """The feed, once."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return httpx.get(self.url, headers={"Accept-Encoding": "identity", **self.headers, **named}, timeout=SLOWLY)


@contextmanager
def process(command: list[str], server: Served, log: Path, **environment: str) -> Iterator[None]:
    """A server that runs meanwhile."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            on_core(SERVER, command), stdout=output, stderr=output, env=os.environ | environment, cwd=log.parent
        )
    try:
        wait_for(lambda: running.poll() is not None or _answers(server), command[0], SLOWLY)
        assert running.poll() is None, log.read_text("utf-8")
        yield
    finally:
        running.terminate()
        running.wait(20)


def _answers(server: Served) -> bool:
    try:
        return server.get().status_code > 0
    except httpx.TransportError:
        return False


def write_plan(office: Office) -> None:
    """A plan of 240 deadlines, whose feed holds them all, and no other plan."""
    for file in office.config.glob("plans/*.yaml"):
        file.unlink()
    named = [f"Báo cáo kết quả thực hiện nhiệm vụ số {n} về công tác dân vận" for n in range(1, OBLIGATIONS + 1)]
    units = {"xa": {"name": "UBND xã", "email": "xa@huyen.example"}, "huyen": {"name": "UBND huyện"}}
    who = {"from": ["xa"], "to": "huyen", "clause": "III.1"}
    obligations = [
        {"id": f"viec-{n}", "title": title, **copy.deepcopy(who), "due": {"month": "chậm nhất ngày 25"}}
        for n, title in enumerate(named)
    ]
    plan = {"title": "Kế hoạch công tác dân vận năm 2026", "number": "15/KH-UBND", "years": 2026}
    for name, content in (
        ("units/ky-hai.yaml", {"units": units}),
        ("plans/k.yaml", plan | {"obligations": obligations}),
    ):
        (office.config / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


@contextmanager
def daemon(folder: Path) -> Iterator[tuple[Served, bytes]]:
    """nhachan itself, with its database, its pulse, all it does; and the feed's bytes."""
    office = Office(folder)
    write_plan(office)
    health = Served(f"{office.url}/healthz")
    with process(office.command("run"), health, folder / "log", **python(office)):
        wait_for(lambda: health.get().status_code == 200, "the daemon")
        token = _token(office)
        served = Served(f"{office.url}/feeds/{token}/k.ics")
        feed = served.get().raise_for_status().content
        assert feed.count(b"BEGIN:VEVENT") == OBLIGATIONS * MONTHS
        yield served, feed


def python(office: Office) -> dict[str, str]:
    """Where Python finds the project."""
    return {"PYTHONPATH": office.environment("")["PYTHONPATH"]}


def _token(office: Office) -> str:
    """The secret of the plan's feed: no command prints it, a script may work it out."""
    script = (
        "import sys; from pathlib import Path; from scheduler.feeds.links import Links, secret_key;"
        "print(Links(secret_key(Path(sys.argv[1])), '', ['plans/k']).token('feed', 'plans/k'))"
    )
    command = [sys.executable, "-c", script, str(office.state)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def nginx(folder: Path, feed: bytes) -> Iterator[Served]:
    """nginx with the file and its packed twin, and no log."""
    folder.mkdir()
    (folder / "k.ics").write_bytes(feed)
    (folder / "k.ics.gz").write_bytes(gzip.compress(feed, 6))
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    served = Served(f"http://127.0.0.1:{port}/k.ics")
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with process(command, served, folder / "log"):
        assert served.get().content == feed
        yield served


@contextmanager
def bare(folder: Path, feed: bytes) -> Iterator[Served]:
    """uvicorn with one function that knows the feed by heart, and looks after nothing."""
    folder.mkdir()
    (folder / "k.ics").write_bytes(feed)
    port = free_port()
    served = Served(f"http://127.0.0.1:{port}/")
    command = [sys.executable, "-m", "benchmarks.bare", str(folder / "k.ics"), str(port)]
    with process(command, served, folder / "log", PYTHONPATH=str(ROOT)):
        assert served.get().content == feed
        yield served


@contextmanager
def radicale(folder: Path, feed: bytes) -> Iterator[Served]:
    """Radicale with the feed put into a collection, which it hands out whole."""
    folder.mkdir()
    port = free_port()
    served = Served(f"http://127.0.0.1:{port}/feed/k/", {"Authorization": f"Basic {b64encode(b'feed:feed').decode()}"})
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "auth-type": "none",
        "storage-filesystem-folder": str(folder / "collections"),
        "logging-level": "critical",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with process([sys.executable, "-m", "radicale", "--config", "", *words], served, folder / "log"):
        put = {"Content-Type": "text/calendar; charset=utf-8", **served.headers}
        httpx.put(served.url, content=feed, headers=put, timeout=SLOWLY).raise_for_status()
        _is_whole(served)
        yield served


@contextmanager
def xandikos(folder: Path, feed: bytes) -> Iterator[Served]:
    """Xandikos with each event put into its calendar, which it hands out whole."""
    folder.mkdir()
    port = free_port()
    served = Served(f"http://127.0.0.1:{port}/user/calendars/calendar/", {"Accept": "text/calendar"})
    words = ["serve", "-d", str(folder / "data"), "--defaults", "-l", "127.0.0.1", "-p", str(port)]
    command = [sys.executable, "-m", "xandikos", *words, "--no-detect-systemd", "--state-dir", str(folder / "state")]
    with process(command, served, folder / "log"), httpx.Client(timeout=SLOWLY) as client:
        for number, event in enumerate(Calendar.from_ical(feed).walk("VEVENT")):
            alone = Calendar({"VERSION": "2.0", "PRODID": "-//nhachan//nhachan//VI"})
            alone.add_component(event)
            put = {"Content-Type": "text/calendar; charset=utf-8"}
            client.put(f"{served.url}{number}.ics", content=alone.to_ical(), headers=put).raise_for_status()
        _is_whole(served)
        yield served


def _is_whole(served: Served) -> None:
    answer = served.get().raise_for_status()
    assert answer.content.count(b"BEGIN:VEVENT") == OBLIGATIONS * MONTHS, json.dumps(dict(answer.headers))
