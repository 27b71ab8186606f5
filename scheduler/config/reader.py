"""One YAML file as plain data.

YAML is read as people mean it: `true`, `null` and whole numbers are what they look like, everything else is text, so
that 2026-10-15, 17:00, 08, no and 5/5 stay as they were written. Anchors, tags and merge keys are refused.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scheduler.config.parser import MAX_DEPTH, Parser, TooDeepError
from scheduler.config.problems import Problem
from scheduler.config.slips import slips
from scheduler.config.source import Source, as_text
from scheduler.config.syntax import syntax_problem
from scheduler.translation import Text, text

MAX_BYTES = 8 * 2**20

_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}  # type: ignore[dict-item]
_DIGITS = frozenset("0123456789")
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
# What YAML forbids, and line ends and marks that no editor shows. A no-break space in front of a key looks like
# indentation and is none.
_INVISIBLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\xac\xae-\u200a\u200c-\u2027\u202f-\u2065\u206a-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|^[ -]*\xa0",
    re.MULTILINE,
)
_SIGNS = (b"&", b"*", b"!")
_PERHAPS_ANCHOR = re.compile(r"(?:^|[\s\[{,])[&*!]", re.MULTILINE)


def read(path: Path, file: str, given: bytes | None = None) -> Source:
    """A file as plain data; everything that is wrong with it as YAML is among its problems.

    `given` is taken for what stands in it.
    """
    source = opened(path, file, given)
    parse(source)
    return source


def opened(path: Path, file: str, given: bytes | None = None) -> Source:
    """A file with its bytes alone, see `read`."""
    source = Source(file, path)
    with _noting(source):
        raw = _bytes(path) if given is None else given
        source.raw = raw.removeprefix(b"\xef\xbb\xbf")
    return source


def parse(source: Source) -> None:
    """Make data of a file's bytes, where it has any."""
    if source.broken:
        return
    with _noting(source):
        _check_characters(source.raw)
        source.data = _parse(source)


@contextmanager
def _noting(source: Source) -> Iterator[None]:
    """What cannot be read at all is a problem of the file."""
    try:
        yield
    except _UnreadableError as error:
        source.broken = True
        source.problems.append(Problem(source.file, error.line, error.column, error.problem, error.advice))


class _UnreadableError(Exception):
    def __init__(self, problem: Text, advice: Text, line: int = 1, column: int = 1) -> None:
        super().__init__(str(problem))
        self.problem, self.advice, self.line, self.column = problem, advice, line, column


def _bytes(path: Path) -> bytes:
    try:
        if path.is_symlink() and not path.exists():
            raise _UnreadableError(
                text("this link leads to a file that does not exist: {target}", target=path.readlink()),
                text("put the file there, or remove the link"),
            )
        if not path.is_file():
            raise _UnreadableError(
                text("this is not a file") if not path.is_dir() else text("this is a folder, not a file"),
                text("give it a name that does not end in .yaml, or put a file in its place"),
            )
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _UnreadableError(
            text("this file cannot be read: {reason}", reason=error.strerror or str(error)),
            text("let the account that runs nhachan read it"),
        ) from error
    if len(raw) > MAX_BYTES:
        raise _UnreadableError(
            text("this file is larger than {size} MiB", size=MAX_BYTES // 2**20),
            text("divide it among several files in the same folder"),
        )
    return raw


def _check_characters(raw: bytes) -> None:
    try:
        words = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        advice = text("save the file as UTF-8 (in an editor: Save as, Encoding, UTF-8)")
        raise _UnreadableError(text("this is not UTF-8 text"), advice, *_position(before, len(before))) from error
    found = None if words.replace("\n", "").isprintable() else _INVISIBLE.search(words)
    if not found:
        return
    position = _position(words, found.end() - 1)
    if found.group()[-1] == "\xa0":
        advice = text("replace it by an ordinary space: delete it and press the space bar")
        raise _UnreadableError(text("a no-break space stands where the line is indented"), advice, *position)
    code = f"U+{ord(found.group()):04X}"
    raise _UnreadableError(
        text("an invisible character ({code}) stands here", code=code),
        text("delete it, and what came with it"),
        *position,
    )


def _position(words: str, offset: int) -> tuple[int, int]:
    before = words[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _parse(source: Source) -> Any:
    try:
        if any(sign in source.raw for sign in _SIGNS) and _PERHAPS_ANCHOR.search(source.raw.decode()):
            _refuse_anchors(source.raw)
        root = Parser(source.raw).get_single_node()
    except TooDeepError as error:
        raise _UnreadableError(
            text("more than {depth} levels, one inside the other", depth=MAX_DEPTH),
            text("look for brackets [ or {{ that are opened and never closed"),
            error.line + 1,
            error.column + 1,
        ) from error
    except yaml.MarkedYAMLError as error:
        words = source.raw.decode()
        mark = error.problem_mark or error.context_mark
        found = slips(words, mark.line if mark else 0)
        if not found:
            raise _UnreadableError(*syntax_problem(error, words)) from error
        source.broken = True
        source.problems += [Problem(source.file, s.line + 1, s.column + 1, s.problem, s.advice) for s in found]
        return None
    except yaml.YAMLError as error:
        raise _UnreadableError(
            text("this is not well-formed YAML: {words}", words=" ".join(str(error).split())),
            text("compare it with the examples in the documentation"),
        ) from error
    if root is None:
        raise _UnreadableError(text("this file is empty"), text("write its keys, or remove the file"))
    data = _Reader(source).value(root)
    if data is None and not source.problems:
        raise _UnreadableError(text("this file is empty"), text("write its keys, or remove the file"))
    return data


def _refuse_anchors(raw: bytes) -> None:
    """Anchors, aliases and tags; looked for one event at a time, before aliases could grow into billions."""
    depth = 0
    parser = Parser(raw)
    while parser.check_event():
        event = parser.get_event()
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise _UnreadableError(
                text("“{sign}{name}”: references are not understood here", sign=sign, name=event.anchor),
                text("write the value out; if the text itself begins with {sign}, put it in quotes", sign=sign),
                mark.line + 1,
                mark.column + 1,
            )
        if getattr(event, "tag", None):
            raise _UnreadableError(
                text(
                    "“{tag}”: type marks are not understood here",
                    tag=raw.decode().splitlines()[mark.line][mark.column :].split()[0],
                ),
                text("leave it out; if the text itself begins with !, put it in quotes"),
                mark.line + 1,
                mark.column + 1,
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise TooDeepError(mark.line, mark.column)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


@dataclass
class _Reader:
    """Nodes become plain data; what is wrong with a key is noted, and the rest read on."""

    source: Source

    def value(self, node: Any) -> Any:
        kind = type(node)
        if kind is yaml.ScalarNode:
            value = node.value
            if node.tag[0] is True:  # written without quotes
                if value in _WORDS:
                    return _WORDS[value]
                if value[-1] in _DIGITS and _WHOLE_NUMBER.fullmatch(value):
                    return int(value)
            return as_text(value)
        if kind is yaml.MappingNode:
            found: dict[str, Any] = {}
            for key, item in node.value:
                name = as_text(key.value) if type(key) is yaml.ScalarNode else ""
                if not name or name == "<<" or name in found:
                    self._refuse(node, key, name)
                else:
                    found[name] = self.value(item)
            return found
        return [self.value(item) for item in node.value]

    def _refuse(self, node: yaml.MappingNode, key: yaml.Node, name: str) -> None:
        mark = key.start_mark
        if not name:
            problem, advice = (
                text("a key must be a word"),
                text("write it as `key: value`; put text that has brackets in it in quotes"),
            )
        elif name == "<<":
            problem, advice = text("“<<” is not understood here"), text("write the keys out")
        else:
            first = next(
                k.start_mark.line + 1
                for k, _ in node.value
                if isinstance(k, yaml.ScalarNode) and as_text(k.value) == name
            )
            problem = text("“{key}” stands here twice; the first is on line {line}", key=name, line=first)
            advice = text("keep one of them")
        self.source.problems.append(Problem(self.source.file, mark.line + 1, mark.column + 1, problem, advice))
