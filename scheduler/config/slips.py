"""Slips of the pen that show themselves elsewhere: a space left out after “:” or “-”, a quotation mark not closed.

YAML takes `to:mau.ubnd` for a text and gives up on a later line. A slip is blamed only when the parser gets further, or
to the end, once it is mended.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import yaml

from scheduler.config.parser import Parser, TooDeepError
from scheduler.config.problems import short
from scheduler.translation import Text, text

_WORD = r"[^\W\d][\w.-]*"
# Indentation, entries of a list, a dash without its space, a key (or a year), and what stands after the colon.
_LINE = re.compile(rf"(\s*(?:-\s+)*)(-?)({_WORD}|[0-9]{{4}}(?=:\{{)):(.*)")
_VALUE = re.compile(rf"({_WORD}):(?!//)(?=\S)(.*)", re.DOTALL)
_ABOVE = 12
"""How many lines above the place where the parser gave up are looked at."""
_MOST = 20
"""How many slips are looked for one after the other; in large files fewer, for each time the file is parsed anew."""
_CHARACTERS = 2**22
_OPENED = {quote: re.compile(rf"(?:^\s*|[:-]\s+|[\[{{,]\s*){quote}") for quote in "\"'"}
_ENDINGS = (re.compile(r"\s*$"), re.compile(r"[\]},\s]*$"), re.compile(r"[\]},\s]*(?:\s#.*)?$"))

AFTER_COLON = text("a space is missing after “:”")
AFTER_DASH = text("a space is missing after “-”")


@dataclass(frozen=True)
class Slip:
    """One slip; line and column from 0."""

    line: int
    column: int
    problem: Text
    advice: Text


@dataclass(frozen=True)
class _Mended:
    line: str
    column: int
    problem: Text


def slips(words: str, line: int) -> list[Slip]:
    """The slips that explain why the parser gave up on a line (from 0) of a file; none where they do not."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tries = max(1, min(_MOST, _CHARACTERS // len(words)))
    return _missing_spaces(lines, line, tries) or list(_unclosed_quote(lines, line, tries))


def key_in_value(value: str, keys: Collection[str]) -> tuple[Text, str, int] | None:
    """What to say about a text that is a key and its value without the space between: what, the line, the column.

    Without `keys`, every word may be a key.
    """
    found = _VALUE.match(value)
    if not found or (keys and found[1] not in keys):
        return None
    rest = re.split(rf"\s(?=(?:{'|'.join(map(re.escape, keys))}):)", found[2])[0] if keys else found[2]
    return AFTER_COLON, short(f"{found[1]}: {rest}"), len(found[1]) + 1


def _missing_spaces(lines: list[str], line: int, tries: int) -> list[Slip]:
    found: dict[int, _Mended] = {}
    for _ in range(tries):
        candidates = _candidates(lines, line)
        needed = _needed(lines, candidates, line) or _needed(lines, _outdented(candidates), line)
        found |= needed
        if not needed:
            break
        lines = _with(lines, needed)
        after = _gives_up(lines)
        if after is None:
            break
        line = after
    return [
        Slip(number, mended.column, mended.problem, text("write `{line}`", line=_shown(mended.line)))
        for number, mended in sorted(found.items())
    ]


def _candidates(lines: list[str], line: int) -> dict[int, _Mended]:
    """Lines without a space where one may be missing, nearest to a line or above it, and in one piece."""
    found: dict[int, _Mended] = {}
    looked = 0
    for number in range(min(line, len(lines) - 1), -1, -1):
        content = lines[number].strip()
        if not content or content.startswith("#"):
            continue
        mended = _mend(lines[number])
        if mended:
            found[number] = mended
        if len(found) == _MOST or looked > _ABOVE or (found and not mended):
            break
        looked += not found
    return found


def _mend(line: str) -> _Mended | None:
    found = _LINE.fullmatch(line)
    if not found or found[4].startswith("//"):
        return None
    before, dash, key, rest = found.groups()
    space = "" if not rest or rest[0].isspace() else " "
    if dash:
        return _Mended(f"{before}- {key}:{space}{rest}", len(before) + 1, AFTER_DASH)
    return _Mended(f"{before}{key}: {rest}", len(before) + len(key) + 1, AFTER_COLON) if space else None


def _outdented(mended: dict[int, _Mended]) -> dict[int, _Mended]:
    """Entries of lists a column further left, as the lines below stand under the key after a dash without a space."""
    entries = {n: replace(m, line=m.line.removeprefix(" ")) for n, m in mended.items() if m.problem is AFTER_DASH}
    return mended | entries if entries else {}


def _needed(lines: list[str], mended: dict[int, _Mended], line: int) -> dict[int, _Mended]:
    """Those without which the parser does not get beyond a line; none where it does not do so with all of them."""
    if not mended or not _gets_beyond(_with(lines, mended), line):
        return {}
    for number in sorted(mended) if len(mended) > 1 else ():
        fewer = {n: m for n, m in mended.items() if n != number}
        if _gets_beyond(_with(lines, fewer), line):
            mended = fewer
    return mended


def _with(lines: list[str], mended: dict[int, _Mended]) -> list[str]:
    return [mended[number].line if number in mended else line for number, line in enumerate(lines)]


def _unclosed_quote(lines: list[str], line: int, tries: int) -> Iterator[Slip]:
    """The first line from above with a quotation mark that is opened and not closed, if closing it helps."""
    tried = 0
    for number, words in enumerate(lines[: line + 1]):
        if words.lstrip().startswith("#"):
            continue
        for quote, opened in _OPENED.items():
            # A mark behind a backslash closes nothing.
            marks = [m.start() for m in re.finditer(rf"\\.|{quote}", words) if m.group() == quote]
            if len(marks) % 2 == 0 or not opened.search(words):
                continue
            tried += 1
            ends = {found.start() for ending in _ENDINGS if (found := ending.search(words, marks[-1] + 1))}
            for at in sorted(ends, reverse=True):
                closed = f"{words[:at]}{quote}{words[at:]}"
                if _gets_beyond([*lines[:number], closed, *lines[number + 1 :]], line):
                    problem = text("a quotation mark is opened here and never closed")
                    yield Slip(number, marks[-1], problem, text("close it on the same line"))
                    return
        if tried >= tries:
            return


def _gets_beyond(lines: list[str], line: int) -> bool:
    after = _gives_up(lines)
    return after is None or after > line


def _gives_up(lines: list[str]) -> int | None:
    """The line (from 0) on which the parser gives up; None where it does not."""
    try:
        Parser("\n".join(lines).encode()).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.line if mark else 0
    except (TooDeepError, yaml.YAMLError):
        return 0
    return None


def _shown(line: str) -> str:
    return short(re.split(r"\s#", line.strip())[0].rstrip())
