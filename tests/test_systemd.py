"""The service file: systemd reads it without a word, and it is closed as far as the daemon can bear."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.test_docs import PAGES, blocks

SYSTEMD = Path(__file__).resolve().parents[1] / "systemd"
SERVICES = ("nhachan.service", "nhachan-backup.service")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The unit files with a program that exists on every machine: systemd complains of those that do not."""
    for name in (*SERVICES, "nhachan-backup.timer"):
        text = (SYSTEMD / name).read_text(encoding="utf-8").replace("/opt/nhachan/.venv/bin/nhachan", "/bin/true")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def settings_of(name: str) -> dict[str, str]:
    unit = (SYSTEMD / name).read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in unit.splitlines() if re.match(r"[A-Z]\w+=", line))


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)


@pytest.mark.system("systemd-analyze")
@pytest.mark.parametrize("unit", [*SERVICES, "nhachan-backup.timer"])
def test_a_unit_file_is_read_without_complaint(units: Path, unit: str) -> None:
    result = analyze("verify", units / unit)
    complaints = [line for line in result.stdout.splitlines() if "nhachan" in line]
    assert complaints == []
    assert result.returncode == 0, result.stdout


@pytest.mark.system("systemd-analyze")
def test_what_the_pages_add_for_postgresql_is_read_without_complaint(units: Path) -> None:
    added = units / "nhachan-backup.service.d"
    added.mkdir()
    parts = blocks(PAGES[0], "ini")
    assert len(parts) == 2
    (added / "override.conf").write_text("".join(parts), encoding="utf-8")
    result = analyze("verify", units / "nhachan-backup.service")
    assert [line for line in result.stdout.splitlines() if "nhachan" in line] == []
    assert result.returncode == 0, result.stdout


@pytest.mark.system("systemd-analyze")
@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_exposed_no_more_than_it_needs(units: Path, unit: str) -> None:
    result = analyze("security", "--offline=true", "--threshold=15", units / unit)  # tenths: 1.5 of 10
    assert result.returncode == 0, result.stdout


def test_the_service_runs_the_promised_command_as_the_user_that_is_made_for_it() -> None:
    settings = settings_of("nhachan.service")
    assert settings["ExecStart"] == "/opt/nhachan/.venv/bin/nhachan --config /etc/nhachan run"
    assert settings["ExecReload"] == "kill -HUP $MAINPID"
    assert settings["Restart"] == "on-failure"
    assert settings["StateDirectory"] == "nhachan"
    assert settings["Type"] == "notify"  # and the daemon does: tests/test_notify.py
    assert settings["WatchdogSec"] == "5min"  # the pulse beats once a minute
    users = [line.split() for line in (SYSTEMD / "nhachan.sysusers").read_text(encoding="utf-8").splitlines()]
    assert ["u", settings["User"]] in [words[:2] for words in users]


def test_the_backup_is_made_every_night_by_the_same_user_and_kept_for_14_days() -> None:
    settings, daemon = settings_of("nhachan-backup.service"), settings_of("nhachan.service")
    assert settings["Type"] == "oneshot"
    assert (settings["User"], settings["Group"]) == (daemon["User"], daemon["Group"])
    assert settings["StateDirectory"].split() == ["nhachan", "nhachan-backups"]
    assert '--state /var/lib/nhachan backup "/var/lib/nhachan-backups/' in settings["ExecStart"]
    assert "-mtime +13 -delete" in settings["ExecStartPost"]
    assert settings_of("nhachan-backup.timer")["OnCalendar"].startswith("*-*-* ")


def test_the_backup_s_line_makes_one_file_with_the_moment_in_its_name_and_drops_old_ones(tmp_path: Path) -> None:
    """The two command lines as systemd would run them, with a program that writes the file it is told to."""
    program, backups = tmp_path / "nhachan", tmp_path / "backups"
    program.write_text('#!/bin/sh\nfor last in "$@"; do :; done\necho backup > "$last"\n')
    program.chmod(0o755)
    backups.mkdir()
    for name, days in (("old", 15), ("recent", 12)):
        old = backups / f"nhachan-{name}.tar"
        old.touch()
        os.utime(old, (old.stat().st_mtime - days * 86400,) * 2)
    settings = settings_of("nhachan-backup.service")
    for key in ("ExecStart", "ExecStartPost"):
        line = settings[key].replace("%%", "%").replace("$$", "$")
        line = line.replace("/opt/nhachan/.venv/bin/nhachan", str(program))
        line = line.replace("/var/lib/nhachan-backups", str(backups))
        subprocess.run(shlex.split(line), check=True)
    names = sorted(file.name for file in backups.iterdir())
    assert len(names) == 2
    assert re.fullmatch(r"nhachan-\d{4}-\d\d-\d\dT\d{6}\.tar", names[0])
    assert names[1] == "nhachan-recent.tar"


def test_every_option_that_closes_something_says_why() -> None:
    unit = (SYSTEMD / "nhachan.service").read_text(encoding="utf-8")
    closing = re.findall(r"(?m)^((?:Private|Protect|Restrict|Lock|Memory|SystemCall|Capability|NoNew)\w+)=", unit)
    assert len(closing) > 20
    lines = unit.splitlines()
    for option in closing:
        first = next(number for number, line in enumerate(lines) if line.startswith(f"{option}="))
        while re.match(r"[A-Z]\w+=", lines[first]):
            first -= 1
        assert lines[first].startswith("#"), f"{option} stands without a comment"
