"""Sending stops on a person's word, before too many mails, and when the clock cannot be right."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from scheduler.reminders.brake import CLOCK, clock_is_right, held, hold, release, too_many, trusted
from scheduler.state.database import StateError, open_database, transaction
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


def jumped(engine: Engine, *days: float) -> list[bool]:
    found = []
    for number in days:
        with transaction(engine) as session:
            found.append(trusted(session, NOW + timedelta(days=number))[1])
    return found


def test_a_standstill_is_no_jump_but_a_year_is(engine: Engine) -> None:
    assert jumped(engine, 0, 40, 40.001, 220) == [False] * 4
    assert jumped(engine, 220 + 366) == [True]
    assert jumped(engine, 220 + 367) == [True], "until somebody says that it is right"
    with transaction(engine) as session:
        assert trusted(session, NOW + timedelta(days=600))[0] == NOW + timedelta(days=220), "the last good moment"
    assert jumped(engine, 221) == [False], "or the clock does"
    with transaction(engine) as session:
        hold(session, "clock", "clock", NOW)
        release(session, "cli", NOW + timedelta(days=600), TODAY)
    assert jumped(engine, 600) == [False]


def test_set_back_an_hour_is_no_jump(engine: Engine) -> None:
    assert jumped(engine, 1, 1 - 1 / 24, 1) == [False] * 3


def test_a_clock_that_wakes_up_in_the_past_is_not_believed_and_the_right_one_is(engine: Engine) -> None:
    assert jumped(engine, 0, -9000, -366, -2) == [False, True, True, True]
    with transaction(engine) as session:
        assert trusted(session, NOW - timedelta(days=9000))[0] == NOW
    assert jumped(engine, 0.01, 1) == [False, False]


def test_the_hold_of_a_jump_goes_with_it_and_no_other(engine: Engine) -> None:
    for by, lifted in ((CLOCK, True), ("cli", False)):
        with transaction(engine) as session:
            hold(session, "x", by, NOW)
            assert clock_is_right(session, NOW) is lifted
            assert (held(session) is None) is lifted


def test_a_first_beat_at_a_time_that_cannot_be_is_refused(engine: Engine) -> None:
    with pytest.raises(StateError, match="1999-12-31"), transaction(engine) as session:
        trusted(session, datetime(1999, 12, 31, tzinfo=UTC))
