"""What a list is while it is read: rows of cells in one spelling, later under known fields, and what is to be said.

Nothing is guessed about a unit here: a cell is text, and an entry knows which heading each of its cells stands under.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduler.config.problems import ConfigError, Problem
from scheduler.config.reader import MAX_BYTES
from scheduler.config.values import BREAK
from scheduler.translation import Text, text

MAX_COLUMNS = 100


@dataclass(frozen=True)
class Limits:
    """How large a list may be, in bytes and rows, and the units file that is made of it."""

    file: int = 20 * 2**20
    unpacked: int = 200 * 2**20
    rows: int = 50_000
    written: int = MAX_BYTES


# What several readers say of a file.
SAVE = text("save it as .xlsx or as CSV UTF-8")
EMPTY = text("this file is empty"), text("give a list with a heading row and a row for each unit")


@dataclass(frozen=True)
class ImportNote:
    """What was passed over, added or left out, for a person to look at. `row` counts from 1; 0 is the whole file."""

    file: str
    row: int
    note: Text

    def render(self, language: str) -> str:
        """The note in one line."""
        return f"{self.file}{f':{self.row}' if self.row else ''}: {self.note.render(language)}"

    def __str__(self) -> str:
        return self.render("en")


class ListError(ConfigError):
    """A list that cannot be used, with everything that is wrong with it; line and column are the cell's."""


def refuse(file: str, problem: Text, advice: Text, line: int = 1) -> ListError:
    """The error for a list that cannot be read on."""
    return ListError([Problem(file, line, 1, problem, advice)])


def clean(words: str) -> str:
    """Text in one spelling: composed accents, single ordinary spaces, no invisible characters; line ends are kept.

    A backslash at which calendar programs would begin a new line becomes a slash, as `check` would ask for.
    """
    return BREAK.sub(lambda found: f"/{found[0][1:]}", _visible(words))


def _visible(words: str) -> str:
    if words.isascii() and words.isprintable() and "_x000" not in words:
        return " ".join(words.split())
    lines = re.sub("_x000[dD]_", "\n", words).splitlines()
    visible = ("".join(c for c in line if c.isprintable() or c.isspace()) for line in lines)
    return unicodedata.normalize("NFC", "\n".join(filter(None, (" ".join(line.split()) for line in visible))))


def fold(words: str) -> str:
    """Text without accents and capitals; đ is d."""
    lower = words.lower().replace("đ", "d").replace("ð", "d")
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


@dataclass
class Row:
    """A row as its file has it, numbered from 1 as a person sees it there."""

    number: int
    cells: list[str]
    merged: set[int] = field(default_factory=set)  # columns, from 0, that were filled from a merged cell above


def add_row(rows: list[Row], number: int, values: Sequence[object], file: str, limits: Limits) -> None:
    """Keep a row if something stands in it; a `ListError` where there are too many."""
    cells = ["" if value is None else clean(_written(value)) for value in values[:MAX_COLUMNS]]
    if any(cells) and len(rows) == limits.rows:
        problem = text("more than {rows} rows", rows=limits.rows)
        raise refuse(file, problem, text("divide the list among several files"), number)
    if any(cells):
        rows.append(Row(number, cells))


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, in one spelling (see `clean`), and its column from 1."""

    column: int
    value: str


@dataclass(frozen=True)
class Entry:
    """A row below the headings: its cells by field, and what stands in columns that nobody asked for.

    `continues` is True where its name is one merged cell with the name above.
    """

    row: int
    fields: dict[str, list[Cell]]
    number: str = ""
    loose: tuple[str, ...] = ()
    continues: bool = False

    def value(self, name: str) -> str:
        """The text of a field on one line; nothing where it is empty."""
        cells = self.fields.get(name)
        return cells[0].value.replace("\n", " ") if cells else ""

    def column(self, name: str) -> int:
        """Where a field stands in this row."""
        cells = self.fields.get(name)
        return cells[0].column if cells else 1

    @property
    def words(self) -> list[str]:
        """All that stands in the row except its number."""
        return [c.value.replace("\n", " ") for cells in self.fields.values() for c in cells] + list(self.loose)


@dataclass
class UnitList:
    """The rows of a list. `file` is how places in it begin; `fields` are those that have a column."""

    file: str
    sheet: str
    heading_row: int
    fields: frozenset[str]
    entries: list[Entry]
    notes: list[ImportNote]
