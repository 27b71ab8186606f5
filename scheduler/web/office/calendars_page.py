"""The office's page of calendars: the links of everything and of each plan, to subscribe to and to print."""

from dataclasses import dataclass

from starlette.responses import Response

from scheduler.deadlines.facts import shown_number
from scheduler.deadlines.plans import Plan
from scheduler.feeds.links import ALL
from scheduler.web.office.visit import Visit
from scheduler.web.paging import found, paged
from scheduler.web.site import Site

NAMES = ("q", "page")


@dataclass(frozen=True)
class Calendar:
    """The calendar of a plan."""

    plan: Plan
    number: str
    feed: str


def calendars(visit: Visit) -> Response:
    """The page."""
    site, words = visit.site, visit.query.get("q", "")
    plans = site.register.plans.values()
    wanted = [p for p in plans if found(words, p.title, p.number, p.id, str(p.years))]
    shown = paged(wanted, visit.query.get("page", ""))
    return visit.page(
        "calendars.html",
        "calendars",
        everything=site.links.feed(ALL),
        calendars=[_calendar(site, plan) for plan in shown.items],
        shown=shown,
        query=visit.query,
        names=NAMES,
    )


def _calendar(site: Site, plan: Plan) -> Calendar:
    return Calendar(plan, shown_number(plan.number), site.links.feed(f"plans/{plan.id}"))
