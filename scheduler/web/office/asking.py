"""Long tables: the database is asked for one page, newest first, and how long the whole is; and for words.

A table may hold hundreds of thousands of rows. First the numbers of a page's rows are asked for, which an index can
answer, then these rows alone.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, inspect, true
from sqlmodel import Session, SQLModel, select

from scheduler.config.problems import WrongError
from scheduler.config.unit_list.listed import fold
from scheduler.config.values import day
from scheduler.deadlines.plans import Register
from scheduler.reminders.typed import in_one_line
from scheduler.web.paging import Paged, found, paged

SIZE = 50
_MOST = 10_000  # values that a question may name
_LETTERS, _TONES = "aăâeêioôơuưy", "\u0300\u0301\u0303\u0309\u0323"
_Row = TypeVar("_Row", bound=SQLModel)


def page_of(
    session: Session, table: type[_Row], where: Sequence[ColumnElement[bool]], asked: str, *, laborious: bool = False
) -> Paged[_Row]:
    """The page that is asked for of a table's rows, the newest (by number) first; the nearest where there is none.

    Where it is `laborious` to tell which rows are wanted, that is done once, and not first to count them.
    """
    number: ColumnElement[int] = inspect(table).local_table.c.id
    ids = select(number).where(*where).order_by(number.desc())
    if laborious:
        window = paged(session.execute(ids).scalars().all(), asked, SIZE)
        shown = window.items
    else:
        total = session.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
        window = paged(range(total), asked, SIZE)
        shown = session.execute(ids.offset((window.number - 1) * SIZE).limit(SIZE)).scalars().all()
    rows = session.exec(select(table).where(number.in_(shown)).order_by(number.desc())).all()
    return Paged(rows, window.number, window.last, window.total)


def one_of_those_with(session: Session, column: Any, words: str) -> ColumnElement[bool]:
    """The same as `holds`, and quicker, of a column in which few different texts stand again and again."""
    words = in_one_line(words, 100)
    those = [written for written in session.execute(select(column).distinct()).scalars() if found(words, written)]
    return column.in_(those) if len(those) <= _MOST else holds(column, words)


def holds(column: Any, words: str) -> ColumnElement[bool]:
    """That each of the words stands in a column, typed with accents or without."""
    conditions: list[ColumnElement[bool]] = []
    for word in fold(in_one_line(words, 100)).split():
        conditions.append(column.ilike(_roughly(word), escape="/"))
        if any(letter in _spellings() for letter in word):
            # LIKE passes over most rows quickly; what it lets through is looked at again, letter by letter.
            conditions.append(column.regexp_match(_exactly(word)))
    return and_(true(), *conditions)


def _roughly(word: str) -> str:
    letters = ("_" if letter in _spellings() else f"/{letter}" if letter in "/%_" else letter for letter in word)
    return f"%{''.join(letters)}%"


def _exactly(word: str) -> str:
    return "".join(_spellings().get(c) or (f"[{c}{c.upper()}]" if c.isalpha() else re.escape(c)) for c in word)


@cache
def _spellings() -> Mapping[str, str]:
    """For each plain letter that Vietnamese gives accents to, all its forms as a regular expression has them."""
    forms_of = {"d": "dđDĐ"}
    for letter in _LETTERS:
        for form in (unicodedata.normalize("NFC", letter + tone) for tone in ("", *_TONES)):
            plain = fold(letter)
            forms_of[plain] = forms_of.get(plain, "") + form + form.upper()
    return {letter: f"[{forms}]" for letter, forms in forms_of.items()}


def units_found(register: Register, words: str) -> list[str]:
    """The ids of the units whose id or name has all the words, and the words themselves: a unit may be gone by now."""
    words = in_one_line(words, 100)
    return [words, *(unit.id for unit in register.units.values() if found(words, unit.id, unit.name))]


def day_of(query: Mapping[str, str], name: str) -> date | None:
    """A day that an address names; None where it names none, or nothing that is a day."""
    try:
        return day(query.get(name, "").strip())
    except WrongError:
        return None
