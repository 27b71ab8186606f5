"""What is shown at a terminal alone."""

import os
import pty
import subprocess
from pathlib import Path

from tests.daemon.process import Office


def test_the_office_s_own_link_is_shown_at_a_terminal_and_never_to_a_program(tmp_path: Path) -> None:
    office = Office(tmp_path)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(office.command("units"), env=office.environment(""), stdout=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := terminal.read(65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
    assert process.wait(30) == 0
    assert f"The office's page: {office.url}/o/" in shown.decode()
    piped = office.nhachan("units")
    assert "/o/" not in piped.stdout + piped.stderr
