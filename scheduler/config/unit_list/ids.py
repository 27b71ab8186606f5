"""Ids: those that a list gives, checked, and those that are made from names around them, by one rule (`slug`)."""

import re
from collections.abc import Container

from scheduler.config import values
from scheduler.config.problems import WrongError
from scheduler.config.unit_list.draft import Draft
from scheduler.config.unit_list.listed import fold
from scheduler.translation import Text, text

LONGEST_ID = 100
_LONGEST_MADE = 60


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


def give_ids(draft: Draft) -> None:
    """Given ids first, then made ones around them."""
    taken: dict[str, int] = {}
    for unit in draft.units:
        unit.id = unit.entry.value("id")
        if not re.search(r"\w", unit.id):
            unit.id = ""
            continue
        column = unit.entry.column("id")
        wrong = wrong_id(unit.id, unit.name)
        if wrong:
            draft.problem(unit.entry.row, column, *wrong)
        elif unit.id in taken:
            problem = text("the id “{id}” stands here twice; the first is in row {row}", id=unit.id, row=taken[unit.id])
            draft.problem(
                unit.entry.row, column, problem, text("give one of the two another id, or leave its cell empty")
            )
        taken.setdefault(unit.id, unit.entry.row)
    tried: dict[str, int] = {}
    for unit in draft.units:
        if not unit.id:
            made = slug(unit.name) or "don-vi"
            unit.id = free_id(made, taken, tried)
            if unit.id != made:
                note = text(
                    "“{name}” gets the id {id}: row {row} has {made}",
                    name=unit.name,
                    id=unit.id,
                    row=taken[made],
                    made=made,
                )
                draft.note(unit.entry.row, note)
            taken[unit.id] = unit.entry.row


def wrong_id(id_: str, name: str) -> tuple[Text, Text] | None:
    """What is wrong with an id that a list gives to a name, and what to write; None where it can be used."""
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


def free_id(id_: str, taken: Container[str], tried: dict[str, int]) -> str:
    """An id that is not taken yet; `tried` remembers up to where the numbers of each are."""
    made = id_
    while made in taken:
        tried[id_] = tried.get(id_, 1) + 1
        made = f"{id_}-{tried[id_]}"
    return made
