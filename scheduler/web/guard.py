"""What stands around every page: whose name it was asked by, the security headers, and no traceback for anybody."""

import contextlib
import ipaddress
import logging
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.config.settings import Settings
from scheduler.translation import text
from scheduler.web.render import error_page
from scheduler.web.site import Site, is_loopback

_log = logging.getLogger(__name__)

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PROXIES = (b"forwarded", b"via", b"x-forwarded-", b"x-real-ip", b"x-client-ip", b"cf-connecting-ip", b"true-client-ip")
_FOR_MACHINES = ("/healthz", "/metrics", "/robots.txt")
"""Probes come by whatever name or number the machine has; there is nothing to steal here."""


def is_local(site: Site, scope: Scope) -> bool:
    """Whether whoever asks sits at this machine, and nobody else is meant to reach it: then `/` is the office's page.

    The client counts too: an open port, or a proxy, with a `public_url` left at its default must not show the office
    to the net. A proxy gives itself away by what it adds, or by HTTP/1.0: nginx, when it is told no more than where to
    pass on to, adds nothing and asks by the name of this machine, but speaks that; no browser does.
    """
    if scope["http_version"] == "1.0" or any(name.startswith(_PROXIES) for name, _ in scope["headers"]):
        return False
    return is_near(scope) and site.local


def is_near(scope: Scope) -> bool:
    """Whether the other end of the connection is on this machine: somebody who sits here, or a proxy.

    `client` is who asks according to a proxy here, so it tells nothing of that.
    """
    client = (scope.get("state", {}).get("peer") or scope.get("client") or ("",))[0]
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:  # a socket file has no address
        return True


def known_host(settings: Settings, hosts: list[bytes]) -> bool:
    """Whether a page was asked for by a name of ours. Another's name may lead here too (DNS rebinding)."""
    if len(hosts) != 1:
        return not hosts
    try:
        host = urlsplit(f"//{hosts[0].decode('latin-1')}").hostname or ""
    except ValueError:
        return False
    host = host.rstrip(".")
    ours = urlsplit(settings.public_url).hostname or ""
    with contextlib.suppress(UnicodeError):
        ours = ours.encode("idna").decode("ascii")
    return is_loopback(host) or host in (ours, settings.web_host)


class Guard:
    """An ASGI function around the pages."""

    def __init__(self, site: Site, app: ASGIApp) -> None:
        self._site = site
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        site = self._site.steady()
        try:
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if scope["path"] not in _FOR_MACHINES and not known_host(site.settings, hosts):
                await _wrong_host(site)(scope, receive, guarded)
            else:
                await self._app(scope, receive, guarded)
        except Exception:  # noqa: BLE001 -- the last one before the reader, and it is logged
            _log.exception("a page could not be made", extra={"action": "page-failed"})
            if not begun:
                await broken(site)(scope, receive, guarded)


def _wrong_host(site: Site) -> Response:
    advice = text("Use this address: {url}", url=site.settings.public_url)
    return error_page(site, 400, text("This address is not served here"), advice)


def broken(site: Site) -> Response:
    """The page for what should never happen."""
    advice = text("Try again in a minute. If it stays so, tell the administrator; the log says what happened.")
    return error_page(site, 500, text("Something went wrong here"), advice)
