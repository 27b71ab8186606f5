"""A unit's pages, at its secret link: what it reports, whose reports it waits for, and the page of each deadline."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from scheduler.deadlines.plans import Unit
from scheduler.web import report_page
from scheduler.web.actions import RefusedError, carry_out, check_origin, read_act, read_form, unit_actor
from scheduler.web.paging import paged
from scheduler.web.render import error_page, gone, not_found, page, prefix
from scheduler.web.report_page import Reader
from scheduler.web.site import Site
from scheduler.web.unit.all_deadlines import QUERY, SIZE, chosen_year, first_page, lines_of, reports_of, years_of
from scheduler.web.unit.mails import unit_mails
from scheduler.web.unit.subscribing import subscription
from scheduler.web.unit.view import LISTED, progress_on, unit_view


class UnitPages:
    """The endpoints. Each works on a steady copy of the site; all but the forms' run in threads."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        one = "/u/{token}/reports/{key}"
        return [
            Route("/u/{token}", self._shown(unit_page)),
            Route("/u/{token}", self.act, methods=["POST"]),
            Route("/u/{token}/reports", self._shown(list_page)),
            Route("/u/{token}/reports.{kind:str}", self._shown(year_table)),
            Route(one, self._shown(lambda r, q: report_page.report_page(r, q.path_params["key"], q.query_params))),
            Route(one, self.act_there, methods=["POST"]),
            Route(f"{one}/letter", self._shown(lambda r, q: report_page.letter_page(r, q.path_params["key"]))),
            Route(
                f"{one}/table.{{kind:str}}",
                self._shown(lambda r, q: report_page.report_table(r, q.path_params["key"], q.path_params["kind"])),
            ),
        ]

    def _shown(self, make: Callable[[Reader, Request], Response]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            reader = _reader(self._site.steady(), request)
            return reader if isinstance(reader, Response) else make(reader, request)

        return endpoint

    async def act(self, request: Request) -> Response:
        """A form of a unit's page: done, and back to the page."""
        return await self._act(request, "")

    async def act_there(self, request: Request) -> Response:
        """A form of a deadline's page: done, and back to that page."""
        return await self._act(request, request.path_params["key"])

    async def _act(self, request: Request, key: str) -> Response:
        site = self._site.steady()
        reader = _reader(site, request)
        if isinstance(reader, Response):
            return reader
        try:
            check_origin(site, request.headers)
            form = await read_form(request)
            if key:
                return await run_in_threadpool(report_page.act, reader, key, form, request.query_params)
            asked = read_act(site, reader.actor, form)
            await run_in_threadpool(carry_out, site, reader.actor, asked)
        except RefusedError as error:
            # "?" is where the form was sent to: no answer to what went wrong repeats a secret link.
            return error_page(site, error.status, error.heading, error.advice, back="?")
        return RedirectResponse(f"{reader.base}#{quote(asked.deadline.key)}", 303)


def _reader(site: Site, request: Request) -> Reader | Response:
    """The unit whose pages a link opens, or the page that says why none."""
    token = request.path_params["token"]
    target = site.links.resolve(token)
    if target is None or target.kind != "page" or not target.name.startswith("units/"):
        return not_found(site)
    if not target.live:
        return gone(site)
    unit = site.register.units.get(target.name.removeprefix("units/"))
    if unit is None:
        return not_found(site)

    def laid_out(template: str, **values: Any) -> Response:
        return page(site, template, layout="base.html", unit=unit, **values)

    return Reader(site, unit_actor(site, unit), unit, f"{prefix(site)}/u/{token}", laid_out)


def unit_page(reader: Reader, _request: Request) -> Response:
    """A unit's first page."""
    site, unit = reader.site, _unit(reader)
    view = unit_view(site, unit)
    return reader.page(
        "unit.html",
        view=view,
        mails=unit_mails(site, unit, view.pending),
        here=reader.base,
        subscription=subscription(site.links.feed(f"units/{unit.id}"), unit.name),
        csrf=reader.actor.csrf,
        me=unit.id,
        me_may_all=False,
        listed=LISTED,
    )


def list_page(reader: Reader, request: Request) -> Response:
    """All deadlines of a unit, a year at a time."""
    site, unit, query = reader.site, _unit(reader), request.query_params
    year = chosen_year(site, unit, query.get("year", ""))
    found = reports_of(site, unit, year, query.get("q", ""))
    wanted = paged(found, query.get("page", "") or first_page(site, found, SIZE), SIZE)
    return reader.page(
        "unit_list.html",
        here=reader.base,
        year=year,
        years=years_of(site, unit),
        lines=lines_of(site, unit, wanted.items),
        pages=wanted,
        follows=bool(site.index.following.get(unit.id)),
        query=query,
        names=QUERY,
    )


def year_table(reader: Reader, request: Request) -> Response:
    """The reports of a year that a unit waits for, as a table to take along."""
    site, unit = reader.site, _unit(reader)
    year = chosen_year(site, unit, request.query_params.get("year", ""))
    following = [d for d in site.index.following.get(unit.id, []) if d.send_by and d.send_by.year == year]
    name = f"{unit.id}-{year}-{site.today():%Y-%m-%d}"
    return report_page.table_file(site, progress_on(site, following, unit.id), name, request.path_params["kind"])


def _unit(reader: Reader) -> Unit:
    if reader.unit is None:
        raise RuntimeError("a unit's page without a unit")
    return reader.unit
