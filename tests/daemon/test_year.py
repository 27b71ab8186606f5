"""The acceptance test: the real daemon, under a false clock, through the year of the Bình Định plan."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.daemon.process import Office, wait_for

pytestmark = pytest.mark.system("faketime")

PERIOD = {"Q1": "quý I/2025", "9M": "9 tháng đầu năm 2025"}


def about(office: Office, since: int, period: str) -> Counter[str]:
    """Who got a mail about a period since the mail of that number, by address."""
    wanted = PERIOD[period]
    found: Counter[str] = Counter()
    for mail in office.mails()[since:]:
        body = mail.get_body(("plain",))
        assert body is not None
        if f"dân vận chính quyền, {wanted}" in body.get_content():
            found[str(mail["To"].addresses[0].addr_spec)] += 1
    return found


def settle(office: Office) -> int:
    """Wait until no more mail comes; how many there are."""
    count, calm = -1, 0
    while calm < 10:
        now = len(list(office.state.glob("mail/new/*")))
        calm = calm + 1 if now == count else 0
        count = now
        time.sleep(0.1)
    return count


def test_the_year_of_binh_dinh(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for plan in office.config.glob("plans/*.yaml"):
        if plan.stem != "binh-dinh-2025":
            plan.unlink()

    with office.running("2025-01-06 10:00:00") as daemon:  # installed in January: nothing to say yet
        assert (office.calendars / "plans" / "binh-dinh-2025.ics").exists()
        assert settle(office) == 0
        assert "20/3/2025" in daemon.get("/office/deadlines?year=2025").text

    with office.running("2025-02-17 07:59:50"):  # thirty days before Wednesday 19/3
        assert settle(office) == 0, "not before 08:00"
        wait_for(lambda: len(office.mails()) >= 28, "the mails of 08:00")
        first = settle(office)
    heard = about(office, 0, "Q1")
    assert len(heard) == first == 28, "each sở, ban, ngành and each district once; the collector does not report"
    assert set(heard.values()) == {1}
    for mail in office.mails():
        assert mail["Date"].datetime.strftime("%Y-%m-%d %H:%M %z") == "2025-02-17 08:00 +0700"
        assert mail["Cc"] is None

    with office.running("2025-02-17 09:30:00"):  # a restart repeats none
        assert settle(office) == first

    with office.running("2025-03-16 09:00:00"):  # a Sunday, after a month of standstill
        assert settle(office) == first

    with office.running("2025-03-17 07:59:58"):  # Monday: of -14, -7, -3 the newest alone
        wait_for(lambda: len(office.mails()) >= first + 28, "the newest missed rung")
        second = settle(office)
    assert set(about(office, first, "Q1").values()) == {1}
    assert second == first + 28
    assert all("còn 2 ngày" in str(m["Subject"]) for m in office.mails()[first:])

    report = ("binh-dinh-2025", "ket-qua", "2025-Q1", "binh-dinh.so-y-te")
    done = office.nhachan("submit", *report, "--ref", "15/BC-SYT", moment="2025-03-18 15:00:00")
    assert done.returncode == 0, done.stderr

    with office.running("2025-03-19 07:59:58") as daemon:  # the send-by day: all but one, and the collector
        wait_for(lambda: len(office.mails()) >= second + 28, "the mails of the send-by day")
        third = settle(office)
        heard = about(office, second, "Q1")
        assert "soyte@binhdinh.example" not in heard
        assert "sonoivu@binhdinh.example" in heard
        assert third == second + 28
        units = json.loads(office.nhachan("units", "--json").stdout)
        feed = next(unit["feed"] for unit in units if unit["id"] == "binh-dinh.so-y-te")
        assert "[ĐÃ NỘP]" in daemon.get(feed).text
    collector = next(m for m in office.mails()[second:] if "sonoivu@" in str(m["To"]))
    body = collector.get_body(("plain",))
    assert body is not None
    assert "27/28 đơn vị" in body.get_content()
    assert "Sở Y tế" not in body.get_content()

    with office.running("2025-03-20 07:59:58"):  # the day after the last day: the leads are copied
        wait_for(lambda: len(office.mails()) >= third + 28, "the first overdue rung")
        fourth = settle(office)
    overdue = [m for m in office.mails()[third:] if "sonoivu@" not in str(m["To"])]
    assert all(str(m["Subject"]).startswith("[Quá hạn]") for m in overdue)
    assert all(m["Cc"] is not None for m in overdue)

    with office.running("2025-09-19 07:59:58"):  # after the reform: the successors report, in Gia Lai
        wait_for(lambda: len(about(office, fourth, "9M")) >= 75, "the nine-month mails", 60)
        settle(office)
    heard = about(office, fourth, "9M")
    assert len(heard) == 75, "16 offices, 58 communes and wards, the collector"
    assert all(address.endswith("@gialai.example") for address in heard)
    ward = next(m for m in office.mails()[fourth:] if "phuongquynhon@" in str(m["To"]))
    body = ward.get_body(("plain",))
    assert body is not None
    assert "Tiếp nhận nhiệm vụ từ: UBND thành phố Quy Nhơn" in body.get_content()
    ids = [str(m["Message-ID"]) for m in office.mails()]
    assert len(set(ids)) == len(ids)
