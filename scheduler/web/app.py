"""One ASGI application of it all: a door, behind it the feeds, and the pages behind their guard."""

import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scheduler.state.database import StateError
from scheduler.translation import text
from scheduler.web.api import PREFIX as API
from scheduler.web.api import Api, problem
from scheduler.web.door import Door
from scheduler.web.feeds import Feeds
from scheduler.web.guard import Guard, broken
from scheduler.web.limits import Limits
from scheduler.web.login_pages import LoginPages
from scheduler.web.machines import Machines
from scheduler.web.office.pages import OfficePages
from scheduler.web.pages import Pages
from scheduler.web.render import error_page, not_found
from scheduler.web.site import Site
from scheduler.web.unit.pages import UnitPages

_log = logging.getLogger(__name__)


def make_app(site: Site, limits: Limits | None = None, feeds: Feeds | None = None) -> ASGIApp:
    """The ASGI application of a site; `feeds` are those that a server answers with itself."""

    async def wrong(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        if request.scope["path"].startswith(API):
            return problem(site.steady(), status, text("This cannot be done here"), headers)
        if status == 404:
            return not_found(site.steady())
        advice = text("Open the page again from its link.")
        return error_page(site.steady(), status, text("This cannot be done here"), advice, headers)

    async def unreachable(request: Request, error: Exception) -> Response:
        reason = getattr(error, "orig", None) or type(error).__name__
        _log.error("the database cannot be reached: %s", reason, extra={"action": "database-away"})
        heading, after = text("The records cannot be reached at the moment"), {"Retry-After": "60"}
        if request.scope["path"].startswith(API):
            return problem(site.steady(), 503, heading, after)
        advice = text("Nothing was lost and nothing was recorded. Try again in a minute.")
        return error_page(site.steady(), 503, heading, advice, after)

    async def failed(_request: Request, _error: Exception) -> Response:
        return broken(site.steady())  # and the guard logs it

    feeds = feeds or Feeds(site)
    limits = limits or Limits()
    pages = Starlette(
        routes=[
            *Machines(site).routes(),
            *Api(site, limits).routes(),
            *LoginPages(site).routes(),
            *OfficePages(site).routes(),
            *UnitPages(site).routes(),
            *Pages(site).routes(),
        ],
        exception_handlers={
            HTTPException: wrong,
            SQLAlchemyError: unreachable,
            StateError: unreachable,
            Exception: failed,
        },
    )
    pages.router.redirect_slashes = False
    door = Door(site, feeds, Guard(site, pages), limits)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (door if scope["type"] == "http" else pages)(scope, receive, send)

    return app
