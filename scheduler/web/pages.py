"""The pages that are nobody's own: the front, months to print, style sheets and pictures."""

from dateutil.relativedelta import relativedelta
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from scheduler.feeds.links import ALL
from scheduler.web.guard import is_local
from scheduler.web.print_view import MONTHS, first_month, heading, months, weekdays
from scheduler.web.render import gone, not_found, page, prefix, static_files
from scheduler.web.site import Site

_FOR_EVER = "public, max-age=31536000, immutable"


class Pages:
    """The endpoints. Each works on a steady copy of the site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        return [
            Route("/", self.front),
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
