"""A list of units as it leaves an office, CSV or XLSX, becomes rows of known fields.

What a file is, its first bytes say, not its name. Encoding, separator, sheet and heading row are found by what makes
the headings readable. Nothing is guessed about a unit here: a cell is text, and stands under a heading.
"""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scheduler.config.problems import ConfigError, Problem
from scheduler.translation import Text, text

MAX_BYTES = 20 * 2**20
MAX_UNPACKED = 200 * 2**20
MAX_ROWS = 50_000
_MAX_COLUMNS = 100
_HEADING_ROWS = 20
_SEPARATORS = "\t;,|"  # the first of those that do equally well is taken: names have commas in them

# What a heading may say; accents, case, marks and words in brackets do not matter. The first ones are shown in advice.
# `number` only helps to tell section rows from units.
_HEADINGS = {
    "name": """tên đơn vị|đơn vị|tên cơ quan|name|cơ quan|tên|cơ quan đơn vị|tên cơ quan đơn vị|tên đơn vị cơ quan
        |tên tổ chức|tổ chức|tên đầy đủ|phòng ban|tên phòng ban|xã phường|tên xã phường|tên xã|tên trường
        |đơn vị báo cáo|tên đơn vị báo cáo|unit|unit name|full name|office|organisation|organization""",
    "id": "mã|mã đơn vị|id|code|mã cơ quan|mã số|mã định danh|unit id|unit code",
    "email": """thư điện tử|email|e-mail|địa chỉ thư|địa chỉ thư điện tử|địa chỉ email|địa chỉ e-mail|hộp thư|hòm thư
        |hộp thư điện tử|thư công vụ|thư điện tử công vụ|email công vụ|email đơn vị|thư điện tử đơn vị|mail|emails
        |email address|email addresses|e-mail address""",
    "lead": """lãnh đạo|thủ trưởng|email lãnh đạo|lead|e-mail lãnh đạo|thư điện tử lãnh đạo|địa chỉ thư lãnh đạo
        |email của lãnh đạo|email thủ trưởng|e-mail thủ trưởng|thư điện tử thủ trưởng|địa chỉ thư thủ trưởng
        |lãnh đạo đơn vị|thủ trưởng đơn vị|thủ trưởng cơ quan|người đứng đầu|leader|head|lead email|head email""",
    "parent": """đơn vị cấp trên|trực thuộc|cấp trên|parent|cơ quan cấp trên|cơ quan chủ quản|đơn vị chủ quản
        |đơn vị quản lý|cơ quan quản lý|thuộc đơn vị|parent unit|belongs to""",
    "groups": "nhóm|khối|cụm|groups|nhóm đơn vị|khối đơn vị|thuộc nhóm|thuộc khối|khối thi đua|cụm thi đua|group",
    "number": "stt|tt|số tt|số thứ tự|thứ tự|no",
}
_COLUMN_NUMBER = re.compile(r"\(?(?:[0-9]{1,2}|[A-Z])\)?")
_SAVE = text("save it as .xlsx or as CSV UTF-8")
_EMPTY = text("this file is empty"), text("give a list with a heading row and a row for each unit")


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


@dataclass
class _Row:
    number: int
    cells: list[str]
    merged: set[int] = field(default_factory=set)  # columns, from 0, that were filled from a merged cell above


def clean(words: str) -> str:
    """Text in one spelling: composed accents, single ordinary spaces, no invisible characters; line ends are kept."""
    if words.isascii() and words.isprintable() and "_x000" not in words:
        return " ".join(words.split())
    lines = re.sub("_x000[dD]_", "\n", words).splitlines()
    visible = ("".join(c for c in line if c.isprintable() or c.isspace()) for line in lines)
    return unicodedata.normalize("NFC", "\n".join(filter(None, (" ".join(line.split()) for line in visible))))


def fold(words: str) -> str:
    """Text without accents and capitals; đ is d."""
    lower = words.lower().replace("đ", "d").replace("ð", "d")
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


def refuse(file: str, problem: Text, advice: Text, line: int = 1) -> ListError:
    """The error for a list that cannot be read on."""
    return ListError([Problem(file, line, 1, problem, advice)])


def read_list(path: Path) -> UnitList:
    """The list that a file holds. A `ListError` says why there is none."""
    file = str(path)
    raw = _bytes(path, file)
    if not raw.startswith(b"PK\x03\x04"):
        if path.suffix.lower() in (".xlsx", ".xlsm") and b"\0" in raw[:1000]:
            problem = text("this is no Excel workbook, whatever its name says")
            raise refuse(file, problem, text("open it in Excel or LibreOffice and save it as .xlsx without a password"))
        return _csv(raw, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl says of pictures, checks and styles that it leaves out
            return _workbook(raw, file)
    except ListError:
        raise
    except Exception as error:  # openpyxl answers a damaged workbook with exceptions of any kind
        reason = " ".join(str(error).split()) or type(error).__name__
        problem = text("this workbook cannot be read: {reason}", reason=reason)
        advice = text("open it in Excel or LibreOffice and save it as .xlsx without a password")
        raise refuse(file, problem, advice) from error


def _bytes(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = text("this file cannot be read: {reason}", reason=reason)
        raise refuse(file, problem, text("look at its name, and at who may read it")) from error
    if len(raw) > MAX_BYTES:
        problem = text("this file is larger than {size} MiB", size=MAX_BYTES // 2**20)
        raise refuse(file, problem, text("divide it among several files, without pictures"))
    start = raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n\0").lower()
    if not raw.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise refuse(file, *_EMPTY)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise refuse(file, text("this workbook is locked with a password"), text("save it without a password"))
        raise refuse(file, text("this is the old Excel format (.xls)"), _SAVE)
    if start.startswith((b"%pdf", b"{\\rtf", b"<")):
        raise refuse(file, text("this is neither a CSV file nor an XLSX workbook"), _SAVE)
    return raw


def _csv(raw: bytes, file: str) -> UnitList:
    words, old = _decode(raw, file)
    tried = {separator: _separated(words, separator, file) for separator in _SEPARATORS}
    best = max(tried, key=lambda separator: _score(_heading(tried[separator])[1]))
    units = _understand(_separated(words, best, file, whole=True), file)
    if old:
        note = text("this is not UTF-8 text: it is read as Windows-1258; look at the accents")
        units.notes.insert(0, ImportNote(file, 0, note))
    return units


def _decode(raw: bytes, file: str) -> tuple[str, bool]:
    """The text, and whether it is in the old encoding."""
    encodings = ["utf-8-sig", "cp1258"]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in raw[:200]:  # of UTF-16, one byte of two is often a nought, always on the same side
        encodings = ["utf-16-le" if raw[1:200:2].count(0) > raw[0:200:2].count(0) else "utf-16-be"]
    for encoding in encodings:
        try:
            return raw.decode(encoding), encoding == "cp1258"
        except UnicodeDecodeError:
            continue
    raise refuse(file, text("this is not text in an encoding that is understood"), _SAVE)


def _separated(words: str, separator: str, file: str, *, whole: bool = False) -> list[_Row]:
    """The rows that hold something; only the first ones, and quotes taken as they come, unless `whole`."""
    rows: list[_Row] = []
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=separator, strict=whole)
    line = 1
    try:
        for cells in reader:
            _add(rows, line, cells, file)
            line = reader.line_num + 1
            if not whole and len(rows) > _HEADING_ROWS:
                break
    except csv.Error as error:
        if whole:
            problem = text("this line is not well-formed CSV: {words}", words=error)
            advice = text("look for a quotation mark that is not closed; inside a quoted cell it is written twice")
            raise refuse(file, problem, advice, line) from error
    return rows


def _add(rows: list[_Row], number: int, values: Sequence[object], file: str) -> None:
    cells = ["" if value is None else clean(_written(value)) for value in values[:_MAX_COLUMNS]]
    if any(cells) and len(rows) == MAX_ROWS:
        problem = text("more than {rows} rows", rows=MAX_ROWS)
        raise refuse(file, problem, text("divide the list among several files"), number)
    if any(cells):
        rows.append(_Row(number, cells))


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _workbook(raw: bytes, file: str) -> UnitList:
    """The first visible sheet with headings; the others that hold something are mentioned."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if "xl/workbook.bin" in archive.namelist():
            raise refuse(file, text("this is a binary workbook (.xlsb)"), _SAVE)
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            problem = text("unpacked, this workbook is larger than {size} MiB", size=MAX_UNPACKED // 2**20)
            raise refuse(file, problem, text("keep the list alone in it, without pictures and other sheets"))
    found: list[tuple[str, list[_Row]]] = []
    others = []
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # they may say that the sheet has a million rows
        title = clean(sheet.title)
        if sheet.sheet_state == "visible" and not any("name" in _heading(rows)[1] for _, rows in found):
            rows = _sheet_rows(sheet, f"{file}[{title}]")
            found += [(title, rows)] if rows else []
        elif any(True for _ in _filled(sheet)):
            others.append(title)
    book.close()
    if not found:
        raise refuse(file, *_EMPTY)
    best = found[-1] if "name" in _heading(found[-1][1])[1] else found[0]
    units = _understand(best[1], f"{file}[{best[0]}]", best[0])
    others = [title for title, _ in found if title != best[0]] + others
    if others:
        note = text("one sheet is read; these are passed over: {sheets}", sheets=_listed(others))
        units.notes.insert(0, ImportNote(units.file, 0, note))
    return units


def _filled(sheet: Any) -> Iterator[tuple[int, tuple[object, ...]]]:
    for number, values in enumerate(sheet.iter_rows(max_row=2**20, max_col=_MAX_COLUMNS, values_only=True), 1):
        if values.count(None) < len(values):
            yield number, values


def _sheet_rows(sheet: Any, place: str) -> list[_Row]:
    """The rows of a sheet that hold something; what is merged downwards stands in each of its rows."""
    from openpyxl.xml.functions import iterparse

    rows: list[_Row] = []
    for number, values in _filled(sheet):
        _add(rows, number, values, place)
    ranges = []
    with sheet._get_source() as source:  # noqa: SLF001 -- a sheet that is only read does not tell what is merged in it
        for _, element in iterparse(source):
            if element.tag.endswith("}mergeCell"):
                ranges.append(element.get("ref"))
            elif element.tag.endswith("}row"):
                element.clear()
    _fill_down(rows, ranges)
    return rows


def _fill_down(rows: list[_Row], ranges: Iterable[str]) -> None:
    from openpyxl.utils import range_boundaries

    by_number = {row.number: row for row in rows}
    ended: dict[int, int] = {}  # by column: ranges that lie over one another are no work of Excel, and are left alone
    corners: Any = (range_boundaries(ref) for ref in ranges)
    for left, top, _, bottom in sorted(corners, key=lambda corner: (corner[1], corner[0])):
        first = by_number.get(top)
        if first is None or top <= ended.get(left, 0) or left > len(first.cells):
            continue
        ended[left] = bottom
        for row in filter(None, map(by_number.get, range(top + 1, min(bottom, rows[-1].number) + 1))):
            row.cells += [""] * (left - len(row.cells))
            row.cells[left - 1] = first.cells[left - 1]
            row.merged.add(left - 1)


def _key(heading: str) -> str:
    if len(heading) > 60:
        return ""
    return re.sub(r" [0-9]+$", "", " ".join(re.findall("[a-z0-9]+", re.sub(r"\(.*?\)", " ", fold(heading)))))


_FIELDS = {_key(heading): name for name, headings in _HEADINGS.items() for heading in headings.split("|")}


def _columns(cells: Sequence[str]) -> dict[str, list[int]]:
    """The columns, from 0, of each field that a row has a heading for."""
    found: dict[str, list[int]] = {}
    for number, cell in enumerate(cells):
        name = _FIELDS.get(_key(cell))
        if name and (name in ("email", "lead", "groups") or name not in found):
            found.setdefault(name, []).append(number)
    return found


def _score(columns: dict[str, list[int]]) -> int:
    return len(columns.keys() - {"number"})


def _heading(rows: Sequence[_Row]) -> tuple[int, dict[str, list[int]]]:
    """Which row has the most headings (the first of several), and their columns."""
    found = ((number, _columns(row.cells)) for number, row in enumerate(rows[:_HEADING_ROWS]))
    return max(found, key=lambda pair: _score(pair[1]), default=(0, {}))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"“{' '.join(word.split())}”" for word in words)


def _known(name: str) -> str:
    return _listed(_HEADINGS[name].split("|")[:4])


def _understand(rows: list[_Row], file: str, sheet: str = "") -> UnitList:
    """Rows under their headings."""
    at, columns = _heading(rows)
    if not _score(columns):
        problem = text("no heading row is found among the first {rows} rows", rows=_HEADING_ROWS)
        known = "; ".join(f"{name}: {_known(name)}" for name in _HEADINGS if name != "number")
        advice = text("write headings above the columns, in Vietnamese or English: {known}", known=known)
        raise refuse(file, problem, advice, rows[0].number if rows else 1)
    heading = rows[at]
    if "name" not in columns:
        advice = text("write one of these above the names: {known}", known=_known("name"))
        raise refuse(file, text("no column has the names of the units"), advice, heading.number)
    below = rows[at + 1 :]
    titles = dict(enumerate(heading.cells))
    name = columns["name"][0]
    if below and (name in below[0].merged or not "".join(below[0].cells[name : name + 1])):
        # A second row of headings, under one that was merged over them ("Liên hệ": "Email", "Điện thoại").
        second = {f: numbers for f, numbers in _columns(below[0].cells).items() if f not in columns}
        if _score(second):
            columns |= second
            titles |= {number: cell for number, cell in enumerate(below[0].cells) if cell}
            below = below[1:]
    notes = []
    entries = []
    for row in below:
        words = [cell for cell in row.cells if cell]
        if row is below[0] and len(words) > 1 and all(map(_COLUMN_NUMBER.fullmatch, words)):
            notes.append(ImportNote(file, row.number, text("the numbers of the columns are passed over")))
        elif len(words) > 1 and row.cells == heading.cells:
            notes.append(ImportNote(file, row.number, text("the headings stand here again; passed over")))
        else:
            entries.append(_entry(row, columns))
    fields = columns.keys() - {"number"}
    used = {number for field_ in fields for number in columns[field_]}
    unused = [cell for number, cell in sorted(titles.items()) if cell and number not in used]
    if unused:
        note = text("columns that are passed over: {headings}", headings=_listed(unused))
        notes.append(ImportNote(file, heading.number, note))
    return UnitList(file, sheet, heading.number, frozenset(fields), entries, notes)


def _entry(row: _Row, columns: dict[str, list[int]]) -> Entry:
    cells = {number: Cell(number + 1, cell) for number, cell in enumerate(row.cells) if cell}
    found = {name: [cells.pop(number) for number in numbers if number in cells] for name, numbers in columns.items()}
    number = "".join(cell.value for cell in found.pop("number", []))
    continues = columns["name"][0] in row.merged
    if continues:
        found |= {"name": [], "id": []}
    loose = tuple(" ".join(cell.value.split()) for cell in cells.values())
    return Entry(row.number, {name: values for name, values in found.items() if values}, number, loose, continues)
