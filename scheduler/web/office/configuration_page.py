"""The state of the configuration, for the office: taken when, what is wrong on disk, what the next reload changes.

And a plan can be tried here before anybody saves it. Nothing on this page writes anything.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from scheduler.config.files import FOLDERS, display, files_of
from scheduler.config.problems import ConfigError
from scheduler.feeds.publish import Difference
from scheduler.translation import text
from scheduler.web.office.plan_trial import SHOWN, Answer, Found, answer, shown_problems
from scheduler.web.office.visit import Visit
from scheduler.web.paging import Paged, paged
from scheduler.web.site import Site

_KINDS = {
    "added": text("added"),
    "moved": text("moved"),
    "changed": text("changed"),
    "withdrawn": text("withdrawn"),
    "reinstated": text("reinstated"),
}


@dataclass(frozen=True)
class Provisional:
    """A year whose days off are not ordered, how many deadlines depend on it, whether it has a table all the same."""

    year: int
    deadlines: int
    has_table: bool


@dataclass(frozen=True)
class NextReload:
    """What the next reload would change, so far as it is shown; or why it would not be taken; or that another reads."""

    differences: Sequence[Difference] = ()
    count: int = 0
    problems: Sequence[Found] = ()
    busy: bool = False


def shown(visit: Visit) -> Response:
    """The page; with `?diff=1` also what the next reload would change."""
    changes = _next_reload(visit.site) if visit.query.get("diff") else None
    return _page(visit, changes=changes)


def tried(visit: Visit) -> Response:
    """The page with what is said of a plan that was sent."""
    name, written = visit.form.get("name", ""), visit.form.get("plan", "")
    return _page(visit, name=name, written=written, answer=answer(visit.site, name, written))


def _page(
    visit: Visit,
    changes: NextReload | None = None,
    name: str = "",
    written: str = "",
    answer: Answer | None = None,
) -> Response:
    site = visit.site
    folder = site.configuration.folder
    in_folders = Counter(path.parent.name for path in files_of(folder) if path.parent != folder)
    return visit.page(
        "configuration.html",
        "configuration",
        taken=site.reloaded,
        folder=display(folder),
        files={name: in_folders[name] for name in FOLDERS},
        register=site.register,
        ordered=[year for year, table in sorted(site.register.workdays.tables.items()) if not table.provisional],
        problems=shown_problems(site.problems[:SHOWN], folder),
        more_problems=len(site.problems[SHOWN:]),
        warnings=_warnings(site, visit.query.get("page", "")),
        query=visit.query,
        provisional=provisional_years(site),
        changes=changes,
        kinds=_KINDS,
        plan_name=name,
        written=written,
        answer=answer,
    )


def _warnings(site: Site, asked: str) -> Paged[Found]:
    page = paged(site.configuration.warnings, asked)
    return Paged(shown_problems(page.items, site.configuration.folder), page.number, page.last, page.total)


def provisional_years(site: Site) -> list[Provisional]:
    """The years on which deadlines depend and whose days off are not ordered."""
    workdays = site.register.workdays
    counts: Counter[int] = Counter()
    for deadline in site.index.deadlines:
        if deadline.provisional:
            counts.update({day.year for day in (deadline.last_day, deadline.send_by) if day})
    return [
        Provisional(year, counts[year], year in workdays.tables)
        for year in sorted(counts)
        if workdays.is_provisional(year)
    ]


def _next_reload(site: Site) -> NextReload:
    if not site.reading.acquire(blocking=False):
        return NextReload(busy=True)
    try:
        found = site.next_reload()
        return NextReload(found[:SHOWN], len(found))
    except ConfigError as error:
        shown = shown_problems(error.problems[:SHOWN], site.configuration.folder)
        return NextReload(problems=shown, count=len(error.problems))
    finally:
        site.reading.release()
