"""`import-units`: a CSV or XLSX list of units becomes the text of a units file.

Ids that a list does not give are made from names by one rule (`slug`). What cannot be used is a problem with its row
and column, all of them at once, and then there is no text; what was passed over, added or left out is a note.

The way of a list: `read` takes the file (`csv_list`, `xlsx_list`), `headings` puts its cells under known fields,
`units`, `ids` and `relations` fill a `draft`, `written` makes the text.
"""

from pathlib import Path

from scheduler.config.unit_list.draft import Draft
from scheduler.config.unit_list.ids import give_ids, slug
from scheduler.config.unit_list.listed import ImportNote, Limits, ListError, clean
from scheduler.config.unit_list.read import read_list
from scheduler.config.unit_list.relations import find_groups, find_parents
from scheduler.config.unit_list.units import read_rows
from scheduler.config.unit_list.written import units_file
from scheduler.translation import text

__all__ = ["ImportNote", "Limits", "ListError", "import_units", "slug"]

_LIMITS = Limits()


def import_units(file: Path, limits: Limits = _LIMITS) -> tuple[str, list[ImportNote]]:
    """The text of a units file, and what a person should look at; a `ListError` where the list cannot be used."""
    listed = read_list(file, limits)
    draft = Draft(listed)
    read_rows(draft)
    give_ids(draft)
    find_parents(draft)
    find_groups(draft)
    if not draft.units and not draft.problems:
        draft.problem(
            listed.heading_row, 1, text("there is no unit below the headings"), text("write a row for each unit")
        )
    written = "" if draft.problems else units_file(draft, clean(file.name).replace("\n", " "))
    if len(written.encode()) > limits.written:
        problem = text("the units file would be larger than {size} MiB", size=limits.written // 2**20)
        draft.problem(listed.heading_row, 1, problem, text("divide the list among several files"))
    if draft.problems:
        raise ListError(draft.problems)
    return written, sorted(listed.notes, key=lambda note: note.row)
