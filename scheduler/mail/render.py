"""The templates: the packaged ones, or those of the same name in the configuration's `templates/` folder."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    select_autoescape,
)
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from markupsafe import Markup, escape

from scheduler.mail.errors import MailError
from scheduler.mail.words import Words
from scheduler.translation import text

_FAILURES = (TemplateError, OSError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""What a template that somebody else wrote can raise."""


@cache
def environment(folder: Path | None) -> Environment:
    """The templates, an administrator's own first; Jinja notices when those change."""
    loaders: list[BaseLoader] = [FileSystemLoader(folder)] if folder else []
    loaders.append(PackageLoader("scheduler.mail", "templates"))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, folder: Path | None, words: Words, values: Mapping[str, Any]) -> str:
    """A template filled in. Whatever is wrong with it becomes one MailError that names the template and the line."""
    say = _html(words.gettext, words.ngettext) if name.endswith(".html") else (words.gettext, words.ngettext)
    try:
        template = environment(folder).get_template(name)
        return template.render(values, _=say[0], gettext=say[0], ngettext=say[1], words=words)
    except _FAILURES as error:
        source, line = _where(error, name)
        problem = text(
            "the mail template {template} is faulty in line {line}: {reason}",
            template=source,
            line=line,
            reason=getattr(error, "message", None) or str(error) or type(error).__name__,
        )
        raise MailError(problem, permanent=True, setup=True) from error


def _html(gettext: Callable[..., str], ngettext: Callable[..., str]) -> tuple[Callable[..., str], Callable[..., str]]:
    """The same words for HTML: the values are escaped, the sentence is taken as it is."""

    def say(original: str, /, **values: object) -> Markup:
        return Markup(gettext(original, **{k: escape(v) for k, v in values.items()}))  # noqa: S704 -- escaped here

    def count(one: str, many: str, n: int, /, **values: object) -> Markup:
        return Markup(ngettext(one, many, n, **{k: escape(v) for k, v in values.items()}))  # noqa: S704 -- likewise

    return say, count


def _where(error: Exception, name: str) -> tuple[str, int]:
    """The template and line that an error comes from."""
    if isinstance(error, TemplateSyntaxError):
        return error.name or name, error.lineno
    for frame in reversed(extract_tb(error.__traceback__)):
        if frame.filename.endswith((".txt", ".html")):
            return Path(frame.filename).name, frame.lineno or 0
    return name, 0
