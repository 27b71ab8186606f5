"""What names a day in a wording: day, month and year in figures or words, "tháng cuối quý", "ngày cuối tháng".

`read_days` reads one place of a list ("20/3", "ngày 20 tháng 3, 6, 9/2025"); `anchors` makes rules of the whole list,
for a year that stands last holds for all before it.
"""

from dataclasses import dataclass, replace
from datetime import time

from scheduler.deadlines.dates import check_weekday, day_in_month
from scheduler.deadlines.rules import LAST, Anchor, InMonth, MonthOf, OnDate, RuleError, Yearly, YearOf
from scheduler.deadlines.wording_parts import (
    FULL_DATE,
    LOOK_AGAIN,
    NEXT,
    SEPARATORS,
    checked_time,
    read_number,
    read_separated_year,
    read_weekday,
    read_weekday_gloss,
    read_year,
    read_year_after,
)
from scheduler.deadlines.wording_tokens import Reader
from scheduler.translation import text

_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_IN_MONTH = text("write for example “ngày 20 hằng tháng”, “ngày 20 của tháng cuối quý” or “ngày 05 của tháng sau”")


@dataclass(frozen=True)
class Day:
    """A day as far as its own words go: `month` 0 and `year` None are not named; `place` is for messages."""

    place: int
    day: int
    month: int = 0
    year: int | YearOf | None = None
    weekday: int | None = None
    month_of: MonthOf | None = None
    at: time | None = None


def read_days(reader: Reader) -> list[Day]:
    """One place of a list of days; several when one day is named for several months."""
    place = reader.pos
    weekday = read_weekday(reader)
    if weekday is not None:
        reader.accept(",")
    last = reader.accept("ngày", "các ngày") and reader.accept("cuối cùng", "cuối")
    if weekday is not None and not (last or reader.sees_number()):
        raise reader.fail(
            text("a weekday alone names no day"),
            text("write “thứ Sáu hằng tuần”, or the date too: “thứ Sáu, ngày 15/5/2026”"),
            place,
        )
    days = [_last_day(reader, place)] if last else _one_or_more(reader)
    gloss = read_weekday_gloss(reader)
    if days[-1].month and days[-1].year is None:
        days[-1] = replace(days[-1], year=read_year_after(reader))
        gloss = read_weekday_gloss(reader) if gloss is None else gloss
    if weekday is not None and gloss is not None and weekday != gloss:
        raise reader.fail(text("two different weekdays for one day"), LOOK_AGAIN, place)
    weekday = gloss if weekday is None else weekday
    if weekday is not None and len(days) > 1:
        raise reader.fail(text("one weekday for several days"), text("leave the weekday out"), place)
    return [replace(day, weekday=weekday) for day in days]


def _one_or_more(reader: Reader) -> list[Day]:
    place, token = reader.pos, reader.peek()
    number = read_number(reader)
    if reader.sees(*SEPARATORS) and reader.sees_number(ahead=1):
        if token and len(token.text) == 4:
            return [_iso(reader, number, place)]
        return [_in_figures(reader, number, place)]
    start = reader.pos
    of = bool(reader.accept("của", "trong"))
    if reader.accept("các tháng") or (reader.sees("tháng") and reader.sees_number(ahead=1) and reader.accept("tháng")):
        return _in_months(reader, number, place)
    if reader.accept("hằng tháng", "mỗi tháng"):
        return [Day(place, number, month_of=MonthOf.THIS)]
    if reader.accept("tháng"):
        return [Day(place, number, month_of=_month_of(reader, bare=of))]
    reader.pos = start
    return [Day(place, number)]


def _iso(reader: Reader, year: int, place: int) -> Day:
    """2023-05-15, 2026-06-12T16:00; exactly so, for 2023/5/15 is neither this nor day/month/year."""
    digits = [len(token.text) if (token := reader.peek(ahead)) else 0 for ahead in (1, 3)]
    if not (digits == [2, 2] and reader.sees("-") and reader.sees("-", ahead=2) and reader.sees_number(ahead=3)):
        raise reader.fail(text("a date that begins with the year is not clear"), FULL_DATE, place)
    reader.pos += 1
    month = read_number(reader)
    reader.pos += 1
    day, at = read_number(reader), None
    if reader.accept("t"):
        hour = read_number(reader)
        if not reader.accept(":"):
            raise reader.stuck()
        at = checked_time(reader, hour, read_number(reader), place)
    return Day(place, day, month, year, at=at)


def _in_figures(reader: Reader, day: int, place: int) -> Day:
    mark = reader.accept(*SEPARATORS)
    month, year = read_number(reader), None
    if reader.sees(*SEPARATORS) and reader.sees_number(ahead=1):
        if reader.accept(*SEPARATORS) != mark:
            raise reader.fail(text("two different marks in one date"), FULL_DATE, place)
        year = read_year(reader)
    return Day(place, day, month, year)


def _in_months(reader: Reader, day: int, place: int) -> list[Day]:
    """The months behind "tháng": 3, 6, 9/2025."""
    days = [Day(place, day, read_number(reader), read_separated_year(reader))]
    while reader.sees(",", "và") and reader.sees_number(ahead=1) and not _day_begins(reader, ahead=1):
        place = reader.pos = reader.pos + 1
        days.append(Day(place, day, read_number(reader), read_separated_year(reader)))
    return days


def _day_begins(reader: Reader, ahead: int) -> bool:
    """Whether a number is a day with its own month (20/6, 20 tháng 6), not one more month (6, 9/2025)."""
    if reader.sees("tháng", "(", ahead=ahead + 1):
        return True
    month = reader.peek(ahead + 2)
    return reader.sees(*SEPARATORS, ahead=ahead + 1) and month is not None and len(month.text) <= 2


def _last_day(reader: Reader, place: int) -> Day:
    """What follows "ngày cuối": "cuối cùng của tháng", "cuối quý", "cuối cùng của tháng 6"."""
    reader.accept("của")
    if reader.accept("quý", "kỳ"):
        reader.accept("báo cáo")
        return Day(place, LAST, month_of=MonthOf.LAST)
    if reader.accept("hằng tháng", "mỗi tháng"):
        return Day(place, LAST, month_of=MonthOf.THIS)
    if not reader.accept("tháng"):
        raise reader.stuck()
    if reader.sees_number():
        return Day(place, LAST, read_number(reader), read_separated_year(reader))
    return Day(place, LAST, month_of=_month_of(reader, bare=True))


def _month_of(reader: Reader, *, bare: bool) -> MonthOf:
    """The month behind "tháng" that depends on the period; `bare` allows nothing to follow ("của tháng")."""
    place = reader.pos - 1
    end = reader.one_of(
        {"cuối": MonthOf.LAST, "cuối cùng": MonthOf.LAST, "đầu": MonthOf.FIRST, "đầu tiên": MonthOf.FIRST}
    )
    if end:
        reader.accept("của")
        reader.accept("mỗi", "hằng")
        if not reader.accept("quý", "kỳ") and not reader.sees("thuộc"):
            raise reader.fail(text("the first or last month of what?"), _IN_MONTH)
        reader.accept("báo cáo")
        if reader.accept(*NEXT):
            if end is MonthOf.LAST:
                raise reader.fail(text("the last month of the period after this one is too far off"), _IN_MONTH, place)
            end = MonthOf.NEXT
    elif reader.accept(*NEXT):
        end = MonthOf.NEXT
    elif reader.accept("báo cáo") or bare:
        end = MonthOf.THIS
    else:
        raise reader.fail(text("which month is meant?"), _IN_MONTH, place)
    reader.accept("thuộc kỳ báo cáo", "của kỳ báo cáo", "kỳ báo cáo")
    return end


def anchors(reader: Reader, days: list[Day]) -> tuple[Anchor, ...]:
    """The days of a list as parts of a rule, each with the month and year that the list gives it."""
    if len(days) > 1:
        days = _with_years(reader, days)
    return tuple(anchor(reader, day) for day in days)


def _with_years(reader: Reader, days: list[Day]) -> list[Day]:
    """The same days, where the last one's year fills in those before it; WordingError where that would be a guess."""
    ours = (None, MonthOf.THIS)
    for day in days:
        other_month = day.month_of is None and any(other.month_of not in ours for other in days)
        if bool(day.month) is not bool(days[-1].month) or (not day.month and other_month):
            advice = text("write each date with its month")
            raise reader.fail(text("of which month is the day {day}?", day=day.day), advice, day.place)
    years = [day.year for day in days]
    full = [year for year in years if isinstance(year, int)]
    if not full and (None not in years or all(year in (None, YearOf.THIS) for year in years)):
        return days
    unnamed = years.count(None)
    order = [(day.month, day.day) for day in days if day.year in (None, years[-1])]
    # "20/12 và 15/01/2026" cannot mean 20/12/2026; that 20/12/2025 is meant would be a guess.
    filled = not unnamed or (years[:unnamed] == [None] * unnamed and order == sorted(order))
    if len(full) + unnamed < len(days) or years[-1] is None or not filled:
        raise reader.fail(
            text("the year of one of these dates is not clear"), text("write the year after each date"), days[0].place
        )
    return [replace(day, year=years[-1]) if day.year is None else day for day in days]


def anchor(reader: Reader, day: Day) -> InMonth | OnDate | Yearly:
    """One day as part of a rule; WordingError where there is no such day."""
    if not day.month:
        if day.weekday is not None:
            raise reader.fail(text("a weekday beside a day of every month"), text("leave the weekday out"), day.place)
        if day.day != LAST and not 1 <= day.day <= 31:
            raise reader.fail(
                text("no month has a day {day}", day=day.day), text("write a day from 1 to 31"), day.place
            )
        return InMonth(day.day, day.month_of or MonthOf.THIS)
    if not 1 <= day.month <= 12:
        raise reader.fail(text("there is no month {month}", month=day.month), FULL_DATE, day.place)
    if day.day != LAST and not 1 <= day.day <= _MONTH_LENGTHS[day.month - 1]:
        month = f"{day.month}/{day.year}" if isinstance(day.year, int) else str(day.month)
        raise reader.fail(
            text("month {month} has no day {day}", month=month, day=day.day),
            text("look again at the plan and write a day that exists"),
            day.place,
        )
    if not isinstance(day.year, int):
        return Yearly(day.month, day.day, day.year or YearOf.THIS, day.weekday)
    try:
        return OnDate(check_weekday(day_in_month(day.year, day.month, day.day), day.weekday))
    except RuleError as error:
        raise reader.fail(error.problem, error.advice, day.place) from None
