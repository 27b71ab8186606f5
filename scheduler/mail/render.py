"""The templates: the packaged ones, or those of the same name in the configuration's `templates/` folder."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
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
    Template,
    select_autoescape,
)
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.nodes import CallBlock, Const, ContextReference, Node
from jinja2.parser import Parser
from jinja2.runtime import Context
from markupsafe import Markup, escape

from scheduler.mail.errors import MailError
from scheduler.mail.words import Words
from scheduler.translation import text

_FAILURES = (TemplateError, OSError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""What a template that somebody else wrote can raise."""


class Once(Extension):
    """`{% once … %}…{% endonce %}`: what stands between is laid out once for the values it is made of, which are named.

    Of two mails that have them in common the second takes over what the first has.
    """

    tags = {"once"}  # noqa: RUF012 -- as Jinja declares it

    def parse(self, parser: Parser) -> Node:
        """The block as a call of `_laid_out`, with its place and the values."""
        line = next(parser.stream).lineno
        values = parser.parse_tuple()
        body = parser.parse_statements(("name:endonce",), drop_needle=True)
        call = self.call_method("_laid_out", [ContextReference(), Const(f"{parser.name}:{line}"), values])
        return CallBlock(call, [], [], body).set_lineno(line)

    @staticmethod
    def _laid_out(context: Context, place: str, values: Hashable, caller: Callable[[], str]) -> str:
        known: dict[tuple[str, Hashable], str] = context["known"]
        found = known.get((place, values))
        if found is None:
            found = known[place, values] = caller()
        return found


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
        extensions=[Once],
    )


@dataclass
class Templates:
    """The templates of a folder, as they stand now, in one language; for a batch of mails, of which much is alike."""

    folder: Path | None
    words: Words
    _found: dict[str, tuple[Template, dict[str, Any]]] = field(default_factory=dict, repr=False)

    def render(self, name: str, values: dict[str, Any]) -> str:
        """A template filled in. What is wrong with it becomes one MailError that names the template and the line."""
        try:
            if name not in self._found:
                self._found[name] = environment(self.folder).get_template(name), self._always(name)
            template, always = self._found[name]
            return template.render(always | values)
        except _FAILURES as error:
            source, line = _where(error, name)
            problem = text(
                "the mail template {template} is faulty in line {line}: {reason}",
                template=source,
                line=line,
                reason=getattr(error, "message", None) or str(error) or type(error).__name__,
            )
            raise MailError(problem, permanent=True, setup=True) from error

    def _always(self, name: str) -> dict[str, Any]:
        gettext, ngettext = self.words.gettext, self.words.ngettext
        if name.endswith(".html"):
            gettext, ngettext = _html(gettext, ngettext)
        return {"_": gettext, "gettext": gettext, "ngettext": ngettext, "words": self.words, "known": {}}


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
