"""Single values: an id, an address, a date, an hour, a stretch of years. Each is read, or refused with advice."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from dateutil.relativedelta import relativedelta

from scheduler.config.problems import WrongError, short
from scheduler.deadlines.plans import Offset, Years
from scheduler.translation import Text, text

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_DAYS = 366
WRITTEN = "written"
"""Among the values of a problem's text: what stands where the id of a unit is needed."""

_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_UNSEEN = ("Cf", "Mn", "Zs")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
BREAK = re.compile(r"\\[nr]", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    rf"@{_LABEL.pattern}(?:\.{_LABEL.pattern})+"
)
_ISO = re.compile(r"([0-9]{4})-([0-9][0-9])-([0-9][0-9])")
_DAY_MONTH_YEAR = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9][0-9])")
_YEARS = re.compile(r"([0-9]{4})(?:\s*([-–])\s*([0-9]{4})?)?")
_LENGTH = re.compile(r"([0-9]{1,4})\s*([a-zàáă]+)")
_LENGTHS = {"days": ("day", "days", "ngày"), "months": ("month", "months", "tháng"), "years": ("year", "years", "năm")}
_OFFSET = re.compile(r"([0-9]{1,4})\s*(wd)?")


def number_as_text(value: Any) -> Any:
    """A whole number where text is meant, as in `number: 12`; anything else as it is."""
    return str(value) if type(value) is int else value


def line(value: str) -> str:
    """Text of one line, without spaces around it, or more than one in a row."""
    value = _SPACES.sub(" ", value).strip()
    if value.isprintable() and value:
        return _unbroken(value)
    if not any(unicodedata.category(c) not in _UNSEEN for c in value):
        raise WrongError(text("the text is empty"), text("write something between the quotes, or leave the key out"))
    found = _CONTROL.search(value)
    if found and found.group() in "\n\r":
        raise WrongError(text("the text goes over several lines"), text("write it on one line"))
    if found:
        code = f"U+{ord(found.group()):04X}"
        raise WrongError(text("the text holds an invisible character ({code})", code=code), text("take it out"))
    return _unbroken(value)


def prose(value: str) -> str:
    """Text of one or more lines, without spaces around it, or more than one in a row.

    A line of a feed is folded after 75 octets; where one of spaces alone came out of it, Google would take none of it.
    """
    value = _SPACES.sub(" ", value).strip()
    found = _CONTROL_BUT_LINES.search(value)
    if found or not value:
        line(found.group() if found else value)
    return _unbroken(value)


def _unbroken(value: str) -> str:
    """A text without a backslash before n or r: there khal, ics and others begin a new line, escaped or not."""
    found = BREAK.search(value)
    if found:
        problem = text("some calendar programs read {written} in the text as a new line", written=found.group())
        raise WrongError(problem, text("write / for \\, as in //maychu/noivu"))
    return value


def slug(words: str) -> str:
    """An id made from words: "Phòng Nội vụ" becomes `phong-noi-vu`."""
    plain = unicodedata.normalize("NFD", words.lower().replace("đ", "d").replace("ð", "d"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in plain.split("."))
    return ".".join(part for part in parts if part)


def identifier(value: str) -> str:
    """The id of a unit, group, plan or obligation."""
    if _ID.fullmatch(value):
        return value
    problem = text("“{id}” cannot be an id", id=_shown(value))
    if _ID.fullmatch(value[1:]) and value[0] == "-":
        advice = text("write `{line}`", line=f"- {value[1:]}")
        raise WrongError(text("a space is missing after “-”"), advice)
    if not slug(value):
        raise WrongError(problem, text("write small letters a–z without accents and digits, such as `so-noi-vu`"))
    raise WrongError(
        problem,
        text("write `{slug}`: small letters a–z without accents, digits, and - or . in between", slug=slug(value)),
    )


def reference(value: str) -> str:
    """The id of a unit or group where one is named. What cannot be an id is kept: it may be a unit's name."""
    try:
        return identifier(value)
    except WrongError as error:
        problem = Text(error.problem.original, {**error.problem.values, WRITTEN: value})
        raise WrongError(problem, error.advice) from error


def email(value: str) -> str:
    """An e-mail address, in the letters that every mail server takes."""
    if len(value) < 255 and _MAILBOX.fullmatch(value):
        return value
    problem = text("“{address}” is not an e-mail address", address=_shown(value))
    if re.search(r"[\s,;]", value) or _CONTROL.search(value):
        advice = text(
            "write one address without spaces or line breaks; several make a list: [a@example.vn, b@example.vn]"
        )
    elif value.count("@") != 1:
        advice = text("write exactly one @, as in noivu@example.vn")
    elif not value.isascii():
        advice = text("write it without accents, as in noivu@example.vn")
    elif "." not in value.rpartition("@")[2]:
        advice = text("write the whole domain after the @, with its dot, as in noivu@example.vn")
    else:
        advice = text("write it as in noivu@example.vn")
    raise WrongError(problem, advice)


def day(value: Any) -> date:
    """A date, ISO or day/month/year."""
    iso = isinstance(value, str) and _ISO.fullmatch(value)
    spoken = isinstance(value, str) and _DAY_MONTH_YEAR.fullmatch(value)
    if iso:
        return real_day(*map(int, iso.groups()))
    if spoken:
        return real_day(*map(int, reversed(spoken.groups())))
    raise WrongError(text("“{value}” is not a date", value=_shown(value)), text("write it as 2026-10-15 or 15/10/2026"))


def real_day(year: int, month: int, day_: int) -> date:
    """A date that exists, in a year that plans know."""
    month_of_year(month)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        problem = text("the year {year} is out of range", year=year)
        raise WrongError(problem, text("write a year from {first} to {last}", first=FIRST_YEAR, last=LAST_YEAR))
    length = monthrange(year, month)[1]
    if not 1 <= day_ <= length:
        problem = text("month {month} has no day {day}", month=month, day=day_)
        raise WrongError(problem, text("write a day from 1 to {length}", length=length))
    return date(year, month, day_)


def month_of_year(month: int) -> int:
    """A month, 1 to 12."""
    if not 1 <= month <= 12:
        raise WrongError(
            text("there is no month {month}", month=month), text("write the day first, then the month, 1 to 12")
        )
    return month


def clock(value: Any) -> time:
    """An hour of the day, "08:00"."""
    found = isinstance(value, str) and _CLOCK.fullmatch(value)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise WrongError(
        text("“{value}” is not an hour of the day", value=_shown(value)),
        text('write hours and minutes, such as "08:00" or "16:30"'),
    )


def years(value: Any) -> Years:
    """2025, 2018-2020, or 2026- for a plan without an end."""
    found = _YEARS.fullmatch(str(value)) if isinstance(value, str | int) else None
    if not found:
        problem = text("“{value}” is not a stretch of years", value=_shown(value))
        raise WrongError(problem, text("write 2025, 2018-2020, or 2026- for a plan without an end"))
    first = int(found[1])
    last = int(found[3]) if found[3] else None if found[2] else first
    for year in (first, last or first):
        real_day(year, 1, 1)
    if last is not None and last < first:
        problem = text("the years {years} end before they begin", years=str(value))
        raise WrongError(problem, text("write the first year first: {last}-{first}", first=first, last=last))
    return Years(first, last)


def stretch(value: Any) -> relativedelta:
    """A stretch of time, "18 months"."""
    found = _LENGTH.fullmatch(unicodedata.normalize("NFC", value.lower())) if isinstance(value, str) else None
    kind = next((kind for kind, words in _LENGTHS.items() if found and found[2] in words), None)
    if not found or not kind:
        problem = text("“{value}” is not a stretch of time", value=_shown(value))
        raise WrongError(problem, text("write days, months or years, such as 90 days, 18 months or 2 years"))
    count = int(found[1])
    if not 0 < count <= {"days": 3660, "months": 120, "years": 10}[kind]:
        problem = text("“{value}” is too short or too long", value=value)
        raise WrongError(problem, text("write a stretch from 1 day to 10 years"))
    return relativedelta(days=count) if kind == "days" else relativedelta(months=count * (12 if kind == "years" else 1))


def offset(value: Any) -> Offset:
    """A distance of a rung: 5, or 5wd for working days."""
    found = _OFFSET.fullmatch(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if not found:
        problem = text("“{value}” is not a number of days", value=_shown(value))
        raise WrongError(problem, text("write whole days such as 7, or working days such as 5wd"))
    if int(found[1]) > MOST_DAYS:
        problem = text("{value} days are too many", value=found[1])
        raise WrongError(problem, text("write at most {most}", most=MOST_DAYS))
    return Offset(int(found[1]), working=bool(found[2]))


def web_address(value: str) -> str:
    """An address that a browser opens, http or https."""
    try:
        parts = urlsplit(line(value))
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError as error:
        if isinstance(error, WrongError):
            raise
        good = False
    if not good or " " in value:
        problem = text("“{value}” is not a web address", value=_shown(value))
        raise WrongError(problem, text("write it with http:// or https://, such as https://lich.example.vn"))
    return value


def header(value: str) -> str:
    """The name of an HTTP header; with `_`, many servers drop it."""
    if re.fullmatch("[A-Za-z0-9-]{1,60}", value):
        return value
    problem = text("“{value}” is not the name of a header", value=_shown(value))
    raise WrongError(problem, text("write letters, digits and hyphens, such as X-Remote-User"))


def domain(value: str) -> str:
    """A domain name."""
    if len(value) < 254 and all(map(_LABEL.fullmatch, value.split("."))):
        return value
    raise WrongError(
        text("“{value}” is not a domain name", value=_shown(value)), text("write it as in lich.example.vn")
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "[…]" if isinstance(value, list) else "{…}"
    return short(str(value))
