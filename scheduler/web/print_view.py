"""A feed as months to print and pin on the wall: a grid of weeks, each deadline on the day to send it by."""

from calendar import Calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import partial

from dateutil.relativedelta import relativedelta

from scheduler.deadlines.expand import whole_plan
from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.plans import Deadline
from scheduler.deadlines.words import bound, brief_title, weekday
from scheduler.feeds.events import Role, marked
from scheduler.feeds.links import ALL
from scheduler.translation import text
from scheduler.web.site import Site
from scheduler.web.standing import Records, records

MONTHS = 12
_YEARS = 100
_FULL = 6  # reports one below the other that a page has room for
_MONDAY_FIRST = Calendar(0)


@dataclass(frozen=True)
class Entry:
    """A deadline in a day's cell. `role` is how the feed's unit stands to it; none where the feed is no unit's.

    `title` says, as the feed does, whether that unit has submitted the report, or should have.
    """

    title: str
    bound: str
    at: time | None
    role: Role | None
    who: str
    provisional: bool
    submitted: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class Day:
    """A cell. Days of the months beside are blank."""

    date: date
    inside: bool
    working: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Month:
    """A month's weeks, from Monday to Sunday."""

    first: date
    weeks: tuple[tuple[Day, ...], ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is due in it."""
        return not any(day.entries for week in self.weeks for day in week)

    @property
    def crowded(self) -> bool:
        """Whether its weeks, each as high as its fullest day, would not go on a page in columns of one width."""
        return sum(max(len(day.entries) for day in week) for week in self.weeks) > _FULL


def first_month(site: Site, name: str, written: str) -> date:
    """The first day of a month such as 2026-01; where it is none, or ages away, of this month.

    Of a feed that has nothing any more it is January of the last year in which it had something.
    """
    month = site.today().replace(day=1)
    try:
        found = date.fromisoformat(f"{written}-01")
    except ValueError:
        last = max((d.send_by for d, _ in _of(site, name) if d.send_by), default=month)
        return last.replace(month=1, day=1) if last < month else month
    return found if abs(found.year - month.year) <= _YEARS else month


def months(site: Site, name: str, first: date) -> list[Month]:
    """The months of a feed (`all`, `plans/<plan>`, `units/<unit>`) from the one that begins on `first` on."""
    last = first + relativedelta(months=MONTHS)
    shown = [(d, role) for d, role in _of(site, name) if d.send_by is not None and first <= d.send_by < last]
    mine = [d for d, role in shown if role is Role.REPORTS]
    known = records(site.engine, mine, site.settings.timezone, name.removeprefix("units/"))
    by_day: dict[date, list[Entry]] = {}
    for deadline, role in shown:
        if deadline.send_by is not None:
            by_day.setdefault(deadline.send_by, []).append(_entry(site, deadline, role, known, name))
    cell = partial(_day, site, by_day)
    found = []
    for n in range(MONTHS):
        month = first + relativedelta(months=n)
        weeks = _MONDAY_FIRST.monthdatescalendar(month.year, month.month)
        found.append(Month(month, tuple(tuple(cell(day, month) for day in week) for week in weeks)))
    return found


def heading(site: Site, name: str) -> str:
    """Whose deadlines a feed has: a unit's name, a plan's title, or the office's name."""
    kind, _, id_ = name.partition("/")
    if kind == "units" and id_ in site.register.units:
        return site.register.units[id_].name
    if kind == "plans" and id_ in site.register.plans:
        return site.register.plans[id_].title
    return site.settings.name


def weekdays(language: str) -> list[str]:
    """The days of the week from Monday on, as headings."""
    monday = date(2025, 1, 6)
    names = [weekday(monday + relativedelta(days=n), language) for n in range(7)]
    return [name[0].upper() + name[1:] for name in names]


def _day(site: Site, by_day: dict[date, list[Entry]], day: date, month: date) -> Day:
    inside = (day.year, day.month) == (month.year, month.month)
    working = site.register.workdays.is_working(day)
    return Day(day, inside, working, tuple(by_day.get(day, ())) if inside else ())


def _of(site: Site, name: str) -> Iterator[tuple[Deadline, Role | None]]:
    kind, _, id_ = name.partition("/")
    if name == ALL:
        yield from ((deadline, None) for deadline in site.index.deadlines)
        return
    if kind == "plans":  # whose feed holds the whole plan, also what is too long ago for pages
        plan, horizon = site.register.plans.get(id_), site.today() + site.settings.horizon
        yield from ((deadline, None) for deadline in (whole_plan(site.register, plan, horizon) if plan else ()))
        return
    reports = {deadline.key: deadline for deadline in site.index.reporting.get(id_, ())}
    for deadline in site.index.deadlines:
        if deadline.key in reports:
            yield deadline, Role.REPORTS
        elif id_ in (deadline.via, deadline.to):
            yield deadline, Role.COLLECTS if deadline.via == id_ else Role.RECEIVES


def _entry(site: Site, deadline: Deadline, role: Role | None, known: Records, name: str) -> Entry:
    language = site.settings.language
    facts = facts_of(deadline, site.register)
    who, submitted, overdue = _who(facts, language), False, False
    title = brief_title(facts, language)
    if role is Role.REPORTS:
        late = facts.last_day is not None and facts.last_day < site.today() and known.tracked(deadline)
        submitted = known.word(deadline, name.removeprefix("units/")) is not None
        who, overdue = "", late and not submitted
        title = marked(title, language, submitted=submitted, overdue=overdue)
    return Entry(title, bound(facts, language), deadline.at, role, who, deadline.provisional, submitted, overdue)


def _who(facts: Facts, language: str) -> str:
    if facts.reporter_count == 1:
        return facts.reporter_names[0]
    return text("{count} units", count=facts.reporter_count).render(language)
