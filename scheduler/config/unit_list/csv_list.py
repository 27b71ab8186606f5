"""A list in CSV: in which encoding it is, and what separates its cells."""

import csv
import io

from scheduler.config.unit_list.headings import HEADING_ROWS, find_headings, score, understand
from scheduler.config.unit_list.listed import SAVE, ImportNote, Limits, Row, UnitList, add_row, refuse
from scheduler.translation import text

_SEPARATORS = "\t;,|"  # the first of those that do equally well is taken: names have commas in them


def read_csv(raw: bytes, file: str, limits: Limits) -> UnitList:
    """The list, separated by what gives the most headings; a note where the encoding is a guess."""
    words, old = _decode(raw, file)
    tried = {separator: _separated(words, separator, file, limits) for separator in _SEPARATORS}
    best = max(tried, key=lambda separator: score(find_headings(tried[separator])[1]))
    units = understand(_separated(words, best, file, limits, whole=True), file)
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
    raise refuse(file, text("this is not text in an encoding that is understood"), SAVE)


def _separated(words: str, separator: str, file: str, limits: Limits, *, whole: bool = False) -> list[Row]:
    """The rows that hold something; only the first ones, and quotes taken as they come, unless `whole`."""
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=separator, strict=whole)
    line = 1
    try:
        for cells in reader:
            add_row(rows, line, cells, file, limits)
            line = reader.line_num + 1
            if not whole and len(rows) > HEADING_ROWS:
                break
    except csv.Error as error:
        if whole:
            problem = text("this line is not well-formed CSV: {words}", words=error)
            advice = text("look for a quotation mark that is not closed; inside a quoted cell it is written twice")
            raise refuse(file, problem, advice, line) from error
    return rows
