"""What machines ask: whether all is well, figures for Prometheus, and what crawlers may read."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from scheduler.web.guard import is_local
from scheduler.web.metrics import MEDIA_TYPE, metrics
from scheduler.web.site import Site

_ROBOTS = "User-agent: *\nAllow: /feeds/\nDisallow: /\n"  # Google's calendar obeys it too


class Machines:
    """The endpoints for machines."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        return [
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
            Route("/robots.txt", self.robots),
        ]

    async def health(self, request: Request) -> Response:
        """200 while work is done, else 503 with the reason. A configuration not taken and a mail server away are none.

        Not in a thread: while all of those are busy it is asked more than ever.
        """
        site = self._site.steady()
        reason = site.trouble()
        found: dict[str, object] = {"status": "failing" if reason else "ok"}
        if reason:
            found["reason"] = reason
        found["mail"] = "waiting for the mail server" if site.mail() else "ok"
        found["configuration"] = "kept last good" if site.problems else "ok"
        if site.problems and is_local(site, request.scope):
            found["problems"] = [problem.render(site.settings.language) for problem in site.problems]
        found["version"] = site.version
        return JSONResponse(found, 503 if reason else 200)

    def metrics(self, _request: Request) -> Response:
        """Figures in Prometheus' text format."""
        return Response(metrics(self._site.steady()), media_type=MEDIA_TYPE)

    def robots(self, _request: Request) -> Response:
        """What crawlers may read: feeds, by those who know their links."""
        return PlainTextResponse(_ROBOTS, headers={"Cache-Control": "public, max-age=86400"})
