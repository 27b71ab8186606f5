"""Days and deadlines in the words of feeds, mails and pages."""

from datetime import date

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.rules import WEEKDAYS
from scheduler.translation import catalogue

_ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def short_day(day: date) -> str:
    """A date as the state's documents write it: 05/01/2026, 20/6/2025 (a nought before days to 9 and months to 2)."""
    return f"{day_month(day)}/{day.year}"


def day_month(day: date) -> str:
    """A day and month as the state's documents write them: 05/01, 20/6 (Circular 01/2011/TT-BNV, Article 9)."""
    return f"{day.day:02}/{day.month:02}" if day.month < 3 else f"{day.day:02}/{day.month}"


def long_day(day: date, language: str) -> str:
    """A date with its weekday: "thứ Hai, 15/5/2023"."""
    names = WEEKDAYS if language == "vi" else _ENGLISH_WEEKDAYS
    return f"{names[day.weekday()]}, {short_day(day)}"


def bound(facts: Facts, language: str, *, year: bool = False) -> str:
    """The deadline in two words and a date: "trước 15/5", "chậm nhất 25/11", "trước 16:00 12/6"."""
    if facts.stated is None:
        return facts.spoken
    _ = catalogue(language).gettext
    day = short_day(facts.stated) if year else day_month(facts.stated)
    hour = f"{facts.at:%H:%M} " if facts.at else ""
    return (_("before {day}") if facts.op == "before" else _("by {day}")).format(day=hour + day)


def full_title(facts: Facts, language: str) -> str:
    """The report's title with its period, unless the title names the period itself."""
    period = facts.period_name.render(language)
    return f"{facts.title} – {period}" if period and period.lower() not in facts.title.lower() else facts.title
