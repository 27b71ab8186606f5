"""What stands above a unit, and which groups it is in, once every unit has its id."""

import re
from collections.abc import Iterable, Iterator

from scheduler.config.circles import circles, long_chains
from scheduler.config.unit_list.draft import FORMULA_ERRORS, NOTHING, Draft, Unit
from scheduler.config.unit_list.ids import free_id, slug, wrong_id
from scheduler.config.unit_list.listed import Cell, fold
from scheduler.translation import text


def find_parents(draft: Draft) -> None:
    """Parents by id or name. An id that is not in the list may stand in another file; a name cannot."""
    by_id = {unit.id: unit for unit in draft.units}
    by_name: dict[str, list[Unit]] = {}
    for unit in draft.units:
        for key in {_name_key(unit.name), f"={slug(unit.name) or unit.id}"}:
            by_name.setdefault(key, []).append(unit)
    for unit in draft.units:
        words = unit.entry.value("parent")
        found = (
            [by_id[words]] if words in by_id else by_name.get(_name_key(words)) or by_name.get(f"={slug(words)}", [])
        )
        if len(found) > 1:
            problem = text(
                "“{words}” is the name of several units: {ids}", words=words, ids=", ".join(u.id for u in found[:9])
            )
            draft.problem(
                unit.entry.row, unit.entry.column("parent"), problem, text("write the id of the one that is meant")
            )
        elif found and found[0] is unit:
            draft.note(unit.entry.row, text("“{name}” is written above itself; it has no parent", name=unit.name))
        elif found:
            unit.parent = found[0].id
        elif words.lower() not in NOTHING and words not in FORMULA_ERRORS:
            _strange_parent(draft, unit, words)
    _refuse_circles(draft, by_id)


def _name_key(words: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(words))) or words


def _strange_parent(draft: Draft, unit: Unit, words: str) -> None:
    if wrong_id(words, words) is None:
        unit.parent = words
        draft.note(unit.entry.row, text("{id} is not in this list: another units file must have it", id=words))
    else:
        note = text("“{words}” is not in this list; “{name}” has no parent", words=words, name=unit.name)
        draft.note(unit.entry.row, note)


def _refuse_circles(draft: Draft, by_id: dict[str, Unit]) -> None:
    arrows = {unit.id: [unit.parent] for unit in draft.units if unit.parent in by_id}
    wrong = [
        (way[0], text("these units stand above one another: {ids}", ids=" → ".join(way))) for way in circles(arrows)
    ]
    if not wrong:
        wrong = [(id_, text("“{id}” has too many units above it", id=id_)) for id_ in long_chains(arrows)]
    for id_, problem in wrong:
        entry = by_id[id_].entry
        draft.problem(entry.row, entry.column("parent"), problem, text("correct the parent of one of them"))


def find_groups(draft: Draft) -> None:
    """Groups out of the units' cells; ids by the same rule as the units', with which they are shared."""
    found = [(unit, *pair) for unit in draft.units for pair in _group_words(unit.groups)]
    units = {unit.id for unit in draft.units}
    taken = units | {made for _, _, made in found}
    renamed: dict[str, str] = {}
    for unit, words, made in found:
        if made in units and made not in renamed:
            renamed[made] = id_ = free_id(f"nhom-{made}", taken, {})
            taken.add(id_)
            note = text("the group “{words}” gets the id {id}: {made} is a unit", words=words, id=id_, made=made)
            draft.note(unit.entry.row, note)
        members = draft.groups.setdefault(renamed.get(made, made), (words, []))[1]
        if unit.id not in members[-1:]:
            members.append(unit.id)


def _group_words(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """The groups that are named in some cells: each as it is written, and its id."""
    for words in (" ".join(part.split()) for cell in cells for part in re.split("[;,\n]", cell.value)):
        if words.lower() not in NOTHING and words not in FORMULA_ERRORS:
            yield words, words if wrong_id(words, words) is None else slug(words) or "nhom"
