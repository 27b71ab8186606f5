"""Who may see the office's pages: an administrator with a session, one whom the proxy vouches for, who sits here.

A session is a cookie that scripts cannot read. The proxy in front may name who has logged in to it, in the header that
`web: {user_header: …}` names; it is believed of a proxy on this machine alone, and of addresses in `admins` alone.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scheduler.state import logins
from scheduler.state.database import transaction
from scheduler.web.actions import forged
from scheduler.web.guard import is_local, is_near
from scheduler.web.render import prefix
from scheduler.web.site import Site

COOKIE = "nhachan-session"
AT_THE_MACHINE = "page"
"""Who acts from this machine itself, without having logged in."""


@dataclass(frozen=True)
class Administrator:
    """Who asks for the office's pages. `csrf` proves that a form came from one of these, made for the same person."""

    name: str
    csrf: str
    session: bool = False

    def check(self, form: Mapping[str, str]) -> None:
        """RefusedError where a form did not come from a page of this administrator's."""
        if not hmac.compare_digest(form.get("csrf", "").encode(), self.csrf.encode()):
            raise forged()


def administrator(site: Site, request: Request) -> Administrator | None:
    """The administrator who asks, or None."""
    token = request.cookies.get(COOKIE, "")
    if name := _of_session(site, token):
        return Administrator(name, site.links.sign(f"office:{token}"), session=True)
    name = _named_by_proxy(site, request)
    if not name and is_local(site, request.scope):
        name = AT_THE_MACHINE
    return Administrator(name, site.links.sign(f"office:{name}")) if name else None


def entered(site: Site, request: Request) -> Administrator | Response:
    """The administrator who asks, or the way to the login."""
    return administrator(site, request) or RedirectResponse(f"{prefix(site)}/login", 303)


def _of_session(site: Site, token: str) -> str:
    if not token:
        return ""
    with Session(site.engine) as session:
        name = logins.who(session, token, site.clock())
    return name if name in site.settings.admins else ""  # who was taken off the list is out at once


def _named_by_proxy(site: Site, request: Request) -> str:
    header = site.settings.user_header
    if not header or not is_near(request.scope):
        return ""
    named = [value.strip().casefold() for value in request.headers.getlist(header)]
    return next((a for a in site.settings.admins if named == [a.casefold()]), "")


def ask_for_link(site: Site, address: str) -> None:
    """Mail a one-time link to an administrator's address; to any other nothing, and nobody is told the difference."""
    found = next((a for a in site.settings.admins if a.casefold() == address.strip().casefold()), "")
    if not found:
        return
    with site.writing, transaction(site.engine) as session:
        token = logins.make_link(session, found, site.clock(), found)
        if token:
            site.mail_login(session, found, f"{site.settings.public_url}/login/{token}")
    if token:
        site.mail_waits()


def log_in(site: Site, token: str) -> str:
    """Use a one-time link up; the token of the session, or nothing where the link is none any more."""
    with site.writing, transaction(site.engine) as session:
        cookie, name = logins.log_in(session, token, site.clock())
        return cookie if name in site.settings.admins else ""


def log_out(site: Site, request: Request) -> None:
    """End the session of whoever asks."""
    with site.writing, transaction(site.engine) as session:
        logins.log_out(session, request.cookies.get(COOKIE, ""))


def give_cookie(site: Site, response: Response, cookie: str) -> None:
    """Let the browser keep a session: out of scripts' reach, and not sent along by other sites' forms."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(logins.SESSION_LASTS.total_seconds()),
        path=prefix(site) or "/",
        secure=site.settings.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",  # strict would ask who follows a link in a mail to log in again
    )


def take_cookie(site: Site, response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(COOKIE, path=prefix(site) or "/")
