"""Long tables asked a page at a time: SQLite and PostgreSQL find the same."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col

from scheduler.state.database import open_database, transaction
from scheduler.state.tables import Mail
from scheduler.web.office.asking import SIZE, holds, one_of_those_with, page_of

SUBJECTS = ("[Nhắc hạn] Tổng hợp 100% Đợt_2", "[Nhắc hạn] ĐỒNG THÁP", "Không có dấu\\")


@pytest.fixture
def session(tmp_path: Path, url: str) -> Iterator[Session]:
    engine = open_database(tmp_path / "state", url)
    with transaction(engine) as session:
        for number in range(SIZE + 10):
            subject = SUBJECTS[number] if number < len(SUBJECTS) else ""
            values: dict[str, Any] = {"unit": "y-te", "turn": number, "message_id": str(number), "subject": subject}
            session.add(Mail(day=date(2025, 6, 12), created=datetime(2025, 6, 12, tzinfo=UTC), **values))
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("dong thap", [2]),
        ("đợt_2 100%", [1]),
        ("NHẮC han", [2, 1]),
        ("[nhac", [2, 1]),
        ("dau\\", [3]),
        ("dot%2", []),
        ("dot.2", []),
        ("(.*['\"", []),
        ("\ud7ff\0x", []),
    ],
)
def test_words_with_accents_or_without(session: Session, words: str, numbers: list[int]) -> None:
    for condition in (holds(col(Mail.subject), words), one_of_those_with(session, col(Mail.subject), words)):
        assert [row.id for row in page_of(session, Mail, [condition], "").items] == numbers


@pytest.mark.parametrize("laborious", [True, False])
def test_the_newest_first(session: Session, *, laborious: bool) -> None:
    first = page_of(session, Mail, [], "", laborious=laborious)
    assert [row.id for row in first.items] == list(range(SIZE + 10, 10, -1))
    last = page_of(session, Mail, [], "9", laborious=laborious)
    assert ([row.id for row in last.items], last.number, last.total) == (list(range(10, 0, -1)), 2, SIZE + 10)
    assert page_of(session, Mail, [col(Mail.unit) == "x"], "2", laborious=laborious).items == []
    assert page_of(session, Mail, [holds(col(Mail.subject), "\0 ")], "").total == SIZE + 10
