"""What is shown at a terminal alone."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tests.daemon.process import Office


def at_a_terminal(office: Office, *words: str, columns: int = 80) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in office.environment("").items() if name not in ("COLUMNS", "LINES")}
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(office.command(*words), env=environment, stdout=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := terminal.read(65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
    assert process.wait(30) == 0
    return shown.decode()


def test_the_calendar_of_everything_is_shown_at_a_terminal_and_never_to_a_program(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert f"All deadlines: {office.url}/feeds/" in at_a_terminal(office, "units")
    piped = office.nhachan("units")
    assert "All deadlines" not in piped.stdout + piped.stderr


@pytest.mark.parametrize("command", ["units", "links"])
@pytest.mark.parametrize("columns", [40, 80, 400])
def test_a_link_is_never_broken_over_lines(tmp_path: Path, command: str, columns: int) -> None:
    office = Office(tmp_path)
    shown = at_a_terminal(office, command, columns=columns)
    words = set(shown.split())
    for row in json.loads(office.nhachan(command, "--json").stdout):
        assert {row["page"], row["feed"]} - {None} <= words
    assert ("│" in shown) == (columns == 400), "a table where there is room for it"
