"""Rows become units with their addresses.

A row may also be a section, a sum, a signature, or more of the unit above; a cell may hold several addresses, or
names, brackets and words around them.
"""

import re
from collections.abc import Iterable, Iterator

from scheduler.config import values
from scheduler.config.problems import WrongError
from scheduler.config.unit_list.draft import FORMULA_ERRORS, NOTHING, Draft, Unit
from scheduler.config.unit_list.listed import Cell, Entry, fold
from scheduler.translation import text

LONGEST_NAME = 300

# "X. Chiềng Sinh" is a commune, "P. Nội vụ" an office, "C.ty" a company: not every capital numbers a section.
_ROMAN = "(?:I{1,3}|IV|VI{0,3}|IX|XI{1,3}|XI?V|XVI{0,3})"
_SECTION_NUMBER = re.compile(rf"(?:{_ROMAN}|[A-E])[.)]?")
_SECTION = re.compile(rf"(?:{_ROMAN}(?:\s*[.)/:–-]+\s*|\s+)|[A-E]\s*[.)/:–-]+\s+)[^\W\d]")
_FIGURES = re.compile(r"\A[0-9]{1,3}(?:\.[0-9]{1,3})*\s*(?:[.)/]\s*|[–-]\s+)(?=[^\W\d])")
_BULLET = re.compile(r"\A[–+*•-]\s+(?=\S)")
_TOTAL = re.compile(r"(?:tong cong|tong so|tong|cong)(?: so)?(?: don vi)?\s*[:=(]?\s*(?:[0-9]+.*)?")


def read_rows(draft: Draft) -> None:
    """Units out of rows; section rows, sums and empty words are noted and passed over."""
    entries = draft.listed.entries
    # Where every row is a numbered name and nothing else, figures count units, not sections.
    figures = any(entry.value("name") and not _is_section(entry, figures=True) for entry in entries)
    sections: list[str] = []
    begun: Unit | None = None
    for entry in entries:
        if _is_section(entry, figures=figures):
            sections.append(" ".join(filter(None, [entry.number, *entry.words])))
            draft.note(entry.row, text("“{words}” is taken for a section of the list; passed over", words=sections[-1]))
            begun = None
        elif entry.continues and begun:  # a further row of a unit whose name is one merged cell over both
            begun.groups.extend(entry.fields.get("groups", ()))
            _mail(draft, begun, entry)
        elif _names_a_unit(draft, entry):
            begun = _unit(draft, entry, sections)
            sections = []
        else:
            begun = None
    if "email" not in draft.listed.fields:
        draft.note(draft.listed.heading_row, text("no column has e-mail addresses: nothing can be sent to these units"))
        return
    for unit in draft.units:
        if not unit.email:
            draft.note(
                unit.entry.row, text("“{name}” has no e-mail address: nothing can be sent to it", name=unit.name)
            )


def _names_a_unit(draft: Draft, entry: Entry) -> bool:
    words = entry.words
    given = {name for name in ("id", "email", "lead") if entry.value(name)}
    if entry.value("name") and (given or not _TOTAL.fullmatch(fold(entry.value("name")))):
        return True
    if given and ("id" in given or "@" in "".join(words)):
        problem = text("this row has no name")
        draft.problem(entry.row, entry.column(min(given)), problem, text("write the unit's name, or empty the row"))
    else:
        shown = " ".join(words)[:60] or entry.number
        draft.note(entry.row, text("“{words}” names no unit; passed over", words=shown))
    return False


def _unit(draft: Draft, entry: Entry, sections: list[str]) -> Unit:
    name = _FIGURES.sub("", _BULLET.sub("", entry.value("name")))
    if len(name) > LONGEST_NAME:
        problem = text("a name of {length} characters", length=len(name))
        advice = text("write it in at most {longest} characters", longest=LONGEST_NAME)
        draft.problem(entry.row, entry.column("name"), problem, advice)
    for cell in (cell for cells in entry.fields.values() for cell in cells if cell.value in FORMULA_ERRORS):
        problem = text("the formula of this cell has no result: {words}", words=cell.value)
        draft.problem(entry.row, cell.column, problem, text("correct it, or write the text itself"))
    unit = Unit(entry, name, sections, groups=list(entry.fields.get("groups", ())))
    draft.units.append(unit)
    _mail(draft, unit, entry)
    return unit


def _is_section(entry: Entry, *, figures: bool) -> bool:
    """Whether a row has a numbered name and nothing else. Figures in a column of their own count units."""
    words = entry.words
    if len(words) > 1 or "@" in "".join(words) or entry.continues:
        return False
    if entry.number and words:
        return bool(_SECTION_NUMBER.fullmatch(entry.number))
    only = words[0] if words else entry.number
    return bool(_SECTION.match(only) or (figures and _FIGURES.match(only)))


def _mail(draft: Draft, unit: Unit, entry: Entry) -> None:
    for cell in entry.fields.get("email", ()):
        unit.email += _addresses(draft, entry, cell, person=False)
    people = entry.fields.get("lead", ())
    for cell in people:
        unit.lead += _addresses(draft, entry, cell, person=True)
    unit.email, unit.lead = _once(unit.email), _once(unit.lead)
    if len(unit.lead) > 1:
        note = text(
            "“{name}” has several addresses for its lead: {address} is kept", name=unit.name, address=unit.lead[0]
        )
        draft.note(entry.row, note)
        del unit.lead[1:]
    elif people and not unit.lead and people[0].value.lower() not in NOTHING:
        words = people[0].value.replace("\n", " ")
        draft.note(entry.row, text("“{words}” is no address; “{name}” has no lead", words=words, name=unit.name))


def _addresses(draft: Draft, entry: Entry, cell: Cell, *, person: bool) -> Iterator[str]:
    """The addresses in a cell; of a person the name alone may stand there."""
    if cell.value in FORMULA_ERRORS:
        return
    for piece in _pieces(cell.value):
        if person and "@" not in piece and " " in piece:
            continue
        local, at, domain = piece.rpartition("@")
        try:
            yield values.email(local + at + domain.lower())
        except WrongError as error:
            draft.problem(entry.row, cell.column, error.problem, error.advice)


def _pieces(words: str) -> Iterator[str]:
    """What stands in a cell of addresses, one by one, without names, brackets and `mailto:` around them."""
    for part in re.split("[;,|\n]", words):
        inside = re.search(r"[<(]([^<>()@]*@[^<>()@]*)[>)]", part)
        part = inside[1] if inside and part.count("@") == 1 else part  # noqa: PLW2901 -- the same thing, bare
        bits = re.split(r"[\s/]+", part.strip())
        for piece in bits if all("@" in bit for bit in bits) else [part]:
            bare = re.sub(r"(?i)^(?:mailto|e-?mail|thư điện tử)\s*:\s*", "", piece.strip(" \"'<>()[]"))
            bare = re.sub(r"(?<=@)\s+|\s+(?=@)", "", bare.partition("?")[0] if "mailto:" in piece.lower() else bare)
            bare = bare.strip(" .:\"'<>()[]")
            if bare.lower() not in NOTHING:
                yield bare


def _once(addresses: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.lower(), address)
    return list(found.values())
