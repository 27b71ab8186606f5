"""What is wrong with a configuration, where, and what to write instead."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scheduler.logs import without_passwords
from scheduler.translation import Text, text

Severity = Literal["error", "warning"]
Path_ = tuple[str | int, ...]
"""The way from the top of a file to a place in it: keys, and the numbers of list entries from 0."""

ON_KEY: Path_ = ("",)
"""The end of a path where a key itself is meant, not what stands after it."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or (a warning) may be. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    problem: Text
    advice: Text
    severity: Severity = "error"

    def render(self, language: str) -> str:
        """The problem in one line, as compilers write them, so that editors can jump to it."""
        warning = text("warning").render(language)
        word = f"{warning}: " if self.severity == "warning" else ""
        place = f"{self.file}:{self.line}:{self.column}"
        words = f"{place}: {word}{self.problem.render(language)} — {self.advice.render(language)}"
        return words if words.isprintable() else "".join(c if c.isprintable() else " " for c in words)

    def __str__(self) -> str:
        return self.render("en")


class ConfigError(Exception):
    """A configuration that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))


class WrongError(ValueError):
    """A value that will not do. `path` leads from the value to the part that is meant.

    `column` says how far into a text (from 0) the trouble starts. It is caught where the value's place is known.
    """

    def __init__(self, problem: Text, advice: Text, path: Path_ = (), column: int = 0) -> None:
        super().__init__(f"{problem} — {advice}")
        self.problem = problem
        self.advice = advice
        self.path = path
        self.column = column


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by file, line and column."""
    return tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that somebody probably meant, or nothing."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)), "")


def short(words: str) -> str:
    """The beginning of a long text, so that a problem stays one that can be read."""
    words = without_passwords(words)
    return words if len(words) <= 60 else words[:59] + "…"


def unknown_key(key: str, allowed: Iterable[str]) -> tuple[Text, Text]:
    """What to say about a key that nobody asked for."""
    allowed = list(allowed)
    if key.partition(":")[0] in allowed:  # {to:mau.ubnd}
        return text("a space is missing after “:”"), text("write `{line}`", line=short(key.replace(":", ": ", 1)))
    key = short(key)
    meant = nearest(key, allowed)
    if meant:
        return text("unknown key “{key}”", key=key), text("did you mean “{meant}”?", meant=meant)
    return text("unknown key “{key}”", key=key), text("what can stand here: {allowed}", allowed=", ".join(allowed))


def empty(key: str | int) -> tuple[Text, Text]:
    """What to say about a key with nothing after it."""
    if isinstance(key, int):
        return text("entry {number} of the list is empty", number=key + 1), text("write a value, or take the entry out")
    return text("“{key}” is empty", key=key), text("write a value after it, or leave the key out")
