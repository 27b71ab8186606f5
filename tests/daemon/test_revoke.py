"""A link that has got into wrong hands is revoked: at once, for the running daemon too."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from scheduler.state.database import open_database
from scheduler.state.tables import Audit
from tests.daemon.process import Office, wait_for

UNIT = "mau.ubnd"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def unit(office: Office) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(office.nhachan("units", "--json").stdout)
    return next(u for u in found if u["id"] == UNIT)


def revoke(office: Office, name: str) -> dict[str, Any]:
    done = office.nhachan("revoke", name, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def feed_on_disk(office: Office) -> str:
    return (office.calendars / "units" / f"{UNIT}.ics").read_bytes().replace(b"\r\n ", b"").decode()


def test_the_old_links_of_a_unit_are_gone_in_the_running_daemon(office: Office) -> None:
    with office.running() as daemon:
        old = unit(office)
        assert daemon.get(old["feed"]).status_code == daemon.get(old["page"]).status_code == 200
        other = (office.calendars / "units" / "tuan-giao.ubnd.ics").stat().st_ino
        new = revoke(office, UNIT)
        assert new == {"name": f"units/{UNIT}", "feed": unit(office)["feed"], "page": unit(office)["page"]}
        assert new["feed"] != old["feed"]
        assert new["page"] != old["page"]
        wait_for(lambda: daemon.get(old["feed"]).status_code == 410, "the old link to be refused", 10)
        assert daemon.get(old["page"]).status_code == 410
        assert daemon.get(new["feed"]).status_code == daemon.get(new["page"]).status_code == 200
        wait_for(lambda: new["page"] in daemon.get(new["feed"]).text.replace("\r\n ", ""), "the feed to be rewritten")
        assert old["page"] not in feed_on_disk(office)
        assert (office.calendars / "units" / "tuan-giao.ubnd.ics").stat().st_ino == other, (
            "the other feeds are not touched"
        )
    engine = open_database(office.state)
    with Session(engine) as session:
        [row] = session.exec(select(Audit)).all()
    engine.dispose()
    assert (row.actor, row.action, row.subject, row.detail) == ("cli", "revoke", f"units/{UNIT}", "generation 1")
    with office.running() as daemon:
        assert daemon.get(old["feed"]).status_code == 410, "and it stays so"
    for token in (old["feed"].split("/")[-2], old["page"].rsplit("/", 1)[1], new["page"].rsplit("/", 1)[1]):
        assert token not in office.log()


def test_without_a_daemon_the_feed_is_rewritten_by_the_command(office: Office) -> None:
    assert office.nhachan("build").returncode == 0
    old = unit(office)
    assert old["page"] in feed_on_disk(office)
    new = revoke(office, f"units/{UNIT}")
    assert old["page"] not in feed_on_disk(office)
    assert new["page"] in feed_on_disk(office)
    newest = revoke(office, UNIT)
    with office.running() as daemon:
        answers = [daemon.get(links["page"]).status_code for links in (old, new, newest)]
    assert answers == [410, 410, 200], "every link before the newest stays revoked"


def test_all_and_plans_have_links_to_revoke(office: Office) -> None:
    found = {name: revoke(office, name) for name in ("all", "plans/mau-dinh-ky")}
    assert "/feeds/" in found["all"]["feed"]
    assert found["plans/mau-dinh-ky"]["feed"].endswith("/mau-dinh-ky.ics")
    assert found["all"]["page"] is found["plans/mau-dinh-ky"]["page"] is None
    assert found["all"] != revoke(office, "all")


def test_it_says_what_to_pass_on(office: Office) -> None:
    done = office.nhachan("revoke", UNIT)
    assert done.returncode == 0
    assert unit(office)["feed"] in done.stdout
    assert unit(office)["page"] in done.stdout


def test_a_name_without_links_is_refused_with_the_nearest(office: Office) -> None:
    done = office.nhachan("revoke", "mau.ubn")
    assert done.returncode == 1
    assert UNIT in done.stderr
    assert "Traceback" not in done.stderr
