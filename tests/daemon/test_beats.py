"""What a beat does again, and what it need not: today's mails are decided when something may have changed them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlmodel import col, delete, select

from scheduler.config.load import load
from scheduler.daemon import Daemon
from scheduler.reminders import brake
from scheduler.state.database import transaction
from scheduler.state.tables import Mail, MailItem
from tests.daemon.process import NINE, Office

UNITS = 3


@dataclass
class Clock:
    """One that the test sets."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Kept:
    """A daemon whose beats the test gives, at moments that it says."""

    daemon: Daemon
    clock: Clock

    @property
    def now(self) -> datetime:
        return self.clock.now

    def beat(self, moment: datetime | None = None) -> int:
        """The mails of that day, after a beat."""
        self.clock.now = moment or self.now + timedelta(minutes=1)
        self.daemon.beat()
        return self.mails()

    def mails(self) -> int:
        with transaction(self.daemon.installation.engine) as session:
            return len(session.exec(select(Mail).where(Mail.day == self.now.date())).all())

    def lose(self) -> None:
        """Take all mails out of the ledger, as nothing does that tells of itself."""
        with transaction(self.daemon.installation.engine) as session:
            session.exec(delete(MailItem))
            session.exec(delete(Mail).where(col(Mail.id) > 0))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    office = Office(tmp_path / "office")
    office.prepare_a_morning(UNITS, 25)
    now = datetime.fromisoformat(NINE).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    clock = Clock(now)
    found = Kept(Daemon(load(office.config, now.date()), office.state, clock), clock)
    yield found
    found.daemon.installation.engine.dispose()
    found.daemon._lock_file.close()


def test_the_hour_is_waited_for_and_then_not_missed(kept: Kept) -> None:
    assert [kept.beat(kept.now.replace(hour=hour, minute=59)) for hour in (6, 7)] == [0, 0]
    assert kept.beat() == UNITS


def test_what_nothing_changed_is_not_decided_again_until_somebody_says_so_or_a_day_begins(kept: Kept) -> None:
    assert kept.beat() == UNITS
    kept.lose()
    assert kept.beat() == 0
    kept.daemon._look()
    assert kept.mails() == UNITS
    kept.lose()
    assert kept.beat(kept.now + timedelta(days=1)) == UNITS


def test_a_release_is_heard_at_the_next_beat(kept: Kept) -> None:
    office = kept.daemon.installation.configuration.folder
    settings = office / "nhachan.yaml"
    settings.write_text(settings.read_text("utf-8") + yaml.safe_dump({"sending": {"brake": UNITS - 1}}), "utf-8")
    kept.daemon.reload()
    assert [kept.beat(), kept.beat()] == [0, 0]
    with transaction(kept.daemon.installation.engine) as session:
        assert brake.release(session, "cli", kept.now, date(2025, 6, 12))
    assert kept.beat() == UNITS
