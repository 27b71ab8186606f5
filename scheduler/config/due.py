"""The values of `due:` as rules: the plan's own words, or the same thing structured."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from scheduler.config import values
from scheduler.config.anchors import anchor_and_hour, read_date, under, unknown_due_key, whole_period, year_of
from scheduler.config.problems import ON_KEY, Path_, WrongError, empty, unknown_key
from scheduler.config.slips import key_in_value
from scheduler.deadlines import wording
from scheduler.deadlines.periods import DUE_KEYS
from scheduler.deadlines.plans import Due
from scheduler.deadlines.rules import (
    CUTOFF,
    PERIOD_END,
    Anchor,
    Dated,
    OnDate,
    Op,
    Rule,
    RuleError,
    SameAs,
    Undated,
    Within,
    Yearly,
    YearOf,
)
from scheduler.translation import text

_FORMS = text("write the plan's words, such as “trước ngày 15/5/2026”, “chậm nhất ngày 25/11” or “theo quy định”")
_HEADS = {
    "before": ("before", "year", "time", "from"),
    "by": ("by", "year", "time", "from"),
    "in": ("in",),
    "within": ("within", "after"),
    "same_as": ("same_as",),
}
_KEYS = (*DUE_KEYS, *_HEADS)


def read_due(raw: Any) -> tuple[list[Due], list[WrongError]]:
    """What stands under `due:`, each entry with its key, and what is wrong with it; paths count from `due`."""
    found: list[Due] = []
    wrong: list[WrongError] = []
    for key, value, path in _entries(raw, wrong):
        try:
            found.append(Due(key, *_value(value)) if key in DUE_KEYS else _no_key(key))
        except WrongError as error:
            wrong.append(WrongError(error.problem, error.advice, path + error.path, error.column))
    if not wrong:
        wrong.extend(_overlaps(found))
    return found, wrong


def _no_key(key: str) -> Due:
    raise WrongError(*unknown_due_key(key, DUE_KEYS), ON_KEY)


def _entries(raw: Any, wrong: list[WrongError]) -> Iterator[tuple[str, Any, Path_]]:
    if not isinstance(raw, dict) or (raw.keys() & _HEADS.keys() and not raw.keys() & set(DUE_KEYS)):
        yield "once", raw, ()
    elif raw:
        yield from ((key, value, (key,)) for key, value in raw.items())
    else:
        wrong.append(WrongError(empty("due")[0], _FORMS, ON_KEY))


def _overlaps(dues: list[Due]) -> Iterator[WrongError]:
    given: dict[str, str] = {}
    for due in dues:
        periods = [f"quarter-{n}" for n in range(1, 5)] if due.key == "quarter" else [due.key]
        if due.key == "six-month" and isinstance(due.rule, Dated) and len(due.rule.anchors) == 2:
            periods.append("second-half")
        for period in periods:
            if period in given:
                problem = text("“{key}” is due twice, here and under “{other}”", key=period, other=given[period])
                yield WrongError(problem, text("leave one of the two out"), (due.key, *ON_KEY))
                break
            given[period] = due.key


def _value(value: Any) -> tuple[Rule, str]:
    """The rule of one value, and its wording."""
    match value:
        case "undated":
            return Undated(), wording.show(Undated())
        case str():
            _look_for_key(value)
            return _parse(value), value
        case dict():
            rule = _structured(value)
            return rule, wording.show(rule)
        case None:
            raise WrongError(empty("due")[0], _FORMS, ON_KEY)
        case bool():
            raise WrongError(text("true and false are no deadlines"), _FORMS)
        case int():
            problem = text("the number {number} alone does not say whether the day itself is still good", number=value)
            advice = text(
                "write “trước ngày {number}/…” or “chậm nhất ngày {number}/…”; under month, without “/…”", number=value
            )
            raise WrongError(problem, advice)
        case _:
            raise WrongError(
                text("a deadline cannot be a list"), text("write each date under a key of its own, such as annual: …")
            )


def _look_for_key(value: str) -> None:
    found = key_in_value(value, _KEYS)
    if found:
        problem, line, column = found
        raise WrongError(problem, text("write `{line}` on a line of its own", line=line), (), column)


@lru_cache(maxsize=4096)
def _parse(words: str) -> Rule:
    try:
        rule = wording.parse(words)
    except wording.WordingError as error:
        raise WrongError(error.problem, error.advice, (), error.column) from error
    except RuleError as error:
        raise WrongError(error.problem, error.advice) from error
    if isinstance(rule, Within):
        _few_days(rule.count)
    return rule


def _structured(value: dict[str, Any]) -> Rule:
    heads = [key for key in value if key in _HEADS]
    if len(heads) != 1:
        keys = ", ".join(_HEADS)
        if not heads and value:
            raise WrongError(*unknown_key(next(iter(value)), _HEADS), (next(iter(value)), *ON_KEY))
        raise WrongError(text("a structured deadline needs exactly one of: {keys}", keys=keys), _FORMS)
    head = heads[0]
    for key, part in value.items():
        if key not in _HEADS[head]:
            raise WrongError(*unknown_key(key, _HEADS[head]), (key, *ON_KEY))
        if part is None:
            raise WrongError(*empty(key), (key, *ON_KEY))
    match head:
        case "in":
            return under("in", whole_period, value["in"])
        case "within":
            return _within(value)
        case "same_as":
            return SameAs(under("same_as", _obligation, value["same_as"]))
        case _:
            return _dated(head, value)


def _dated(head: str, value: dict[str, Any]) -> Dated:
    anchor, at = under(head, anchor_and_hour, value[head])
    if "time" in value:
        if at:
            raise WrongError(text("the hour is written twice"), text("leave one of the two out"), ("time", *ON_KEY))
        at = under("time", values.clock, value["time"])
    if "year" in value:
        year = under("year", year_of, value["year"])
        if not isinstance(anchor, Yearly):
            problem = text("“year” goes with a day and month alone, such as “05/01”")
            raise WrongError(problem, text("leave “year” out"), ("year", *ON_KEY))
        anchor = Yearly(anchor.month, anchor.day, year)
    opens = under("from", read_date, value["from"]) if "from" in value else None
    if opens and (type(opens) is not type(anchor) or _order(opens) > _order(anchor)):
        problem = text("“from” does not lie before “{key}”, or is written otherwise", key=head)
        raise WrongError(
            problem, text("write two dates, such as 2026-07-25, or two days of every year, such as “25/7”"), ("from",)
        )
    return Dated(Op(head), (anchor,), at, opens)


def _order(anchor: Anchor) -> tuple[int, ...]:
    match anchor:
        case OnDate(day):
            return day.year, day.month, day.day
        case Yearly(month, day, year):
            return list(YearOf).index(year), month, day if day > 0 else 31
        case _:
            return ()


def _within(value: dict[str, Any]) -> Within:
    offset = under("within", values.offset, value["within"])
    under("within", _few_days, offset.days)
    if "after" not in value:
        raise WrongError(
            text("“after” is missing"), text("write after what: an obligation's id, period-end, or cutoff")
        )
    after = value["after"]
    if after not in (PERIOD_END, CUTOFF):
        after = under("after", _obligation, after)
    return Within(offset.days, offset.working, after)


def _few_days(count: int) -> None:
    if not 1 <= count <= values.MOST_DAYS:
        problem = text("{count} days cannot be counted", count=count)
        raise WrongError(problem, text("write a number from 1 to {most}", most=values.MOST_DAYS))


def _obligation(value: Any) -> str:
    value = values.number_as_text(value)
    if not isinstance(value, str):
        raise WrongError(
            text("this is not the id of an obligation"), text("write the id of an obligation of this plan")
        )
    return values.identifier(value)
