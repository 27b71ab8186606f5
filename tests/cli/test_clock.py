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
def test_build_and_submit_refuse_a_clock_that_jumped(office: Office) -> None:
    for words in (("build",), ("submit", *SHOWN), ("unsubmit", *SHOWN)):
        refused = office.nhachan(*words, moment="2045-06-12 09:00:00")
        assert refused.returncode == 1
        assert "clock jumped from 2025-06-12 to 2045-06-12" in refused.stderr
        assert "nhachan release" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert years(office) == ["2025", "2026"]
    for words in (("release",), ("build",), ("submit", *SHOWN)):
        done = office.nhachan(*words, moment="2025-06-12 10:00:00")
        assert done.returncode == 0, done.stderr
    assert years(office) == ["2025", "2026"], "the horizon stayed where it was"


@pytest.mark.system("faketime")
def test_after_a_long_standstill_a_release_says_that_the_clock_is_right(office: Office) -> None:
    late = "2027-06-12 09:00:00"
    assert office.nhachan("build", moment=late).returncode == 1
    assert office.nhachan("release", moment=late).returncode == 0
    assert office.nhachan("build", moment=late).returncode == 0
    assert "2028" in years(office)


@pytest.mark.system("faketime")
def test_a_link_is_revoked_whatever_the_clock_says(office: Office) -> None:
    before = (office.calendars / "units" / "xa-0.ics").read_bytes()
    done = office.nhachan("revoke", "xa-0", moment="2045-06-12 09:00:00")
    assert done.returncode == 0, done.stderr
    assert (office.calendars / "units" / "xa-0.ics").read_bytes() != before
    assert years(office) == ["2025", "2026"]
