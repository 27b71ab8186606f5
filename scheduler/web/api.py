"""The JSON API: deadlines to read, submissions to read, record and withdraw. For programs with a key of their own.

Errors are `application/problem+json` (RFC 9457); keys come as `Authorization: Bearer …` (RFC 6750).
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.config.problems import WrongError
from scheduler.config.values import day
from scheduler.deadlines.duty import Duty
from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import Facts, Timeliness, facts_of
from scheduler.deadlines.listing import listed
from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import standing, submit, withdraw
from scheduler.state.api_keys import BEGINNING, ApiKey, find
from scheduler.state.database import transaction
from scheduler.state.tables import Submission
from scheduler.translation import Text, text
from scheduler.web.limits import Buckets, Limits, counted_as
from scheduler.web.openapi import openapi
from scheduler.web.site import Site

PREFIX = "/api/"
_PLACES = re.compile(rf"{PREFIX}(openapi\.json|deadlines|submissions(/[^/]+){{4}}|submissions)")
_LONGEST = 16 * 2**10  # bytes of a body
_FIELDS = ("plan", "obligation", "period", "unit")
_YEARS = 3660  # days in a window
_NOTHING_HAS = "\0"  # and PostgreSQL does not even take it in a question


class ApiError(Exception):
    """What is answered instead: a status, a reason in words, perhaps a header."""

    def __init__(self, status: int, detail: Text, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(detail))
        self.status, self.detail, self.headers = status, detail, headers


Endpoint = Callable[[Site, ApiKey, Request, Mapping[str, Any]], Response]


class Api:
    """The endpoints. Who comes with keys that are none, too often, waits."""

    def __init__(self, site: Site, limits: Limits) -> None:
        self._site = site
        self._strangers = Buckets(limits.strangers, limits.addresses)

    def routes(self) -> list[Route]:
        """Where each of them stands."""
        one = "submissions/{plan}/{obligation}/{period}/{unit}"
        return [
            Route(f"{PREFIX}openapi.json", self.description),
            self._route("deadlines", GET=_deadlines),
            self._route("submissions", GET=_submissions, POST=_record),
            self._route(one, DELETE=_withdraw),
        ]

    def description(self, _request: Request) -> Response:
        """What there is, for programs and those who write them; no key is needed."""
        site = self._site.steady()
        return JSONResponse(openapi(site.settings.public_url, site.version))

    def _route(self, place: str, **endpoints: Endpoint) -> Route:
        async def answer(request: Request) -> Response:
            site = self._site.steady()
            endpoint = endpoints["GET" if request.method == "HEAD" else request.method]
            try:
                key = await run_in_threadpool(self._key, site, request, records=request.method in ("POST", "DELETE"))
                body = await _body(request) if request.method == "POST" else {}
                return await run_in_threadpool(endpoint, site, key, request, body)
            except ApiError as error:
                return problem(site, error.status, error.detail, error.headers)

        return Route(f"{PREFIX}{place}", answer, methods=list(endpoints))

    def _key(self, site: Site, request: Request, *, records: bool) -> ApiKey:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        key = None
        if kind.lower() == "bearer" and given.startswith(BEGINNING):
            with Session(site.engine) as session:
                key = find(session, given)
        if key is None:
            wait = self._strangers.take(counted_as(request.client.host if request.client else ""))
            if wait:
                often = text("Too many requests came from your address. Wait a little, then try again.")
                raise ApiError(429, often, {"Retry-After": str(math.ceil(wait))})
            missing = text("A key is needed: Authorization: Bearer nhachan_… (`nhachan api-key NAME` makes one)")
            raise ApiError(401, missing, {"WWW-Authenticate": 'Bearer realm="nhachan"'})
        if records and not key.records:
            raise ApiError(403, text("This key may read alone; `nhachan api-key NAME` makes one that may record"))
        return key


def is_place(path: str) -> bool:
    """Whether there is something at a path under /api/."""
    return _PLACES.fullmatch(path) is not None


def problem(site: Site, status: int, detail: Text, headers: Mapping[str, str] | None = None) -> Response:
    """An error for programs (RFC 9457)."""
    content = {"status": status, "detail": detail.render(site.settings.language)}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


async def _body(request: Request) -> Mapping[str, Any]:
    unfit = text("The body must be a JSON object, such as {example}", example='{"plan": "…", "obligation": "…"}')
    raw = b""
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > _LONGEST:
                raise ApiError(413, text("The body is too long"))
        found = json.loads(raw)
    except (ValueError, RecursionError, ClientDisconnect) as error:
        raise ApiError(400, unfit) from error
    if not isinstance(found, dict):
        raise ApiError(400, unfit)
    return found


def _word(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name, "")
    if not isinstance(found, str) or any("\ud800" <= c <= "\udfff" for c in found):  # half a character is none
        raise ApiError(400, text("“{name}” must be a text", name=name))
    return found


def _day(values: Mapping[str, Any], name: str, otherwise: date) -> date:
    written = _word(values, name)
    try:
        return day(written) if written else otherwise
    except WrongError as error:
        raise ApiError(400, text("“{name}”: {problem}", name=name, problem=error.problem)) from error


def _deadlines(site: Site, _key: ApiKey, request: Request, _body: Mapping[str, Any]) -> Response:
    asked = request.query_params
    start = _day(asked, "from", site.today())
    end = _day(asked, "to", max(start, site.today()) + site.settings.horizon)
    if end < start or (end - start).days > _YEARS:
        raise ApiError(400, text("The window must be at most ten years long, and end after it begins"))
    unit, plan = _known(site, "unit", asked), _known(site, "plan", asked)
    found = expand(site.register, start, end)
    return JSONResponse([listed(d) for d in found if plan in ("", d.plan.id) and (not unit or unit in d.units)])


def _known(site: Site, name: str, asked: Mapping[str, str]) -> str:
    value = asked.get(name, "")
    if value and value not in (site.register.units if name == "unit" else site.register.plans):
        unknown = text("There is no unit “{value}”.") if name == "unit" else text("There is no plan “{value}”.")
        raise ApiError(404, text(unknown.original, value=value))
    return value


def _submissions(site: Site, _key: ApiKey, request: Request, _body: Mapping[str, Any]) -> Response:
    wanted = select(Submission).where(Submission.withdrawn == None)  # noqa: E711 -- SQL's
    for name in _FIELDS:
        value = request.query_params.get(name)
        if value and _NOTHING_HAS in value:
            return JSONResponse([])
        if value:
            wanted = wanted.where(getattr(Submission, name) == value)
    with Session(site.engine) as session:
        rows = session.exec(wanted.order_by(Submission.id)).all()  # type: ignore[arg-type]
    timeliness = _Timeliness(site)
    return JSONResponse([_shown(row, timeliness) for row in rows])


class _Timeliness:
    """How the state counts submissions; what is said of a deadline is worked out once for all of them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._facts: dict[str, Facts] = {}

    def of(self, row: Submission) -> Timeliness | None:
        """Of a submission; None where its deadline is not shown any more, or has no date."""
        deadlines = self._site.index.by_duty.get(Duty(row.plan, row.obligation, row.period), ())
        found = next((d for d in deadlines if d.last_day is not None and row.unit in d.units), None)
        if found is None:
            return None
        if found.key not in self._facts:
            self._facts[found.key] = facts_of(found, self._site.register)
        return self._facts[found.key].timeliness(row.submitted_on)


def _shown(row: Submission, timeliness: _Timeliness) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _FIELDS},
        "submitted_on": row.submitted_on.isoformat(),
        "reference": row.reference,
        "timeliness": timeliness.of(row),
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at.isoformat(timespec="seconds"),
    }


def _record(site: Site, key: ApiKey, _request: Request, body: Mapping[str, Any]) -> Response:
    asked = _report(site, body)
    on = _day(body, "submitted_on", site.today())
    if on > site.today():
        raise ApiError(400, text("A report cannot have been submitted on a day that has not come"))
    with site.writing, transaction(site.engine) as session:
        new = submit(session, asked, on, _word(body, "reference"), f"api:{key.name}", site.clock())
        session.flush()
        row = standing(session, asked)
    site.submissions_changed()
    if row is None:
        raise ApiError(409, text("The report was withdrawn at the same moment; try again"))
    return JSONResponse(_shown(row, _Timeliness(site)), 201 if new else 200)


def _report(site: Site, values: Mapping[str, Any]) -> Report:
    """The report that is meant; ApiError, naming what there is, where there is none."""
    asked = Report(*(_word(values, name) for name in _FIELDS))
    plan = site.register.plans.get(asked.plan)
    if plan is None:
        raise ApiError(404, text("There is no plan “{value}”.", value=asked.plan))
    found = [d for d in site.index.deadlines if d.plan.id == asked.plan]
    duties = [d for d in found if d.obligation.id == asked.obligation]
    if not duties:
        names = ", ".join(o.id for o in plan.obligations)
        missing = "There is no obligation “{value}” in this plan; it has: {names}."
        raise ApiError(404, text(missing, value=asked.obligation, names=names))
    periods = [d for d in duties if d.period.id == asked.period]
    if not periods:
        names = ", ".join(dict.fromkeys(d.period.id for d in duties))
        missing = "There is no period “{value}” of this obligation; it has: {names}."
        raise ApiError(404, text(missing, value=asked.period, names=names))
    units = [unit for d in periods for unit in d.units]
    if asked.unit not in units:
        raise ApiError(
            404, text("“{value}” does not report here; these do: {names}.", value=asked.unit, names=", ".join(units))
        )
    return asked


def _withdraw(site: Site, key: ApiKey, request: Request, _body: Mapping[str, Any]) -> Response:
    asked = Report(*(request.path_params[name] for name in _FIELDS))
    if any(_NOTHING_HAS in word for word in asked):
        raise ApiError(404, text("No such submission is recorded."))
    with site.writing, transaction(site.engine) as session:
        done = withdraw(session, asked, f"api:{key.name}", site.clock())
    if not done:
        raise ApiError(404, text("No such submission is recorded."))
    site.submissions_changed()
    return Response(status_code=204)
