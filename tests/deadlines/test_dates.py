"""The three dates of a deadline: a table that an official can read, and what must hold for every date."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.deadlines import wording
from scheduler.deadlines.dates import dates, nd09_cutoff, too_close
from scheduler.deadlines.expand import expand, whole_plan
from scheduler.deadlines.obligations import ObligationReader
from scheduler.deadlines.periods import Period, Span, periods_of, weeks_in
from scheduler.deadlines.plans import Due, Extension, Ladder, Obligation, Offset, Plan, Register, Unit, Years
from scheduler.deadlines.rules import BeforeMeans, DaysOff, Op, Policy, RuleError, Undated, Within
from scheduler.deadlines.workdays import WorkCalendar, YearTable
from tests.deadlines.conftest import read_workdays

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "dates.yaml").read_text("utf-8"))
WORKDAYS = read_workdays()
LADDER = Ladder((Offset(7), Offset(0)), (Offset(1),), frozenset())


def register(policy: Policy | None = None, *, plan: Plan, workdays: WorkCalendar = WORKDAYS, **units: Unit) -> Register:
    known = {i: Unit(i, i) for i in ("a", "b", "c", "to")} | units
    return Register({plan.id: plan}, known, {"group": ("a", "b")}, policy or Policy(), workdays, LADDER)


def duty(due: dict[str, str], years: Years, **fields: Any) -> Obligation:
    dues = tuple(Due(key, wording.parse(words), words) for key, words in due.items())
    values: dict[str, Any] = {"id": "o", "title": "Báo cáo", "reporters": ("group",), "to": "to", "due": dues}
    return Obligation(**(values | {"years": years} | fields))


def plan_of(*obligations: Obligation, years: Years) -> Plan:
    return Plan("p", "Kế hoạch", years, obligations)


def expand_words(key: str, words: str, years: Years, policy: Policy) -> None:
    plan = plan_of(duty({key: words}, years), years=years)
    expand(register(policy, plan=plan), date(years.first, 1, 1), date(years.first, 12, 31))


@pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c['words']} {c.get('before', '')}{c.get('days_off', '')}{c.get('number', '')}"
)
def test_table(case: dict[str, Any]) -> None:
    key = case.get("key", "once")
    year = case.get("year") or case.get("stated", date(2026, 1, 1)).year
    policy = Policy(BeforeMeans(case.get("before", "exclusive")), DaysOff(case.get("days_off", "earlier")))
    years = Years(year, year)
    if case.get("refused"):
        with pytest.raises(RuleError):
            expand_words(key, case["words"], years, policy)
        return
    obligation = duty({key: case["words"]}, years)
    plan = plan_of(obligation, years=years)
    reader = ObligationReader(register(policy, plan=plan), plan, obligation)
    period = Period(year, Span(case.get("span", key)), case.get("number", 0))
    pairs = [*reader.occasions(), *reader.periods(year)]
    due = next(d for d, p in pairs if p == period)
    [found] = reader.deadlines(due, period)
    assert (found.stated, found.last_day, found.send_by) == (case["stated"], case["last"], case["send"])
    assert found.at == (time.fromisoformat(case["at"]) if "at" in case else None)
    assert found.provisional is case.get("provisional", False)


DAYS = st.dates(date(2018, 1, 10), date(2030, 12, 20))
POLICIES = st.builds(Policy, st.sampled_from(BeforeMeans), st.sampled_from(DaysOff))


@given(st.sampled_from([Op.BEFORE, Op.BY]), DAYS, st.none() | st.times(), st.sampled_from(BeforeMeans))
def test_earlier_gives_a_working_day_never_after_the_last_day(
    op: Op, stated: date, at: time | None, means: BeforeMeans
) -> None:
    found = dates(op, stated, at, Policy(means, DaysOff.EARLIER), WORKDAYS)
    assert WORKDAYS.is_working(found.send_by)
    assert found.send_by <= found.last_day <= found.stated
    skipped = (found.send_by + timedelta(days=n) for n in range(1, (found.last_day - found.send_by).days + 1))
    assert not any(WORKDAYS.is_working(day) for day in skipped)
    assert found.at is None or found.send_by == stated


@given(st.sampled_from([Op.BEFORE, Op.BY]), DAYS, st.none() | st.times(), st.sampled_from(BeforeMeans))
def test_later_gives_a_working_day_and_takes_the_last_day_with_it(
    op: Op, stated: date, at: time | None, means: BeforeMeans
) -> None:
    found = dates(op, stated, at, Policy(means, DaysOff.LATER), WORKDAYS)
    assert WORKDAYS.is_working(found.send_by)
    assert found.send_by == found.last_day >= stated - timedelta(days=1)


@given(st.sampled_from([Op.BEFORE, Op.BY]), DAYS, DAYS, POLICIES)
def test_shifting_never_crosses_another_deadline(op: Op, one: date, other: date, policy: Policy) -> None:
    first, second = sorted((one, other))
    a, b = (dates(op, day, None, policy, WORKDAYS) for day in (first, second))
    assert a.send_by <= b.send_by
    assert a.last_day <= b.last_day


WORDINGS = st.sampled_from(
    [
        ("annual", "trước ngày 30/9 hằng năm"),
        ("annual", "trước ngày 05/01 năm sau"),
        ("quarter", "chậm nhất ngày 15 của tháng cuối quý"),
        ("quarter", "không muộn hơn ngày 07 của tháng đầu quý sau"),
        ("month", "trước ngày 20"),
        ("month", "không quá ngày 05 của tháng sau liền kề"),
        ("week", "trước 15 giờ thứ Sáu hằng tuần"),
        ("six-month", "chậm nhất vào ngày 20/6 và ngày 20/12 hàng năm"),
    ]
)


@settings(deadline=None)
@given(WORDINGS, POLICIES, st.lists(DAYS, min_size=2, max_size=6))
def test_an_open_ended_plan_expands_the_same_however_the_window_is_cut(
    words: tuple[str, str], policy: Policy, cuts: list[date]
) -> None:
    key, text = words
    years = Years(2018, None)
    plan = plan_of(duty({key: text}, years), years=years)
    book = register(policy, plan=plan)
    cuts = sorted(set(cuts))
    whole = expand(book, cuts[0], cuts[-1])
    pieces = [d for a, b in pairwise(cuts) for d in expand(book, a + timedelta(days=a != cuts[0]), b)]
    assert pieces == whole or len(cuts) == 1
    assert len({d.key for d in whole}) == len(whole)


def test_a_rule_with_an_interval_keeps_its_beat_over_the_years() -> None:
    years = Years(2024, None)
    plan = plan_of(duty({"week": "trước ngày theo FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"}, years), years=years)
    book = register(Policy(days_off=DaysOff.KEEP), plan=plan)
    days = [d.stated for d in expand(book, date(2024, 1, 1), date(2027, 12, 31)) if d.stated]
    assert {(b - a).days for a, b in pairwise(days)} == {14}


def test_as_another_follows_its_periods_and_dates() -> None:
    years = Years(2025, 2025)
    first = duty({"quarter-1": "trước ngày 20/3", "annual": "trước ngày 25/11"}, years, id="ket-qua")
    same = duty({"once": "như ket-qua"}, years, id="truong")
    plan = plan_of(first, same, years=years)
    found = expand(register(plan=plan), date(2025, 1, 1), date(2025, 12, 31))
    by_duty = {
        name: [(d.period.id, d.send_by, d.op) for d in found if d.obligation.id == name]
        for name in ("ket-qua", "truong")
    }
    assert by_duty["truong"] == by_duty["ket-qua"] != []


def test_within_counts_from_the_other_last_day_the_day_after_being_the_first() -> None:
    years = Years(2025, 2025)
    first = duty(
        {"annual": "trước ngày 26/4/2025"}, years, id="ket-qua"
    )  # last day Friday 25/4; Saturday 26/4 is worked
    then = duty({"once": "trong vòng 02 ngày làm việc sau ket-qua"}, years, id="tong-hop")
    later = duty({"annual": "trong vòng 03 ngày sau ket-qua"}, years, id="ba-ngay")
    found = {
        d.obligation.id: d
        for d in expand(register(plan=plan_of(first, then, later, years=years)), date(2025, 1, 1), date(2025, 12, 31))
    }
    assert found["tong-hop"].last_day == date(2025, 4, 28)
    assert found["tong-hop"].period.id == "2025"
    assert (found["ba-ngay"].last_day, found["ba-ngay"].send_by) == (date(2025, 4, 28), date(2025, 4, 28))


def test_within_an_event_has_no_date() -> None:
    years = Years(2025, 2025)
    plan = plan_of(duty({"once": "7 ngày kể từ ngày nhận được yêu cầu"}, years), years=years)
    [found] = expand(register(plan=plan), date(2025, 6, 1), date(2025, 6, 2))
    assert (found.op, found.stated, found.last_day, found.send_by) == (Op.UNDATED, None, None, None)


def test_within_the_end_of_the_period_and_the_cutoff() -> None:
    years = Years(2025, 2025)
    end = duty({"quarter": "trong vòng 05 ngày kể từ ngày kết thúc kỳ báo cáo"}, years, id="end")
    cut = duty({"quarter": "trong vòng 02 ngày làm việc kể từ ngày chốt số liệu"}, years, id="cut", cutoff="nd09")
    found = expand(
        register(Policy(days_off=DaysOff.KEEP), plan=plan_of(end, cut, years=years)),
        date(2025, 1, 1),
        date(2026, 12, 31),
    )
    assert [d.stated for d in found if d.obligation.id == "end"] == [
        date(2025, 4, 5),
        date(2025, 7, 5),
        date(2025, 10, 5),
        date(2026, 1, 5),
    ]
    assert [d.stated for d in found if d.obligation.id == "cut"][:2] == [date(2025, 3, 18), date(2025, 6, 17)]


def test_a_bare_day_of_the_year_in_a_plan_of_several_years_is_yearly() -> None:
    years = Years(2018, 2020)
    plan = plan_of(duty({"once": "trước ngày 30/9 hằng năm"}, years), years=years)
    assert [d.period.id for d in whole_plan(register(plan=plan), plan, date(2026, 1, 1))] == ["2018", "2019", "2020"]
    one = Years(2018, 2018)
    plan = plan_of(duty({"once": "trước ngày 30/9 hằng năm"}, one), years=one)
    assert [d.period.id for d in whole_plan(register(plan=plan), plan, date(2026, 1, 1))] == ["once"]


def test_undated_duties_are_listed_while_the_plan_is_in_force() -> None:
    years = Years(2018, None)
    plan = plan_of(duty({"once": "theo quy định"}, years), years=years)
    book = register(plan=plan)
    assert [d.op for d in expand(book, date(2030, 1, 1), date(2030, 1, 2))] == [Op.UNDATED]
    assert expand(book, date(2017, 1, 1), date(2017, 12, 31)) == []


def test_an_extension_is_a_row_of_its_own() -> None:
    years = Years(2025, 2025)
    more = Extension("2025-6M", ("b",), date(2025, 6, 25), "Công văn số 12/UBND-NV")
    plan = plan_of(duty({"six-month": "trước ngày 20/6"}, years, extensions=(more,)), years=years)
    rows = expand(register(plan=plan), date(2025, 1, 1), date(2025, 12, 31))
    assert [(r.units, r.op, r.stated, r.send_by, r.reason) for r in rows] == [
        (("a",), Op.BEFORE, date(2025, 6, 20), date(2025, 6, 19), ""),
        (("b",), Op.BY, date(2025, 6, 25), date(2025, 6, 25), "Công văn số 12/UBND-NV"),
    ]
    assert rows[0].key != rows[1].key
    assert rows[0].period == rows[1].period


def test_units_that_ended_give_way_to_their_successors() -> None:
    years = Years(2025, 2025)
    plan = plan_of(
        duty({"six-month": "trước ngày 20/6", "nine-month": "trước ngày 20/9"}, years, reporters=("a", "b")),
        years=years,
    )
    ended = Unit("a", "a", until=date(2025, 6, 30), successors=("x", "c"))
    between = Unit(
        "x", "x", since=date(2025, 7, 1), until=date(2025, 8, 31), successors=("a",)
    )  # a circle does no harm
    book = register(plan=plan, a=ended, x=between)
    assert [d.units for d in expand(book, date(2025, 1, 1), date(2025, 12, 31))] == [("a", "b"), ("c", "b")]
    not_yet = replace(book, units=dict(book.units) | {"b": Unit("b", "b", since=date(2025, 7, 1))})
    assert [d.units for d in expand(not_yet, date(2025, 1, 1), date(2025, 12, 31))] == [("a",), ("c", "b")]


def test_a_year_without_a_table_is_provisional_and_takes_the_library() -> None:
    empty = WorkCalendar({2026: YearTable(frozenset(), frozenset(), "a notice")})
    assert not empty.is_provisional(2026)
    assert empty.is_provisional(2025)
    assert not empty.is_working(date(2025, 9, 2))
    assert empty.is_working(date(2026, 9, 2)), "the table wins over the library"
    assert WORKDAYS.add(date(2025, 4, 29), 1) == date(2025, 5, 5)
    assert WORKDAYS.add(date(2025, 5, 5), -1) == date(2025, 4, 29)
    assert WORKDAYS.between(date(2025, 4, 25), date(2025, 5, 5)) == 4


def test_cutoffs_of_decree_09() -> None:
    spans = {
        p.id: nd09_cutoff(p)
        for key in ("six-month", "second-half", "nine-month", "annual")
        for p in periods_of(key, 2026)
    }
    assert spans == {
        "2026-6M": date(2026, 6, 14),
        "2026-H2": date(2026, 12, 14),
        "2026-9M": None,
        "2026": date(2026, 12, 14),
    }
    assert nd09_cutoff(Period(2026, Span.QUARTER, 1)) == date(2026, 3, 14)
    assert too_close(date(2026, 6, 14), date(2026, 6, 14), WORKDAYS)
    assert not too_close(date(2026, 6, 14), date(2026, 6, 15), WORKDAYS)


@given(
    st.integers(2000, 2100),
    st.sampled_from(["week", "month", "quarter", "six-month", "second-half", "nine-month", "annual"]),
)
def test_a_period_is_read_back_from_its_name(year: int, key: str) -> None:
    found = periods_of(key, year)
    assert tuple(Period.parse(p.id) for p in found) == found
    assert all(p.start <= p.end for p in found)


def test_names_that_are_no_period() -> None:
    assert [
        n for n in ("2025-13", "2025-Q5", "2025-W54", "2025-W00", "0000", "once", "", "2025-6m") if Period.parse(n)
    ] == []
    assert weeks_in(2026) == 53
    assert Period.parse("2025-W53") is None
    with pytest.raises(ValueError, match="no months"):
        _ = Period(2025, Span.WEEK, 7).months


def test_rules_say_why_they_cannot_be_applied() -> None:
    years = Years(2025, 2025)
    missing = (
        duty({"annual": "như ket-qua"}, years, id="a"),
        duty({"quarter": "chậm nhất ngày 15 của tháng cuối quý"}, years, id="ket-qua"),
    )
    with pytest.raises(RuleError, match="no period of the kind"):
        expand(register(plan=plan_of(*missing, years=years)), date(2025, 1, 1), date(2025, 12, 31))
    no_cutoff = Obligation("o", "t", ("a",), "to", (Due("annual", Within(2, working=True, after="cutoff"), "w"),))
    with pytest.raises(RuleError, match="there is none"):
        expand(register(plan=plan_of(no_cutoff, years=years)), date(2025, 1, 1), date(2025, 12, 31))
    assert Undated().words == "không ấn định thời hạn"


def test_a_single_occasion_can_be_extended() -> None:
    years = Years(2027, 2027)
    more = Extension("once", ("a",), date(2027, 12, 8))
    plan = plan_of(duty({"once": "chậm nhất ngày 25/11"}, years, extensions=(more,)), years=years)
    rows = expand(register(plan=plan), date(2027, 1, 1), date(2027, 12, 31))
    assert [(r.units, r.stated) for r in rows] == [(("b",), date(2027, 11, 25)), (("a",), date(2027, 12, 8))]


def test_a_second_prolongation_moves_the_same_row_and_one_for_all_moves_the_deadline() -> None:
    years = Years(2025, 2025)

    def keys(*units: str, by: date) -> list[str]:
        more = Extension("2025-6M", units, by)
        plan = plan_of(duty({"six-month": "trước ngày 20/6"}, years, extensions=(more,)), years=years)
        return [d.key for d in expand(register(plan=plan), date(2025, 1, 1), date(2025, 12, 31))]

    assert keys("b", by=date(2025, 6, 25)) == keys("b", by=date(2025, 6, 30)) == ["p.o.2025-6M", "p.o.2025-6M.b"]
    assert keys("group", by=date(2025, 6, 25)) == ["p.o.2025-6M"]


def test_a_unit_that_is_not_there_yet_leaves_no_empty_row() -> None:
    years = Years(2025, 2025)
    more = Extension("2025-6M", ("b",), date(2025, 6, 25))
    plan = plan_of(duty({"six-month": "trước ngày 20/6"}, years, extensions=(more,)), years=years)
    book = register(plan=plan, b=Unit("b", "b", since=date(2025, 7, 1)))
    assert [d.units for d in expand(book, date(2025, 1, 1), date(2025, 12, 31))] == [("a",)]


def test_the_hour_in_the_words_is_kept_for_people_where_the_day_moves() -> None:
    years = Years(2026, 2026)
    plan = plan_of(duty({"once": "trước 16 giờ 00 ngày 13/6/2026"}, years), years=years)
    [found] = expand(register(plan=plan), date(2026, 1, 1), date(2026, 12, 31))
    assert (found.at, found.hour) == (None, time(16))
