"""What is forgotten after some years, and what never."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import Engine
from sqlmodel import Session, select

from scheduler.reminders.digest import Report
from scheduler.state.database import open_database, transaction
from scheduler.state.retention import Pruned, prune
from scheduler.state.tables import Audit, Change, Mail, MailItem, Publication, Submission

NOW = datetime(2031, 3, 12, 1, 0, tzinfo=UTC)
YEARS = relativedelta(years=5)
OLD = NOW - timedelta(days=5 * 366)
NONE = timedelta(0)


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[Engine]:
    found = open_database(tmp_path, url)
    yield found
    found.dispose()


def mail(engine: Engine, at: datetime, *, due: date | None = None, state: str = "sent") -> None:
    with transaction(engine) as session:
        row = Mail(unit="y-te", day=at.date(), message_id=f"<{at}-{state}>", state=state, created=at)
        session.add(row)
        session.flush()
        assert row.id is not None
        day = due or at.date()
        session.add(MailItem(mail_id=row.id, unit="y-te", deadline="kh.a.2025", due=day, rung=f"{at}"))


def forget(
    engine: Engine, ledger: relativedelta | timedelta = YEARS, audit: relativedelta | timedelta = YEARS
) -> Pruned:
    with transaction(engine) as session:
        return prune(session, NOW, ledger, audit)


def days(engine: Engine) -> list[date]:
    with Session(engine) as session:
        items = {item.mail_id for item in session.exec(select(MailItem))}
        mails = session.exec(select(Mail)).all()
        assert items == {row.id for row in mails}, "a mail goes with its items"
        return sorted(row.day for row in mails)


def test_old_mails_go_with_their_items(engine: Engine) -> None:
    mail(engine, OLD)
    mail(engine, NOW - timedelta(days=1000))
    assert forget(engine) == Pruned(mails=1)
    assert days(engine) == [(NOW - timedelta(days=1000)).date()]
    assert forget(engine) == Pruned()


def test_what_reminders_may_need_stays_however_short_the_time(engine: Engine) -> None:
    recent = NOW - timedelta(days=399)
    mail(engine, recent)
    mail(engine, OLD, due=NOW.date(), state="failed")
    mail(engine, OLD - timedelta(days=1), state="due")
    mail(engine, NOW - timedelta(days=401))
    assert forget(engine, NONE, NONE) == Pruned(mails=1)
    assert days(engine) == [(OLD - timedelta(days=1)).date(), OLD.date(), recent.date()]


def test_the_trail_and_the_changes_go_but_numbers_are_not_given_again(engine: Engine) -> None:
    with transaction(engine) as session:
        for at in (OLD, OLD, NOW):
            session.add(Audit(at=at, actor="cli", action="submit"))
        for _ in range(3):
            session.add(Change(key="kh.a.2025", kind="moved", at=OLD, before={}, after={}))
    assert forget(engine) == Pruned(audit=2, changes=2)
    with transaction(engine) as session:
        newer = Change(key="kh.a.2025", kind="moved", at=NOW, before={}, after={})
        session.add(newer)
        session.flush()
        assert newer.id == 4


def submission(period: str, withdrawn: datetime | None) -> Submission:
    report = Report("kh", "a", period, "y-te")
    return Submission.model_validate(
        report._asdict() | {"submitted_on": OLD.date(), "recorded_at": OLD, "withdrawn": withdrawn}
    )


def published(period: str, send_by: str) -> Publication:
    facts = {"plan": "kh", "obligation": "a", "period": period, "send_by": send_by}
    return Publication(key=f"kh.a.{period}", digest="", facts=facts, first_seen=OLD, modified=OLD)


def test_withdrawn_submissions_go_once_no_feed_shows_their_event(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(published("2025", "2025-11-14"))
        session.add(published("2030", "2030-11-14"))
        for period in ("2025", "2030", "unknown"):
            session.add(submission(period, OLD))
        session.add(submission("2025", None))
    assert forget(engine) == Pruned(submissions=2)
    with Session(engine) as session:
        kept = [(row.period, row.withdrawn is None) for row in session.exec(select(Submission))]
    assert sorted(kept) == [("2025", True), ("2030", False)]
