"""From the ledger to a real mail server, with STARTTLS and a login, and all that can go wrong on the way."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from itertools import count, groupby
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlmodel import Session, col, select

from scheduler.config.load import load
from scheduler.delivery import Postman
from scheduler.hand import Hand
from scheduler.installation import FeedsError, Installation
from scheduler.reminders import failures, ledger
from scheduler.reminders.brake import held, hold, release
from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import submit, withdraw
from scheduler.state.database import StateError, transaction
from scheduler.state.tables import Mail
from tests.mail.servers import PASSWORD, USER, Authority, Mailbox, listening, starttls

SETTINGS = """
name: Lịch báo cáo
public_url: https://lich.example.vn
mail:
  from: "Phòng Nội vụ <noivu@lich.example.vn>"
  reply_to: noivu@lich.example.vn
  host: localhost
  port: {port}
  security: starttls
  username: {user}
  password_file: mail.password
  ca_file: {ca}
"""
UNITS = """
units:
  ubnd: {name: UBND huyện}
  noi-vu: {name: Phòng Nội vụ, email: noivu@huyen.example}
  xa-a: {name: UBND xã A, email: [a@huyen.example], lead: ct.a@huyen.example}
  xa-b: {name: UBND xã B, email: [b@huyen.example, vt.b@huyen.example]}
  xa-c: {name: UBND xã C, email: c@huyen.example}
"""
PLAN = """
title: Kế hoạch công tác dân vận năm 2025
years: 2025
obligations:
  - id: ket-qua
    title: Báo cáo kết quả
    from: [xa-a, xa-b, xa-c]
    to: ubnd
    via: noi-vu
    due:
      six-month: trước ngày 20/6
"""
EIGHT = datetime(2025, 6, 12, 1, tzinfo=UTC)  # 08:00 in Viet Nam, seven days before Thursday 19/6


class Bench:
    """An installation, its mail server, and a clock that is told the time."""

    def __init__(self, folder: Path, port: int, ca: Path, units: str = UNITS, plan: str = PLAN) -> None:
        self.config, self.now = folder / "config", EIGHT
        for name in ("units", "plans"):
            (self.config / name).mkdir(parents=True)
        self.config.joinpath("nhachan.yaml").write_text(SETTINGS.format(port=port, user=USER, ca=ca), "utf-8")
        self.config.joinpath("mail.password").write_text(PASSWORD)
        self.config.joinpath("units", "huyen.yaml").write_text(units, "utf-8")
        self.config.joinpath("plans", "kh.yaml").write_text(plan, "utf-8")
        self.installation = Installation.open(load(self.config, date(2025, 1, 1)), folder / "state")
        self.installation.publish(datetime(2025, 1, 2, tzinfo=UTC))
        self.postman = Postman(self.installation, None)

    def set(self, more: str) -> None:
        """Add to the settings."""
        file = self.config / "nhachan.yaml"
        file.write_text(f"{file.read_text('utf-8')}{more}\n", "utf-8")
        self.installation = self.installation.reconfigure(load(self.config, date(2025, 1, 1)))
        self.installation.publish(self.now)
        self.postman = Postman(self.installation, None)

    def beat(self, most: int = 0, **later: float) -> int:
        self.now += timedelta(**later)
        self.installation.remind(self.now, most)
        return self.postman.deliver(lambda: self.now)

    def ledger(self) -> dict[str, str]:
        with Session(self.installation.engine) as session:
            return {row.unit: row.state for row in session.exec(select(Mail).order_by(col(Mail.id)))}

    def errors(self) -> dict[str, str]:
        with Session(self.installation.engine) as session:
            return {row.unit: row.error for row in session.exec(select(Mail)) if row.error}


@pytest.fixture
def bench(tmp_path: Path, mailbox: Mailbox, authority: Authority) -> Iterator[Bench]:
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        yield Bench(tmp_path, port, authority.file)


def read(mailbox: Mailbox) -> list[EmailMessage]:
    found = []
    for envelope in mailbox.messages:
        assert isinstance(envelope.content, bytes)
        found.append(message_from_bytes(envelope.content, policy=default))
    return found


def test_a_morning(bench: Bench, mailbox: Mailbox) -> None:
    assert bench.beat(minutes=-1) == 0, "not before the hour"
    assert bench.beat(minutes=1) == 3
    assert bench.ledger() == {"xa-a": "sent", "xa-b": "sent", "xa-c": "sent"}
    assert bench.beat(minutes=1) == 0
    assert [e.rcpt_tos for e in mailbox.messages] == [
        ["a@huyen.example"],
        ["b@huyen.example", "vt.b@huyen.example"],
        ["c@huyen.example"],
    ]
    assert mailbox.logins == [USER], "one login for the batch"
    mail = read(mailbox)[0]
    assert mail["Subject"] == "[Nhắc hạn] Báo cáo kết quả, 6 tháng đầu năm 2025 – còn 7 ngày (trước 20/6/2025)"
    assert mail["Reply-To"] == "noivu@huyen.example"
    assert mail["Date"].datetime == EIGHT
    [calendar] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "PUBLISH"
    events = calendar.get_payload(decode=True)
    assert isinstance(events, bytes)
    assert b"UID:kh.ket-qua.2025-6M@lich.example.vn" in events
    assert b"DTSTART;VALUE=DATE:20250619" in events


def test_a_server_that_is_away_is_asked_again_with_the_same_message_ids(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.sender = "451 4.3.0 come back later"
    assert bench.beat() == 0
    assert set(bench.ledger().values()) <= {"due"}
    with Session(bench.installation.engine) as session:
        ids = {row.message_id for row in session.exec(select(Mail))}
    mailbox.sender = "250 OK"
    sent = sum(bench.beat(minutes=5) for _ in range(4))
    assert sent == 3
    assert {m["Message-ID"] for m in read(mailbox)} == ids


def test_one_bad_address_stops_nobody_else(bench: Bench, mailbox: Mailbox) -> None:
    gone = "550 5.1.1 no such user"
    mailbox.answers = {"c@huyen.example": gone, "vt.b@huyen.example": gone}
    assert bench.beat() == 2
    assert bench.ledger() == {"xa-a": "sent", "xa-b": "sent", "xa-c": "failed"}
    assert "no such user" in bench.errors()["xa-c"]
    assert "vt.b@huyen.example" in bench.errors()["xa-b"]
    assert bench.beat(hours=2) == 0, "what was refused for good is not sent again and again"
    mailbox.messages.clear()
    assert bench.beat(days=4) == 2
    assert ["b@huyen.example"] in [e.rcpt_tos for e in mailbox.messages], "the bad one is passed over from now on"


def test_who_stands_in_hears_when_an_address_is_refused_for_good(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.answers = {"a@huyen.example": "550 5.1.1 no such user"}
    assert bench.beat() == 3
    assert bench.ledger()["xa-a"] == "sent"
    assert ["ct.a@huyen.example"] in [e.rcpt_tos for e in mailbox.messages]
    assert "no such user" in bench.errors()["xa-a"]
    mailbox.answers = {}
    mailbox.messages.clear()
    bench.beat(days=40, hours=-1)
    bench.installation.publish(bench.now)
    with Session(bench.installation.engine) as session:
        found = bench.installation.stand_ins(session, "xa-a", bench.now)
    assert found == ("a@huyen.example",), "after a month it is tried again"


def test_a_refusal_for_the_time_being_marks_no_address(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.answers = {"a@huyen.example": "450 4.2.1 try later"}
    assert bench.beat() == 2
    mailbox.answers = {}
    assert sum(bench.beat(minutes=5) for _ in range(3)) == 1
    assert ["a@huyen.example"] in [e.rcpt_tos for e in mailbox.messages]


def test_while_sending_is_held_nothing_goes_and_nothing_is_lost(bench: Bench, mailbox: Mailbox) -> None:
    with transaction(bench.installation.engine) as session:
        assert hold(session, "Đang kiểm tra", "cli", bench.now)
    assert bench.beat() == 0
    with transaction(bench.installation.engine) as session:
        assert release(session, "cli", bench.now, bench.now.date())
    assert bench.beat(minutes=1) == 3


def test_a_hold_stops_a_batch_that_is_under_way(bench: Bench, mailbox: Mailbox) -> None:
    def hold_after_the_first() -> bool:
        with transaction(bench.installation.engine) as session:
            hold(session, "Gửi nhầm", "cli", bench.now)
        return True

    bench.postman.go_on = hold_after_the_first
    assert bench.beat() == 1
    assert sorted(bench.ledger().values()) == ["due", "due", "sent"]
    with transaction(bench.installation.engine) as session:
        assert release(session, "cli", bench.now, date(2025, 6, 12))
    bench.postman.go_on = lambda: True
    assert bench.beat(minutes=1) == 2
    assert len(mailbox.messages) == 3


def test_a_batch_ends_between_two_mails_and_the_next_daemon_sends_the_rest(bench: Bench, mailbox: Mailbox) -> None:
    bench.postman.go_on = lambda: False
    assert bench.beat() == 1
    assert sorted(bench.ledger().values()) == ["due", "due", "sent"]
    assert Postman(bench.installation, None).deliver(lambda: bench.now) == 2  # at once: no lease was left behind
    assert len(mailbox.messages) == 3


MANY = [f"xa-{number}" for number in range(50)]


@pytest.fixture
def crowd(tmp_path: Path, mailbox: Mailbox, authority: Authority) -> Iterator[Bench]:
    """A bench with so many mails that they are claimed by the handful, however slow the machine."""
    names = "".join(f"  {name}: {{name: UBND {name}, email: {name}@huyen.example}}\n" for name in MANY)
    plan = PLAN.replace("xa-a, xa-b, xa-c", ", ".join(MANY))
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        bench = Bench(tmp_path, port, authority.file, f"{UNITS}{names}", plan)
        bench.postman.hand = Hand(moment=60)
        yield bench


def test_what_was_claimed_and_not_begun_is_left_to_the_next(crowd: Bench, mailbox: Mailbox) -> None:
    mails = count(1)
    crowd.postman.go_on = lambda: next(mails) < 10
    assert crowd.beat() == 10
    assert Counter(crowd.ledger().values()) == {"sent": 10, "due": 40}
    assert Postman(crowd.installation, None).deliver(lambda: crowd.now) == 40
    assert sorted(envelope.rcpt_tos for envelope in mailbox.messages) == sorted([f"{n}@huyen.example"] for n in MANY)


def test_a_server_that_ends_leaves_nothing_in_hand(crowd: Bench, mailbox: Mailbox) -> None:
    def close_for_today() -> None:
        if len(mailbox.messages) == 10:
            mailbox.sender = "451 4.3.0 come back later"

    mailbox.then = close_for_today
    assert crowd.beat() == 10
    assert Counter(crowd.ledger().values()) == {"sent": 10, "due": 40}
    mailbox.sender = "250 OK"
    assert crowd.beat(minutes=2) == 40


def test_what_was_submitted_while_the_server_took_a_mail_is_not_sent(crowd: Bench, mailbox: Mailbox) -> None:
    def all_report() -> None:
        if len(mailbox.messages) == 10:
            with transaction(crowd.installation.engine) as session:
                for unit in MANY:
                    submit(session, Report("kh", "ket-qua", "2025-6M", unit), date(2025, 6, 12), "", unit, crowd.now)
            crowd.postman.look_again()

    mailbox.then = all_report
    assert crowd.beat() == 10
    assert Counter(crowd.ledger().values()) == {"sent": 10, "empty": 40}


def test_a_hold_is_heard_while_the_server_takes_its_time_over_a_handful(crowd: Bench, mailbox: Mailbox) -> None:
    def hold_now() -> None:
        if len(mailbox.messages) == 10:
            with transaction(crowd.installation.engine) as session:
                hold(session, "Gửi nhầm", "cli", crowd.now)
            time.sleep(1.5)

    mailbox.then = hold_now
    assert crowd.beat() in (10, 11), "one more at most, that was at hand"
    assert "sending" not in crowd.ledger().values()
    with transaction(crowd.installation.engine) as session:
        assert release(session, "cli", crowd.now, date(2025, 6, 12))
    crowd.beat(minutes=1)
    assert Counter(crowd.ledger().values()) == {"sent": 50}
    assert len(mailbox.messages) == 50


def test_so_many_a_minute_holds_for_a_handful_too(crowd: Bench, mailbox: Mailbox) -> None:
    crowd.set("sending: {per_minute: 20}")
    crowd.postman.hand = Hand(moment=60)
    assert [crowd.beat(seconds=20) for _ in range(6)] == [20, 0, 20, 0, 0, 10]


def test_of_a_handful_the_last_waits_for_the_disk(crowd: Bench, mailbox: Mailbox) -> None:
    waits = []

    def look(connection: Connection) -> None:
        waits.append(bool(connection.connection.cursor().execute("PRAGMA synchronous").fetchone()[0] == 2))

    event.listen(crowd.installation.engine, "commit", look)
    crowd.installation.remind(crowd.now)
    waits.clear()
    assert crowd.postman.deliver(lambda: crowd.now) == 50
    quick = [len(list(run)) for wait, run in groupby(waits) if not wait]
    assert quick == [15, 15, 15], "after the first, which shows how quick the server is, and before the last one"
    assert waits[-1]
    with transaction(crowd.installation.engine) as session:
        assert session.exec(select(Mail)).first()
    assert waits[-1], "whoever has the connection next waits again"


def test_the_brake_holds_an_unusual_morning_until_somebody_has_looked(bench: Bench, mailbox: Mailbox) -> None:
    assert bench.beat(most=2) == 0
    with Session(bench.installation.engine) as session:
        found = held(session)
    assert found is not None
    assert "3" in found.reason
    assert bench.ledger() == {}
    with transaction(bench.installation.engine) as session:
        release(session, "cli", bench.now, bench.now.date())
    assert bench.beat(most=2, minutes=1) == 3


def test_so_many_a_minute_and_no_more(bench: Bench, mailbox: Mailbox) -> None:
    bench.set("sending: {per_minute: 2}")
    assert [bench.beat(seconds=20) for _ in range(5)] == [2, 0, 1, 0, 0]


def test_what_was_submitted_meanwhile_is_not_sent(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.sender = "451 4.3.0 come back later"
    bench.beat()
    with transaction(bench.installation.engine) as session:
        submit(session, Report("kh", "ket-qua", "2025-6M", "xa-a"), date(2025, 6, 12), "", "xa-a", bench.now)
    mailbox.sender = "250 OK"
    for _ in range(4):
        bench.beat(minutes=5)
    assert bench.ledger() == {"xa-a": "empty", "xa-b": "sent", "xa-c": "sent"}
    assert len(mailbox.messages) == 2


def test_a_day_without_a_server_is_made_up_the_next_working_day_with_the_newest_rung(
    bench: Bench, mailbox: Mailbox
) -> None:
    mailbox.sender = "451 4.3.0 come back later"
    bench.beat()
    mailbox.sender = "250 OK"
    assert bench.beat(days=1) == 3, "Friday 13/6"
    assert all("còn 6 ngày" in str(m["Subject"]) for m in read(mailbox))
    assert bench.beat(days=3) == 3, "Monday 16/6: the rung of three days before"
    assert bench.beat(hours=1) == 0


def test_a_template_that_is_broken_is_told_and_the_mails_wait(bench: Bench, mailbox: Mailbox) -> None:
    templates = bench.config / "templates"
    templates.mkdir()
    (templates / "digest.txt").write_text("{{ letter.", "utf-8")
    assert bench.beat() == 0
    assert any("digest.txt" in error for error in bench.errors().values())
    (templates / "digest.txt").unlink()
    assert sum(bench.beat(minutes=5) for _ in range(4)) == 3


def test_a_moved_deadline_is_told_once_with_old_and_new(bench: Bench, mailbox: Mailbox) -> None:
    bench.beat()
    plan = bench.config / "plans" / "kh.yaml"
    plan.write_text(PLAN.replace("20/6", "27/6"), "utf-8")
    bench.installation = bench.installation.reconfigure(load(bench.config, date(2025, 6, 12)))
    bench.postman.installation = bench.installation
    bench.installation.publish(bench.now + timedelta(hours=1))
    mailbox.messages.clear()
    assert bench.beat(days=1) == 4, "the three units and the collector"
    for mail in read(mailbox):
        body = mail.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert "20/6/2025" in text
        assert "27/6/2025" in text
    mailbox.messages.clear()
    assert bench.beat(days=3) == 0, "the rung of seven days before the new date comes on Thursday 19/6"


def test_the_configuration_is_checked_when_mail_cannot_go_out(tmp_path: Path, authority: Authority) -> None:
    from tests.daemon.process import Office

    office = Office(tmp_path)
    settings = office.config / "nhachan.yaml"
    extra = SETTINGS.format(port=25, user=USER, ca=authority.file).split("mail:", 1)[1]
    settings.write_text(settings.read_text("utf-8") + "mail:" + extra, "utf-8")
    failed = office.nhachan("run")
    assert failed.returncode == 1
    assert "mail.password" in failed.stderr
    assert "Traceback" not in failed.stderr
    failed = office.nhachan("send-test", "a@huyen.example")
    assert failed.returncode == 1
    assert "mail.password" in failed.stderr
    assert json.loads(office.nhachan("status", "--json").stdout)["mails"] == []


def test_what_was_in_hand_when_the_daemon_was_killed_goes_out_when_it_starts_again(
    bench: Bench, mailbox: Mailbox
) -> None:
    bench.installation.remind(bench.now)
    with transaction(bench.installation.engine) as session:
        assert ledger.claim(session.connection(), bench.now)
    assert bench.installation.release() == 1
    assert bench.beat() == 3
    assert len(mailbox.messages) == 3


@pytest.mark.parametrize("taken_back", [False, True])
def test_an_attached_event_is_that_of_the_units_feed(bench: Bench, mailbox: Mailbox, taken_back: bool) -> None:
    if taken_back:
        report = Report("kh", "ket-qua", "2025-6M", "xa-a")
        with transaction(bench.installation.engine) as session:
            submit(session, report, bench.now.date(), "", "xa-a", bench.now)
            withdraw(session, report, "xa-a", bench.now + timedelta(hours=1))
    bench.now = datetime(2025, 6, 23, 1, tzinfo=UTC)  # the Monday after the last day
    bench.installation.publish(bench.now)
    bench.beat()
    [mail] = [m for m in read(mailbox) if "a@huyen.example" in str(m["To"])]
    [attached] = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/calendar"]
    feed = bench.installation.configuration.settings.calendars / "units" / "xa-a.ics"
    published = feed.read_bytes().decode()
    assert "SUMMARY:[QUÁ HẠN]" in published
    assert f"SEQUENCE:{3 if taken_back else 1}" in published
    for name in ("UID", "SEQUENCE", "DTSTAMP", "SUMMARY", "DTSTART"):
        line = next(line for line in published.splitlines() if line.startswith(name))
        assert line in attached.splitlines(), name


def test_a_server_that_takes_few_mails_over_one_connection_holds_nobody_up(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.most_each = 1
    assert bench.beat() == 3
    assert len(mailbox.messages) == 3
    assert bench.errors() == {}


def test_who_was_refused_for_now_has_the_mail_later_and_nobody_has_it_twice(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.answers = {"vt.b@huyen.example": "450 4.2.0 greylisted"}
    assert bench.beat() == 3
    assert bench.ledger()["xa-b"] == "due"
    assert bench.errors() == {"xa-b": "vt.b@huyen.example (450 4.2.0 greylisted)"}
    assert [bench.beat(minutes=1), bench.beat(minutes=1)] == [0, 0], "still greylisted, then a pause"
    mailbox.answers = {}
    assert sum(bench.beat(minutes=5) for _ in range(3)) == 1
    assert bench.ledger()["xa-b"] == "sent"
    assert bench.errors() == {}
    [first, second] = [m for m in read(mailbox) if "b@huyen.example" in str(m["To"])]
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == second["To"]
    assert [e.rcpt_tos for e in mailbox.messages if "b@huyen.example" in str(e.rcpt_tos)] == [
        ["b@huyen.example"],
        ["vt.b@huyen.example"],
    ]


def test_who_never_had_it_that_day_is_on_record_and_the_others_are_told_no_second_time(
    bench: Bench, mailbox: Mailbox
) -> None:
    mailbox.answers = {"vt.b@huyen.example": "450 4.2.0 greylisted"}
    bench.beat()
    assert bench.beat(days=1) == 0
    assert bench.ledger()["xa-b"] == "sent"
    assert bench.errors() == {"xa-b": "refused: vt.b@huyen.example (450 4.2.0 greylisted)"}
    with Session(bench.installation.engine) as session:
        assert [row.unit for row in failures.troubled(session, bench.now - timedelta(days=2))] == ["xa-b"]


def test_what_all_have_or_reported_meanwhile_is_sent(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.answers = {"vt.b@huyen.example": "450 4.2.0 greylisted"}
    bench.beat()
    with transaction(bench.installation.engine) as session:
        submit(session, Report("kh", "ket-qua", "2025-6M", "xa-b"), date(2025, 6, 12), "", "xa-b", bench.now)
    assert bench.beat(minutes=2) == 0
    assert bench.ledger()["xa-b"] == "sent"


def test_a_server_that_relays_for_nobody_one_morning_is_asked_again_the_next(bench: Bench, mailbox: Mailbox) -> None:
    everybody = ["a@huyen.example", "ct.a@huyen.example", "b@huyen.example", "vt.b@huyen.example", "c@huyen.example"]
    mailbox.answers = dict.fromkeys(everybody, "554 5.7.1 Relay access denied")
    assert bench.beat() == 0
    assert set(bench.ledger().values()) == {"failed"}
    mailbox.answers = {}
    assert bench.beat(minutes=10) == 0, "told to the administrators, and not tried all day"
    assert bench.beat(days=1) == 3
    assert {a for e in mailbox.messages for a in e.rcpt_tos} >= {"a@huyen.example", "b@huyen.example"}


def test_a_unit_for_which_nobody_stands_in_is_tried_again_the_next_morning(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.answers = {"c@huyen.example": "550 5.1.1 no such user"}
    bench.beat()
    assert bench.ledger()["xa-c"] == "failed"
    assert bench.beat(minutes=5) == 0
    mailbox.answers = {}
    assert bench.beat(days=1) == 1


def test_a_message_that_is_refused_is_tried_again_that_day(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.data = "554 5.7.1 sending quota exceeded"
    assert bench.beat() == 0
    assert set(bench.ledger().values()) == {"due"}
    assert all("quota" in error for error in bench.errors().values())
    mailbox.data = "250 OK"
    assert [bench.beat(minutes=20), bench.beat(minutes=10)] == [0, 3]


def test_a_mail_over_which_the_server_hangs_up_holds_up_no_other(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.hang_up_on = ("a@huyen.example",)
    assert bench.beat() == 2
    assert bench.ledger() == {"xa-a": "due", "xa-b": "sent", "xa-c": "sent"}
    assert bench.postman.away is None


def test_a_server_that_hangs_up_over_every_mail_is_left_alone_for_a_while(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.hang_up_in_data = True
    assert bench.beat() == 0
    assert bench.postman.away is not None
    mailbox.hang_up_in_data = False
    assert bench.beat(minutes=2) == 3
    assert bench.postman.away is None


def test_a_wrong_password_is_not_tried_every_minute(bench: Bench, mailbox: Mailbox) -> None:
    password = bench.config / "mail.password"
    password.write_text("wrong")
    bench.beat()
    for _ in range(30):
        bench.beat(minutes=1)
    assert 3 <= len(mailbox.logins) <= 15, "each try asks in some ways"
    password.write_text(PASSWORD)
    assert bench.beat(seconds=1) == 3, "another password is tried at once"


def test_what_cannot_be_written_down_is_not_sent_again(bench: Bench, mailbox: Mailbox) -> None:
    def read_only(connection: Connection, *, yes: bool = True) -> None:
        connection.exec_driver_sql(f"PRAGMA query_only={yes}")

    mailbox.then = lambda: event.listen(bench.installation.engine, "begin", read_only)
    with pytest.raises(StateError, match="only be read"):
        bench.beat()
    mailbox.then = lambda: None
    with pytest.raises(StateError, match="only be read"):
        bench.postman.deliver(lambda: bench.now)
    assert len(mailbox.messages) == 1
    event.remove(bench.installation.engine, "begin", read_only)
    event.listen(bench.installation.engine, "begin", partial(read_only, yes=False))
    assert bench.beat(minutes=1) == 2
    assert len(mailbox.messages) == 3
    assert set(bench.ledger().values()) == {"sent"}


def test_feeds_that_cannot_be_written_keep_no_reminder_back(bench: Bench, mailbox: Mailbox) -> None:
    calendars = bench.installation.configuration.settings.calendars
    shutil.rmtree(calendars)
    calendars.write_text("in the way")
    with pytest.raises(FeedsError, match="cannot be written"):
        bench.installation.publish(bench.now)
    assert bench.beat() == 3


def test_a_row_of_a_day_to_come_is_of_a_clock_that_was_ahead(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.sender = "451 4.3.0 come back later"
    bench.beat(days=1)
    mailbox.sender = "250 OK"
    assert bench.beat(days=-1) == 3, "of today"
    assert all("còn 7 ngày" in str(m["Subject"]) for m in read(mailbox))
    assert bench.beat(days=1) == 0


def test_everybody_who_was_refused_stays_on_record(bench: Bench, mailbox: Mailbox) -> None:
    mailbox.answers = {
        "b@huyen.example": "550 5.1.1 gone",
        "vt.b@huyen.example": "450 4.2.1 later",
    }
    bench.beat()
    mailbox.answers["vt.b@huyen.example"] = "250 OK"
    for _ in range(4):
        bench.beat(minutes=5)
    assert bench.ledger()["xa-b"] == "sent"
    assert bench.errors() == {"xa-b": "refused: b@huyen.example (550 5.1.1 gone)"}
