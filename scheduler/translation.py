"""Two languages from one gettext catalogue: English sentences in the code, Vietnamese beside them.

A sentence that is made far from the reader (a problem in a file, a wording that is not understood) travels as a
`Text`, its English original with its arguments, and becomes words only where the reader's language is known.
"""

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")
LOCALES = Path(__file__).parent / "locale"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of one language; English is the language of the originals."""
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("nhachan", LOCALES, languages=[language])


@dataclass(frozen=True)
class Text:
    """A sentence not yet in anybody's language: an English original with `{name}` places and what goes there."""

    original: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, language: str) -> str:
        """The sentence in a language. A value that is itself a `Text` is rendered too."""
        words = catalogue(language).gettext(self.original) if self.original else ""
        values = {k: v.render(language) if isinstance(v, Text) else v for k, v in self.values.items()}
        return words.format(**values)

    def __str__(self) -> str:
        return self.render("en")


def text(original: str, /, **values: object) -> Text:
    """Shorthand for `Text`; the word that `pybabel extract` looks for beside `gettext` and `_`."""
    return Text(original, values)


def terminal_language() -> str:
    """The language for a person at a terminal: $NHACHAN_LANG, else the usual locale variables, else English."""
    for variable in ("NHACHAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "vi" if value.lower().startswith(("vi", "vn")) else "en"
    return "en"
