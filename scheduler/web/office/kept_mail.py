"""The mails that were kept on this machine, as an administrator reads them."""

from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from scheduler.web.office.visit import Visit
from scheduler.web.render import not_found

_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""For a mail's own HTML, which is shown in a frame and brings its styles along; it can do nothing at all."""

_SHOWN = 50


def listing(visit: Visit) -> Response:
    """The newest of them."""
    if visit.site.caught is None:
        return not_found(visit.site)
    return visit.page("kept.html", "mails", mails=visit.site.caught.list(_SHOWN))


def mail(visit: Visit) -> Response:
    """A caught mail."""
    key = visit.params["key"]
    found = visit.site.caught.read(key) if visit.site.caught else None
    if found is None:
        return not_found(visit.site)
    return visit.page("mail.html", "mails", mail=found, key=quote(key, safe=""))


def html(visit: Visit) -> Response:
    """The HTML of a caught mail as it is, for the frame in its page."""
    found = visit.site.caught.read(visit.params["key"]) if visit.site.caught else None
    if found is None or not found.html:
        return not_found(visit.site)
    return HTMLResponse(found.html, headers={"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"})
