"""A command writes nothing by a clock that woke up years away."""

import re
from pathlib import Path

import pytest
import yaml

from tests.daemon.process import NINE, Office

SHOWN = ("kh", "ket-qua", "2025-6M", "xa-1")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with a plan that has no end, whose feeds were built once."""
    office = Office(tmp_path)
    office.prepare_a_morning(2, 1)
    plan = office.config / "plans" / "kh.yaml"
    plan.write_text(yaml.safe_dump(yaml.safe_load(plan.read_text("utf-8")) | {"years": "2025-"}), "utf-8")
    built = office.nhachan("build", moment=NINE)
    assert built.returncode == 0, built.stderr
    return office


def years(office: Office, name: str = "xa-0") -> list[str]:
    feed = (office.calendars / "units" / f"{name}.ics").read_text("utf-8")
    return sorted(re.findall(r"UID:kh\.ket-qua\.(\d+)-6M@", feed))


@pytest.mark.system("faketime")
def test_feeds_are_built_as_of_the_last_good_moment_where_the_clock_jumped(office: Office) -> None:
    built = office.nhachan("build", moment="2045-06-12 09:00:00")
    assert built.returncode == 0
    assert "clock jumped from 2025-06-12 to 2045-06-12" in built.stderr
    assert "nhachan release" in built.stderr
    assert years(office) == ["2025", "2026"]
    assert office.nhachan("build", moment="2025-06-12 10:00:00").stderr.count("jumped") == 0
    assert years(office) == ["2025", "2026"], "the horizon stayed where it was"


@pytest.mark.system("faketime")
def test_a_report_is_recorded_whatever_the_clock_says(office: Office) -> None:
    assert office.nhachan("submit", *SHOWN, moment="2045-06-12 09:00:00").returncode == 0
    assert office.nhachan("unsubmit", *SHOWN, moment="2045-06-12 09:00:00").returncode == 0


@pytest.mark.system("faketime")
def test_a_link_is_revoked_whatever_the_clock_says(office: Office) -> None:
    before = (office.calendars / "units" / "xa-0.ics").read_bytes()
    done = office.nhachan("revoke", "xa-0", moment="2045-06-12 09:00:00")
    assert done.returncode == 0, done.stderr
    assert (office.calendars / "units" / "xa-0.ics").read_bytes() != before
    assert years(office) == ["2025", "2026"]
