"""What the office's page says: what comes, what is overdue and who is missing, and every link there is."""

from dataclasses import dataclass
from datetime import timedelta

from scheduler.deadlines.facts import Facts, facts_of, shown_number
from scheduler.deadlines.plans import Plan, Unit
from scheduler.feeds.links import ALL
from scheduler.web.site import CaughtSummary, Site
from scheduler.web.standing import records, standing_duty
from scheduler.web.unit_view import Progress, progress_of

_COMING = 40
_OVERDUE = 60
_LOOK_BACK = timedelta(days=400)
_MAILS = 50


@dataclass(frozen=True)
class Linked:
    """Something with a feed, and (a unit) a page."""

    name: str
    note: str
    feed: str
    page: str = ""


@dataclass(frozen=True)
class OfficeView:
    """All that the office's page shows."""

    overdue: list[Progress]
    coming: list[Progress]
    undated: list[Facts]
    everything: str
    plans: list[Linked]
    units: list[Linked]
    mails: list[CaughtSummary]


def office_view(site: Site) -> OfficeView:
    """The office's page as of now."""
    register, today, language = site.register, site.today(), site.settings.language
    dated = [d for d in site.index.deadlines if d.last_day is not None]
    coming = [d for d in dated if d.last_day and d.last_day >= today][:_COMING]
    past = [d for d in dated if d.last_day and today - _LOOK_BACK <= d.last_day < today]
    known = records(site.engine, [*coming, *past], site.settings.timezone)
    overdue = (progress_of(d, register, known, today, language) for d in reversed(past) if known.tracked(d))
    return OfficeView(
        overdue=[p for p in overdue if p.missing][:_OVERDUE],
        coming=[progress_of(d, register, known, today, language) for d in coming],
        undated=[facts_of(d, register) for d in site.index.deadlines if standing_duty(d, today)],
        everything=site.links.feed(ALL),
        plans=[_plan(site, plan) for plan in register.plans.values()],
        units=[_unit(site, unit) for unit in register.units.values()],
        mails=list(site.caught.list(_MAILS)) if site.caught else [],
    )


def _plan(site: Site, plan: Plan) -> Linked:
    return Linked(plan.title, shown_number(plan.number), site.links.feed(f"plans/{plan.id}"))


def _unit(site: Site, unit: Unit) -> Linked:
    name = f"units/{unit.id}"
    return Linked(unit.name, unit.id, site.links.feed(name), site.links.page(name))
