"""Real words of public documents: each is read as the truth that was written beside it by hand, or refused.

The table is a copy of what is needed of the collection, so that the project alone can be tested; where the collection
lies beside the project, the copy is held to it.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scheduler.deadlines.periods import Span
from scheduler.deadlines.rules import Anchor, Dated, EndOf, InMonth, MonthOf, OnDate, Op, Rule, Within, Yearly, YearOf
from scheduler.deadlines.wording import WordingError, parse

ROOT = Path(__file__).parents[2]
COLLECTION = ROOT.parent / "shared" / "passages.yaml"
TABLE: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/cases/passages.yaml").read_text(encoding="utf-8"))


def name(row: dict[str, Any]) -> str:
    return f"{row['passage']} {row['due_text']}"


def operator(rule: Rule) -> str:
    """The collection's operator of a rule."""
    match rule:
        case Dated(anchors=(EndOf(),)):
            return "in-period"
        case Dated(Op.BEFORE, at=at) if at:
            return "before-time"
        case Dated(op):
            return op.value
        case Within():
            return "within"
        case _:
            return "undated"


def dates(anchor: Anchor, kind: str, year: int | None) -> list[str]:
    """The collection's names of an anchor's dates, for a kind of report and a year known from elsewhere."""
    match anchor:
        case OnDate(day):
            return [str(day)]
        case Yearly(month, day, which):
            of = {YearOf.THIS: str(year or "-"), YearOf.NEXT: "Y+1", YearOf.PREVIOUS: "Y-1"}[which]
            return [f"{of}-{month:02}-{day:02}"]
        case InMonth(day, MonthOf.LAST) if kind == "quarterly":
            return [f"--{month:02}-{day:02}" for month in (3, 6, 9, 12)]
        case InMonth(day, MonthOf.NEXT) if kind == "quarterly":
            return [f"--{month:02}-{day:02}" for month in (1, 4, 7, 10)]
        case InMonth(day, which_month):
            of = {MonthOf.THIS: "--", MonthOf.NEXT: "M+1", MonthOf.LAST: "last-month-of-period"}[which_month]
            return [f"{of}-{day:02}"]
        case EndOf(Span.MONTH, number, of_year):
            return [f"{of_year}-{number:02}"]
        case _:
            raise AssertionError(anchor)


def due(rule: Rule, kind: str, year: int | None) -> list[str]:
    """The collection's notation of a rule."""
    match rule:
        case Dated(_, anchors, at):
            hour = f"T{at:%H:%M}" if at else ""
            return [day + hour for anchor in anchors for day in dates(anchor, kind, year)]
        case Within(count, working, after, event):
            assert not after
            assert event
            return [f"event+{count}{'wd' if working else 'd'}"]
        case _:
            return []


@pytest.mark.parametrize("row", [row for row in TABLE if "refused" not in row], ids=name)
def test_read_as_the_truth(row: dict[str, Any]) -> None:
    rule = parse(row["due_text"])
    assert operator(rule) == row["op"]
    assert due(rule, row["kind"], row.get("year")) == row["due"]


@pytest.mark.parametrize("row", [row for row in TABLE if "refused" in row], ids=name)
def test_refused(row: dict[str, Any]) -> None:
    with pytest.raises(WordingError) as raised:
        parse(row["due_text"])
    assert row["refused"] in str(raised.value)


@pytest.mark.skipif(not COLLECTION.exists(), reason="the collection of passages does not lie beside the project")
def test_copy_is_complete() -> None:
    keys = ("due_text", "op", "due", "kind")
    collection = yaml.safe_load(COLLECTION.read_text(encoding="utf-8"))
    truth = [
        {"passage": passage["id"], **{key: obligation[key] for key in keys}}
        for passage in collection
        for obligation in passage["obligations"]
    ]
    assert [{key: row[key] for key in ("passage", *keys)} for row in TABLE] == truth
