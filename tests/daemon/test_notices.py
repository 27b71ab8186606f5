"""What the administrators hear by mail: once, and not lost when the mail server is away."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.config.problems import Problem
from scheduler.delivery import Postman
from scheduler.notices import Notices
from scheduler.translation import text
from tests.daemon.test_delivery import Bench, read
from tests.mail.servers import Authority, Mailbox, listening, starttls

ADMIN = "quantri@huyen.example"
PROBLEM = Problem("plans/kh.yaml", 3, 5, text("the year {year} has no working days", year=2031), text(""))


@pytest.fixture
def bench(tmp_path: Path, mailbox: Mailbox, authority: Authority) -> Iterator[Bench]:
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        made = Bench(tmp_path, port, authority.file)
        made.set(f"admins: [{ADMIN}]")
        yield made
        made.installation.engine.dispose()


def told(mailbox: Mailbox) -> list[str]:
    """The subjects of what the administrators were sent."""
    return [str(mail["Subject"]) for mail in read(mailbox) if str(mail["To"]) == ADMIN]


def test_a_notice_waits_for_a_mail_server_that_is_away_and_outlives_the_daemon(bench: Bench, mailbox: Mailbox) -> None:
    notices = Notices(bench.postman)
    mailbox.sender = "451 4.3.0 come back later"
    notices.refused([PROBLEM], bench.now)
    notices.send(lambda: bench.now)
    assert told(mailbox) == []
    mailbox.sender = "250 OK"
    again = Notices(Postman(bench.installation, None))
    again.send(lambda: bench.now)
    assert told(mailbox) == [], "a pause"
    for _ in range(2):
        again.send(lambda: bench.now + timedelta(minutes=1))
    assert told(mailbox) == ["[Cấu hình] Cần sửa 1 lỗi"]


def test_a_notice_that_comes_twice_is_one_message(bench: Bench, mailbox: Mailbox) -> None:
    notices = Notices(bench.postman)
    notices.refused([PROBLEM], bench.now)
    mailbox.mute = True
    notices.send(lambda: bench.now)
    mailbox.mute = False
    notices.send(lambda: bench.now + timedelta(minutes=1))
    assert len({str(mail["Message-ID"]) for mail in read(mailbox)}) == 1
    assert len(mailbox.messages) == 2


def test_mails_that_did_not_go_out_are_told_once_even_if_the_server_goes_away(bench: Bench, mailbox: Mailbox) -> None:
    notices = Notices(bench.postman)
    mailbox.answers = {"a@huyen.example": "550 5.1.1 unknown", "ct.a@huyen.example": "550 5.1.1 unknown"}
    bench.beat()
    mailbox.sender = "451 4.3.0 come back later"
    for _ in range(2):
        notices.trouble(bench.now)
        notices.send(lambda: bench.now)
    mailbox.sender = "250 OK"
    for minutes in (1, 2):
        notices.trouble(bench.now)
        notices.send(lambda: bench.now + timedelta(minutes=minutes))  # noqa: B023
    assert len(told(mailbox)) == 1


def test_what_failed_after_the_mail_of_the_day_is_told_the_next_day_and_nothing_twice(
    bench: Bench, mailbox: Mailbox
) -> None:
    notices = Notices(bench.postman)
    mailbox.answers = {"c@huyen.example": "550 5.1.1 unknown"}
    mailbox.answers |= dict.fromkeys(("b@huyen.example", "vt.b@huyen.example"), "450 4.2.1 later")
    bench.beat()
    for hours, what in ((0, "xa-c"), (24, "xa-b")):
        mailbox.answers = {"b@huyen.example": "550 5.1.1 unknown", "vt.b@huyen.example": "550 5.1.1 unknown"}
        mailbox.messages.clear()
        now = bench.now + timedelta(hours=hours)
        notices.trouble(now)
        notices.send(lambda: now)  # noqa: B023
        [mail] = [mail for mail in read(mailbox) if str(mail["To"]) == ADMIN]
        assert what in mail.get_content()
        assert mail.get_content().count("xa-") == 1
        bench.beat(minutes=5)


def test_an_administrator_whose_address_is_refused_does_not_stand_in_the_way(bench: Bench, mailbox: Mailbox) -> None:
    notices = Notices(bench.postman)
    mailbox.answers = {ADMIN: "550 5.1.1 unknown"}
    notices.refused([PROBLEM], bench.now)
    notices.send(lambda: bench.now)
    mailbox.answers = {}
    notices.refused([PROBLEM, PROBLEM], bench.now)
    notices.send(lambda: bench.now)
    assert told(mailbox) == ["[Cấu hình] Cần sửa 2 lỗi"]
    notices.send(lambda: bench.now + timedelta(minutes=1))
    assert len(told(mailbox)) == 2, "and may be mended"
