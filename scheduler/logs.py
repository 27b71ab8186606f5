"""The log: lines for people, for the journal with its levels, or JSON lines for programs. No secret stands in any.

A line of ours says what happened in a sentence and, in `extra`, the same for programs: a stable `action` and those
`FIELDS` that belong to it. Whatever comes from elsewhere (an answer of a mail server, a traceback) goes through `safe`
as well.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

FORMATS = ("text", "json")
FIELDS = ("action", "unit", "mail", "count", "change", "deadline", "setting")
"""What a line may carry beside its sentence, in this order. Nothing else of a record's `extra` is written."""

_LEVELS = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_QUIET = ("apscheduler", "mail.log")
_LONGEST = 10_000
"""Characters of a line that are looked through and written. What comes from elsewhere may be of any length."""
_NAME = r"[^\s<>@\"“”(),;:…\[]"
_SECRETS = (
    (
        re.compile(r"(?:(?<=/feeds/)|(?<=/login/)|(?<=/u/))[a-z2-7]{32}\b"),
        "…",
    ),  # the token of a link
    (re.compile(r"(?<![\w-])nhachan_[\w-]{43}"), "nhachan_…"),  # a key of the API
    (re.compile(r"(?i)\b(bearer\s++)[^\s\"',;]++"), r"\1…"),
    (re.compile(r"(?i)((?:password|passwd|secret|token|mật khẩu)['\"]?+\s*+[=:]\s*+)\S++"), r"\1…"),
    # Of a mail address the name, which may hold more than letters; but for quotes and slashes around it.
    (re.compile(rf"(?<!{_NAME})(['/{{]*+)(?:\"[^\"\n]{{1,64}}+\"|{_NAME}++)@(?=[\w-]++\.)"), r"\1…@"),
)
"""Each looks at a character a few times at most, however the line was made: no quantifier gives back what it took."""


def safe(line: str) -> str:
    """A line, or several, without tokens of links, passwords, keys, and the names in mail addresses."""
    if len(line) > _LONGEST:
        line = "\n".join(_shortened(one) for one in line.split("\n"))
    line = without_passwords(line)
    for pattern, instead in _SECRETS:
        line = pattern.sub(instead, line)
    return line


def without_passwords(line: str) -> str:
    """A line without the user and password of an address in it."""
    return re.sub(r"(?<!\S)\S++", _without_password, line) if "://" in line else line


def _shortened(line: str) -> str:
    if len(line) <= _LONGEST:
        return line
    return line[:_LONGEST].rpartition(" ")[0] + " …"  # half a secret would not be known for one


def _without_password(word: re.Match[str]) -> str:
    """A word without what stands before the last @ of an address in it, where that may be user and password."""
    before, mark, address = word[0].partition("://")
    user, at, rest = address.rpartition("@")
    return f"{before}{mark}…@{rest}" if at and ":" in user else word[0]


def in_journal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream leads to systemd's journal: $JOURNAL_STREAM has its device and inode."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM", "") == f"{status.st_dev}:{status.st_ino}"


def begin(form: str = "text", stream: TextIO = sys.stderr) -> None:
    """Write the log to a stream from now on, `form` being one of `FORMATS`."""
    handler = logging.StreamHandler(stream)
    journal = in_journal(stream)
    handler.setFormatter(JsonLines(journal=journal) if form == "json" else Lines(journal=journal))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)  # the daemon tells of its beats itself


def _fields(record: logging.LogRecord) -> dict[str, object]:
    values = ((name, getattr(record, name, None)) for name in FIELDS)
    return {name: value for name, value in values if value is not None}


class _Formatter(logging.Formatter):
    """What both forms share: the journal reads a level from the beginning of each line (sd-daemon(3))."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self.journal = journal

    def leveled(self, record: logging.LogRecord, lines: str) -> str:
        """The lines, each with its level where the journal reads it."""
        if not self.journal:
            return lines
        level = next((number for least, number in _LEVELS if record.levelno >= least), 7)
        return "\n".join(f"<{level}>{line}" for line in lines.splitlines())


class Lines(_Formatter):
    """Lines for people: moment, level, sentence; in the journal, which has the first two, sentence and fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        sentence = record.getMessage()
        if self.journal:
            sentence = " ".join((sentence, *(f"{name}={value}" for name, value in _fields(record).items())))
        else:
            sentence = f"{self.formatTime(record)} {record.levelname} {sentence}"
        if record.exc_info:
            sentence += f"\n{self.formatException(record.exc_info)}"
        return self.leveled(record, safe(sentence))


class JsonLines(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        found: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": safe(record.getMessage()),
            "logger": record.name,
        }
        found |= {name: safe(v) if isinstance(v, str) else v for name, v in _fields(record).items()}
        if record.exc_info:
            found["exception"] = safe(self.formatException(record.exc_info))
        return self.leveled(record, json.dumps(found, ensure_ascii=False, default=str))
