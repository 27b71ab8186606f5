"""The ledger on real SQLite: nothing lost, nothing twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import facts_of
from scheduler.reminders import ledger
from scheduler.reminders.changes import changes
from scheduler.reminders.digest import Agenda, Report, decide
from scheduler.reminders.submissions import history, standing, submit, submitted, withdraw
from scheduler.state.database import StateError, open_database, transaction
from scheduler.state.tables import Change, Mail, MailItem
from tests.builders import day, duty, register

BOOK = register(duty({"quarter-1": "trước ngày 20/3/2025"}))
AGENDA = Agenda.between(BOOK, day("01/01"), day("31/12"))
NOW = datetime(2025, 3, 12, 1, 0, tzinfo=UTC)
TODAY = day("12/3")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(tmp_path)


def record(engine: Engine, now: datetime = NOW) -> int:
    with transaction(engine) as session:
        told = ledger.told(session, now.date())
        digests = decide(AGENDA, now.date(), told, submitted(session))
        return ledger.record(session, digests, now, "d.example")


def claim(engine: Engine, now: datetime) -> ledger.Claimed | None:
    with transaction(engine) as session:
        return next(iter(ledger.claim(session.connection(), now)), None)


def test_what_was_recorded_is_not_recorded_again(engine: Engine) -> None:
    assert record(engine) == 2
    assert record(engine) == 0
    with Session(engine) as session:
        rows = session.exec(select(Mail)).all()
        assert {(r.unit, r.day, r.state) for r in rows} == {("y-te", TODAY, "due"), ("tai-chinh", TODAY, "due")}
        assert len({r.message_id for r in rows}) == 2
        assert all(r.message_id.endswith("@d.example>") for r in rows)


def test_the_database_itself_refuses_a_second_mail_and_a_second_telling(engine: Engine) -> None:
    record(engine)
    with Session(engine) as session:
        session.add(Mail(unit="y-te", day=TODAY, message_id="<x@y>", created=NOW))
        with pytest.raises(IntegrityError):
            session.commit()
    with Session(engine) as session:
        item = session.exec(select(MailItem)).first()
        assert item is not None
        session.add(
            MailItem(mail_id=item.mail_id, unit=item.unit, deadline=item.deadline, due=item.due, rung=item.rung)
        )
        with pytest.raises(IntegrityError):
            session.commit()


def test_a_row_is_claimed_by_one_and_free_again_when_the_lease_is_over(engine: Engine) -> None:
    record(engine)
    first, second = claim(engine, NOW), claim(engine, NOW)
    assert first is not None
    assert second is not None
    assert first.unit != second.unit
    assert claim(engine, NOW) is None
    again = claim(engine, NOW + ledger.LEASE)
    assert again is not None
    assert (again.unit, again.message_id, again.attempts) == (first.unit, first.message_id, 2)


def test_what_is_given_back_is_free_at_once_unless_another_has_it(engine: Engine) -> None:
    record(engine)
    with transaction(engine) as session:
        connection = session.connection()
        mine = ledger.claim(connection, NOW, most=5)
        assert [row.unit for row in mine] == ["y-te", "tai-chinh"]
        ledger.give_back(connection, mine)
        theirs = ledger.claim(connection, NOW, most=1)
        ledger.give_back(connection, mine)
        assert [row.message_id for row in theirs] == [mine[0].message_id]
        assert [row.message_id for row in ledger.claim(connection, NOW, most=5)] == [mine[1].message_id]


def test_what_a_killed_daemon_had_in_hand_is_freed_at_once_and_pauses_stay(engine: Engine) -> None:
    record(engine)
    first, second = claim(engine, NOW), claim(engine, NOW)
    assert first is not None
    assert second is not None
    with transaction(engine) as session:
        ledger.mark_failed(session, first, NOW, "451 later", permanent=False)
        assert ledger.release_all(session) == 1
    again = claim(engine, NOW)
    assert again is not None
    assert again.message_id == second.message_id
    assert claim(engine, NOW) is None, "the other one waits for its next try"


def test_who_lost_the_lease_has_nothing_more_to_say(engine: Engine) -> None:
    record(engine)
    mine = claim(engine, NOW)
    assert mine is not None
    later = NOW + ledger.LEASE
    assert [claim(engine, later) is not None for _ in range(2)] == [True, True]
    with transaction(engine) as session:
        ledger.mark_failed(session, mine, later, "timed out", permanent=True)
        ledger.mark_empty(session, mine)
        ledger.leave(session, mine, later)
        assert session.get_one(Mail, mine.id).state == "sending"
    with transaction(engine) as session:
        ledger.mark_taken(session.connection(), mine, later, "went out after all", ["y-te@so.example"])
        assert session.get_one(Mail, mine.id).state == "sent"


def test_a_row_in_somebody_s_hand_is_not_given_up(engine: Engine) -> None:
    record(engine)
    tomorrow = NOW + timedelta(days=1)
    assert claim(engine, tomorrow) is not None
    with transaction(engine) as session:
        assert ledger.expire(session, tomorrow.date(), tomorrow) == 1
        assert ledger.expire(session, tomorrow.date(), tomorrow + ledger.LEASE) == 1


def test_what_fell_due_long_ago_is_not_looked_through(engine: Engine) -> None:
    record(engine)
    with Session(engine) as session:
        assert len(ledger.told(session, TODAY + timedelta(days=390))) == 2
        assert ledger.told(session, TODAY + timedelta(days=410)) == set()


def test_sent_and_failed_for_good_are_not_claimed_again(engine: Engine) -> None:
    record(engine)
    for step in ("sent", "failed"):
        row = claim(engine, NOW)
        assert row is not None
        with transaction(engine) as session:
            if step == "sent":
                ledger.mark_taken(session.connection(), row, NOW, "Chủ đề", ["a@y.example"], refused=["x@y.example"])
            else:
                ledger.mark_failed(session, row, NOW, "550 no such user", permanent=True)
    assert claim(engine, NOW + timedelta(days=1)) is None
    with Session(engine) as session:
        states = {r.state: r.error for r in session.exec(select(Mail))}
    assert states == {"sent": "refused: x@y.example", "failed": "550 no such user"}


def test_a_temporary_failure_is_tried_again_after_pauses_that_grow(engine: Engine) -> None:
    record(engine)
    other = claim(engine, NOW)
    assert other is not None
    with transaction(engine) as session:
        ledger.mark_taken(session.connection(), other, NOW, "", ["a@y.example"])
    moment, waits = NOW, []
    for _ in range(5):
        row = claim(engine, moment)
        assert row is not None
        with transaction(engine) as session:
            ledger.mark_failed(session, row, moment, "451 later", permanent=False)
        start = moment
        while claim(engine, moment) is None:
            moment += timedelta(minutes=1)
            assert moment < start + timedelta(hours=2)
        waits.append((moment - start) / timedelta(minutes=1))
        with transaction(engine) as session:  # give it back: the loop's claim was only a look
            ledger.mark_failed(session, row, start, "451 later", permanent=False)
            kept = session.get(Mail, row.id)
            assert kept is not None
            kept.claimed_until = moment
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_what_could_not_be_sent_on_its_day_is_told_on_the_next_with_the_newest_rung(engine: Engine) -> None:
    record(engine)
    tomorrow = NOW + timedelta(days=2)
    with transaction(engine) as session:
        assert ledger.expire(session, tomorrow.date(), tomorrow) == 2
        assert ledger.told(session, tomorrow.date()) == set()
    assert record(engine, tomorrow) == 2
    with Session(engine) as session:
        assert {t.rung for t in ledger.told(session, tomorrow.date())} == {"-3"}


def test_submissions_stand_until_withdrawn_and_keep_their_history(engine: Engine) -> None:
    report = Report("kh", "ket-qua", "2025-Q1", "y-te")
    with transaction(engine) as session:
        assert submit(session, report, TODAY, "12/BC-SYT", "cli", NOW)
    with transaction(engine) as session:
        assert not submit(session, report, TODAY, "", "cli", NOW)
    assert record(engine) == 1, "what was submitted is not reminded"
    with transaction(engine) as session:
        assert withdraw(session, report, "cli", NOW)
        assert not withdraw(session, report, "cli", NOW)
        assert submit(session, report, TODAY, "13/BC-SYT", "cli", NOW)
        assert [s.reference for s in history(session, [report[:3]])[report]] == ["12/BC-SYT", "13/BC-SYT"]
        assert submitted(session) == {report}
        found = standing(session, report)
        assert found is not None
        assert found.reference == "13/BC-SYT"


def change(engine: Engine, kind: str, old: str, new: str) -> int:
    facts = [
        facts_of(expand(register(duty({"quarter-1": w})), day("01/01"), day("31/12"))[0], BOOK) for w in (old, new)
    ]
    with transaction(engine) as session:
        row = Change(key=facts[1].key, kind=kind, at=NOW, before=facts[0].to_json(), after=facts[1].to_json())
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


A, B, C = "trước ngày 20/3/2025", "trước ngày 27/3/2025", "trước ngày 31/3/2025"


def pending(engine: Engine) -> list[tuple[str, str, str]]:
    with Session(engine) as session:
        found = changes(session, BOOK, NOW, ledger.told(session, TODAY))
        return [(c.kind, c.before.wording, c.after.wording) for c in found]


def tell(engine: Engine, kind: str, number: int) -> None:
    with transaction(engine) as session:
        mail = Mail(unit="y-te", day=TODAY + timedelta(days=number), message_id=f"<{number}>", created=NOW)
        session.add(mail)
        session.flush()
        assert mail.id is not None
        key = "kh.ket-qua.2025-Q1"
        session.add(MailItem(mail_id=mail.id, unit="y-te", deadline=key, due=TODAY, rung=f"{kind}:{number}"))


def test_several_changes_are_told_as_one(engine: Engine) -> None:
    first = change(engine, "moved", A, B)
    assert pending(engine) == [("moved", A, B)]
    change(engine, "moved", B, C)
    assert pending(engine) == [("moved", A, C)]
    change(engine, "moved", C, A)
    assert pending(engine) == [], "back where it was before anybody heard of it"
    tell(engine, "moved", first)
    assert pending(engine) == [("moved", B, A)], "somebody heard of B"


def test_gone_and_back_is_no_news_unless_it_was_told(engine: Engine) -> None:
    gone = change(engine, "withdrawn", A, A)
    assert pending(engine) == [("withdrawn", A, A)]
    change(engine, "reinstated", A, A)
    assert pending(engine) == []
    tell(engine, "withdrawn", gone)
    assert pending(engine) == [("reinstated", A, A)]


def test_a_state_folder_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(StateError, match="cannot be used"):
        open_database(file / "state")
    (tmp_path / "nhachan.db").write_bytes(b"this is no database at all, but long enough to look at" * 100)
    with pytest.raises(StateError, match="not a database"):
        open_database(tmp_path)


def test_naive_moments_are_refused(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Mail(unit="a", day=TODAY, message_id="<a>", created=datetime(2025, 1, 1)))  # noqa: DTZ001
        with pytest.raises(Exception, match=r"time zone"):
            session.commit()
