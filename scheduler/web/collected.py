"""What a collector takes along: the reports it waits for as a table, and the text of a letter to those who are late."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from scheduler.deadlines.facts import Facts, Timeliness
from scheduler.deadlines.plans import Unit
from scheduler.deadlines.words import bound_in_full, full_title, long_day, short_day
from scheduler.translation import Text, text
from scheduler.web.standing import State, Word
from scheduler.web.unit.view import Progress

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_HEADINGS = (
    text("Plan"),
    text("Report"),
    text("Period"),
    text("Unit"),
    text("E-mail"),
    text("Date in the document"),
    text("Last day in time"),
    text("Send by (working day)"),
    text("State"),
    text("Submitted on"),
    text("Number of the document"),
)
_WIDTHS = (28, 40, 22, 36, 34, 14, 14, 14, 22, 14, 22)
_STATES = {
    Timeliness.ON_TIME: text("on time"),
    Timeliness.ON_STATED_DAY: text("on the date in the document"),
    Timeliness.LATE: text("late"),
}
_PIECE = 500  # rows
_NAMED = 20  # units at the head of a letter
_PASSED = (State.OVERDUE, State.STATED_DAY)
_MAY_BE_FORMULAS = re.compile(r"(^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠])")
Cell = str | date | None


def table(reports: Iterable[Progress], language: str) -> Iterator[tuple[Cell, ...]]:
    """A row of headings, then one for each report of each unit, the missing ones of a deadline first."""
    yield tuple(heading.render(language) for heading in _HEADINGS)
    for progress in reports:
        for unit in progress.missing:
            yield _row(progress.facts, unit, _missing(progress.state), None, language)
        for unit, word in progress.received:
            yield _row(progress.facts, unit, _STATES[progress.facts.timeliness(word.on)], word, language)


def _missing(state: State) -> Text:
    if state is State.UNTRACKED:
        return text("passed before records began")
    return text("overdue") if state in _PASSED else text("not yet")


def _row(facts: Facts, unit: Unit, state: Text, word: Word | None, language: str) -> tuple[Cell, ...]:
    plan = " – ".join(part for part in (facts.plan_title, facts.plan_number) if part)
    return (
        *(plan, facts.title, facts.period_name.render(language), unit.name, ", ".join(unit.email)),
        *(facts.stated, facts.last_day, facts.send_by),
        *(state.render(language), word.on if word else None, word.reference if word else ""),
    )


def as_csv(rows: Iterable[tuple[Cell, ...]]) -> Iterator[bytes]:
    """RFC 4180, in UTF-8 with a mark at its beginning, without which spreadsheets take it for another encoding.

    It comes in pieces, for a year of a whole country is tens of megabytes.

    What a spreadsheet would calculate (a name that begins with `=`) gets an apostrophe before it. So does what follows
    a semicolon: where the comma is for decimals, as in Vietnam, a spreadsheet takes that for the end of a cell, and
    heeds no quotes inside one.
    """
    yield b"\xef\xbb\xbf"
    listed = iter(rows)
    while some := list(islice(listed, _PIECE)):
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([_harmless(cell) for cell in row] for row in some)
        yield out.getvalue().encode()


def _harmless(cell: Cell) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    return _MAY_BE_FORMULAS.sub(r"\1'", cell or "")


def as_xlsx(rows: Iterable[tuple[Cell, ...]]) -> bytes:
    """A workbook of one sheet: headings that stay in view, dates that are dates, words that are never formulas."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("nhachan")
    sheet.freeze_panes = "A2"
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHIJK"[number]].width = width
    for number, row in enumerate(rows):
        cells = []
        for value in row:
            plain = ILLEGAL_CHARACTERS_RE.sub(" ", value) if isinstance(value, str) else value
            cell = WriteOnlyCell(sheet, value=plain)  # type: ignore[arg-type]  # it takes dates
            if isinstance(value, str):
                cell.data_type = "s"
            elif value is not None:
                cell.number_format = "dd/mm/yyyy"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _addressed(progress: Progress, language: str) -> str:
    """The units that a letter goes to; those that are many stand in its list alone."""
    if len(progress.missing) > _NAMED:
        return text("the units named below").render(language)
    return "; ".join(unit.name for unit in progress.missing)


def letter(progress: Progress, collector: Unit, today: date, language: str) -> str:
    """The text of a letter to the units whose report for a deadline is missing; the new day is left to be filled in."""
    facts = progress.facts
    plan = facts.plan_title
    if facts.plan_number:
        plan = text("{plan}, No. {number}", plan=plan, number=facts.plan_number).render(language)
    words = text(
        "To: {units}\n\n"
        "Under {plan}{clause}, these units report: {report}, {bound} (last day in time: {last_day}).\n\n"
        "By {today}, {collector} has not received the report of these {count} units:\n\n{list}\n\n"
        "We ask these units to send their report to {collector} no later than ……/……/…… so that it can be compiled for "
        "{to}. Units that have sent it already, please tell us its number and date.",
        units=_addressed(progress, language),
        plan=plan,
        clause=f", {text('clause {clause}', clause=facts.clause).render(language)}" if facts.clause else "",
        report=full_title(facts, language),
        bound=bound_in_full(facts, language),
        last_day=long_day(facts.last_day, language) if facts.last_day else "",
        today=short_day(today, language),
        collector=collector.name,
        count=len(progress.missing),
        list="\n".join(f"{n}. {unit.name}" for n, unit in enumerate(progress.missing, 1)),
        to=facts.to_name,
    )
    return words.render(language)
