"""`import-units`: a CSV or XLSX list of units becomes the text of a units file.

Ids that a list does not give are made from names by one rule (`slug`). What cannot be used is a problem with its row
and column, all of them at once, and then there is no text; what was passed over, added or left out is a note.
"""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from scheduler.config import values
from scheduler.config.circles import circles, long_chains
from scheduler.config.import_units_read import Cell, Entry, ImportNote, ListError, UnitList, clean, fold, read_list
from scheduler.config.problems import Problem, WrongError
from scheduler.config.reader import MAX_BYTES
from scheduler.translation import Text, text

__all__ = ["ImportNote", "ListError", "import_units", "slug"]

LONGEST_ID, LONGEST_NAME = 100, 300
_LONGEST_MADE = 60

_NOTHING = {
    *("", "-", "--", "–", "—", "/", "x", "0", "k", "n/a", "na", "none", "no"),
    *("không", "không có", "chưa", "chưa có", "chưa cập nhật", "đang cập nhật"),
}
_FORMULA_ERRORS = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"}
# "X. Chiềng Sinh" is a commune, "P. Nội vụ" an office, "C.ty" a company: not every capital numbers a section.
_ROMAN = "(?:I{1,3}|IV|VI{0,3}|IX|XI{1,3}|XI?V|XVI{0,3})"
_SECTION_NUMBER = re.compile(rf"(?:{_ROMAN}|[A-E])[.)]?")
_SECTION = re.compile(rf"(?:{_ROMAN}(?:\s*[.)/:–-]+\s*|\s+)|[A-E]\s*[.)/:–-]+\s+)[^\W\d]")
_FIGURES = re.compile(r"\A[0-9]{1,3}(?:\.[0-9]{1,3})*\s*(?:[.)/]\s*|[–-]\s+)(?=[^\W\d])")
_BULLET = re.compile(r"\A[–+*•-]\s+(?=\S)")
_TOTAL = re.compile(r"(?:tong cong|tong so|tong|cong)(?: so)?(?: don vi)?\s*[:=(]?\s*(?:[0-9]+.*)?")


def slug(words: str) -> str:
    """The id of a name; nothing where it has neither a Latin letter nor a digit.

    Small letters without accents (đ is d), everything else a dash, an apostrophe inside a word nothing ("Đắk R'lấp":
    `dak-rlap`). "Ủy ban nhân dân" is `ubnd`, "Hội đồng nhân dân" `hdnd`, and a leading `ubnd` goes ("UBND xã Chiềng
    Sinh": `xa-chieng-sinh`). At most 60 characters, cut between words.
    """
    parts = re.findall("[a-z0-9]+", re.sub(r"(?<=[a-z0-9])['’‘ʼ`](?=[a-z0-9])", "", fold(words)))
    made = f"-{'-'.join(parts)}-".replace("-uy-ban-nhan-dan-", "-ubnd-").replace("-hoi-dong-nhan-dan-", "-hdnd-")
    made = made.removeprefix("-ubnd-") or made
    made = made.strip("-")
    return made if len(made) <= _LONGEST_MADE else made[: _LONGEST_MADE + 1].rpartition("-")[0] or made[:_LONGEST_MADE]


def import_units(file: Path) -> tuple[str, list[ImportNote]]:
    """The text of a units file, and what a person should look at; a `ListError` where the list cannot be used."""
    listed = read_list(file)
    job = _Import(listed)
    job.read_rows()
    job.give_ids()
    job.find_parents()
    job.find_groups()
    if not job.units and not job.problems:
        job.problem(
            listed.heading_row, 1, text("there is no unit below the headings"), text("write a row for each unit")
        )
    written = "" if job.problems else _written(job, clean(file.name).replace("\n", " "))
    if len(written.encode()) > MAX_BYTES:
        problem = text("the units file would be larger than {size} MiB", size=MAX_BYTES // 2**20)
        job.problem(listed.heading_row, 1, problem, text("divide the list among several files"))
    if job.problems:
        raise ListError(job.problems)
    return written, sorted(job.notes, key=lambda note: note.row)


@dataclass
class _Unit:
    entry: Entry
    name: str
    sections: list[str]
    id: str = ""
    email: list[str] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    parent: str = ""
    groups: list[Cell] = field(default_factory=list)


class _Import:
    """A list on its way to units and groups."""

    def __init__(self, listed: UnitList) -> None:
        self.listed = listed
        self.notes = listed.notes
        self.problems: list[Problem] = []
        self.units: list[_Unit] = []
        self.groups: dict[str, tuple[str, list[str]]] = {}  # by id: the name as it was first written, the members' ids

    def problem(self, row: int, column: int, problem: Text, advice: Text) -> None:
        """Note something that cannot be used."""
        self.problems.append(Problem(self.listed.file, row, column, problem, advice))

    def note(self, row: int, note: Text) -> None:
        """Note something that a person should look at."""
        self.notes.append(ImportNote(self.listed.file, row, note))

    # Rows

    def read_rows(self) -> None:
        """Units out of rows; section rows, sums and empty words are noted and passed over."""
        entries = self.listed.entries
        # Where every row is a numbered name and nothing else, figures count units, not sections.
        figures = any(entry.value("name") and not _is_section(entry, figures=True) for entry in entries)
        sections: list[str] = []
        begun: _Unit | None = None
        for entry in entries:
            if _is_section(entry, figures=figures):
                sections.append(" ".join(filter(None, [entry.number, *entry.words])))
                self.note(
                    entry.row, text("“{words}” is taken for a section of the list; passed over", words=sections[-1])
                )
                begun = None
            elif entry.continues and begun:  # a further row of a unit whose name is one merged cell over both
                begun.groups.extend(entry.fields.get("groups", ()))
                self._mail(begun, entry)
            elif self._names_a_unit(entry):
                begun = self._unit(entry, sections)
                sections = []
            else:
                begun = None
        if "email" not in self.listed.fields:
            self.note(
                self.listed.heading_row, text("no column has e-mail addresses: nothing can be sent to these units")
            )
            return
        for unit in self.units:
            if not unit.email:
                self.note(
                    unit.entry.row, text("“{name}” has no e-mail address: nothing can be sent to it", name=unit.name)
                )

    def _names_a_unit(self, entry: Entry) -> bool:
        words = entry.words
        given = {name for name in ("id", "email", "lead") if entry.value(name)}
        if entry.value("name") and (given or not _TOTAL.fullmatch(fold(entry.value("name")))):
            return True
        if given and ("id" in given or "@" in "".join(words)):
            problem = text("this row has no name")
            self.problem(entry.row, entry.column(min(given)), problem, text("write the unit's name, or empty the row"))
        else:
            shown = " ".join(words)[:60] or entry.number
            self.note(entry.row, text("“{words}” names no unit; passed over", words=shown))
        return False

    def _unit(self, entry: Entry, sections: list[str]) -> _Unit:
        name = _FIGURES.sub("", _BULLET.sub("", entry.value("name")))
        if len(name) > LONGEST_NAME:
            problem = text("a name of {length} characters", length=len(name))
            advice = text("write it in at most {longest} characters", longest=LONGEST_NAME)
            self.problem(entry.row, entry.column("name"), problem, advice)
        for cell in (cell for cells in entry.fields.values() for cell in cells if cell.value in _FORMULA_ERRORS):
            problem = text("the formula of this cell has no result: {words}", words=cell.value)
            self.problem(entry.row, cell.column, problem, text("correct it, or write the text itself"))
        unit = _Unit(entry, name, sections, groups=list(entry.fields.get("groups", ())))
        self.units.append(unit)
        self._mail(unit, entry)
        return unit

    def _mail(self, unit: _Unit, entry: Entry) -> None:
        for cell in entry.fields.get("email", ()):
            unit.email += self._addresses(entry, cell, person=False)
        people = entry.fields.get("lead", ())
        for cell in people:
            unit.lead += self._addresses(entry, cell, person=True)
        unit.email, unit.lead = _once(unit.email), _once(unit.lead)
        if len(unit.lead) > 1:
            note = text(
                "“{name}” has several addresses for its lead: {address} is kept", name=unit.name, address=unit.lead[0]
            )
            self.note(entry.row, note)
            del unit.lead[1:]
        elif people and not unit.lead and people[0].value.lower() not in _NOTHING:
            words = people[0].value.replace("\n", " ")
            self.note(entry.row, text("“{words}” is no address; “{name}” has no lead", words=words, name=unit.name))

    def _addresses(self, entry: Entry, cell: Cell, *, person: bool) -> Iterator[str]:
        """The addresses in a cell; of a person the name alone may stand there."""
        if cell.value in _FORMULA_ERRORS:
            return
        for piece in _pieces(cell.value):
            if person and "@" not in piece and " " in piece:
                continue
            local, at, domain = piece.rpartition("@")
            try:
                yield values.email(local + at + domain.lower())
            except WrongError as error:
                self.problem(entry.row, cell.column, error.problem, error.advice)

    # Ids

    def give_ids(self) -> None:
        """Given ids first, then made ones around them."""
        taken: dict[str, int] = {}
        for unit in self.units:
            unit.id = unit.entry.value("id")
            if not re.search(r"\w", unit.id):
                unit.id = ""
                continue
            column = unit.entry.column("id")
            wrong = _wrong_id(unit.id, unit.name)
            if wrong:
                self.problem(unit.entry.row, column, *wrong)
            elif unit.id in taken:
                problem = text(
                    "the id “{id}” stands here twice; the first is in row {row}", id=unit.id, row=taken[unit.id]
                )
                self.problem(
                    unit.entry.row, column, problem, text("give one of the two another id, or leave its cell empty")
                )
            taken.setdefault(unit.id, unit.entry.row)
        tried: dict[str, int] = {}
        for unit in self.units:
            if not unit.id:
                made = slug(unit.name) or "don-vi"
                unit.id = _free(made, taken, tried)
                if unit.id != made:
                    note = text(
                        "“{name}” gets the id {id}: row {row} has {made}",
                        name=unit.name,
                        id=unit.id,
                        row=taken[made],
                        made=made,
                    )
                    self.note(unit.entry.row, note)
                taken[unit.id] = unit.entry.row

    # Parents and groups

    def find_parents(self) -> None:
        """Parents by id or name. An id that is not in the list may stand in another file; a name cannot."""
        by_id = {unit.id: unit for unit in self.units}
        by_name: dict[str, list[_Unit]] = {}
        for unit in self.units:
            for key in {_name_key(unit.name), f"={slug(unit.name) or unit.id}"}:
                by_name.setdefault(key, []).append(unit)
        for unit in self.units:
            words = unit.entry.value("parent")
            found = (
                [by_id[words]]
                if words in by_id
                else by_name.get(_name_key(words)) or by_name.get(f"={slug(words)}", [])
            )
            if len(found) > 1:
                problem = text(
                    "“{words}” is the name of several units: {ids}", words=words, ids=", ".join(u.id for u in found[:9])
                )
                self.problem(
                    unit.entry.row, unit.entry.column("parent"), problem, text("write the id of the one that is meant")
                )
            elif found and found[0] is unit:
                self.note(unit.entry.row, text("“{name}” is written above itself; it has no parent", name=unit.name))
            elif found:
                unit.parent = found[0].id
            elif words.lower() not in _NOTHING and words not in _FORMULA_ERRORS:
                self._strange_parent(unit, words)
        self._refuse_circles(by_id)

    def _strange_parent(self, unit: _Unit, words: str) -> None:
        if _wrong_id(words, words) is None:
            unit.parent = words
            self.note(unit.entry.row, text("{id} is not in this list: another units file must have it", id=words))
        else:
            note = text("“{words}” is not in this list; “{name}” has no parent", words=words, name=unit.name)
            self.note(unit.entry.row, note)

    def _refuse_circles(self, by_id: dict[str, _Unit]) -> None:
        arrows = {unit.id: [unit.parent] for unit in self.units if unit.parent in by_id}
        wrong = [
            (way[0], text("these units stand above one another: {ids}", ids=" → ".join(way))) for way in circles(arrows)
        ]
        if not wrong:
            wrong = [(id_, text("“{id}” has too many units above it", id=id_)) for id_ in long_chains(arrows)]
        for id_, problem in wrong:
            entry = by_id[id_].entry
            self.problem(entry.row, entry.column("parent"), problem, text("correct the parent of one of them"))

    def find_groups(self) -> None:
        """Groups out of the units' cells; ids by the same rule as the units', with which they are shared."""
        found = [(unit, *pair) for unit in self.units for pair in _group_words(unit.groups)]
        units = {unit.id for unit in self.units}
        taken = units | {made for _, _, made in found}
        renamed: dict[str, str] = {}
        for unit, words, made in found:
            if made in units and made not in renamed:
                renamed[made] = id_ = _free(f"nhom-{made}", taken, {})
                taken.add(id_)
                note = text("the group “{words}” gets the id {id}: {made} is a unit", words=words, id=id_, made=made)
                self.note(unit.entry.row, note)
            members = self.groups.setdefault(renamed.get(made, made), (words, []))[1]
            if unit.id not in members[-1:]:
                members.append(unit.id)


def _is_section(entry: Entry, *, figures: bool) -> bool:
    """Whether a row has a numbered name and nothing else. Figures in a column of their own count units."""
    words = entry.words
    if len(words) > 1 or "@" in "".join(words) or entry.continues:
        return False
    if entry.number and words:
        return bool(_SECTION_NUMBER.fullmatch(entry.number))
    only = words[0] if words else entry.number
    return bool(_SECTION.match(only) or (figures and _FIGURES.match(only)))


def _group_words(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """The groups that are named in some cells: each as it is written, and its id."""
    for words in (" ".join(part.split()) for cell in cells for part in re.split("[;,\n]", cell.value)):
        if words.lower() not in _NOTHING and words not in _FORMULA_ERRORS:
            yield words, words if _wrong_id(words, words) is None else slug(words) or "nhom"


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
            if bare.lower() not in _NOTHING:
                yield bare


def _wrong_id(id_: str, name: str) -> tuple[Text, Text] | None:
    if len(id_) > LONGEST_ID:
        problem = text("an id of {length} characters", length=len(id_))
        return problem, text("write it in at most {longest} characters", longest=LONGEST_ID)
    try:
        values.identifier(id_)
    except WrongError as error:
        made = values.slug(id_)[:LONGEST_ID].strip(".-") or slug(name)
        if not made:
            return error.problem, error.advice
        return error.problem, text(
            "write `{slug}`, or leave the cell empty: an id is then made from the name", slug=made
        )
    return None


def _once(addresses: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.lower(), address)
    return list(found.values())


def _free(id_: str, taken: Container[str], tried: dict[str, int]) -> str:
    """An id that is not taken yet; `tried` remembers up to where the numbers of each are."""
    made = id_
    while made in taken:
        tried[id_] = tried.get(id_, 1) + 1
        made = f"{id_}-{tried[id_]}"
    return made


def _name_key(words: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(words))) or words


_RESOLVER = yaml.resolver.Resolver()
_PLAIN = re.compile(r"[^\W\d_](?:[\w .,()/&+@'-]*[\w.)])?")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def _scalar(words: str, *, flow: bool = False) -> str:
    """Text as YAML that no reader takes for anything else: in quotes unless it is plain words after a letter."""
    if _PLAIN.fullmatch(words) and not (flow and "," in words) and words.lower() not in ("y", "n"):
        tag = _RESOLVER.resolve(yaml.ScalarNode, words, (True, False))  # type: ignore[no-untyped-call]
        if tag == yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG:
            return words
    return f'"{words.translate(_ESCAPES)}"'


def _written(job: _Import, file: str) -> str:
    sheet = f", trang tính “{job.listed.sheet}”" if job.listed.sheet else ""
    lines = [
        f"# Danh sách đơn vị, lập từ tệp “{file}”{sheet} bằng lệnh `nhachan import-units`.",
        "# Xem lại mã, địa chỉ thư, đơn vị cấp trên và nhóm trước khi dùng; kế hoạch nhắc đến đơn vị bằng mã.",
        "",
        "units:",
    ]
    for unit in job.units:
        if unit.sections and lines[-1] != "units:":
            lines.append("")
        lines += [f"  # {section}" for section in unit.sections]
        lines += [f"  {_scalar(unit.id)}:", f"    name: {_scalar(unit.name)}"]
        if unit.email:
            lines.append(f"    email: [{', '.join(_scalar(address, flow=True) for address in unit.email)}]")
        lines += [f"    lead: {_scalar(address)}" for address in unit.lead]
        if unit.parent:
            lines.append(f"    parent: {_scalar(unit.parent)}")
    if job.groups:
        lines += ["", "groups:"]
    for id_, (name, members) in job.groups.items():
        if name != id_:
            lines.append(f"  # {name}")
        lines.append(f"  {_scalar(id_)}:")
        lines += [f"    - {_scalar(member)}" for member in members]
    return "\n".join(lines) + "\n"
