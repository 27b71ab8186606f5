"""The pages: which link shows what. GET and HEAD read; the one POST is a unit's form."""

from urllib.parse import quote

from dateutil.relativedelta import relativedelta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from scheduler.deadlines.plans import Unit
from scheduler.feeds.links import ALL
from scheduler.web.actions import RefusedError, carry_out, check_origin, form_token, read_act, read_form
from scheduler.web.collected import CSV, XLSX, as_csv, as_xlsx, letter, table
from scheduler.web.guard import is_local
from scheduler.web.print_view import MONTHS, first_month, heading, months, weekdays
from scheduler.web.render import error_page, gone, not_found, page, prefix, static_files
from scheduler.web.site import Site
from scheduler.web.subscribing import subscription
from scheduler.web.unit_mails import unit_mails
from scheduler.web.unit_view import unit_view

_FOR_EVER = "public, max-age=31536000, immutable"


class Pages:
    """The endpoints. Each works on a steady copy of the site; all but the form's run in threads."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        return [
            Route("/", self.front),
            Route("/u/{token}", self.unit),
            Route("/u/{token}", self.act, methods=["POST"]),
            Route("/u/{token}/reports.{kind:str}", self.reports),
            Route("/u/{token}/letter/{key}", self.letter),
            *(Route(f"/feeds/{place}/in", self.print) for place in ("{token}", "plans/{plan}")),
            Route("/static/{name}", self.static),
        ]

    def front(self, request: Request) -> Response:
        """For everybody: what this is. At the machine itself: on to the office's page."""
        site = self._site.steady()
        if is_local(site, request.scope):
            return RedirectResponse(f"{prefix(site)}/office", 303)
        url = site.settings.public_url
        public = site.settings.feeds_public
        plans = [(p.title, f"{url}/feeds/plans/{p.id}.ics") for p in site.register.plans.values()] if public else []
        return page(site, "front.html", everything=f"{url}/feeds/{ALL}.ics" if public else "", plans=plans)

    def unit(self, request: Request) -> Response:
        """A unit's page."""
        site = self._site.steady()
        unit = _unit(site, request)
        return unit if isinstance(unit, Response) else _unit_page(site, unit)

    def reports(self, request: Request) -> Response:
        """The reports that a unit waits for, as a table to take along."""
        site = self._site.steady()
        unit = _unit(site, request)
        if isinstance(unit, Response):
            return unit
        kinds = {"csv": (as_csv, CSV), "xlsx": (as_xlsx, XLSX)}
        kind = request.path_params["kind"]
        if kind not in kinds:
            return not_found(site)
        make, media_type = kinds[kind]
        name = f"{unit.id}-{site.today():%Y-%m-%d}.{kind}"
        content = make(table(unit_view(site, unit).awaits, site.settings.language))
        return Response(
            content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def letter(self, request: Request) -> Response:
        """The text of a letter to the units whose report for a deadline is missing."""
        site = self._site.steady()
        unit = _unit(site, request)
        if isinstance(unit, Response):
            return unit
        key = request.path_params["key"]
        found = next((p for p in unit_view(site, unit).awaits if p.facts.key == key and p.missing), None)
        if found is None:
            return not_found(site)
        return page(
            site,
            "letter.html",
            facts=found.facts,
            letter=letter(found, unit, site.today(), site.settings.language),
            addresses=found.addresses,
            back=f"{prefix(site)}/u/{request.path_params['token']}#{quote(key)}",
        )

    async def act(self, request: Request) -> Response:
        """A form of a unit's page: done, and back to the page."""
        site = self._site.steady()
        unit = _unit(site, request)
        if isinstance(unit, Response):
            return unit
        try:
            check_origin(site, request.headers)
            asked = read_act(site, unit, await read_form(request))
            await run_in_threadpool(carry_out, site, unit, asked)
        except RefusedError as error:
            return error_page(site, error.status, error.heading, error.advice)
        token = request.path_params["token"]
        return RedirectResponse(f"{prefix(site)}/u/{token}#{quote(asked.deadline.key)}", 303)

    def print(self, request: Request) -> Response:
        """The deadlines of a feed, month by month, to be printed."""
        site = self._site.steady()
        name = _printed(site, request)
        if isinstance(name, Response):
            return name
        first = first_month(site, name, request.query_params.get("from", ""))
        around = relativedelta(months=MONTHS)
        return page(
            site,
            "print.html",
            heading=heading(site, name),
            months=months(site, name, first),
            names=weekdays(site.settings.language),
            earlier=f"{first - around:%Y-%m}",
            later=f"{first + around:%Y-%m}",
        )

    def static(self, request: Request) -> Response:
        """A style sheet or picture."""
        found = static_files().get(request.path_params["name"])
        if found is None:
            return not_found(self._site.steady())
        return Response(found.body, media_type=found.media_type, headers={"Cache-Control": _FOR_EVER})


def _printed(site: Site, request: Request) -> str | Response:
    """The name of the feed that is to be printed, or the page that says why none."""
    plan, token = request.path_params.get("plan"), request.path_params.get("token", "")
    if site.settings.feeds_public and (plan in site.register.plans or token == ALL):
        return f"plans/{plan}" if plan else ALL
    target = site.links.resolve(token)
    if target is None or target.kind != "feed":
        return not_found(site)
    return target.name if target.live else gone(site)


def _unit(site: Site, request: Request) -> Unit | Response:
    """The unit whose page a link opens, or the page that says why none."""
    target = site.links.resolve(request.path_params["token"])
    if target is None or target.kind != "page" or not target.name.startswith("units/"):
        return not_found(site)
    if not target.live:
        return gone(site)
    return site.register.units.get(target.name.removeprefix("units/")) or not_found(site)


def _unit_page(site: Site, unit: Unit) -> Response:
    name = f"units/{unit.id}"
    view = unit_view(site, unit)
    return page(
        site,
        "unit.html",
        view=view,
        mails=unit_mails(site, unit, view.pending),
        here=f"{prefix(site)}/u/{site.links.token('page', name)}",
        subscription=subscription(site.links.feed(name), unit.name),
        csrf=form_token(site, unit.id),
    )
