"""Sending stops on a person's word, before too many mails, and when the clock cannot be right."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from scheduler.reminders.brake import clock_jumped, held, hold, release, too_many
from scheduler.state.database import open_database, transaction
from scheduler.state.tables import Audit

NOW = datetime(2025, 3, 12, 1, 0, tzinfo=UTC)
TODAY = date(2025, 3, 12)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(tmp_path)


def test_a_hold_stands_until_it_is_released(engine: Engine) -> None:
    with transaction(engine) as session:
        assert held(session) is None
        assert not release(session, "cli", NOW, TODAY)
        assert hold(session, "Đang kiểm tra địa chỉ", "quantri", NOW)
        assert not hold(session, "again", "cli", NOW)
    with transaction(engine) as session:
        found = held(session)
        assert found is not None
        assert (found.reason, found.by, found.since) == ("Đang kiểm tra địa chỉ", "quantri", NOW)
        assert release(session, "cli", NOW, TODAY)
        assert held(session) is None
    with Session(engine) as session:
        assert [a.action for a in session.exec(select(Audit))] == ["hold", "release"]


def test_the_brake_asks_once_a_day(engine: Engine) -> None:
    with transaction(engine) as session:
        assert not too_many(session, 500, 500, TODAY)
        assert not too_many(session, 9999, 0, TODAY), "0: no brake"
        assert too_many(session, 501, 500, TODAY)
        hold(session, "brake", "brake", NOW)
        release(session, "cli", NOW, TODAY)
        assert not too_many(session, 501, 500, TODAY)
        assert too_many(session, 501, 500, TODAY + timedelta(days=1))


def beats(engine: Engine, *moments: tuple[timedelta, timedelta | None]) -> list[bool]:
    found = []
    for moment, awake in moments:
        with transaction(engine) as session:
            found.append(clock_jumped(session, NOW + moment, awake))
    return found


def test_a_standstill_is_no_jump_but_a_year_is(engine: Engine) -> None:
    day, minute = timedelta(days=1), timedelta(minutes=1)
    assert beats(engine, (0 * day, None), (40 * day, None), (40 * day + minute, minute)) == [False] * 3
    assert beats(engine, (40 * day + 366 * day, None)) == [True]
    assert beats(engine, (40 * day + 366 * day, None)) == [True], "until somebody says that it is right"
    assert beats(engine, (41 * day, None)) == [False], "or the clock does"


def test_a_running_daemon_notices_a_jump_of_days(engine: Engine) -> None:
    day, minute = timedelta(days=1), timedelta(minutes=1)
    assert beats(engine, (0 * day, None), (minute, minute), (3 * day, minute)) == [False, False, True]
    assert beats(engine, (2 * minute, minute)) == [False]
    assert beats(engine, (-timedelta(hours=1), minute)) == [False], "set back an hour: nothing is sent twice anyway"
    assert beats(engine, (3 * day, 3 * day)) == [False], "asleep, not ahead"
