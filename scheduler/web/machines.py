"""What machines ask: whether all is well, figures for Prometheus, and what crawlers may read."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from scheduler.state.tables import Mail, Submission
from scheduler.web.guard import is_local
from scheduler.web.site import Site

_ROBOTS = "User-agent: *\nAllow: /feeds/\nDisallow: /\n"  # Google's calendar obeys it too
_MAIL_STATES = ("due", "sending", "sent", "failed", "stale", "empty")
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


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
        """200 while work is done, else 503 with the reason. A configuration not taken is told, but is none.

        Not in a thread: while all of those are busy it is asked more than ever.
        """
        site = self._site.steady()
        reason = site.trouble()
        found: dict[str, object] = {"status": "failing" if reason else "ok"}
        if reason:
            found["reason"] = reason
        found["configuration"] = "kept last good" if site.problems else "ok"
        if site.problems and is_local(site, request.scope):
            found["problems"] = [problem.render(site.settings.language) for problem in site.problems]
        found["version"] = site.version
        return JSONResponse(found, 503 if reason else 200)

    def metrics(self, _request: Request) -> Response:
        """Figures in Prometheus' text format."""
        site = self._site.steady()
        lines = [
            *_gauge("build_info", "The running version.", [(f'{{version="{_escaped(site.version)}"}}', 1)]),
            *_gauge("up", "Whether the daemon does its work.", [("", int(not site.trouble()))]),
            *_gauge(
                "config_last_reload_successful",
                "Whether the configuration on disk is the one in force.",
                [("", int(not site.problems))],
            ),
            *_gauge("config_warnings", "Warnings of the configuration.", [("", len(site.configuration.warnings))]),
            *_gauge("plans", "Plans in the configuration.", [("", len(site.register.plans))]),
            *_gauge("units", "Units in the configuration.", [("", len(site.register.units))]),
            *_gauge(
                "deadlines", "Dated deadlines in view.", [("", sum(d.send_by is not None for d in site.deadlines))]
            ),
            *_counted(site),
        ]
        return Response("\n".join((*lines, "")), media_type=_PROMETHEUS)

    def robots(self, _request: Request) -> Response:
        """What crawlers may read: feeds, by those who know their links."""
        return PlainTextResponse(_ROBOTS, headers={"Cache-Control": "public, max-age=86400"})


def _counted(site: Site) -> Iterable[str]:
    """What the database counts; nothing while it cannot be asked."""
    mails = select(col(Mail.state), func.count()).group_by(col(Mail.state))
    submissions = select(func.count()).select_from(Submission).where(col(Submission.withdrawn).is_(None))
    try:
        with site.engine.connect() as connection:
            states = dict.fromkeys(_MAIL_STATES, 0) | {
                str(state): int(count) for state, count in connection.execute(mails)
            }
            standing = connection.execute(submissions).scalar_one()
    except SQLAlchemyError:
        return
    yield from _gauge("mails", "Mails in the ledger, by state.", [(f'{{state="{s}"}}', n) for s, n in states.items()])
    yield from _gauge("submissions", "Submissions that stand.", [("", standing)])


def _gauge(name: str, help_: str, values: Iterable[tuple[str, int]]) -> Iterable[str]:
    yield f"# HELP nhachan_{name} {help_}"
    yield f"# TYPE nhachan_{name} gauge"
    for labels, value in values:
        yield f"nhachan_{name}{labels} {value}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
