"""Every structured form of the contract is the same rule as its wording, and is shown in such words."""

from typing import Any

import pytest

from scheduler.config.anchors import read_cutoff
from scheduler.config.due import read_due
from scheduler.deadlines.plans import Due
from scheduler.deadlines.rules import InMonth, MonthOf, OnDate, Undated, Yearly
from scheduler.deadlines.wording import parse, show

PAIRS: list[tuple[str, Any]] = [
    ("trước ngày 15/5/2023", {"before": "2023-05-15"}),
    ("trước ngày 15/5/2023", {"before": "15/5/2023"}),
    ("chậm nhất ngày 25/11", {"by": "25/11"}),
    ("đến hết ngày 25/11", {"by": "25/11"}),
    ("trước ngày 30/9 hằng năm", {"before": "30/9"}),
    ("trước ngày 30/9 hàng năm", {"before": "30/09"}),
    ("trước ngày 30/9 hằng năm", {"before": {"day": 30, "month": 9}}),
    ("trước ngày 20", {"before": 20}),
    ("chậm nhất ngày 15 của tháng cuối quý", {"by": {"day": 15, "month": "last"}}),
    ("chậm nhất ngày 10 của tháng đầu kỳ báo cáo", {"by": {"day": 10, "month": "first"}}),
    ("chậm nhất ngày 05 của tháng sau liền kề", {"by": {"day": 5, "month": "next"}}),
    ("trước ngày 05/01 năm sau", {"before": "05/01", "year": "next"}),
    ("trước ngày 20/12 năm trước", {"before": "20/12", "year": "previous"}),
    ("trước 15 giờ thứ Sáu hằng tuần", {"before": {"rrule": "FREQ=WEEKLY;BYDAY=FR", "time": "15:00"}}),
    ("trước 15 giờ thứ Sáu hằng tuần", {"before": {"rrule": "RRULE:freq=weekly;byday=fr"}, "time": "15:00"}),
    ("trước 16 giờ 00 ngày 12/6/2026", {"before": "2026-06-12T16:00"}),
    ("trước 16 giờ 00 ngày 12/6/2026", {"before": "12/6/2026", "time": "16:00"}),
    ("trong vòng 05 ngày làm việc sau ket-qua", {"within": "5wd", "after": "ket-qua"}),
    ("trong vòng 05 ngày sau ket-qua", {"within": 5, "after": "ket-qua"}),
    ("trong vòng 03 ngày làm việc kể từ ngày kết thúc kỳ báo cáo", {"within": "3wd", "after": "period-end"}),
    ("trong vòng 03 ngày làm việc kể từ ngày chốt số liệu", {"within": "3wd", "after": "cutoff"}),
    ("như ket-qua", {"same_as": "ket-qua"}),
    ("trong tháng 11/2024", {"in": "2024-11"}),
    ("trong quý IV/2024", {"in": "2024-Q4"}),
    ("trong năm 2024", {"in": 2024}),
    ("trong tháng 11", {"in": "11"}),
    ("trong tháng 11", {"in": 11}),
    ("trong quý IV", {"in": "Q4"}),
    ("từ ngày 25/7/2022 đến ngày 31/7/2022", {"by": "31/7/2022", "from": "2022-07-25"}),
]


def one(raw: Any) -> Due:
    found, wrong = read_due(raw)
    assert not wrong
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("words", "structured"), PAIRS)
def test_a_structured_deadline_is_its_wording(words: str, structured: dict[str, Any]) -> None:
    due = one(structured)
    assert due.key == "once"
    assert due.rule == parse(words)
    assert parse(due.wording) == due.rule
    assert one({"month": structured}) == Due("month", due.rule, due.wording)


@pytest.mark.parametrize("words", ["theo quy định", "đột xuất", "khi có yêu cầu"])
def test_a_duty_without_a_date(words: str) -> None:
    due = one(words)
    assert isinstance(due.rule, Undated)
    assert due.wording == words
    assert one("undated") == Due("once", Undated(), show(Undated()))


def test_the_wording_stays_as_it_was_written() -> None:
    assert one("Trước  ngày 20 tháng 3").wording == "Trước  ngày 20 tháng 3"


def test_every_key_of_due() -> None:
    found, wrong = read_due({"quarter-1": "trước ngày 20/3", "annual": {"by": "20/12"}})
    assert not wrong
    assert [(due.key, due.wording) for due in found] == [
        ("quarter-1", "trước ngày 20/3"),
        ("annual", "chậm nhất ngày 20/12 hằng năm"),
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("nd09", "nd09"),
        ("14/6", {"": Yearly(6, 14)}),
        ({"day": 14, "month": "last"}, {"": InMonth(14, MonthOf.LAST)}),
        ({"month": {"day": "last"}}, {"month": InMonth(-1)}),
        ({"month": 14}, {"month": InMonth(14)}),
    ],
)
def test_cutoffs(raw: Any, expected: object) -> None:
    assert read_cutoff(raw, ("month",)) == expected


def test_a_cutoff_on_one_date() -> None:
    found = read_cutoff({"month": "14/6/2025"}, ("month",))
    assert isinstance(found, dict)
    assert isinstance(found["month"], OnDate)
