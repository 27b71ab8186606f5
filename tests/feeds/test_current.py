"""What a register says now: taken over from before where it must be the same, and never where it may not be."""

from dataclasses import replace
from datetime import date

import pytest

from scheduler.deadlines.plans import Plan, Register, Unit
from scheduler.deadlines.workdays import WorkCalendar, YearTable
from scheduler.feeds.current import Current
from tests.builders import duty, register

HORIZON = date(2026, 12, 31)


def book() -> Register:
    first = register(duty({"quarter": "trước ngày 20 tháng cuối quý"}))
    [plan] = first.plans.values()
    return replace(first, plans={"kh": plan, "khac": replace(plan, id="khac", title="Kế hoạch khác")})


def plan_of(before: Register, **fields: object) -> Register:
    changed: Plan = replace(before.plans["khac"], **fields)  # type: ignore[arg-type]
    return replace(before, plans={**before.plans, "khac": changed})


def renamed(before: Register) -> Register:
    [name, *_] = before.plans["kh"].obligations[0].reporters
    [member, *_] = before.members((name,))
    units: dict[str, Unit] = {**before.units, member: replace(before.units[member], name="Sở Y tế và Dân số")}
    return replace(before, units=units)


def on_holiday(before: Register) -> Register:
    table = YearTable(off=frozenset({date(2025, 3, 19)}), make_up=frozenset(), provisional=False)
    return replace(before, workdays=WorkCalendar({2025: table}))


EDITS = {
    "nothing": replace,
    "a title": lambda before: plan_of(before, title="Kế hoạch sửa đổi"),
    "its years": lambda before: plan_of(before, years=replace(before.plans["khac"].years, last=2026)),
    "a plan less": lambda before: replace(before, plans={"kh": before.plans["kh"]}),
    "a plan more": lambda before: replace(before, plans={**before.plans, "moi": replace(before.plans["kh"], id="moi")}),
    "a unit's name": renamed,
    "a day off": on_holiday,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_is_taken_over_is_what_would_be_calculated(edit: object) -> None:
    assert callable(edit)
    before = Current.of(book(), HORIZON)
    after = edit(before.register)
    assert Current.of(after, HORIZON, before) == Current.of(after, HORIZON)


def test_another_horizon_is_calculated_anew() -> None:
    before = Current.of(book(), HORIZON)
    later = HORIZON.replace(year=2028)
    assert Current.of(before.register, later, before) == Current.of(before.register, later)


def test_of_the_plans_the_edited_one_alone_is_calculated() -> None:
    before = Current.of(book(), HORIZON)
    after = Current.of(plan_of(before.register, title="Kế hoạch sửa đổi"), HORIZON, before)
    taken_over = {key.split(".")[0] for key, facts in after.facts.items() if facts is before.facts.get(key)}
    assert taken_over == {"kh"}
