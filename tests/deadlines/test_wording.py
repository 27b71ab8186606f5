"""The grammar of wordings: a table of cases, spelling variants, and properties that hold for any text."""

import unicodedata
from datetime import date, time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scheduler.deadlines.periods import Span
from scheduler.deadlines.rules import (
    LAST,
    Anchor,
    Dated,
    EndOf,
    InMonth,
    MonthOf,
    OnDate,
    Op,
    Recurring,
    Rule,
    RuleError,
    SameAs,
    Undated,
    Within,
    Yearly,
    YearOf,
)
from scheduler.deadlines.wording import WordingError, parse, recurrence, show

CASES: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parents[1] / "cases" / "wording.yaml").read_text(encoding="utf-8")
)
ALL = {wording: meant for section in CASES.values() for wording, meant in section.items()}
UNDERSTOOD = {wording: meant for wording, meant in ALL.items() if not meant.startswith("refused: ")}
REFUSED = {wording: meant.removeprefix("refused: ") for wording, meant in ALL.items() if wording not in UNDERSTOOD}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def anchor_in_words(anchor: Anchor) -> str:
    match anchor:
        case OnDate(day):
            return str(day)
        case Yearly(month, day, year, weekday):
            prefix = {YearOf.THIS: "-", YearOf.NEXT: "Y+1", YearOf.PREVIOUS: "Y-1"}[year]
            named = "" if weekday is None else f"{WEEKDAYS[weekday]} "
            return f"{named}{prefix}-{month:02}-{'last' if day == LAST else f'{day:02}'}"
        case InMonth(day, month):
            name = {MonthOf.THIS: "month", MonthOf.NEXT: "month after"}.get(month, f"{month.value} month")
            return f"{'the last day' if day == LAST else f'day {day}'} of the {name}"
        case EndOf(Span.ANNUAL, _, year):
            return f"the end of the year {year or ''}".strip()
        case EndOf(unit, number, year):
            return f"the end of {unit.value} {number}{f' of {year}' if year else ''}"
        case Recurring(rrule):
            return rrule


def in_words(rule: Rule) -> str:
    """A rule in the notation of the table."""
    match rule:
        case Dated(op, anchors, at, opens):
            window = f"from {anchor_in_words(opens)} " if opens else ""
            hour = f"{at:%H:%M} of " if at else ""
            return f"{window}{op.value} {hour}{' and '.join(map(anchor_in_words, anchors))}"
        case Within(count, working, after, event):
            return f"{count} {'working ' if working else ''}days after {after or f'“{event}”'}"
        case SameAs(obligation):
            return f"same as {obligation}"
        case Undated(words):
            return f"undated: {words}"


@pytest.mark.parametrize(("wording", "meant"), UNDERSTOOD.items())
def test_understood(wording: str, meant: str) -> None:
    assert in_words(parse(wording)) == meant


@pytest.mark.parametrize(("wording", "message"), REFUSED.items())
def test_refused(wording: str, message: str) -> None:
    with pytest.raises(WordingError) as raised:
        parse(wording)
    assert message in str(raised.value)
    assert 0 <= raised.value.column <= len(wording)


@pytest.mark.parametrize("wording", UNDERSTOOD)
def test_spelling_does_not_matter(wording: str) -> None:
    rule = parse(wording)
    variants = [
        wording.upper(),
        unicodedata.normalize("NFD", wording),
        unicodedata.normalize("NFC", wording),
        wording.replace(" ", "\u00a0"),
        wording.replace(" ", " \t "),
        f"  **{wording}**. ",
        f"_{wording}_;",
        f"({wording})",
    ]
    assert [variant for variant in variants if parse(variant) != rule] == []


@pytest.mark.parametrize("wording", UNDERSTOOD)
def test_shown_and_read_again(wording: str) -> None:
    rule = parse(wording)
    assert parse(show(rule)) == rule


@pytest.mark.parametrize(
    ("wording", "shown"),
    {
        "trước 15-5-2023": "trước ngày 15/5/2023",
        "muộn nhất 9.11.2024": "chậm nhất ngày 09/11/2024",
        "trước 30/9": "trước ngày 30/9 hằng năm",
        "trước 5/1 năm kế tiếp": "trước ngày 05/01 năm sau",
        "trước 20/3, 20/6 và 20/12": "trước ngày 20/3, ngày 20/6 và ngày 20/12 hằng năm",
        "trước 5": "trước ngày 05 hằng tháng",
        "trước 16h 12/6/2026": "trước 16 giờ 00 ngày 12/6/2026",
        "trước 15h thứ 6 hàng tuần": "trước 15 giờ 00 thứ Sáu hằng tuần",
        "thành trước thứ 6, 15/5": "trước thứ Sáu, ngày 15/5 hằng năm",
        "tháng 2/2024": "trong tháng 02/2024",
        "quý 4 năm 2024": "trong quý IV/2024",
        "từ 25/7 đến 31/7": "từ ngày 25/7 đến ngày 31/7 hằng năm",
        "không quá 5 ngày làm việc sau ket-qua": "trong vòng 05 ngày làm việc sau ket-qua",
        "5 ngày sau khi nộp": "trong vòng 05 ngày kể từ khi nộp",
        "undated": "không ấn định thời hạn",
    }.items(),
)
def test_shown_as_an_official_writes_it(wording: str, shown: str) -> None:
    assert show(parse(wording)) == shown


def test_column_is_that_of_the_original() -> None:
    wording = unicodedata.normalize("NFD", "**trước ngày  15/5/2023 nhé")
    with pytest.raises(WordingError) as raised:
        parse(wording)
    assert wording[raised.value.column :] == unicodedata.normalize("NFD", "nhé")


def test_error_travels_untranslated() -> None:
    with pytest.raises(RuleError) as raised:
        parse("trước ngày 31/6")
    assert raised.value.problem.original == "month {month} has no day {day}"
    assert raised.value.advice.render("en")


def test_long_text_is_refused_at_once() -> None:
    with pytest.raises(WordingError, match="a wording of 501 characters"):
        parse("1" * 501)
    for long in (
        "(" * 500,
        "1" * 500,
        "trước " * 83,
        "định kỳ " + "tháng, " * 70,
        "5 ngày sau khi " + "hằng năm " * 50,
    ):
        read(long)


def test_recurrence_of_structured_form() -> None:
    assert recurrence("freq=weekly;byday=fr") == Recurring("FREQ=WEEKLY;BYDAY=FR")
    for wrong in ("", "FREQ", "FREQ=", "FREQ=WEEKLY;", "RRULE:FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=0", "FREQ=YEARLY;X=1"):
        with pytest.raises(RuleError):
            recurrence(wrong)


# What the grammar can produce, as strategies.
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
on_dates = st.builds(OnDate, days)
weekdays = st.none() | st.integers(0, 6)


@st.composite
def yearlies(draw: st.DrawFn) -> Yearly:
    day = draw(st.dates(date(2024, 1, 1), date(2024, 12, 31)))
    return Yearly(day.month, draw(st.sampled_from([day.day, LAST])), draw(st.sampled_from(YearOf)), draw(weekdays))


in_months = st.builds(InMonth, st.just(LAST) | st.integers(1, 31), st.sampled_from(MonthOf))
recurrings = st.sampled_from(
    [Recurring(f"FREQ=WEEKLY;BYDAY={day}") for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")]
    + [Recurring("FREQ=MONTHLY;BYDAY=-1FR"), Recurring("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH")]
)
years = st.none() | st.integers(1900, 2199)
ends = (
    st.builds(EndOf, st.just(Span.MONTH), st.integers(1, 12), years)
    | st.builds(EndOf, st.just(Span.QUARTER), st.integers(1, 4), years)
    | st.builds(EndOf, st.just(Span.ANNUAL), st.just(0), years)
)
hours = st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59))
lists = (
    st.lists(on_dates, min_size=1, max_size=4)
    | st.lists(yearlies(), min_size=1, max_size=4)
    | st.lists(in_months, min_size=1, max_size=3)
    | st.lists(recurrings, min_size=1, max_size=1)
)
dated = st.builds(lambda op, found, at: Dated(op, tuple(found), at), st.sampled_from([Op.BEFORE, Op.BY]), lists, hours)


@st.composite
def windows(draw: st.DrawFn) -> Dated:
    first, last = sorted(draw(st.tuples(days, days)))
    op, at = draw(st.sampled_from([Op.BEFORE, Op.BY])), draw(hours)
    if draw(st.booleans()):
        return Dated(op, (OnDate(last),), at, OnDate(first))
    ends_of_it = draw(st.tuples(yearlies(), yearlies()))
    begin, end = sorted(ends_of_it, key=lambda day: (list(YearOf).index(day.year), day.month, day.day % 32))
    return Dated(op, (end,), at, begin)


ids = st.from_regex(r"\A[a-z][a-z0-9]*([.-][a-z0-9]+)*\Z").filter(lambda id_: id_ != "khi" and len(id_) < 50)
events = st.lists(
    st.sampled_from(
        ["ngày", "khi", "nhận", "ngân hàng", "yêu cầu,", "UBND", "(bản gốc)", "...", "và/hoặc", "5", "văn bản"]
    ),
    min_size=1,
    max_size=8,
).map(lambda words: f"ngày nhận {' '.join(words)} xong".lower())
withins = st.builds(
    Within, st.integers(1, 9999), st.booleans(), ids | st.sampled_from(["period-end", "cutoff"])
) | st.builds(
    Within, st.integers(1, 9999), st.booleans(), st.just(""), events.filter(lambda event: "ngày 5" not in event)
)
undateds = st.builds(
    lambda words, joint: Undated(joint.join(words)),
    st.lists(
        st.sampled_from(
            ["theo quy định", "đột xuất", "định kỳ 6 tháng, năm", "khi có yêu cầu của sở nội vụ", "hàng năm"]
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([", ", " hoặc ", " và ", " "]),
)
rules = (
    dated | windows() | st.builds(lambda end: Dated(Op.BY, (end,)), ends) | withins | undateds | st.builds(SameAs, ids)
)


@given(rules)
def test_every_rule_is_shown_and_read_again(rule: Rule) -> None:
    assert parse(show(rule)) == rule


def read(wording: str) -> None:
    """Read a text as good or bad: no other error than WordingError, no rule that is not shown as what it is."""
    found: Rule | WordingError
    try:
        found = parse(wording)
    except WordingError as error:
        found = error
    if isinstance(found, WordingError):
        assert str(found.problem)
        assert str(found.advice)
        assert 0 <= found.column <= len(wording)
    else:
        assert parse(show(found)) == found


@given(st.text())
def test_any_text_is_read_or_refused(wording: str) -> None:
    read(wording)


PIECES = sorted({piece for wording in ALL for piece in wording.split()})


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_words_are_read_or_refused(wording: str) -> None:
    read(wording)


@given(
    st.sampled_from(sorted(ALL)), st.integers(0, 90), st.integers(0, 4), st.text(max_size=3) | st.sampled_from(PIECES)
)
def test_any_change_is_read_or_refused(wording: str, place: int, cut: int, put: str) -> None:
    read(wording[:place] + put + wording[place + cut :])
