"""The office's pages, for administrators: which stands where, and who gets in. What each says is in its own module."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.web.actions import MAX_FORM, RefusedError, check_origin, read_form
from scheduler.web.entrance import entered
from scheduler.web.office import (
    calendars_page,
    configuration_page,
    deadline_list,
    kept_mail,
    mails,
    matrix_page,
    overview,
    report,
    sending,
    trail,
    units_page,
)
from scheduler.web.office.plan_trial import MOST
from scheduler.web.office.visit import Visit
from scheduler.web.render import error_page, prefix
from scheduler.web.site import Site

Page = Callable[[Visit], Response]


class OfficePages:
    """The endpoints. Each works on a steady copy of the site, and asks first who is there."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        return [
            Route("/office", self._shown(overview.overview)),
            Route("/office/matrix", self._shown(matrix_page.matrix)),
            Route("/office/units", self._shown(units_page.units)),
            Route("/office/calendars", self._shown(calendars_page.calendars)),
            Route("/office/configuration", self._shown(configuration_page.shown)),
            Route("/office/configuration", self._sent(configuration_page.tried, MOST), methods=["POST"]),
            Route("/office/trail", self._shown(trail.trail)),
            Route("/office/reports/{key}", self._shown(report.shown)),
            Route("/office/reports/{key}", self._sent(report.acted), methods=["POST"]),
            Route("/office/reports/{key}/letter", self._shown(report.letter)),
            Route("/office/reports/{key}/table.{kind:str}", self._shown(report.table)),
            Route("/office/deadlines", self._shown(deadline_list.deadlines)),
            Route("/office/sending", self._sent(sending.switched, back="/office/mails"), methods=["POST"]),
            Route("/office/mails", self._shown(mails.mails)),
            Route("/office/mails/kept", self._shown(kept_mail.listing)),
            Route("/office/mails/kept/{key}", self._shown(kept_mail.mail)),
            Route("/office/mails/kept/{key}/html", self._shown(kept_mail.html)),
        ]

    def _shown(self, make: Page) -> Callable[[Request], Response]:
        """A page, made in a thread."""

        def endpoint(request: Request) -> Response:
            site = self._site.steady()
            admin = entered(site, request)
            if isinstance(admin, Response):
                return admin
            return make(Visit(site, admin, request.path_params, request.query_params))

        return endpoint

    def _sent(
        self, make: Page, most: int = MAX_FORM, back: str = ""
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What a form of at most so many bytes does, or shows; one that is not taken leads `back` to its page."""

        async def endpoint(request: Request) -> Response:
            site = self._site.steady()
            try:
                check_origin(site, request.headers)
                admin = await run_in_threadpool(entered, site, request)
                if isinstance(admin, Response):
                    return admin
                form = await read_form(request, most)
                admin.check(form)
                visit = Visit(site, admin, request.path_params, request.query_params, form)
                return await run_in_threadpool(make, visit)
            except RefusedError as error:
                there = f"{prefix(site)}{back or request.url.path}"
                return error_page(site, error.status, error.heading, error.advice, back=there)

        return endpoint
