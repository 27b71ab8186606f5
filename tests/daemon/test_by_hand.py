"""Reminders by hand go the way of all mails: once, and with what is still true when they go."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from scheduler.reminders import brake
from scheduler.reminders.by_hand import ask
from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import submit
from scheduler.state.database import transaction
from scheduler.state.tables import Mail
from tests.daemon.test_delivery import EIGHT, Bench, read
from tests.mail.servers import Authority, Mailbox, listening, starttls

KEY = "kh.ket-qua.2025-6M"


@pytest.fixture
def bench(tmp_path: Path, mailbox: Mailbox, authority: Authority) -> Iterator[Bench]:
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        made = Bench(tmp_path, port, authority.file)
        yield made
        made.installation.engine.dispose()


def remind(bench: Bench, *units: str) -> int:
    installation = bench.installation
    deadline = next(d for d in installation.deadlines() if d.key == KEY)
    with transaction(installation.engine) as session:
        return ask(
            *(session, installation.configuration.register, deadline, units),
            now=bench.now,
            today=installation.today(bench.now),
            by="noi-vu",
            domain=installation.uid_domain,
        )


def rows(bench: Bench) -> list[tuple[str, int, str]]:
    with Session(bench.installation.engine) as session:
        return [(row.unit, row.turn, row.state) for row in session.exec(select(Mail).order_by(col(Mail.id)))]


def test_it_goes_at_once_beside_the_mail_of_the_day(bench: Bench, mailbox: Mailbox) -> None:
    bench.now = EIGHT - timedelta(minutes=30)
    assert remind(bench, "xa-a", "xa-a") == 1
    assert bench.beat() == 1, "before the hour of the others"
    (mail,) = read(mailbox)
    assert mail["Subject"] == "[Nhắc hạn] Báo cáo kết quả, 6 tháng đầu năm 2025 – còn 7 ngày (trước 20/6/2025)"
    assert bench.beat(minutes=30) == 3, "the mail of the day comes all the same"
    ids = {str(mail["Message-ID"]) for mail in read(mailbox)}
    assert len(ids) == 4
    mine = [mail for mail in read(mailbox) if "<a@huyen.example>" in str(mail["To"])]
    assert len(mine) == 2
    assert len({str(mail["References"]) for mail in mine}) == 1, "one thread"
    assert sorted(rows(bench)) == [("xa-a", 0, "sent"), ("xa-a", 1, "sent"), ("xa-b", 0, "sent"), ("xa-c", 0, "sent")]


def test_on_a_day_off_too_and_when_it_is_overdue(bench: Bench, mailbox: Mailbox) -> None:
    bench.now = datetime(2025, 6, 22, 3, tzinfo=UTC)  # a Sunday
    assert remind(bench, "xa-a") == 1
    assert bench.beat() == 1
    assert str(read(mailbox)[0]["Subject"]).startswith("[Quá hạn] ")


def test_who_reports_before_it_goes_gets_none(bench: Bench, mailbox: Mailbox) -> None:
    bench.now -= timedelta(minutes=30)
    remind(bench, "xa-a", "xa-b")
    with transaction(bench.installation.engine) as session:
        submit(session, Report("kh", "ket-qua", "2025-6M", "xa-a"), date(2025, 6, 12), "", "xa-a", bench.now)
    assert bench.beat() == 1
    assert rows(bench) == [("xa-a", 1, "empty"), ("xa-b", 1, "sent")]


def test_once_an_hour_whatever_the_clock_says(bench: Bench, mailbox: Mailbox) -> None:
    assert remind(bench, "xa-a", "xa-b") == 2
    assert remind(bench, "xa-a", "xa-b", "xa-c") == 1
    bench.now -= timedelta(minutes=10)
    assert remind(bench, "xa-a") == 1, "a clock that was ahead keeps nobody from it"
    bench.now += timedelta(minutes=71)
    assert remind(bench, "xa-a", "xa-b", "xa-c") == 3
    assert sum(turn == 3 for _, turn, _ in rows(bench)) == 1
    bench.beat()
    assert len({str(mail["Message-ID"]) for mail in read(mailbox)}) == len(read(mailbox)) == 7 + 3


def test_while_sending_is_held_it_waits_and_the_next_day_it_is_no_reminder_any_more(
    bench: Bench, mailbox: Mailbox
) -> None:
    with transaction(bench.installation.engine) as session:
        brake.hold(session, "", "cli", bench.now)
    remind(bench, "xa-a")
    assert bench.beat(minutes=-30) == 0
    with transaction(bench.installation.engine) as session:
        brake.release(session, "cli", bench.now, date(2025, 6, 12))
    bench.beat(days=1, minutes=30)
    assert ("xa-a", 1, "stale") in rows(bench)
    assert sum("<a@huyen.example>" in str(mail["To"]) for mail in read(mailbox)) == 1, "that of the day"
