"""A file, CSV or XLSX, becomes rows of known fields.

What a file is, its first bytes say, not its name; what is neither is refused. Encoding, separator, sheet and heading
row are then found by what makes the headings readable.
"""

import warnings
from pathlib import Path

from scheduler.config.unit_list.csv_list import read_csv
from scheduler.config.unit_list.listed import EMPTY, SAVE, Limits, ListError, UnitList, refuse
from scheduler.config.unit_list.xlsx_list import read_workbook
from scheduler.translation import text


def read_list(path: Path, limits: Limits) -> UnitList:
    """The list that a file holds. A `ListError` says why there is none."""
    file = str(path)
    raw = _bytes(path, file, limits.file)
    if not raw.startswith(b"PK\x03\x04"):
        if path.suffix.lower() in (".xlsx", ".xlsm") and b"\0" in raw[:1000]:
            problem = text("this is no Excel workbook, whatever its name says")
            raise refuse(file, problem, text("open it in Excel or LibreOffice and save it as .xlsx without a password"))
        return read_csv(raw, file, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl says of pictures, checks and styles that it leaves out
            return read_workbook(raw, file, limits)
    except ListError:
        raise
    except Exception as error:  # openpyxl answers a damaged workbook with exceptions of any kind
        reason = " ".join(str(error).split()) or type(error).__name__
        problem = text("this workbook cannot be read: {reason}", reason=reason)
        advice = text("open it in Excel or LibreOffice and save it as .xlsx without a password")
        raise refuse(file, problem, advice) from error


def _bytes(path: Path, file: str, most: int) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = text("this file cannot be read: {reason}", reason=reason)
        raise refuse(file, problem, text("look at its name, and at who may read it")) from error
    if len(raw) > most:
        problem = text("this file is larger than {size} MiB", size=most // 2**20)
        raise refuse(file, problem, text("divide it among several files, without pictures"))
    start = raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n\0").lower()
    if not raw.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise refuse(file, *EMPTY)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise refuse(file, text("this workbook is locked with a password"), text("save it without a password"))
        raise refuse(file, text("this is the old Excel format (.xls)"), SAVE)
    if start.startswith((b"%pdf", b"{\\rtf", b"<")):
        raise refuse(file, text("this is neither a CSV file nor an XLSX workbook"), SAVE)
    return raw
