"""The office's first page: what needs somebody today."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from scheduler.deadlines.plans import Deadline
from scheduler.reminders import addresses, brake, failures
from scheduler.web.office.deadline_list import years
from scheduler.web.office.heat_map import STEPS, Load, heat_map
from scheduler.web.office.tally import Line, lines, tally
from scheduler.web.office.visit import Visit
from scheduler.web.paging import nearest
from scheduler.web.site import Site

_MOST = 20
_SOON = timedelta(days=14)
_LATE = timedelta(days=14)
_NAMED = 3


@dataclass(frozen=True)
class Some:
    """The first of a list, and how long it is."""

    lines: Sequence[Line]
    total: int


def overview(visit: Visit) -> Response:
    """What is wrong, what is overdue, what comes in the next days, and the year as a picture."""
    site, today = visit.site, visit.site.today()
    language = site.settings.language
    overdue = sorted(filter(tally(site).overdue, site.index.deadlines), key=_newest)
    coming = [d for d in site.index.deadlines if _soon(d, today)]
    span = years(site)
    year = nearest(visit.query.get("year", ""), span.start, span.stop - 1, today.year)
    return visit.page(
        "office.html",
        "overview",
        overdue=Some(lines(site, overdue[:_MOST]), len(overdue)),
        coming=Some(lines(site, coming[:_MOST]), len(coming)),
        year=year,
        years=span,
        months=heat_map(year, loads(site.index.deadlines, overdue, year), site.register.workdays, today),
        steps=STEPS,
        problems=[problem.render(language) for problem in site.problems],
        warnings=site.configuration.warnings,
        reason=site.trouble(),
        waiting=site.mail(),
        **_mails(site),
    )


def _newest(deadline: Deadline) -> tuple[int, int]:
    """What has passed lately first, for it is the one to call about; of one day, what most units report."""
    return -(deadline.last_day or date.min).toordinal(), -len(deadline.units)


def _soon(deadline: Deadline, today: date) -> bool:
    send_by, last_day = deadline.send_by, deadline.last_day
    return send_by is not None and last_day is not None and today <= last_day and send_by <= today + _SOON


def loads(deadlines: Iterable[Deadline], overdue: Iterable[Deadline], year: int) -> Mapping[date, Load]:
    """What each day of a year has to carry."""
    late = Counter(d.send_by for d in overdue)
    days = Counter(d.send_by for d in deadlines if d.send_by and d.send_by.year == year)
    return {day: Load(count, late[day]) for day, count in days.items()}


def _mails(site: Site) -> dict[str, Any]:
    """What is the matter with mails: held, failed, and addresses in use that are refused, with whose they are."""
    with Session(site.engine) as session:
        held = brake.held(session)
        failed = failures.count_troubled(session, site.clock() - _LATE)
        refused = addresses.refused(session, site.clock())
    units = [unit for unit in site.register.units.values() if refused and not refused.keys().isdisjoint(unit.email)]
    return {"held": held, "failed": failed, "refused": units[:_NAMED], "refused_more": max(len(units) - _NAMED, 0)}
