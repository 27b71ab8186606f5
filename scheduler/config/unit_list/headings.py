"""Headings and how they are understood: which row has them, which field each names, and the rows below them."""

import re
from collections.abc import Iterable, Sequence

from scheduler.config.unit_list.listed import Cell, Entry, ImportNote, Row, UnitList, fold, refuse
from scheduler.translation import text

HEADING_ROWS = 20

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


def score(columns: dict[str, list[int]]) -> int:
    """How well headings are understood: how many fields have one, except the number."""
    return len(columns.keys() - {"number"})


def find_headings(rows: Sequence[Row]) -> tuple[int, dict[str, list[int]]]:
    """Which row has the most headings (the first of several), and their columns."""
    found = ((number, _columns(row.cells)) for number, row in enumerate(rows[:HEADING_ROWS]))
    return max(found, key=lambda pair: score(pair[1]), default=(0, {}))


def in_quotes(words: Iterable[str]) -> str:
    """Headings or titles as a message names them, each on one line."""
    return ", ".join(f"“{' '.join(word.split())}”" for word in words)


def _known(name: str) -> str:
    return in_quotes(_HEADINGS[name].split("|")[:4])


def understand(rows: list[Row], file: str, sheet: str = "") -> UnitList:
    """Rows under their headings."""
    at, columns = find_headings(rows)
    if not score(columns):
        problem = text("no heading row is found among the first {rows} rows", rows=HEADING_ROWS)
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
        if score(second):
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
        note = text("columns that are passed over: {headings}", headings=in_quotes(unused))
        notes.append(ImportNote(file, heading.number, note))
    return UnitList(file, sheet, heading.number, frozenset(fields), entries, notes)


def _entry(row: Row, columns: dict[str, list[int]]) -> Entry:
    cells = {number: Cell(number + 1, cell) for number, cell in enumerate(row.cells) if cell}
    found = {name: [cells.pop(number) for number in numbers if number in cells] for name, numbers in columns.items()}
    number = "".join(cell.value for cell in found.pop("number", []))
    continues = columns["name"][0] in row.merged
    if continues:
        found |= {"name": [], "id": []}
    loose = tuple(" ".join(cell.value.split()) for cell in cells.values())
    return Entry(row.number, {name: values for name, values in found.items() if values}, number, loose, continues)
