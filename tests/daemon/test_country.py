"""What a daemon does follows what has changed, however much has happened before."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, event
from sqlmodel import Session

from scheduler.config.load import load
from scheduler.installation import Installation
from scheduler.reminders import addresses, ledger
from scheduler.reminders.changes import changes
from scheduler.reminders.digest import Digest, Report, decide
from scheduler.reminders.submissions import submit, submitted, withdraw
from scheduler.state.database import transaction

CONFIG = Path(__file__).parents[2] / "config"
START = datetime(2024, 1, 2, 1, tzinfo=UTC)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    found = Installation.open(load(CONFIG, START.date()), tmp_path)
    found.publish(START, tmp_path / "calendars")
    return found


def reports(installation: Installation) -> list[Report]:
    found = {
        Report(deadline.plan.id, deadline.obligation.id, deadline.period.id, unit)
        for deadline in installation.deadlines()
        for unit in deadline.units
    }
    return sorted(found)


def test_one_submission_changes_one_feed_and_what_others_have_said_is_not_read(
    installation: Installation, tmp_path: Path
) -> None:
    asked: list[object] = []

    def listen(_connection: Connection, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "submission.recorded_at" in statement:
            asked.append(values)

    for number, report in enumerate(reports(installation)[:60]):
        with transaction(installation.engine) as session:
            submit(session, report, date(2024, 3, 1), f"{number}/BC", report.unit, START)
    installation.publish(START, tmp_path / "calendars")
    one = reports(installation)[60]
    event.listen(installation.engine, "before_cursor_execute", listen)
    later = START + timedelta(days=1)
    acts: tuple[Callable[[Session], bool], ...] = (
        lambda session: submit(session, one, later.date(), "1/BC", one.unit, later),
        lambda session: withdraw(session, one, one.unit, later),
    )
    for act in acts:
        with transaction(installation.engine) as session:
            assert act(session)
        asked.clear()
        assert installation.publish(START, tmp_path / "calendars") == [f"units/{one.unit}"]
        assert asked == [(one.unit,)]
    assert installation.publish(START, tmp_path / "calendars") == []


def undivided(installation: Installation, session: Session, now: datetime) -> list[Digest]:
    """What is decided when everything is read that ever happened."""
    day = installation.today(now)
    told = ledger.told(session, day)
    news = changes(session, installation.configuration.register, now, told)
    refused = addresses.refused(session, now)
    known = installation._known
    return decide(installation.agenda, day, told, submitted(session), known=known, changes=news, refused=refused)


def test_what_is_decided_is_what_would_be_if_everything_were_read(installation: Installation, tmp_path: Path) -> None:
    chance, mails = Random(3), 0
    waiting = reports(installation)
    chance.shuffle(waiting)
    for number in range(120):
        now = START + timedelta(days=3 * number)
        installation.publish(now, tmp_path / "calendars")
        with transaction(installation.engine) as session:
            for report in (waiting.pop() for _ in range(min(3, len(waiting)))):
                submit(session, report, now.date(), "", report.unit, now)
                if chance.random() < 0.3:
                    withdraw(session, report, report.unit, now)
        with Session(installation.engine) as session:
            found = installation.decide(session, now, installation.today(now))
            assert found == undivided(installation, session, now), now
            mails += len(found)
        installation.remind(now)
    assert mails > 100
