"""Which days a deadline is called to mind on, and what each is called."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.deadlines.expand import expand
from scheduler.deadlines.plans import Ladder, Offset
from scheduler.deadlines.rules import DaysOff, Policy
from scheduler.reminders.ladder import climb, escalates, rungs, summary_days
from tests.builders import LADDER, WORKDAYS, day, duty, register


def climbed(ladder: Ladder, send_by: str, last: str) -> dict[str, date]:
    return {r.name: r.day for r in climb(ladder, day(send_by), day(last), WORKDAYS)}


def test_the_ladder_of_20_march() -> None:
    # "trước ngày 20/3/2025" (a Thursday): last day and send-by day Wednesday 19/3. 12/3 and 16/3 ...
    [deadline] = expand(register(duty({"quarter-1": "trước ngày 20/3/2025"})), day("01/01"), day("31/12"))
    assert [(r.name, f"{r.day:%d/%m}") for r in rungs(deadline, register())] == [
        ("-30", "17/02"),
        ("-14", "05/03"),
        ("-7", "12/03"),
        ("-3", "14/03"),  # Sunday 16/3 → Friday 14/3
        ("-1", "18/03"),
        ("0", "19/03"),
        ("+1", "20/03"),
        ("+3", "24/03"),  # Saturday 22/3 → Monday 24/3
        ("+7", "26/03"),
    ]


def test_of_two_rungs_on_one_day_the_later_names_it() -> None:
    # Send by Monday 22/9: -1 (Sunday) and -3 (Friday) both stand on Friday 19/9.
    assert climbed(LADDER, "22/9", "22/9")["-1"] == day("19/9")
    assert "-3" not in climbed(LADDER, "22/9", "22/9")
    # Last day Saturday 20/9: +1 (Sunday) → Monday 22/9; +3 is Tuesday.
    assert climbed(LADDER, "19/9", "20/9")["+1"] == day("22/9")
    two = Ladder((Offset(0),), (Offset(1), Offset(2)), frozenset())
    assert set(climbed(two, "19/9", "19/9")) == {"0", "+2"}


def test_working_days_are_counted_as_such() -> None:
    ladder = Ladder((Offset(5, working=True), Offset(0)), (Offset(2, working=True),), frozenset())
    # Across 30/4–2/5/2025 and the make-up Saturday 26/4.
    assert climbed(ladder, "2025-05-05", "2025-05-05") == {
        "-5wd": date(2025, 4, 24),
        "0": date(2025, 5, 5),
        "+2wd": date(2025, 5, 7),
    }


def test_a_send_by_day_that_is_kept_on_a_day_off_is_told_the_working_day_before() -> None:
    book = register(duty({"once": "chậm nhất ngày 20/9/2025"}), policy=Policy(days_off=DaysOff.KEEP))
    [deadline] = expand(book, day("01/01"), day("31/12"))
    found = {r.name: r.day for r in rungs(deadline, book)}
    assert deadline.send_by == day("20/9")
    assert found["0"] == day("19/9")
    assert next((r.name, r.day) for r in summary_days(deadline, book)) == ("0", day("19/9"))


def test_the_lead_is_copied_where_the_ladder_says_so() -> None:
    found = {r.name: escalates(r, LADDER) for r in climb(LADDER, day("19/3"), day("19/3"), WORKDAYS)}
    assert {name for name, copied in found.items() if copied} == {"-1", "+1", "+3", "+7"}
    only = replace(LADDER, escalate=frozenset({"+3"}))
    assert [r.name for r in climb(only, day("19/3"), day("19/3"), WORKDAYS) if escalates(r, only)] == ["+3"]


@given(
    st.dates(date(2023, 1, 1), date(2027, 12, 1)),
    st.sets(st.builds(Offset, st.integers(0, 60), st.booleans()), min_size=1, max_size=6),
    st.sets(st.builds(Offset, st.integers(1, 60), st.booleans()), max_size=6),
)
def test_every_rung_is_a_working_day_on_its_own_side(stated: date, before: set[Offset], overdue: set[Offset]) -> None:
    send_by = WORKDAYS.on_or_before(stated)
    found = climb(Ladder(tuple(before), tuple(overdue), frozenset()), send_by, stated, WORKDAYS)
    assert found == sorted(found, key=lambda r: r.day)
    assert len({r.day for r in found}) == len(found)
    for rung in found:
        assert WORKDAYS.is_working(rung.day)
        assert rung.day > stated if rung.overdue else rung.day <= send_by


@pytest.mark.parametrize("words", ["theo quy định", "đột xuất"])
def test_an_undated_duty_has_no_ladder(words: str) -> None:
    book = register(duty({"once": words}))
    [deadline] = expand(book, day("01/01"), day("31/12"))
    assert rungs(deadline, book) == []
    assert summary_days(deadline, book) == []
    assert deadline.send_by is None
