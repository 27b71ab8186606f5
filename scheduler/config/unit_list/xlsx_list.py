"""A list in an XLSX workbook: which sheet holds it, and what its merged cells mean for the rows below.

`openpyxl` is imported late: only a workbook needs it.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from scheduler.config.unit_list.headings import find_headings, in_quotes, understand
from scheduler.config.unit_list.listed import (
    EMPTY,
    MAX_COLUMNS,
    SAVE,
    ImportNote,
    Limits,
    Row,
    UnitList,
    add_row,
    clean,
    refuse,
)
from scheduler.translation import text


def read_workbook(raw: bytes, file: str, limits: Limits) -> UnitList:
    """The first visible sheet with headings; the others that hold something are mentioned."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if "xl/workbook.bin" in archive.namelist():
            raise refuse(file, text("this is a binary workbook (.xlsb)"), SAVE)
        if sum(part.file_size for part in archive.infolist()) > limits.unpacked:
            problem = text("unpacked, this workbook is larger than {size} MiB", size=limits.unpacked // 2**20)
            raise refuse(file, problem, text("keep the list alone in it, without pictures and other sheets"))
    found: list[tuple[str, list[Row]]] = []
    others = []
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # they may say that the sheet has a million rows
        title = clean(sheet.title)
        if sheet.sheet_state == "visible" and not any("name" in find_headings(rows)[1] for _, rows in found):
            rows = _sheet_rows(sheet, f"{file}[{title}]", limits)
            found += [(title, rows)] if rows else []
        elif any(True for _ in _filled(sheet)):
            others.append(title)
    book.close()
    if not found:
        raise refuse(file, *EMPTY)
    best = found[-1] if "name" in find_headings(found[-1][1])[1] else found[0]
    units = understand(best[1], f"{file}[{best[0]}]", best[0])
    others = [title for title, _ in found if title != best[0]] + others
    if others:
        note = text("one sheet is read; these are passed over: {sheets}", sheets=in_quotes(others))
        units.notes.insert(0, ImportNote(units.file, 0, note))
    return units


def _filled(sheet: Any) -> Iterator[tuple[int, tuple[object, ...]]]:
    for number, values in enumerate(sheet.iter_rows(max_row=2**20, max_col=MAX_COLUMNS, values_only=True), 1):
        if values.count(None) < len(values):
            yield number, values


def _sheet_rows(sheet: Any, place: str, limits: Limits) -> list[Row]:
    """The rows of a sheet that hold something; what is merged downwards stands in each of its rows."""
    from openpyxl.xml.functions import iterparse

    rows: list[Row] = []
    for number, values in _filled(sheet):
        add_row(rows, number, values, place, limits)
    ranges = []
    with sheet._get_source() as source:  # noqa: SLF001 -- a sheet that is only read does not tell what is merged in it
        for _, element in iterparse(source):
            if element.tag.endswith("}mergeCell"):
                ranges.append(element.get("ref"))
            elif element.tag.endswith("}row"):
                element.clear()
    _fill_down(rows, ranges)
    return rows


def _fill_down(rows: list[Row], ranges: Iterable[str]) -> None:
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
