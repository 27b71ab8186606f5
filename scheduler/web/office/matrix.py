"""Plans × units: how many of a unit's reports for a plan are in, and how many are overdue or still to come. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from scheduler.deadlines.facts import shown_number
from scheduler.deadlines.plans import Deadline, Plan, Register, Unit
from scheduler.web.office.received import Received
from scheduler.web.site import Index

_HEAD = 28  # characters of a title that stand at the head of a column
_DOCUMENT = "kế hoạch "  # what every plan is called, and so tells none from another


@dataclass(frozen=True)
class Cell:
    """The reports of a unit for a plan. What had passed before records began is in none of the numbers but `in_`."""

    in_: int = 0
    overdue: int = 0
    coming: int = 0

    @property
    def expected(self) -> int:
        """How many there are to be."""
        return self.in_ + self.overdue + self.coming

    @property
    def state(self) -> str:
        """A class for the style sheet."""
        return "overdue" if self.overdue else "open" if self.coming else "submitted" if self.in_ else "untracked"


@dataclass(frozen=True)
class Row:
    """A unit with its cells by plan; a plan that asks nothing of it has none."""

    unit: Unit
    cells: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A plan, and what it is called at the head of a column."""

    plan: Plan
    head: str


def years(index: Index, today: date) -> list[int]:
    """The years in which anything is to be sent, and this one; the newest first."""
    return sorted({d.send_by.year for d in index.deadlines if d.send_by} | {today.year}, reverse=True)


def of_year(deadlines: Iterable[Deadline], year: int) -> list[Deadline]:
    """Those of the deadlines that are to be sent in a year."""
    return [d for d in deadlines if d.send_by is not None and d.send_by.year == year]


def passed(deadlines: Iterable[Deadline], today: date) -> list[Deadline]:
    """Those of the deadlines whose last day is over."""
    return [d for d in deadlines if d.last_day is not None and d.last_day < today]


def tally(deadlines: Iterable[Deadline], unit: str, known: Received, today: date) -> Cell:
    """How a unit stands to dated deadlines of its own."""
    found = {"in": 0, "overdue": 0, "coming": 0, "untracked": 0}
    for deadline in deadlines:
        if known.has(deadline, unit):
            found["in"] += 1
        elif deadline.last_day is None or deadline.last_day >= today:
            found["coming"] += 1
        else:
            found["overdue" if known.tracked(deadline) else "untracked"] += 1
    return Cell(found["in"], found["overdue"], found["coming"])


def row(unit: Unit, deadlines: Iterable[Deadline], known: Received, today: date) -> Row:
    """A unit's row, from its deadlines of a year."""
    by_plan: dict[str, list[Deadline]] = {}
    for deadline in deadlines:
        by_plan.setdefault(deadline.plan.id, []).append(deadline)
    return Row(unit, {plan: tally(found, unit.id, known, today) for plan, found in by_plan.items()})


def columns(rows: Iterable[Row], register: Register) -> list[Column]:
    """The plans that ask something of a unit in these rows, in the order in which they are kept."""
    asked = {plan for row in rows for plan in row.cells}
    names = heads(list(register.plans.values()))
    return [Column(plan, names[id_]) for id_, plan in register.plans.items() if id_ in asked]


def heads(plans: Sequence[Plan]) -> dict[str, str]:
    """What each plan is called where there is little room: its number, else its title cut short, else its id.

    Drafts have no number, and titles are alike: what would name two plans names neither.
    """
    found: dict[str, str] = {}
    for way in (_number, _title, _id):
        names = {plan.id: name for plan in plans if (name := way(plan))}
        often = Counter(names.values())
        found = {id_: name for id_, name in names.items() if often[name] == 1} | found
    return found


def _id(plan: Plan) -> str:
    return plan.id


def _number(plan: Plan) -> str:
    return "" if plan.number.startswith("/") else shown_number(plan.number)[:_HEAD]


def _title(plan: Plan) -> str:
    title = plan.title[len(_DOCUMENT) :] if plan.title.lower().startswith(_DOCUMENT) else plan.title
    title = title[:1].upper() + title[1:]
    return title if len(title) <= _HEAD else title[:_HEAD].rpartition(" ")[0].rstrip(" ,;:") + "…"


def under(register: Register, id_: str) -> tuple[str, ...]:
    """The units of a group; or a unit and all that stand below it."""
    if id_ in register.groups:
        return register.members((id_,))
    below: dict[str, list[str]] = {}
    for unit in register.units.values():
        below.setdefault(unit.parent, []).append(unit.id)
    found: dict[str, None] = {}
    waiting = [id_] if id_ in register.units else []
    while waiting:
        found |= dict.fromkeys(waiting)
        waiting = [unit for above in waiting for unit in below.get(above, ()) if unit not in found]
    return tuple(found)
