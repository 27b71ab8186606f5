"""Several daemons on one PostgreSQL: none fails, nothing is told twice, nothing is lost, all give the same bytes."""

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from email import message_from_bytes
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, func, select

from scheduler.config.load import load
from scheduler.delivery import Postman
from scheduler.installation import Installation
from scheduler.reminders import ledger
from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import submit, withdraw
from scheduler.state.database import StateError, transaction
from scheduler.state.presence import Presence
from scheduler.state.tables import Change, Mail, MailItem, Publication
from tests.mail.servers import PASSWORD, USER, Authority, Mailbox, listening, starttls

ROOT = Path(__file__).parents[2]
SETTINGS = """
name: Lịch báo cáo
public_url: https://lich.example.vn
database: {database}
mail:
  from: "Phòng Nội vụ <noivu@lich.example.vn>"
  host: localhost
  port: {port}
  security: starttls
  username: {user}
  password_file: mail.password
  ca_file: {ca}
"""
PLAN = """
title: Kế hoạch công tác dân vận năm 2025
years: 2025
obligations:
  - id: ket-qua
    title: Báo cáo kết quả
    from: [xa]
    to: ubnd
    due:
      six-month: trước ngày {day}/6
      annual: trước ngày 15/11
"""
Result = TypeVar("Result")
UNITS = 300
EIGHT = datetime(2025, 6, 12, 1, tzinfo=UTC)  # 08:00 in Viet Nam, seven days before the send-by day


class Cluster:
    """Three machines, each with its state folder, on one database."""

    def __init__(self, folder: Path, database: str, port: int, ca: Path) -> None:
        self.folder, self.now = folder, EIGHT
        config = folder / "config"
        for name in ("units", "plans"):
            (config / name).mkdir(parents=True)
        settings = SETTINGS.format(database=f'"{database}"', port=port, user=USER, ca=ca)
        config.joinpath("nhachan.yaml").write_text(settings, "utf-8")
        config.joinpath("mail.password").write_text(PASSWORD)
        names = [f"xa-{n}" for n in range(UNITS)]
        units = "".join(f"  {name}: {{name: Xã {name}, email: {name}@huyen.example}}\n" for name in names)
        groups = f"groups:\n  xa: [{', '.join(names)}]\n"
        config.joinpath("units", "u.yaml").write_text(f"units:\n  ubnd: {{name: UBND}}\n{units}{groups}", "utf-8")
        self.plan = config / "plans" / "kh.yaml"
        self.plan.write_text(PLAN.format(day=20), "utf-8")
        self.configuration = load(config, date(2025, 1, 1))
        first = self.open("a")
        for name in ("b", "c"):
            (folder / name).mkdir()
            shutil.copy(folder / "a" / "secret.key", folder / name)
        self.machines = [first, self.open("b"), self.open("c")]

    def open(self, name: str) -> Installation:
        return Installation.open(self.configuration, self.folder / name)

    def all_at_once(self, work: Callable[[Installation], Result]) -> list[Result]:
        barrier = Barrier(len(self.machines))

        def together(machine: Installation) -> Result:
            barrier.wait()
            return work(machine)

        with ThreadPoolExecutor(len(self.machines)) as pool:
            return list(pool.map(together, self.machines))

    def publish(self, when: datetime = datetime(2025, 1, 2, tzinfo=UTC)) -> None:
        self.all_at_once(lambda machine: machine.publish(when, machine.state / "calendars"))

    def deliver(self, machine: Installation) -> int:
        return Postman(machine, None).deliver(lambda: self.now)

    def states(self) -> Counter[str]:
        with Session(self.machines[0].engine) as session:
            return Counter(session.exec(select(Mail.state)).all())


@pytest.fixture
def cluster(tmp_path: Path, postgresql: str, mailbox: Mailbox, authority: Authority) -> Iterator[Cluster]:
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        found = Cluster(tmp_path, postgresql, port, authority.file)
        yield found
        for machine in found.machines:
            machine.engine.dispose()


def addressed(mailbox: Mailbox) -> Counter[str]:
    return Counter(address for envelope in mailbox.messages for address in envelope.rcpt_tos)


def test_one_materialises_and_all_give_the_same_bytes(cluster: Cluster) -> None:
    cluster.publish()
    cluster.plan.write_text(PLAN.format(day=25), "utf-8")
    cluster.configuration = load(cluster.folder / "config", date(2025, 1, 1))
    cluster.machines = [machine.reconfigure(cluster.configuration) for machine in cluster.machines]
    cluster.publish(datetime(2025, 1, 3, tzinfo=UTC))
    with Session(cluster.machines[0].engine) as session:
        assert sorted(session.exec(select(Publication.sequence)).all()) == [0, 1]
        assert len(session.exec(select(Change)).all()) == 1, "the move is told once"
    feeds = [sorted((m.state / "calendars").rglob("*.ics")) for m in cluster.machines]
    assert len(feeds[0]) == UNITS + 3
    for files in zip(*feeds, strict=True):
        assert len({file.name for file in files}) == 1
        assert len({file.read_bytes() for file in files}) == 1, files[0].name


def test_all_decide_at_once_and_send_at_once(cluster: Cluster, mailbox: Mailbox) -> None:
    cluster.publish()
    assert sorted(cluster.all_at_once(lambda machine: machine.remind(cluster.now)), key=str) == [0, 0, UNITS]
    sent = cluster.all_at_once(cluster.deliver)
    assert sum(sent) == UNITS
    assert min(sent) > 0, "the work is shared"
    assert addressed(mailbox) == {f"xa-{n}@huyen.example": 1 for n in range(UNITS)}
    assert cluster.states() == {"sent": UNITS}
    assert cluster.all_at_once(lambda machine: machine.remind(cluster.now)) == [0, 0, 0]
    assert sum(cluster.all_at_once(cluster.deliver)) == 0


def test_a_database_that_ends_all_connections_in_a_batch_loses_nothing_and_repeats_nothing(
    cluster: Cluster, mailbox: Mailbox
) -> None:
    cluster.publish()
    machine, other = cluster.machines[:2]
    machine.remind(cluster.now)
    mails = count(1)

    def restart_in_between() -> bool:
        if next(mails) in (20, 21, 40):
            with other.engine.connect() as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                connection.exec_driver_sql(f"{others} AND datname = current_database()")
        return True

    postman = Postman(machine, None, go_on=restart_in_between)
    for _ in range(5):
        with suppress(StateError, SQLAlchemyError):
            postman.deliver(lambda: cluster.now)
            break
    assert cluster.states() == {"sent": UNITS}
    assert len({str(envelope.content) for envelope in mailbox.messages}) == len(mailbox.messages) == UNITS


def test_a_handful_is_no_more_than_was_asked_for(cluster: Cluster) -> None:
    cluster.publish()
    cluster.machines[0].remind(cluster.now)
    with transaction(cluster.machines[0].engine) as session:
        session.connection().exec_driver_sql("ANALYZE mail")
        assert len(ledger.claim(session.connection(), cluster.now, most=16)) == 16


def test_recording_without_any_lock_neither_fails_nor_writes_twice(cluster: Cluster) -> None:
    cluster.publish()

    def decided(machine: Installation) -> int:
        with transaction(machine.engine) as session:
            digests = machine.decide(session, cluster.now, cluster.now.date())
            return ledger.record(session, digests, cluster.now, "d.example")

    assert sum(cluster.all_at_once(decided)) == UNITS
    with Session(cluster.machines[0].engine) as session:
        assert session.exec(select(func.count()).select_from(MailItem)).one() == UNITS


def test_what_a_dead_daemon_had_in_hand_is_free_at_once_and_what_a_silent_one_has_after_its_lease(
    cluster: Cluster, mailbox: Mailbox
) -> None:
    cluster.publish()
    cluster.machines[0].remind(cluster.now)
    machine = cluster.machines.pop()
    silent, dead = Presence(machine.engine), Presence(machine.engine)
    held = []
    for presence in (*[silent] * 3, *[dead] * 4):
        with transaction(machine.engine) as session:
            held += ledger.claim(session.connection(), cluster.now, presence.number())
    dying = Session(machine.engine)  # one more, whose claim is not even committed when the machine goes down
    assert ledger.claim(dying.connection(), cluster.now)
    assert sum(cluster.all_at_once(cluster.deliver)) == UNITS - 8
    dying.close()
    with dead:
        pass
    assert cluster.machines[0].release() == 0, "on a shared database the others are left alone"
    assert sum(cluster.all_at_once(cluster.deliver)) == 1 + 4
    cluster.now += ledger.LEASE
    assert sum(cluster.all_at_once(cluster.deliver)) == 3
    assert addressed(mailbox) == {f"xa-{n}@huyen.example": 1 for n in range(UNITS)}
    with silent, transaction(machine.engine) as session:
        assert not ledger.extend(session, held[0], cluster.now, silent.number()), "another has it by now"
    ids = [message_from_bytes(e.content)["Message-ID"] for e in mailbox.messages if isinstance(e.content, bytes)]
    assert {row.message_id for row in held} <= set(ids)
    assert len(set(ids)) == UNITS
    machine.engine.dispose()


WORKER = """
import sys
from datetime import date, datetime
from pathlib import Path
from scheduler.config.load import load
from scheduler.delivery import Postman
from scheduler.installation import Installation

folder, state, now = Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
machine = Installation.open(load(folder, date(2025, 1, 1)), state)
machine.publish(now, state / "calendars")
machine.remind(now)
Postman(machine, None).deliver(lambda: now)
machine.engine.dispose()
"""


def test_a_daemon_that_is_killed_in_mid_send_loses_nothing(cluster: Cluster, mailbox: Mailbox) -> None:
    cluster.publish()  # when the year began, so that what falls due in June is known in time

    def worker(name: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-c", WORKER, str(cluster.folder / "config"), str(cluster.folder / name)]
        return subprocess.Popen([*line, cluster.now.isoformat()], cwd=ROOT)

    workers = [worker(name) for name in "abc"]
    until = time.monotonic() + 60
    while len(mailbox.messages) < 30 and time.monotonic() < until:
        time.sleep(0.005)
    workers[0].kill()
    assert [process.wait(60) for process in workers] == [-signal.SIGKILL, 0, 0]
    for process in (worker("b"), worker("c")):  # at once: no lease has run out
        assert process.wait(60) == 0
    counts = addressed(mailbox)
    assert counts.keys() == {f"xa-{n}@huyen.example" for n in range(UNITS)}
    assert counts.total() <= UNITS + 1, "at most the one mail that was in its hand came twice"
    ids = {message_from_bytes(e.content)["Message-ID"] for e in mailbox.messages if isinstance(e.content, bytes)}
    assert len(ids) == UNITS, "and with the same Message-ID"
    assert cluster.states() == {"sent": UNITS}


def test_a_row_that_another_wrote_meanwhile_is_not_taken_for_empty(cluster: Cluster, mailbox: Mailbox) -> None:
    cluster.publish()
    old, new = cluster.machines[:2]
    cluster.plan.write_text(
        PLAN.format(day=20) + PLAN.split("obligations:")[1].format(day=20).replace("ket-qua", "hai")
    )
    new = new.reconfigure(load(cluster.folder / "config", date(2025, 1, 1)))
    new.publish(datetime(2025, 6, 2, tzinfo=UTC), new.state / "calendars")
    new.remind(cluster.now)
    assert cluster.deliver(old) == 0, "it does not know one of the two deadlines"
    assert cluster.states() == {"due": UNITS}
    assert mailbox.messages == []
    waiting = new.waiting(cluster.now)
    assert not waiting.foreign
    assert {len(digest.items) for digest in waiting.says.values() if digest} == {2}
    assert len(waiting.says) == UNITS


def test_a_report_is_submitted_once_however_many_press(cluster: Cluster) -> None:
    report = Report("kh", "ket-qua", "2025-6M", "xa-1")

    def press(machine: Installation) -> bool:
        with transaction(machine.engine) as session:
            return submit(session, report, EIGHT.date(), "", "xa-1", EIGHT)

    def take_back(machine: Installation) -> bool:
        with transaction(machine.engine) as session:
            return withdraw(session, report, "xa-1", EIGHT)

    for _ in range(5):
        assert sorted(cluster.all_at_once(press)) == [False, False, True]
        assert sorted(cluster.all_at_once(take_back)) == [False, False, True]


def test_a_machine_with_another_key_is_refused(cluster: Cluster) -> None:
    with pytest.raises(StateError, match="not the key of this database"):
        cluster.open("new")
    assert not (cluster.folder / "new" / "secret.key").exists()
    (cluster.folder / "new" / "secret.key").write_bytes(b"x" * 32)
    with pytest.raises(StateError, match="not the key of this database"):
        cluster.open("new")
