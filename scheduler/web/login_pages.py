"""The pages by which administrators come in and go: ask for a link, use it, log out. Opening a link changes nothing."""

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from scheduler.translation import text
from scheduler.web import entrance
from scheduler.web.actions import RefusedError, check_origin, forged, read_form
from scheduler.web.render import error_page, page, prefix
from scheduler.web.site import Site

_LOGIN = "login"  # what the proof in the forms is for; nobody is known yet


class LoginPages:
    """The endpoints."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        return [
            Route("/login", self.ask),
            Route("/login", self.mail, methods=["POST"]),
            Route("/login/{token}", self.confirm),
            Route("/login/{token}", self.enter, methods=["POST"]),
            Route("/logout", self.leave, methods=["POST"]),
        ]

    def ask(self, request: Request) -> Response:
        """Where one types an address to have a link mailed."""
        site = self._site.steady()
        if entrance.administrator(site, request):
            return RedirectResponse(f"{prefix(site)}/office", 303)
        return page(site, "login.html", csrf=site.links.sign(_LOGIN), step="ask")

    async def mail(self, request: Request) -> Response:
        """Mail it; the answer is the same for every address."""
        site = self._site.steady()
        try:
            form = await self._form(site, request)
            await run_in_threadpool(entrance.ask_for_link, site, form.get("address", ""))
        except RefusedError as error:
            return error_page(site, error.status, error.heading, error.advice)
        return page(site, "login.html", csrf="", step="mailed")

    def confirm(self, _request: Request) -> Response:
        """What a link opens, whether it is good or not: a button. Mail scanners press none."""
        site = self._site.steady()
        return page(site, "login.html", csrf=site.links.sign(_LOGIN), step="confirm")

    async def enter(self, request: Request) -> Response:
        """The button: the link is used up, and the office's page opens."""
        site = self._site.steady()
        try:
            await self._form(site, request)
            cookie = await run_in_threadpool(entrance.log_in, site, request.path_params["token"])
        except RefusedError as error:
            return error_page(site, error.status, error.heading, error.advice)
        if not cookie:
            advice = text("A link is good once, and for half an hour. Ask for another one.")
            return error_page(site, 410, text("This link has been used or is too old"), advice)
        response = RedirectResponse(f"{prefix(site)}/office", 303)
        entrance.give_cookie(site, response, cookie)
        return response

    async def leave(self, request: Request) -> Response:
        """Log out."""
        site = self._site.steady()
        try:
            check_origin(site, request.headers)
            form = await read_form(request)
            known = await run_in_threadpool(entrance.administrator, site, request)
            response = RedirectResponse(f"{prefix(site)}/", 303)
            if known is not None:  # else the cookie stays: another site's form comes without, and would take it away
                known.check(form)
                await run_in_threadpool(entrance.log_out, site, request)
                entrance.take_cookie(site, response)
        except RefusedError as error:
            return error_page(site, error.status, error.heading, error.advice)
        return response

    async def _form(self, site: Site, request: Request) -> dict[str, str]:
        check_origin(site, request.headers)
        form = await read_form(request)
        if not hmac.compare_digest(form.get("csrf", "").encode(), site.links.sign(_LOGIN).encode()):
            raise forged()
        return form
