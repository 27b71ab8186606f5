"""HTML from templates, in the office's language. Sentences stand there in English, as `_("…", name=value)`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.words import full_title, long_day, short_day
from scheduler.translation import Text, catalogue, text
from scheduler.web.paging import query_of
from scheduler.web.site import Site

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Static:
    """A file that pages refer to, with a name that changes with its bytes."""

    body: bytes
    media_type: str
    version: str


@cache
def static_files() -> Mapping[str, Static]:
    """The static files by name, read once."""
    files = sorted((_HERE / "static").iterdir())
    found = {file.name: (file.read_bytes(), _TYPES[file.suffix]) for file in files if file.suffix in _TYPES}
    return {name: Static(body, type_, sha256(body).hexdigest()[:12]) for name, (body, type_) in found.items()}


def sentence(language: str) -> Callable[..., Markup]:
    """`_` of the templates: a translated sentence with its values put in, all of it safe to stand in HTML."""
    translate = catalogue(language).gettext

    def translated(original: str, /, **values: object) -> Markup:
        return escape(translate(original)).format(**values)

    return translated


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def said(words: Text) -> str:
        return words.render(language)

    def day(value: date) -> str:
        return long_day(value, language)

    def short(value: date) -> str:
        return short_day(value, language)

    def title(facts: Facts) -> str:
        return full_title(facts, language)

    environment.globals |= {"_": sentence(language), "language": language}
    environment.filters |= {"said": said, "day": day, "short_day": short, "title": title, "safe_link": safe_link}
    environment.filters |= {"mailto": mailto, "webcal": webcal, "printed": printed, "query": query_of}
    return environment


def safe_link(address: str) -> str:
    """An address that may be clicked, or nothing: links are written by people, `javascript:` is none of theirs."""
    return address if urlsplit(address).scheme in ("http", "https") else ""


def mailto(addresses: list[str] | tuple[str, ...], subject: str = "") -> str:
    """A `mailto:` link; several addresses as blind copies, so that units do not see each other's."""
    to = [quote(address, safe="@") for address in addresses]
    fields = [f"bcc={','.join(to)}"] if len(to) > 1 else []
    fields += [f"subject={quote(subject)}"] if subject else []
    head = to[0] if len(to) == 1 else ""
    return f"mailto:{head}{'?' if fields else ''}{'&'.join(fields)}"


def webcal(url: str) -> str:
    """A feed's link as calendar programs register it."""
    return "webcal" + url[url.index(":") :]


def printed(url: str) -> str:
    """The link to a feed's months to print, from the feed's own link: public ones have it under their name."""
    folder = url.rpartition("/")[0]
    return f"{url.removesuffix('.ics')}/in" if folder.endswith(("/feeds", "/feeds/plans")) else f"{folder}/in"


def prefix(site: Site) -> str:
    """The path under which `public_url` serves us, usually nothing."""
    return urlsplit(site.settings.public_url).path.rstrip("/")


def page(
    site: Site, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page. Each knows the office's name, today, and whether mails leave the machine."""
    settings = site.settings
    base = prefix(site)

    def static(name: str) -> str:
        return f"{base}/static/{name}?v={static_files()[name].version}"

    def local(moment: datetime) -> str:
        there = moment.astimezone(settings.timezone)
        return f"{there:%H:%M} {short_day(there.date(), settings.language)}"

    html = _environment(settings.language).get_template(template)
    content = html.render(
        name=settings.name, today=site.today(), kept_here=site.caught is not None, static=static, local=local,
        prefix=base, **values,
    )  # fmt: skip
    return HTMLResponse(content, status, headers)


def error_page(
    site: Site, status: int, heading: Text, advice: Text, headers: Mapping[str, str] | None = None, back: str = ""
) -> HTMLResponse:
    """A short page that says what is wrong and what to do, and leads `back` to where it can be done."""
    return page(site, "error.html", status, headers, heading=heading, advice=advice, back=back)


def not_found(site: Site) -> HTMLResponse:
    """The page for a link that leads nowhere."""
    advice = text("Is the link complete? A mail program may have cut it in two. The newest mail has it whole.")
    return error_page(site, 404, text("There is nothing at this link"), advice)


def gone(site: Site) -> HTMLResponse:
    """The page for a link that was revoked."""
    advice = text("The office that runs these pages has given out a new one. Ask it, or look into its newest mail.")
    return error_page(site, 410, text("This link was revoked"), advice)
