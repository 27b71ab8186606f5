"""The door: who has asked in vain too often waits, and pages are made only so many at a time.

Feeds and /healthz are let through whatever comes: both are answered from memory.
"""

import math

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.feeds.links import ALL
from scheduler.translation import text
from scheduler.web.actions import is_foreign
from scheduler.web.api import PREFIX as API
from scheduler.web.api import is_place, problem
from scheduler.web.feeds import PREFIX
from scheduler.web.guard import HEADERS, is_local
from scheduler.web.limits import Buckets, Limits, counted_as
from scheduler.web.render import error_page, prefix, static_files
from scheduler.web.site import Site

_OFTEN = text("Too many requests came from your address. Wait a little, then try again.")
_PLACES = frozenset(("/", "/healthz", "/metrics", "/robots.txt", "/login", "/logout"))
_ASKING = ("GET", "HEAD")
PRINT = "/in"  # the end of a feed's link for its pages to print


class Door:
    """An ASGI function ahead of feeds and pages."""

    def __init__(self, site: Site, feeds: ASGIApp, pages: ASGIApp, limits: Limits) -> None:
        self._site = site
        self._feeds = feeds
        self._pages = pages
        self._most = limits.pages_at_once
        self._in_hand = 0
        self._strangers = Buckets(limits.strangers, limits.addresses)
        self._forms = Buckets(limits.forms, limits.addresses)
        self._foreign = Buckets(limits.forms, limits.addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path: str = scope["path"]
        if (
            path.startswith(PREFIX)
            and path.endswith(".ics")
            and scope["method"] in _ASKING
            and self._site.links.resolve(path.split("/", 3)[2])
        ):
            await self._feeds(scope, receive, send)  # as the ones below would find; most requests are these
            return
        base = prefix(self._site)
        if base and f"{path}/".startswith(f"{base}/"):
            path = path.removeprefix(base) or "/"
            scope = {**scope, "path": path}
        wait = self._wait(scope, path)
        if wait:
            await _too_often(self._site, path, wait)(scope, receive, send)
        elif path.startswith(PREFIX) and not path.endswith(PRINT):
            await self._feeds(scope, receive, send)
        elif path == "/healthz":
            await self._pages(scope, receive, send)
        elif self._in_hand >= self._most:
            await _busy(self._site)(scope, receive, send)
        else:
            await self._make(scope, receive, send)

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page. It is in hand until it is made: who does not read theirs makes no work, and keeps nobody out."""
        self._in_hand += 1
        made = False

        async def sending(message: Message) -> None:
            nonlocal made
            if not made:
                made = True
                self._in_hand -= 1
            await send(message)

        try:
            await self._pages(scope, receive, sending)
        finally:
            if not made:
                self._in_hand -= 1

    def _wait(self, scope: Scope, path: str) -> float:
        client = counted_as((scope.get("client") or ("",))[0])
        if path.startswith(API):  # which itself counts who comes without a key
            return 0 if is_place(path) else self._strangers.take(client)
        if scope["method"] in _ASKING:
            return 0 if _leads_somewhere(self._site, scope, path) else self._strangers.take(client)
        # Another site's page may send forms through its visitor: they use up nothing of what is the visitor's own.
        foreign = is_foreign(self._site, Headers(scope=scope))
        return (self._foreign if foreign else self._forms).take(client)


def _leads_somewhere(site: Site, scope: Scope, path: str) -> bool:
    """Whether there is something at a path, found out without making it."""
    if path in _PLACES:
        return True
    _, place, name, rest, *_ = *path.split("/"), "", "", ""
    match place:
        case "login" | "office":
            return True  # each asks who is there, and one such link tells nothing of another
        case "feeds" | "u":
            return site.links.resolve(name) is not None or (place == "feeds" and _open_feed(site, name, rest))
        case "static":
            return name in static_files()
        case _:
            return is_local(site, scope)  # where everything is the office's own


def _open_feed(site: Site, name: str, rest: str) -> bool:
    if not site.settings.feeds_public:
        return False
    return name in (ALL, f"{ALL}.ics") or (name == "plans" and rest.removesuffix(".ics") in site.register.plans)


def _too_often(site: Site, path: str, wait: float) -> Response:
    after = {"Retry-After": str(math.ceil(wait)), **HEADERS}
    if path.startswith(API):
        return problem(site, 429, _OFTEN, after)
    return PlainTextResponse(_OFTEN.render(site.settings.language) + "\n", 429, after)


def _busy(site: Site) -> Response:
    advice = text("Nothing was lost and nothing was recorded. Try again in a minute.")
    after = {"Retry-After": "10", **HEADERS}
    return error_page(site, 503, text("Too many people are asking at the moment"), advice, after)
