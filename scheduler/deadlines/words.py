"""Days and deadlines in the words of feeds, mails and pages."""

from calendar import day_name, month_name
from datetime import date

from scheduler.deadlines.dates import WEEKDAYS
from scheduler.deadlines.facts import Facts
from scheduler.translation import catalogue

_WEEKDAYS = {"vi": WEEKDAYS, "en": tuple(day_name)}


def day_month(day: date, language: str = "vi") -> str:
    """A day and month: 05/01, 20/6, as the state's documents write them (Decree 30/2020/NĐ-CP, Annex I); 5 January."""
    if language == "en":
        return f"{day.day} {month_name[day.month]}"
    return f"{day.day:02}/{day.month:02}" if day.month < 3 else f"{day.day:02}/{day.month}"


def short_day(day: date, language: str = "vi") -> str:
    """A date: 05/01/2026, 20/6/2025 (a nought before days to 9 and months to 2); 5 January 2026."""
    return f"{day_month(day, language)} {day.year}" if language == "en" else f"{day_month(day)}/{day.year}"


def weekday(day: date, language: str) -> str:
    """A day of the week: thứ Hai, Monday."""
    return _WEEKDAYS[language][day.weekday()]


def long_day(day: date, language: str) -> str:
    """A date with its weekday: "thứ Hai, 15/5/2023"; "Monday, 15 May 2023"."""
    return f"{weekday(day, language)}, {short_day(day, language)}"


def bound(facts: Facts, language: str) -> str:
    """The deadline in two words and a date: "trước 15/5", "chậm nhất 25/11", "trước 16:00 12/6"."""
    if facts.stated is None:
        return facts.spoken
    _ = catalogue(language).gettext
    day = day_month(facts.stated, language)
    hour = f"{facts.hour:%H:%M} " if facts.hour else ""
    return (_("before {day}") if facts.op == "before" else _("by {day}")).format(day=hour + day)


def bound_in_full(facts: Facts, language: str) -> str:
    """The deadline as a letter says it: "trước ngày 15/5/2023", "trước 16 giờ 00 ngày 12/6/2026"."""
    if facts.stated is None:
        return facts.spoken
    _ = catalogue(language).gettext
    day, before = short_day(facts.stated, language), facts.op == "before"
    if facts.hour is None:
        return (_("earlier than {day}") if before else _("no later than {day}")).format(day=day)
    hour = _("{hour}:{minute}").format(hour=f"{facts.hour:%H}", minute=f"{facts.hour:%M}")
    moment = _("{hour} on {date}").format(hour=hour, date=day)
    return (_("before {day}") if before else _("by {day}")).format(day=moment)


def bound_hour(facts: Facts, language: str) -> str:
    """The hour in the words with its bound: "trước 15:00"; empty where they name none."""
    if facts.hour is None:
        return ""
    _ = catalogue(language).gettext
    return (_("before {day}") if facts.op == "before" else _("by {day}")).format(day=f"{facts.hour:%H:%M}")


def full_title(facts: Facts, language: str) -> str:
    """The report's title with its period, unless the title names the period itself."""
    return _with_period(facts.title, facts, language)


def brief_title(facts: Facts, language: str) -> str:
    """The same with the short name, where the report has one: for a month of a calendar."""
    return _with_period(facts.short or facts.title, facts, language)


def _with_period(title: str, facts: Facts, language: str) -> str:
    period = facts.period_name.render(language)
    return f"{title} – {period}" if period and period.lower() not in title.lower() else title
