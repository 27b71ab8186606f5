"""The office's first page: what needs somebody today."""

from starlette.responses import Response

from scheduler.web.office_view import office_view
from scheduler.web.sending import sending
from scheduler.web.visit import Visit


def overview(visit: Visit) -> Response:
    """What comes, what is overdue, how everything stands."""
    site = visit.site
    language = site.settings.language
    return visit.page(
        "office.html",
        "overview",
        view=office_view(site),
        sending=sending(site),
        problems=[problem.render(language) for problem in site.problems],
        warnings=[problem.render(language) for problem in site.configuration.warnings],
        reason=site.trouble(),
        waiting=site.mail(),
    )
