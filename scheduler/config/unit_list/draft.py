"""A list on its way to units and groups: what each step adds to, and what has been said so far."""

from dataclasses import dataclass, field

from scheduler.config.problems import Problem
from scheduler.config.unit_list.listed import Cell, Entry, ImportNote, UnitList
from scheduler.translation import Text

# What people write into a cell that has nothing to say, and what a spreadsheet writes there.
NOTHING = {
    *("", "-", "--", "–", "—", "/", "x", "0", "k", "n/a", "na", "none", "no"),
    *("không", "không có", "chưa", "chưa có", "chưa cập nhật", "đang cập nhật"),
}
FORMULA_ERRORS = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"}


@dataclass
class Unit:
    """A unit, with the entry that it comes from and the sections that begin above it."""

    entry: Entry
    name: str
    sections: list[str]
    id: str = ""
    email: list[str] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    parent: str = ""
    groups: list[Cell] = field(default_factory=list)


@dataclass
class Draft:
    """Units and groups as far as they are known, over the list that they come from; nothing of it is written yet."""

    listed: UnitList
    problems: list[Problem] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    # by id: the name as it was first written, the members' ids
    groups: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def problem(self, row: int, column: int, problem: Text, advice: Text) -> None:
        """Note something that cannot be used."""
        self.problems.append(Problem(self.listed.file, row, column, problem, advice))

    def note(self, row: int, note: Text) -> None:
        """Note something that a person should look at."""
        self.listed.notes.append(ImportNote(self.listed.file, row, note))
