"""The page of one deadline, as administrators see it: they may do for every unit what its collector may."""

from typing import Any

from starlette.responses import Response

from scheduler.web import report_page
from scheduler.web.actions import Actor
from scheduler.web.office.visit import Visit
from scheduler.web.report_page import Reader


def _reader(visit: Visit) -> Reader:
    actor = Actor(visit.admin.name, visit.admin.csrf, is_unit=False)

    def laid_out(template: str, **values: Any) -> Response:
        return visit.page(template, "deadlines", layout="office_base.html", **values)

    return Reader(visit.site, actor, None, visit.office, laid_out)


def shown(visit: Visit) -> Response:
    """Who has reported and who is missing."""
    return report_page.report_page(_reader(visit), visit.params["key"], visit.query)


def acted(visit: Visit) -> Response:
    """A form of that page, done."""
    return report_page.act(_reader(visit), visit.params["key"], visit.form, visit.query)


def letter(visit: Visit) -> Response:
    """The text of a letter to those who are missing."""
    return report_page.letter_page(_reader(visit), visit.params["key"])


def table(visit: Visit) -> Response:
    """All units as a table to take along."""
    return report_page.report_table(_reader(visit), visit.params["key"], visit.params["kind"])
