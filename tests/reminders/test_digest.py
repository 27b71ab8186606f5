"""One mail a unit a day: what is in it, who gets it, and that nothing is told twice or too late."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import facts_of
from scheduler.deadlines.plans import Extension, Unit
from scheduler.reminders.digest import Agenda, Change, Digest, Report, Told, decide, preview
from tests.builders import UNITS, day, duty, register

BOOK = register(duty({"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025"}))
AGENDA = Agenda.between(BOOK, day("01/01"), day("31/12"))


def said(digests: Iterable[Digest]) -> dict[str, list[tuple[str, str]]]:
    return {d.unit.id: [(i.facts.period, i.rung) for i in d.items] for d in digests}


def told_by(digests: Iterable[Digest]) -> set[Told]:
    return {Told(d.unit.id, i.facts.key, i.due, i.slot) for d in digests for i in d.items}


def test_a_rung_goes_to_each_unit_and_the_lead_is_copied_from_the_last_day_on() -> None:
    [health, finance] = decide(AGENDA, day("12/3"), (), (), since=day("11/3"))
    assert (health.unit.id, health.to, health.cc) == ("y-te", ("yte@tinh.example",), ())
    assert finance.to == ("tc@tinh.example", "vt.tc@tinh.example")
    assert said([health, finance]) == {"y-te": [("2025-Q1", "-7")], "tai-chinh": [("2025-Q1", "-7")]}
    health, finance = decide(AGENDA, day("18/3"), (), (), since=day("17/3"))
    assert health.cc == ("giamdoc.yt@tinh.example",)
    assert finance.cc == (), "it has no lead"


def test_the_collector_hears_on_the_send_by_day_and_after_each_overdue_rung_while_anyone_is_missing() -> None:
    assert said(decide(AGENDA, day("19/3"), (), (), since=day("18/3")))["noi-vu"] == [("2025-Q1", "summary")]
    late = decide(AGENDA, day("20/3"), (), {Report("kh", "ket-qua", "2025-Q1", "y-te")}, since=day("19/3"))
    assert said(late) == {"tai-chinh": [("2025-Q1", "+1")], "noi-vu": [("2025-Q1", "summary")]}
    summary = next(d for d in late if d.unit.id == "noi-vu").items[0]
    assert (summary.missing, summary.expected) == (("tai-chinh",), 2)
    all_in = {Report("kh", "ket-qua", "2025-Q1", unit) for unit in ("y-te", "tai-chinh")}
    assert decide(AGENDA, day("20/3"), (), all_in, since=day("19/3")) == []


def test_after_a_standstill_the_newest_missed_rung_alone_is_told_once() -> None:
    for days in (1, 3, 40):
        found = decide(AGENDA, day("17/3"), (), (), since=day("17/3") - timedelta(days=days))
        assert said(found) in ({}, {"y-te": [("2025-Q1", "-3")], "tai-chinh": [("2025-Q1", "-3")]})
    found = decide(AGENDA, day("17/3"), (), ())
    assert said(found) == {"y-te": [("2025-Q1", "-3")], "tai-chinh": [("2025-Q1", "-3")]}
    assert decide(AGENDA, day("17/3"), told_by(found), ()) == []


def test_an_early_rung_is_not_told_after_the_last_day() -> None:
    no_overdue = replace(BOOK, ladder=replace(BOOK.ladder, overdue=()))
    agenda = Agenda.between(no_overdue, day("01/01"), day("31/12"))
    assert decide(agenda, day("25/3"), (), ()) == decide(agenda, day("25/3"), (), (), since=day("18/3"))
    assert "y-te" not in said(decide(agenda, day("25/3"), (), ()))


def test_no_mail_on_a_day_off() -> None:
    assert decide(AGENDA, day("16/3"), (), ()) == []


def test_what_was_past_when_first_seen_is_never_reminded() -> None:
    assert decide(AGENDA, day("20/3"), (), (), known=lambda d: d.period.id != "2025-Q1") == []


def test_a_duty_that_collects_says_what_is_missing() -> None:
    compile_ = duty(
        {"once": "trong vòng 05 ngày làm việc sau ket-qua"},
        id="tong-hop",
        reporters=("noi-vu",),
        via="",
        collects="ket-qua",
    )
    book = register(duty({"quarter-1": "trước ngày 20/3/2025"}), compile_)
    agenda = Agenda.between(book, day("01/01"), day("31/12"))
    [mail] = [
        d
        for d in decide(agenda, day("26/3"), (), {Report("kh", "ket-qua", "2025-Q1", "y-te")}, since=day("25/3"))
        if d.unit.id == "noi-vu"
    ]
    reminder = next(i for i in mail.items if i.facts.obligation == "tong-hop")
    assert (reminder.rung, reminder.missing, reminder.expected) == ("0", ("tai-chinh",), 2)


def test_a_unit_without_an_address_hears_through_its_lead_or_its_parent() -> None:
    units = UNITS | {
        "y-te": Unit("y-te", "Sở Y tế", (), "giamdoc@tinh.example"),
        "tai-chinh": Unit("tai-chinh", "Sở Tài chính", (), "", "noi-vu"),
    }
    agenda = Agenda.between(replace(BOOK, units=units), day("01/01"), day("31/12"))
    found = decide(agenda, day("18/3"), (), (), since=day("17/3"))
    assert [(d.to, d.cc) for d in found] == [(("giamdoc@tinh.example",), ()), (("noivu@tinh.example",), ())]
    nobody = units | {"tai-chinh": Unit("tai-chinh", "Sở Tài chính")}
    agenda = Agenda.between(replace(BOOK, units=nobody), day("01/01"), day("31/12"))
    assert [d.unit.id for d in decide(agenda, day("18/3"), (), (), since=day("17/3"))] == ["y-te"]


def test_a_change_is_told_to_reporters_and_collector_and_comes_first() -> None:
    old, new = (
        facts_of(expand(register(duty({"quarter-1": words})), day("01/01"), day("31/12"))[0], BOOK)
        for words in ("trước ngày 20/3/2025", "trước ngày 27/3/2025")
    )
    change = Change(7, "moved", old, new, ("y-te", "tai-chinh"))
    found = decide(
        AGENDA, day("12/3"), (), {Report("kh", "ket-qua", "2025-Q1", "tai-chinh")}, since=day("11/3"), changes=[change]
    )
    assert said(found) == {"y-te": [("2025-Q1", "moved"), ("2025-Q1", "-7")], "noi-vu": [("2025-Q1", "moved")]}
    assert decide(AGENDA, day("31/3"), (), (), since=day("30/3"), changes=[change]) == [], "it is past"


def test_preview_walks_the_year() -> None:
    year = list(preview(BOOK, day("01/01"), day("31/12")))
    health = [(d.day, i.rung) for d in year if d.unit.id == "y-te" for i in d.items if i.facts.period == "2025-Q1"]
    assert [rung for _, rung in health] == ["-30", "-14", "-7", "-3", "-1", "0", "+1", "+3", "+7"]
    collector = [d.day for d in year if d.unit.id == "noi-vu"]
    assert collector == [day(d) for d in ("19/3", "20/3", "24/3", "26/3", "19/6", "20/6", "23/6", "26/6")]
    assert len({(d.unit.id, d.day) for d in year}) == len(year), "one mail a unit a day"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dates(date(2025, 1, 2), date(2025, 7, 31)), min_size=1, max_size=40, unique=True))
def test_however_often_the_daemon_stands_still_nothing_is_told_twice_or_after_something_newer(
    awake: list[date],
) -> None:
    told: set[Told] = set()
    order = ["-30", "-14", "-7", "-3", "-1", "0", "+1", "+3", "+7"]
    heard: dict[tuple[str, str], list[int]] = {}
    for today in sorted(awake):
        digests = decide(AGENDA, today, told, ())
        new = told_by(digests)
        assert not new & told
        told |= new
        for digest in digests:
            for item in digest.items:
                if item.rung != "summary":
                    heard.setdefault((digest.unit.id, item.facts.key), []).append(order.index(item.rung))
    assert all(rungs == sorted(set(rungs)) for rungs in heard.values())


def test_preview_is_the_same_however_the_window_is_cut() -> None:
    whole = list(preview(BOOK, day("01/01"), day("30/6")))
    cut = [*preview(BOOK, day("01/01"), day("14/3")), *preview(BOOK, day("15/3"), day("30/6"))]
    assert cut == whole


def test_a_duty_that_collects_counts_those_with_more_time_too() -> None:
    more = Extension("2025-Q1", ("tai-chinh",), day("27/3"))
    compile_ = duty({"once": "như ket-qua"}, id="tong-hop", reporters=("noi-vu",), via="", collects="ket-qua")
    book = register(duty({"quarter-1": "trước ngày 20/3/2025"}, extensions=(more,)), compile_)
    agenda = Agenda.between(book, day("01/01"), day("31/12"))
    for done, missing in {"y-te": ("tai-chinh",), "tai-chinh": ("y-te",), "ubnd": ("y-te", "tai-chinh")}.items():
        mails = decide(agenda, day("18/3"), (), {Report("kh", "ket-qua", "2025-Q1", done)}, since=day("17/3"))
        [item] = [i for d in mails if d.unit.id == "noi-vu" for i in d.items if i.facts.obligation == "tong-hop"]
        assert set(item.missing) == set(missing)
        assert item.expected == 2


def test_nobody_hears_that_it_is_overdue_in_the_mail_that_first_tells_of_the_new_date() -> None:
    old, new = (
        facts_of(expand(register(duty({"quarter-1": words})), day("01/01"), day("31/12"))[0], BOOK)
        for words in ("trước ngày 27/3/2025", "trước ngày 20/3/2025")
    )
    change = Change(3, "moved", old, new, ("y-te", "tai-chinh"))
    change = replace(change, before=replace(old, last_day=day("26/3")))
    first = decide(AGENDA, day("20/3"), (), (), since=day("19/3"), changes=[change])
    assert said(first)["y-te"] == [("2025-Q1", "moved")]
    assert all(not d.cc for d in first if d.unit.id == "y-te")
    then = decide(AGENDA, day("21/3"), told_by(first), (), changes=[change])
    assert said(then)["y-te"] == [("2025-Q1", "+1")]


def test_successors_hear_from_whom_they_took_over_and_the_collector_of_whom_nobody_follows() -> None:
    units = UNITS | {
        "y-te": replace(UNITS["y-te"], until=day("15/3"), successors=("xa",)),
        "tai-chinh": replace(UNITS["tai-chinh"], until=day("15/3")),
        "xa": Unit("xa", "UBND xã", ("xa@tinh.example",), since=day("16/3")),
    }
    agenda = Agenda.between(replace(BOOK, units=units), day("01/01"), day("31/12"))
    [heir, collector] = sorted(
        decide(agenda, day("19/3"), (), (), since=day("18/3")), key=lambda d: d.unit.id == "noi-vu"
    )
    assert (heir.unit.id, heir.items[0].heir_of) == ("xa", ("y-te",))
    assert collector.items[0].missing == ("xa",)
    assert collector.items[0].orphaned == ("tai-chinh",)
    [finance] = [d for d in decide(AGENDA, day("12/3"), (), (), since=day("11/3")) if d.unit.id == "tai-chinh"]
    assert finance.items[0].heir_of == ()
