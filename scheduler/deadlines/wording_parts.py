"""The small parts of a date: a number and the word that repeats it, a year, a weekday, an hour."""

from datetime import time

from scheduler.deadlines.rules import YearOf
from scheduler.deadlines.wording_tokens import Reader
from scheduler.translation import text

WEEKDAYS = {
    **{f"thứ {word}": n for n, word in enumerate(("hai", "ba", "tư", "năm", "sáu", "bảy"))},
    **{f"thứ {n + 2}": n for n in range(6)},
    "chủ nhật": 6,
}

_ONES = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
NUMBER_WORDS = {word: n for n, word in enumerate(_ONES, 1)} | {"mười": 10, "mười lăm": 15}
NUMBER_WORDS |= {f"mười {word}": 10 + n for n, word in enumerate(_ONES, 1)}
for _ten, _word in enumerate(_ONES[1:], 2):
    _odd = {"mốt": 1, "tư": 4, "lăm": 5} | NUMBER_WORDS
    NUMBER_WORDS |= {f"{_word} mươi {word}": 10 * _ten + _odd[word] for word in ("mốt", "tư", "lăm", *_ONES)}
    NUMBER_WORDS[f"{_word} mươi"] = 10 * _ten

NEXT = ("sau", "sau liền kề", "tiếp theo", "tiếp theo liền kề", "kế tiếp", "liền kề", "liền kề sau", "liền sau")
_PREVIOUS = ("trước", "trước liền kề", "liền trước", "liền kề trước")
_THIS_YEAR = ("hằng năm", "mỗi năm", "năm báo cáo", "cùng năm")
_YEARS = (
    dict.fromkeys(_THIS_YEAR, YearOf.THIS)
    | {f"năm {word}{tail}": YearOf.NEXT for word in NEXT for tail in ("", " năm báo cáo")}
    | {f"năm {word}{tail}": YearOf.PREVIOUS for word in _PREVIOUS for tail in ("", " năm báo cáo")}
)
SEPARATORS = ("/", "-", ".")

FULL_DATE = text("write the date as in “15/5/2023” or “2023-05-15”")
LOOK_AGAIN = text("look again at the plan: one of the two is wrong")


def read_number(reader: Reader) -> int:
    """A number of at most four figures, and the word that repeats it: "05 (năm)"."""
    token = reader.peek()
    if token is None or not reader.sees_number():
        raise reader.stuck()
    if len(token.text) > 4:
        raise reader.fail(text("the number {number} is too long", number=token.text), FULL_DATE)
    value = int(token.text)
    reader.pos += 1
    before = reader.pos
    if reader.accept("("):
        word = reader.accept(*NUMBER_WORDS)
        if word and reader.accept(")"):
            if NUMBER_WORDS[word] != value:
                raise reader.fail(
                    text("“{word}” in parentheses is not {number}", word=word, number=value),
                    LOOK_AGAIN,
                    before,
                )
            return value
        reader.pos = before
    return value


def read_year(reader: Reader) -> int:
    """A year in four figures."""
    place, token = reader.pos, reader.peek()
    value = read_number(reader)
    if token is None or len(token.text) != 4 or not 1900 <= value <= 2199:
        raise reader.fail(
            text("the year “{year}” is not clear", year=token.text if token else ""),
            text("write the year in four figures, such as 2025"),
            place,
        )
    return value


def read_year_after(reader: Reader) -> int | YearOf | None:
    """What says the year behind a day and month: "năm 2023", "hằng năm", "của năm sau"; None where nothing does."""
    start = reader.pos
    reader.accept("của")
    relative = reader.one_of(_YEARS)
    if relative:
        return relative
    if reader.accept("năm") and reader.sees_number():
        return read_year(reader)
    reader.pos = start
    return None


def read_separated_year(reader: Reader) -> int | None:
    """The year behind a month and a mark: "tháng 6/2024", "tháng 5.2021"."""
    if reader.sees(*SEPARATORS) and reader.sees_number(ahead=1):
        reader.pos += 1
        return read_year(reader)
    return None


def read_weekday(reader: Reader) -> int | None:
    """A weekday's name; Monday is 0."""
    return reader.one_of(WEEKDAYS)


def read_weekday_gloss(reader: Reader) -> int | None:
    """A weekday in parentheses behind a date: "(thứ Hai)"."""
    start = reader.pos
    if reader.accept("("):
        weekday = read_weekday(reader)
        if weekday is not None and reader.accept(")"):
            return weekday
    reader.pos = start
    return None


def read_time(reader: Reader) -> time | None:
    """An hour before a day: "16 giờ 30 phút", "16h00'", "16:00"; None where the number here is no hour."""
    if not (reader.sees_number() and reader.sees("giờ", "h", "g", ":", ahead=1)):
        return None
    place = reader.pos
    hour, minute = read_number(reader), 0
    colon = reader.accept("giờ", "h", "g", ":") == ":"
    # In "17 giờ 12/6/2026" the figures behind the hour are the day.
    day_follows = reader.sees(*SEPARATORS, "tháng", ahead=1)
    if colon or (reader.sees_number() and not day_follows):
        minute = read_number(reader)
        reader.accept("phút", "'", "p")
    reader.accept(",")
    return checked_time(reader, hour, minute, place)


def checked_time(reader: Reader, hour: int, minute: int, place: int) -> time:
    """The time of an hour and a minute; WordingError where the day has none such."""
    if hour > 23 or minute > 59:
        raise reader.fail(
            text("there is no hour {hour}:{minute}", hour=hour, minute=f"{minute:02}"),
            text("write an hour from 0 giờ 00 to 23 giờ 59; for the whole day, “chậm nhất ngày …” without an hour"),
            place,
        )
    return time(hour, minute)
