"""The log: for people, for the journal, for programs; and no secret in any line."""

import ast
import io
import json
import logging
import os
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.feeds.links import ALL, Links
from scheduler.logs import FIELDS, JsonLines, Lines, in_journal, safe
from tests.daemon.process import ROOT, Office, wait_for

LINKS = Links(b"k" * 32, "https://lich.example.vn", [ALL, "units/mau.ubnd"])


def record(message: str, *values: object, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    found = logging.LogRecord("nhachan", level, __file__, 1, message, values, None)
    found.__dict__.update(extra)
    return found


def broken() -> logging.LogRecord:
    found = record("it broke", level=logging.ERROR, action="pulse-failed")
    try:
        int("https://lich.example.vn/u/" + "a" * 32)
    except ValueError as error:
        found.exc_info = (type(error), error, error.__traceback__)
    return found


def test_a_line_for_people_has_the_moment_the_level_and_the_sentence() -> None:
    line = Lines(journal=False).format(
        record("mail to %s: %d items", "mau.ubnd", 3, action="mail-sent", unit="mau.ubnd")
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO mail to mau\.ubnd: 3 items", line)


@pytest.mark.parametrize(
    ("level", "prefix"), [("CRITICAL", 2), ("ERROR", 3), ("WARNING", 4), ("INFO", 6), ("DEBUG", 7)]
)
def test_the_journal_is_told_the_level_and_the_fields(level: str, prefix: int) -> None:
    number = logging.getLevelNamesMapping()[level]
    line = Lines(journal=True).format(
        record("mail to %s", "xa-a", level=number, action="mail-failed", unit="xa-a", mail=7)
    )
    assert line == f"<{prefix}>mail to xa-a action=mail-failed unit=xa-a mail=7"


def test_each_line_of_a_traceback_has_the_level_of_its_record() -> None:
    lines = Lines(journal=True).format(broken()).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


@pytest.mark.parametrize("journal", [True, False])
def test_json_is_one_object_a_line(journal: bool) -> None:
    first = JsonLines(journal=journal).format(record("%d feeds: “xã”", 3, action="feeds-written", count=3, other="x"))
    lines = [first, JsonLines(journal=journal).format(broken())]
    assert all("\n" not in line and line.startswith("<") == journal for line in lines)
    written, failed = (json.loads(re.sub(r"^<\d>", "", line)) for line in lines)
    assert datetime.fromisoformat(written.pop("time")).utcoffset() is not None
    said = {"level": "info", "event": "3 feeds: “xã”", "logger": "nhachan"}
    assert written == said | {"action": "feeds-written", "count": 3}
    assert failed["level"] == "error"
    assert "ValueError" in failed["exception"]


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        (LINKS.feed("units/mau.ubnd"), "https://lich.example.vn/feeds/…/mau.ubnd.ics"),
        (f"GET {LINKS.page('units/mau.ubnd')}?x=1 404", "GET https://lich.example.vn/u/…?x=1 404"),
        ("https://lich.example.vn/login/" + "a" * 32, "https://lich.example.vn/login/…"),
        ("no recipient (Văn thư <vanthu@xa-a.example>: 550)", "no recipient (Văn thư <…@xa-a.example>: 550)"),
        ("a.b+c@sub.example.vn,d@e.example", "…@sub.example.vn,…@e.example"),
        ("postgresql+psycopg://nhachan:bí-mật@db/nhachan", "postgresql+psycopg://…@db/nhachan"),
        ("password=hunter2 host=db", "password=… host=db"),
        ("{'password': 'hunter2'}", "{'password': …"),
        ("PGPASSWORD=hunter2 host=db", "PGPASSWORD=… host=db"),
        ("postgresql://u:hun@ter/2@db/nhachan", "postgresql://…@db/nhachan"),
        ("no recipient o'brien@xa-a.example", "no recipient …@xa-a.example"),
        ("{'a/b@xa-a.example': (550, b'no')}", "{'…@xa-a.example': (550, b'no')}"),
        ("x{y}/z=w@xa-a.example", "…@xa-a.example"),
        ('"văn thư"@xa-a.example', "…@xa-a.example"),
        (f"the key nhachan_{'aB3-_' * 8}xyz was no key", "the key nhachan_… was no key"),
        (f"{{'authorization': 'Bearer {'aB3-_' * 8}xyz'}}", "{'authorization': 'Bearer …'}"),
        ("nhachan_last_beat_age_seconds 3", "nhachan_last_beat_age_seconds 3"),
        ('File "x.py", line 3, in <module>\n  @cache\n', 'File "x.py", line 3, in <module>\n  @cache\n'),
        ("tuan-giao.noi-vu: 2025-6M, 3 items, port 8080", "tuan-giao.noi-vu: 2025-6M, 3 items, port 8080"),
        ("plans/mau-dinh-ky.yaml:12:3: “titel” is unknown", "plans/mau-dinh-ky.yaml:12:3: “titel” is unknown"),
    ],
)  # fmt: skip
def test_secrets_are_left_out_and_nothing_else(line: str, instead: str) -> None:
    assert safe(line) == instead


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "a@", "://a:", "://", "x@a.", "'", "/", '"a', "token=", "password ", "bearer ", "a\n", "nhachan_"],
)
def test_no_line_holds_up_the_process(piece: str) -> None:
    line = (piece * 300_000)[:300_000]
    start = time.perf_counter()
    safe(line)
    assert time.perf_counter() - start < 1


def test_of_an_endless_line_the_beginning_is_kept_and_no_half_of_a_secret() -> None:
    line = f"refused: {'word ' * 1995}vanthu.xa-a@xa-a.example and more"
    assert len(line[:10_000].rsplit(maxsplit=1)[-1]) > 1
    assert "vanthu" not in safe(line)
    assert safe(line).startswith("refused: word word")
    assert safe(f"{line}\nValueError: it is at the end").endswith("\nValueError: it is at the end")


def test_every_line_of_ours_has_a_stable_action_and_known_fields() -> None:
    """Programs go by the action, not by the sentence."""
    calls = 0
    for path in (ROOT / "scheduler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            logger = node.func.value
            if isinstance(logger, ast.Name) and logger.id in ("log", "_log"):
                calls += 1
                extra = [keyword.value for keyword in node.keywords if keyword.arg == "extra"]
                assert extra, f"{path}:{node.lineno}: a program needs `extra` with an action"
                dicts = [found for found in ast.walk(extra[0]) if isinstance(found, ast.Dict)]
                keys = {key.value for found in dicts for key in found.keys if isinstance(key, ast.Constant)}
                assert keys <= set(FIELDS), f"{path}:{node.lineno}: {keys - set(FIELDS)} would not be written"
    assert calls > 15


def test_a_stream_is_in_the_journal_only_where_systemd_says_so(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        status = os.fstat(stream.fileno())
        assert in_journal(stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        assert not in_journal(stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
        assert not in_journal(stream, {})
    assert not in_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office whose mail server refuses to be reached, with a password that must be seen nowhere."""
    office = Office(tmp_path)
    (office.folder / "log").touch()
    settings = office.config / "nhachan.yaml"
    mail = (
        '{from: "Nội vụ <noivu@mau.example>", host: 127.0.0.1, port: 9, security: none, username: u, password_file: p}'
    )
    settings.write_text(settings.read_text("utf-8") + f"mail: {mail}\n", "utf-8")
    (office.config / "p").write_text("mật-khẩu-thư")
    return office


def keep(office: Office) -> list[str]:
    """The log of a daemon that starts, cannot send, is asked for secret links, refuses a configuration, stops."""
    links = json.loads(office.nhachan("units", "--json").stdout)
    with office.running() as daemon:
        for unit in links[:3]:
            daemon.get(unit["page"] + "/nothing")
        plan = office.config / "plans" / "mau-dinh-ky.yaml"
        plan.write_text(plan.read_text("utf-8").replace("title:", "titel:", 1), "utf-8")
        wait_for(lambda: "titel" in office.log(), "the problem in the log")
    assert daemon.process.stdout is not None
    log = office.log()
    tokens = re.findall(r"/([a-z2-7]{32})\b", " ".join(u[kind] for u in links for kind in ("feed", "page")))
    assert len(tokens) == 2 * len(links)
    for secret in ("mật-khẩu-thư", "noivu@mau.example", "quantri@", *tokens):
        assert secret not in log
    return log.splitlines()


def test_the_daemon_writes_json_when_told_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHACHAN_LOG", "json")
    lines: list[dict[str, Any]] = [json.loads(line) for line in keep(office)]
    actions = [line["action"] for line in lines]
    assert {"config-warning", "started", "feeds-written", "config-refused", "config-problem"} <= set(actions)
    assert "stopping" in actions


def test_what_ends_the_daemon_at_its_start_is_json_too(office: Office) -> None:
    (office.config / "p").unlink()
    failed = office.nhachan("run", "--log-format", "json")
    assert failed.returncode == 1
    last = json.loads(failed.stderr.splitlines()[-1])
    assert (last["level"], last["action"]) == ("critical", "ended")
    assert "Traceback" not in failed.stderr


def test_in_the_journal_every_line_has_its_level(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    status = (office.folder / "log").stat()
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
    lines = keep(office)
    assert all(re.match(r"<[2346]>", line) for line in lines), lines
    assert any(line.startswith("<6>nhachan is running") and "action=started" in line for line in lines)
    assert any(line.startswith("<3>") and "action=config-refused" in line for line in lines)


def test_another_format_is_refused_with_the_right_ones(office: Office) -> None:
    refused = office.nhachan("run", "--log-format", "xml")
    assert refused.returncode == 2
    assert "'text', 'json'" in refused.stderr
