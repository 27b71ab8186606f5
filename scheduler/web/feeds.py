"""`/feeds/…`: calendar feeds from memory, as a bare ASGI function ahead of the pages' router.

What is there to be given, a connection asks for itself (`ready`) and writes at once: most requests are these.

A feed's link is a secret, so it is written to no log: the server's access log is off, and nothing here logs a path.
There is no check of the Host header either: who knows the link may fetch it, and a calendar program that is once
answered 400 gives the subscription up.
"""

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from scheduler.translation import Text, text
from scheduler.web.conditional import accepts_gzip, matching_tag, not_modified_since
from scheduler.web.feed_files import Feed, FeedFiles, Headers, Start
from scheduler.web.site import Site

PREFIX = "/feeds/"
_OK, _NOT_FOUND, _GONE = HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE
_RETRY_AFTER = b"300"
_NONE = text("There is no calendar at this link.")
_REVOKED = text("This link was revoked. Ask the office that runs these calendars for the new one.")
_NOT_YET = text("This calendar is not built yet. Try again in a few minutes.")
_METHOD = text("A calendar can only be read.")


class Feeds:
    """The ASGI function that answers for feeds."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._files = FeedFiles(site.clock)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """One request."""
        head = scope["method"] == "HEAD"
        if not head and scope["method"] != "GET":
            await self._refuse(send, HTTPStatus.METHOD_NOT_ALLOWED, _METHOD, [(b"allow", b"GET, HEAD")])
            return
        found = self.ready(scope["path"], scope["query_string"], scope["headers"])
        if found is not None:
            start, body = found
            await send(start.message)
            await send({"type": "http.response.body", "body": b"" if head else body})
            return
        _, status, _ = self._find(scope["path"])
        if status is not _OK:
            await self._refuse(send, status, _REVOKED if status is _GONE else _NONE, head=head)
            return
        # Not 503: after that Thunderbird leaves a calendar alone until it is started anew; 404 it passes over.
        await self._refuse(send, _NOT_FOUND, _NOT_YET, [(b"retry-after", _RETRY_AFTER)], head=head)

    def ready(self, path: str, query: bytes, headers: Headers) -> tuple[Start, bytes] | None:
        """The answer to whoever asks for a feed that is there, how it begins and its body; None to all others."""
        name, status, shared = self._find(path)
        if status is not _OK:
            return None
        alarms = bool(query) and parse_qs(query.decode("latin-1")).get("alarms", ["0"])[-1] == "1"
        file = f"{self._site.configuration.settings.calendars}/{name}.ics"
        for bare in (True, False):  # most have it already: the whole feed is made ready for those alone who have not
            feed = self._files.get(file, alarms=alarms, shared=shared, bare=bare)
            if feed is None:
                return None
            start, body = answer(feed, headers)
            if body is not None:
                return start, body
        return None

    def _find(self, path: str) -> tuple[str, HTTPStatus, bool]:
        """The name of the feed that a path opens, whether it does, and whether it is open to everybody."""
        place, _, last = path[len(PREFIX) :].rpartition("/")
        if not path.startswith(PREFIX) or not last.endswith(".ics"):
            return "", _NOT_FOUND, False
        last = last[:-4]
        target = self._site.links.resolve(place)
        if target is not None:
            if target.kind != "feed" or target.name.rpartition("/")[2] != last:
                return "", _NOT_FOUND, False
            return target.name, _OK if target.live else _GONE, False
        if self._site.settings.feeds_public:
            if not place and last == "all":
                return last, _OK, True
            if place == "plans" and last in self._site.register.plans:
                return f"plans/{last}", _OK, True
        return "", _NOT_FOUND, False

    async def _refuse(
        self, send: Send, status: HTTPStatus, why: Text, headers: Headers | None = None, *, head: bool = False
    ) -> None:
        body = (why.render(self._site.settings.language) + "\n").encode()
        lines = [
            *(headers or ()),
            (b"cache-control", b"no-store"),
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-robots-tag", b"noindex"),
            (b"referrer-policy", b"no-referrer"),
        ]
        await send({"type": "http.response.start", "status": int(status), "headers": lines})
        await send({"type": "http.response.body", "body": b"" if head else body})


def answer(feed: Feed, headers: Headers) -> tuple[Start, bytes | None]:
    """The answer to a GET: how it begins, and its body; None for one that is not at hand.

    If-None-Match with the tag of either coding is answered 304 with that very tag: the copy that the client has is
    good, whichever it is. If-Modified-Since counts only without it (RFC 9110, 13.2.2).
    """
    none_match: list[bytes] = []
    since = coding = b""
    for name, value in headers:
        if name == b"if-none-match":
            none_match.append(value)
        elif name == b"if-modified-since":
            since = value
        elif name == b"accept-encoding":
            coding = coding + b"," + value if coding else value
    chosen, other = (feed.packed, feed.plain) if coding and accepts_gzip(coding) else (feed.plain, feed.packed)
    if none_match:
        tag = matching_tag(b",".join(none_match), (chosen.tag, other.tag))
        if tag is not None:
            return (chosen if tag == chosen.tag else other).unchanged, b""
    elif since and (since == feed.last_modified or not_modified_since(since, feed.modified)):
        return chosen.unchanged, b""
    return chosen.start, chosen.body
