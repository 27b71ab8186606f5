"""What is secret stays so: the key, the links, the mail password. Not in a log, not on a page, not in an exception."""

import base64
import json
import logging
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from scheduler.config.load import load
from scheduler.config.problems import ConfigError
from scheduler.feeds.links import Links, exposed_key, link_names, secret_key
from scheduler.installation import Installation
from scheduler.state.database import StateError, note, open_database, transaction
from tests.daemon.process import Daemon, Office, wait_for
from tests.mail.servers import USER, Authority, Mailbox, listening, starttls

PASSWORD = "a wrong horse 5678"
LOUD = """
import logging, sys
logging.basicConfig(level=1, stream=sys.stderr)
logging.getLogger("sqlalchemy").setLevel("DEBUG")
from scheduler.cli import main
main()
"""


def test_links_hold_160_bits_and_have_nothing_in_common(tmp_path: Path) -> None:
    names = link_names([f"p{n}" for n in range(100)], [f"u{n}" for n in range(100)])
    key = secret_key(tmp_path)
    for secret in (key, bytes([key[0] ^ 1]) + key[1:]):
        links = Links(secret, "http://h", names, dict.fromkeys(names, 1))
        tokens = [links.token(kind, name) for kind in ("feed", "page") for name in names]
        assert all(re.fullmatch("[a-z2-7]{32}", token) for token in tokens)
        assert len(set(tokens)) == len(tokens)
    other = Links(key, "http://h", names, dict.fromkeys(names, 1))
    assert not {other.token("feed", name) for name in names} & {links.token("feed", name) for name in names}


def test_the_key_is_for_its_owner_alone_and_appears_whole(tmp_path: Path) -> None:
    found: list[bytes] = []
    askers = [threading.Thread(target=lambda: found.append(secret_key(tmp_path))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert [f.name for f in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert exposed_key(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33])
def test_a_damaged_key_is_told_and_never_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(StateError, match="damaged"):
        secret_key(tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_may_read_is_warned_of(tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    office = Office(tmp_path)
    Installation.open(load(office.config, date(2025, 1, 10)), office.state).engine.dispose()
    (office.state / "secret.key").chmod(mode)
    with caplog.at_level(logging.WARNING):
        Installation.open(load(office.config, date(2025, 1, 10)), office.state).engine.dispose()
    assert "chmod 600" in caplog.text


@pytest.mark.parametrize("before", [None, 0o644, 0o664])
def test_the_database_is_for_its_owner_alone_whatever_the_folder_is(tmp_path: Path, before: int | None) -> None:
    tmp_path.chmod(0o755)
    mask = os.umask(0)
    try:
        if before is not None:
            open_database(tmp_path).dispose()
            (tmp_path / "nhachan.db").chmod(before)
        engine = open_database(tmp_path)
        with transaction(engine) as session:
            note(session, "x", "y")
            found = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(mask)
    assert found == dict.fromkeys(("nhachan.db", "nhachan.db-wal", "nhachan.db-shm"), 0o600)


PASSWORDS = [
    "database: postgres://nhachan:hunter2@db/nhachan",
    "database: postgresql://db/nhachan?user=nhachan&password=hunter2",
    "database: nhachan:hunter2@db/nhachan",
    "database: hunter2@db",
    "database: host=db password=hunter2",
    "database: postgresql+psycopg://nhachan:hunter2@db:port/nhachan",
    "database: postgresql+psycopg://nhachan:a@hunter2@db/nhachan",
    "database: postgresql+psycopg://[nhachan:hunter2@db",
    "database: postgresql+psycopg://nhachan:a[hunter2@db:99999/nhachan",
    "database: [postgres://nhachan:hunter2@db/nhachan]",
    "database: {postgres://nhachan:hunter2@db/nhachan}",
    "database:postgres://nhachan:hunter2@db/nhachan",
    "database: 'postgres://nhachan:hunter2@db/nhachan",
    "datenbank: postgres://nhachan:hunter2@db/nhachan",
    "database: postgres://nhachan:%hunter2: x@db/nhachan",
    "database: postgresql+psycopg://nhachan:hunter2@db/nhachan",
    "database: postgresql+psycopg://nhachan:a/[hunter2@db/nhachan",
    "database: postgresql+psycopg://db/nhachan?password=hunter2",
]


@pytest.mark.parametrize("line", PASSWORDS)
def test_no_problem_repeats_the_password_of_the_database(tmp_path: Path, line: str) -> None:
    office = Office(tmp_path)
    file = office.config / "nhachan.yaml"
    file.write_text(f"{file.read_text('utf-8')}\n{line}\n", "utf-8")
    try:
        found = load(office.config, date(2025, 1, 10)).warnings
    except ConfigError as error:
        found = error.problems
    assert found
    said = " ".join(problem.render(language) for problem in found for language in ("en", "vi"))
    assert "hunter2" not in said


class Secrets:
    """Everything that nobody may find anywhere."""

    def __init__(self, office: Office) -> None:
        rows = json.loads(office.nhachan("links", "--json").stdout)
        self.links = {row["name"]: row for row in rows}
        urls = [url for row in rows for url in (row["feed"], row["page"]) if url]
        self.tokens = [max(url.split("/"), key=lambda part: bool(re.fullmatch("[a-z2-7]{32}", part))) for url in urls]
        key = (office.state / "secret.key").read_bytes()
        self.key = [key.hex(), base64.b64encode(key).decode().rstrip("="), repr(key)[2:-1]]
        self.password = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode().rstrip("=")]
        self.password.append(base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode().rstrip("="))

    def found_in(self, words: str) -> list[str]:
        return [secret for secret in (*self.tokens, *self.key, *self.password) if secret in words]


@contextmanager
def loud_daemon(office: Office) -> Iterator[Daemon]:
    """The real daemon with every logger at its most talkative; what it says and logs goes into the log."""
    command = [sys.executable, "-c", LOUD, "--config", str(office.config), "--state", str(office.state), "run"]
    environment = office.environment("") | {"JOURNAL_STREAM": "8:1"}
    with (office.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True)
    daemon = Daemon(office, process)
    try:
        daemon.wait_until_ready()
        yield daemon
    finally:
        daemon.stop()


def with_settings(office: Office, **values: object) -> None:
    file = office.config / "nhachan.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text("utf-8")) | values, allow_unicode=True), "utf-8")


def send(office: Office, what: bytes) -> str:
    with socket.create_connection(("127.0.0.1", office.port), 5) as connection:
        connection.sendall(what)
        return connection.recv(65536).decode("latin-1")


def test_nothing_secret_is_in_the_log_or_on_a_page(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    authority = Authority.in_folder(tmp_path)
    (office.config / "mail.password").write_text(PASSWORD)
    mailbox = Mailbox()
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        mail = {"from": "a@example.vn", "host": "localhost", "port": port, "username": USER}
        mail |= {"password_file": "mail.password", "ca_file": str(authority.file)}
        with_settings(office, public_url="http://lich.example.vn", mail=mail, admins=["quantri@example.vn"])
        secrets = Secrets(office)
        assert len(secrets.tokens) > 500
        shown = [office.nhachan("send-test", "a@example.vn").stderr]
        with loud_daemon(office) as daemon:
            unit = secrets.links["units/mau.ubnd"]
            paths = {kind: unit[kind].removeprefix("http://lich.example.vn") for kind in ("feed", "page")}
            assert daemon.get(paths["feed"]).status_code == 200
            assert daemon.get(paths["page"]).status_code == 200
            wrong = [
                daemon.get(path) for path in ("/", "/healthz", "/metrics", "/robots.txt", "/u/x", "/o/x", "/feeds/x")
            ]
            wrong.append(daemon.get(paths["feed"].replace("/mau.ubnd.ics", "/all.ics")))
            wrong.append(httpx.post(f"{office.url}{paths['page']}", data={"csrf": "wrong"}))
            wrong.append(daemon.get(paths["page"], Host="evil.example"))
            wrong += [
                daemon.get(f"/{file}") for file in ("secret.key", "units/mau.ubnd.ics", "calendars/", "feeds/", "u/")
            ]
            form = re.search(r'<form method="post".*?</form>', daemon.get(paths["page"]).text, re.DOTALL)
            assert form is not None
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
            csrf = fields["csrf"]
            assert httpx.post(f"{office.url}{paths['page']}", data=fields).status_code == 303
            shown.append(send(office, f"GET {paths['page']} HTTP/1.1\r\nX: \0\r\n\r\n".encode()))
            plan = office.config / "plans" / "mau-dinh-ky.yaml"
            plan.write_text(plan.read_text("utf-8").replace("title:", "titel:"), "utf-8")
            wait_for(lambda: "could not be told" in office.log(), "the administrators' mail to be refused")
            with sqlite3.connect(office.state / "nhachan.db") as database:
                database.execute("DROP TABLE submission")
            wrong.append(httpx.get(f"{office.url}{paths['page']}"))
            assert wrong[-1].status_code == 503
            (office.state / "doorbell").touch()
            wait_for(lambda: daemon.get("/healthz").status_code == 503, "the beat to fail", 70)
            wrong.append(daemon.get("/healthz"))
        log = office.log()
    assert mailbox.logins, "the password was tried"
    assert "the pulse failed" in log
    assert "DEBUG" in log
    assert secrets.found_in(log) == []
    assert csrf not in log
    for answer in (*shown, *(f"{a.headers}{a.text}" for a in wrong)):
        assert secrets.found_in(answer) == []
        assert csrf not in answer
        assert "Traceback" not in answer
        assert "SELECT" not in answer
    assert "set-cookie" not in {name.lower() for a in wrong for name in a.headers}


def test_links_are_listed_for_the_administrator_alone(tmp_path: Path) -> None:
    office = Office(tmp_path)
    secrets = Secrets(office)
    assert list(secrets.links)[:2] == ["all", "plans/binh-dinh-2025"]
    lines = office.nhachan("links").stdout.splitlines()
    assert len(lines) == len(secrets.links)
    assert all(os.sep in line for line in lines)
