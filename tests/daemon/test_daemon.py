"""The real process: ready, fed, reloaded, stopped."""

import json
import re
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.daemon.process import NINE, Daemon, Office, wait_for
from tests.mail.servers import SlowMailbox, listening


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def daemon(office: Office) -> Iterator[Daemon]:
    with office.running() as running:
        yield running


def plan_file(office: Office) -> Path:
    return office.config / "plans" / "mau-dinh-ky.yaml"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    # As many editors save: a new file beside the old one, then a rename over it.
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text.replace(old, new), "utf-8")
    beside.replace(file)


def test_a_newcomer_sees_where_to_look(daemon: Daemon) -> None:
    said = ""
    assert daemon.process.stdout is not None
    while "Mail:" not in said:
        said += daemon.process.stdout.readline()
    assert daemon.office.url in said
    assert "all.ics" in said
    assert "nothing leaves this machine" in said
    link = next(word for word in said.split() if word.endswith("all.ics"))
    feed = daemon.get(link)
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    assert feed.text.startswith("BEGIN:VCALENDAR\r\n")
    again = daemon.get(link, If_None_Match=feed.headers["etag"])
    assert again.status_code == 304


def test_a_saved_change_is_taken_without_a_restart(daemon: Daemon) -> None:
    feed = daemon.office.calendars / "plans" / "mau-dinh-ky.ics"
    assert "Báo cáo đổi tên" not in feed.read_text("utf-8").replace("\r\n ", "")
    edit(plan_file(daemon.office), "Báo cáo quý về công tác dân vận của xã", "Báo cáo đổi tên")
    wait_for(lambda: "Báo cáo đổi tên" in unfolded(feed), "the new title in the feed")
    assert "SEQUENCE:1" in feed.read_text("utf-8")
    wait_for(lambda: "Báo cáo đổi tên" in daemon.get("/office/deadlines?q=đổi+tên").text, "the new title on the page")


def test_a_mistake_keeps_the_last_good_configuration_and_is_shown(daemon: Daemon) -> None:
    before = (daemon.office.calendars / "plans" / "mau-dinh-ky.ics").read_bytes()
    edit(plan_file(daemon.office), "title: Báo cáo quý", "titel: Báo cáo quý")
    wait_for(lambda: daemon.get("/healthz").json()["configuration"] != "ok", "the problem to be noticed")
    assert daemon.get("/healthz").status_code == 200, "it goes on doing its work"
    page = daemon.get("/office").text
    assert "mau-dinh-ky.yaml:" in page
    assert "titel" in page
    assert "titel" in daemon.office.log()
    wait_for(lambda: told_admins(daemon.office), "the mail to the administrators")
    assert (daemon.office.calendars / "plans" / "mau-dinh-ky.ics").read_bytes() == before
    [line] = re.findall(r"mau-dinh-ky\.yaml:\d+:\d+: [^<]*titel", page)
    edit(plan_file(daemon.office), "titel: Báo cáo quý", "note: x\n    titel: Báo cáo quý")
    wait_for(lambda: line not in daemon.get("/office").text, "the same problem, a line further down")
    time.sleep(4)  # for longer than a saved file is given to become good
    edit(plan_file(daemon.office), "note: x\n    titel: Báo cáo quý", "title: Báo cáo quý")
    wait_for(lambda: daemon.get("/healthz").json()["configuration"] == "ok", "the mended configuration")
    assert len(told_admins(daemon.office)) == 1


def told_admins(office: Office) -> list[str]:
    mails = (mail for mail in office.mails() if "quantri@nhachan.example" in str(mail["To"]))
    return [
        body.get_content() for mail in mails if (body := mail.get_body(("plain",))) and "titel" in body.get_content()
    ]


def test_sighup_reloads(daemon: Daemon) -> None:
    (daemon.office.config / "plans" / "tuan-giao-2023.yaml").unlink()
    daemon.signal(signal.SIGHUP)
    feed = daemon.office.calendars / "plans" / "tuan-giao-2023.ics"
    wait_for(lambda: b"STATUS:CANCELLED" in feed.read_bytes(), "the plan to be withdrawn")
    assert daemon.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(office: Office, number: signal.Signals) -> None:
    with office.running() as daemon:
        daemon.signal(number)
        assert daemon.process.wait(15) == 0
    assert "Traceback" not in office.log()
    with office.running() as daemon:
        assert daemon.answers(), "and starts again on the same state"


def test_a_second_daemon_on_the_same_state_says_so_and_stops(daemon: Daemon) -> None:
    second = daemon.office.nhachan("run")
    assert second.returncode == 1
    assert f"process {daemon.process.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert daemon.answers()


def test_the_button_on_the_unit_page_reaches_its_feed_and_the_command_takes_it_back(daemon: Daemon) -> None:
    units = {u["id"]: u for u in json.loads(daemon.office.nhachan("units", "--json").stdout)}
    feed, page = units["mau.ubnd"]["feed"], units["mau.ubnd"]["page"]
    form = re.search(r'<form method="post".*?</form>', daemon.get(page).text, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    answer = httpx.post(page, data=fields | {"reference": "15/BC-UBND"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "15/BC-UBND" in answer.text
    wait_for(lambda: "[ĐÃ NỘP]" in daemon.get(feed).text, "the feed to say so", 5)
    period = fields["deadline"].rsplit(".", 1)[1]
    obligation = fields["deadline"].split(".")[1]
    undone = daemon.office.nhachan("unsubmit", "mau-dinh-ky", obligation, period, "mau.ubnd")
    assert undone.returncode == 0, undone.stderr
    wait_for(lambda: "[ĐÃ NỘP]" not in daemon.get(feed).text, "the next beat to notice", 70)


@pytest.mark.parametrize("where", ["calendars", "state"])
def test_a_folder_that_cannot_be_written_is_told_in_words(office: Office, where: str) -> None:
    (office.folder / where).write_text("a file where a folder should be")
    failed = office.nhachan("run")
    assert failed.returncode == 1
    assert str(office.folder / where) in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_port_that_is_taken_is_told_in_words(daemon: Daemon, tmp_path: Path) -> None:
    other = Office(tmp_path / "other", daemon.office.port)
    failed = other.nhachan("run")
    assert failed.returncode == 1
    assert f"port {daemon.office.port}" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_change_that_could_not_be_published_is_published_later(daemon: Daemon) -> None:
    office = daemon.office
    elsewhere = office.calendars.with_name("elsewhere")
    office.calendars.rename(elsewhere)
    office.calendars.write_text("in the way of the feeds")
    edit(plan_file(office), "title: ", "title: Đã đổi tên, ")
    wait_for(lambda: daemon.get("/healthz").status_code == 503, "/healthz to tell")
    assert daemon.process.poll() is None
    office.calendars.unlink()
    elsewhere.rename(office.calendars)
    (office.state / "doorbell").touch()  # rather than waiting for the next minute
    feed = office.calendars / "plans" / "mau-dinh-ky.ics"
    wait_for(lambda: "Đã đổi tên" in feed.read_text("utf-8"), "the feed")
    wait_for(daemon.answers, "/healthz to be good again")
    assert "Traceback" not in office.log()


@pytest.mark.system("faketime")
def test_a_change_does_not_wait_for_a_long_batch_of_mails(office: Office) -> None:
    mailbox, mails = SlowMailbox(), 150
    with listening(mailbox) as port:
        office.prepare_a_morning(mails, port)
        with office.running(NINE):
            wait_for(lambda: mailbox.messages, "the first mail")
            edit(office.config / "plans" / "kh.yaml", "title: Báo cáo kết quả", "title: Báo cáo đổi tên")
            feed = office.calendars / "plans" / "kh.ics"
            wait_for(lambda: "Báo cáo đổi tên" in unfolded(feed), "the new title in the feed")
            assert len(mailbox.messages) < mails
            wait_for(lambda: len(mailbox.messages) == mails, "the rest of the mails")
    assert len({address for message in mailbox.messages for address in message.rcpt_tos}) == mails


def test_calendars_that_were_deleted_are_written_anew(daemon: Daemon) -> None:
    shutil.rmtree(daemon.office.calendars)
    (daemon.office.state / "doorbell").touch()  # rather than waiting for the next minute
    wait_for((daemon.office.calendars / "units" / "mau.ubnd.ics").exists, "the feeds")


@pytest.mark.system("faketime")
def test_a_clock_that_was_set_back_an_hour_does_not_let_the_pulse_sleep(office: Office) -> None:
    moment = office.folder / "moment"
    moment.write_text("+0")
    with office.running("", FAKETIME_TIMESTAMP_FILE=str(moment), FAKETIME_NO_CACHE="1") as daemon:
        time.sleep(3)  # the pulse has begun to wait for the next minute
        moment.write_text("-3600")
        wait_for(lambda: "the clock was set" in office.log(), "the pulse to be woken", 100)
        wait_for(lambda: 0 <= age_of_the_last_beat(daemon) < 10, "the beat for which it was woken")
        wait_for(lambda: "last_beat" in daemon.get("/metrics").text and daemon.answers(), "to go on")
    assert "Traceback" not in office.log()


def age_of_the_last_beat(daemon: Daemon) -> float:
    age = re.search(r"^nhachan_last_beat_age_seconds (\S+)", daemon.get("/metrics").text, re.MULTILINE)
    assert age is not None
    return float(age[1])


@pytest.mark.system("faketime")
def test_a_mail_server_that_falls_silent_keeps_nothing_else_waiting(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        office.prepare_a_morning(3, silent.getsockname()[1])
        with office.running(NINE) as daemon:
            wait_for(lambda: "mails are due" in office.log(), "the mails of the morning")
            accepted, _ = silent.accept()
            with accepted:
                edit(office.config / "plans" / "kh.yaml", "title: Báo cáo kết quả", "title: Báo cáo đổi tên")
                feed = office.calendars / "plans" / "kh.ics"
                wait_for(lambda: "Báo cáo đổi tên" in unfolded(feed), "the new title in the feed", 10)
                assert daemon.answers()
                daemon.signal(signal.SIGTERM)
                assert daemon.process.wait(15) == 0, "the end waits for a server no longer than it must"
    assert "Traceback" not in office.log()


def unfolded(feed: Path) -> str:
    return feed.read_bytes().replace(b"\r\n ", b"").decode()


@pytest.mark.system("faketime")
def test_a_clock_that_woke_up_years_away_sends_no_reminder_and_tells_the_administrators(office: Office) -> None:
    with office.running("2025-06-02 10:00:00"):
        wait_for(office.mails, "the mails of an ordinary morning")
        settled = wait_until_calm(office)
        before = (office.calendars / "all.ics").read_bytes()
    with office.running("2027-06-02 10:00:00") as daemon:
        wait_for(lambda: len(office.mails()) > settled, "the mail to the administrators")
        assert wait_until_calm(office) == settled + 1
        told = office.mails()[-1]
        assert str(told["To"]) == "quantri@nhachan.example"
        assert "2027-06-02" in told.get_content()
        assert "nhachan release" in told.get_content()
        assert (office.calendars / "all.ics").read_bytes() == before, "feeds keep their past"
        assert daemon.get("/healthz").status_code == 200


def wait_until_calm(office: Office) -> int:
    """How many mails were caught, once no more come."""
    count, since = -1, time.monotonic()
    while time.monotonic() - since < 1:
        if len(office.mails()) != count:
            count, since = len(office.mails()), time.monotonic()
        time.sleep(0.1)
    return count


def test_a_folder_that_was_put_in_the_place_of_another_is_watched(daemon: Daemon, tmp_path: Path) -> None:
    office = daemon.office
    feed = office.calendars / "plans" / "mau-dinh-ky.ics"
    copy = shutil.copytree(office.config, tmp_path / "copy")
    shutil.rmtree(office.config)
    wait_for(lambda: daemon.get("/healthz").json()["configuration"] != "ok", "the problem to be noticed", 10)
    shutil.copytree(copy, office.config)
    wait_for(lambda: daemon.get("/healthz").json()["configuration"] == "ok", "the folder to be seen again", 10)
    time.sleep(2)  # for what is still told of the copying
    edit(plan_file(office), "title: ", "title: Đã đổi tên, ")
    wait_for(lambda: "Đã đổi tên" in unfolded(feed), "the edit, long before the next beat", 10)
