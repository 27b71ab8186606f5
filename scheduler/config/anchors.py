"""Dates inside a structured deadline: a day, a day of every year, a day of the period's month, a recurrence rule."""

import re
from collections.abc import Callable, Iterable
from datetime import time
from typing import Any, TypeVar

from scheduler.config import values
from scheduler.config.problems import ON_KEY, WrongError, empty, unknown_key
from scheduler.deadlines import wording
from scheduler.deadlines.dates import ND09
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
    RuleError,
    Yearly,
    YearOf,
)
from scheduler.translation import Text, text

_T = TypeVar("_T")
_SPOKEN = {
    "tuan": "week",
    "thang": "month",
    "quy": "quarter",
    **{f"quy-{name}": f"quarter-{n}" for n, roman in enumerate(("i", "ii", "iii", "iv"), 1) for name in (roman, n)},
    **dict.fromkeys(("6-thang", "6-thang-dau-nam", "6-thang-dau", "sau-thang", "sau-thang-dau-nam"), "six-month"),
    **dict.fromkeys(("6-thang-cuoi-nam", "6-thang-cuoi", "sau-thang-cuoi-nam"), "second-half"),
    **dict.fromkeys(("9-thang", "9-thang-dau-nam", "chin-thang"), "nine-month"),
    **dict.fromkeys(("nam", "ca-nam", "1-nam", "mot-nam", "cuoi-nam", "12-thang", "year", "yearly"), "annual"),
    **dict.fromkeys(("mot-lan", "1-lan"), "once"),
}
"""The words of plans for periods, without accents."""
_DATE = text("write it as 2026-10-15, 15/10/2026, “15/10” for every year, or {{day: 15, month: last}}")
_DAY_MONTH = re.compile(r"([0-9]{1,2})/([0-9]{1,2})")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{1,2}:[0-9]{2})(?::00)?")
_WHOLE = re.compile(r"(?:([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?)|([1-9]|0[1-9]|1[0-2])|Q([1-4])")


def under(key: str, reader: Callable[[Any], _T], value: Any) -> _T:
    """What a reader makes of the value of a key; what is wrong with it is wrong there."""
    try:
        return reader(value)
    except WrongError as error:
        raise WrongError(error.problem, error.advice, (key, *error.path), error.column) from error


def anchor_and_hour(value: Any) -> tuple[Anchor, time | None]:
    """What stands after `before:` or `by:`."""
    if isinstance(value, str) and (found := _MOMENT.fullmatch(value)):
        return OnDate(values.day(found[1])), values.clock(found[2])
    if isinstance(value, dict) and "rrule" in value:
        for key in value:
            if key not in ("rrule", "time"):
                raise WrongError(*unknown_key(key, ("rrule", "time")), (key, *ON_KEY))
        at = under("time", values.clock, value["time"]) if "time" in value else None
        return under("rrule", _recurrence, value["rrule"]), at
    return read_anchor(value), None


def read_anchor(value: Any) -> Anchor:
    """A date, a day and month, a day of the month, or `{day: …, month: …}`."""
    match value:
        case str():
            return read_date(value)
        case dict():
            return _day_and_month(value)
        case bool() | None:
            pass
        case int():
            return InMonth(_day_of_month(value))
    raise WrongError(text("this is not a date"), _DATE)


def read_date(value: Any) -> OnDate | Yearly:
    """A date, or a day and month of every year."""
    if isinstance(value, str):
        found = _DAY_MONTH.fullmatch(value)
        if found:
            day, month = int(found[1]), values.month_of_year(int(found[2]))
            values.real_day(2024, month, day)  # a leap year
            return Yearly(month, day)
        if "/" in value or "-" in value:
            return OnDate(values.day(value))
    raise WrongError(text("this is not a date"), _DATE)


def _day_and_month(value: dict[str, Any]) -> Anchor:
    for key in value:
        if key not in ("day", "month"):
            raise WrongError(*unknown_key(key, ("day", "month")), (key, *ON_KEY))
    if "day" not in value:
        raise WrongError(text("“day” is missing"), text("write it, such as {{day: 15, month: last}}"))
    day = LAST if value["day"] == "last" else under("day", _day_of_month, value["day"])
    month = value.get("month", "this")
    if isinstance(month, int) and not isinstance(month, bool):
        under("month", values.month_of_year, month)
        if day != LAST:
            under("day", lambda d: values.real_day(2024, month, d), day)
        return Yearly(month, day)
    if month not in list(MonthOf):
        problem = text("“month” says which month of the period is meant")
        raise WrongError(problem, text("write this, first, last, next, or a number from 1 to 12"), ("month",))
    return InMonth(day, MonthOf(month))


def _day_of_month(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 31:
        return value
    raise WrongError(text("this is not a day of the month"), text("write a number from 1 to 31, or last"))


def year_of(value: Any) -> YearOf:
    """What stands after `year:`."""
    if value in list(YearOf):
        return YearOf(value)
    raise WrongError(
        text("“year” says which year is meant, seen from the reporting year"), text("write next or previous")
    )


def _recurrence(value: Any) -> Recurring:
    if not isinstance(value, str):
        raise WrongError(
            text("this is not a recurrence rule"), text("write a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=FR")
        )
    rule = value.upper().removeprefix("RRULE:")
    if "COUNT=" in rule or "UNTIL=" in rule:
        problem = text("COUNT and UNTIL have no place in a recurrence rule here")
        raise WrongError(problem, text("leave them out, and say in “years” how long the obligation is in force"))
    try:
        return wording.recurrence(rule)
    except RuleError as error:
        raise WrongError(error.problem, error.advice) from error


def whole_period(value: Any) -> Dated:
    """What stands after `in:`."""
    found = _WHOLE.fullmatch(str(value)) if isinstance(value, str | int) else None
    if not found:
        problem = text("this is not a month, a quarter or a year")
        raise WrongError(problem, text('write 2024-11, 2024-Q4, 2024, or "11" for November of every year'))
    year, quarter, month, bare_month, bare_quarter = found.groups()
    if year:
        values.real_day(int(year), 1, 1)
    quarter, month = quarter or bare_quarter, month or bare_month
    span = Span.QUARTER if quarter else Span.MONTH if month else Span.ANNUAL
    return Dated(Op.BY, (EndOf(span, int(quarter or month or 0), int(year) if year else None),))


def read_cutoff(raw: Any, keys: tuple[str, ...]) -> str | dict[str, Anchor]:
    """`cutoff:` as an obligation holds it. `keys` are those under its `due:`."""
    if raw == ND09:
        return ND09
    if raw is None:
        raise WrongError(*empty("cutoff"), ON_KEY)
    if not isinstance(raw, dict) or "day" in raw:
        return {"": _cutoff_date(raw)}
    found: dict[str, Anchor] = {}
    for key, value in raw.items():
        if key not in keys:
            raise WrongError(*unknown_due_key(key, keys), (key, *ON_KEY))
        found[key] = under(key, _cutoff_date, value)
    if not found:
        raise WrongError(*empty("cutoff"))
    return found


def unknown_due_key(key: str, allowed: Iterable[str]) -> tuple[Text, Text]:
    """What to say about an unknown key under `due:`; the plan's own word for a period is understood."""
    name = re.sub(r"(?:-nam)?-20[0-9]{2}$", "", values.slug(key))
    name = name.removeprefix("bao-cao-").removeprefix("hang-").removeprefix("0")
    meant = _SPOKEN.get(name)
    if meant is None or meant not in allowed:
        return unknown_key(key, allowed)
    return text("unknown key “{key}”", key=key), text("did you mean “{meant}”?", meant=meant)


def _cutoff_date(value: Any) -> Anchor:
    try:
        return read_anchor(value)
    except WrongError as error:
        if not error.path and not isinstance(value, dict) and "/" not in str(value):
            advice = text("write nd09 (Decree 09/2019), or the last day on which data are counted, such as “14/6”")
            raise WrongError(error.problem, advice) from error
        raise
