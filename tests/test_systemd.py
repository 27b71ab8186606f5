"""The service file: systemd reads it without a word, and it is closed as far as the daemon can bear."""

import re
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[1] / "systemd"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The service file with commands that exist on every machine: systemd complains of those that do not."""
    commands = re.compile(r"^(Exec\w+=)\S+.*$", re.MULTILINE)
    text = (SYSTEMD / "nhachan.service").read_text(encoding="utf-8")
    unit = tmp_path / "nhachan.service"
    unit.write_text(commands.sub(r"\g<1>/bin/true", text), encoding="utf-8")
    return unit


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)


@pytest.mark.system("systemd-analyze")
def test_the_service_file_is_read_without_complaint(service: Path) -> None:
    result = analyze("verify", service)
    complaints = [line for line in result.stdout.splitlines() if "nhachan" in line]
    assert complaints == []
    assert result.returncode == 0, result.stdout


@pytest.mark.system("systemd-analyze")
def test_the_service_is_exposed_no_more_than_it_needs(service: Path) -> None:
    result = analyze("security", "--offline=true", "--threshold=15", service)  # tenths: 1.5 of 10
    assert result.returncode == 0, result.stdout


def test_the_service_runs_the_promised_command_as_the_user_that_is_made_for_it() -> None:
    unit = (SYSTEMD / "nhachan.service").read_text(encoding="utf-8")
    settings = dict(line.split("=", 1) for line in unit.splitlines() if re.match(r"[A-Z]\w+=", line))
    assert settings["ExecStart"] == "/opt/nhachan/.venv/bin/nhachan --config /etc/nhachan run"
    assert settings["ExecReload"] == "kill -HUP $MAINPID"
    assert settings["Restart"] == "on-failure"
    assert settings["StateDirectory"] == "nhachan"
    users = [line.split() for line in (SYSTEMD / "nhachan.sysusers").read_text(encoding="utf-8").splitlines()]
    assert ["u", settings["User"]] in [words[:2] for words in users]


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
