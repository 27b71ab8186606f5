"""Plans in a window become deadlines: each obligation, each of its periods, each with its three dates.

Every date is computed from its own period, never from the one before, so the same deadlines come out however a
window is cut. Ranges of days count both ends.
"""

from collections.abc import Iterator
from datetime import date

from scheduler.deadlines.obligations import ObligationReader
from scheduler.deadlines.periods import Span
from scheduler.deadlines.plans import Deadline, Obligation, Plan, Register
from scheduler.deadlines.rules import (
    RuleError,
)

# A report is due at most in the year after its own, and an obligation after another a while later still.
_YEARS_AROUND = 2


def expand(register: Register, start: date, end: date) -> list[Deadline]:
    """All deadlines whose send-by day lies from `start` to `end`, and the undated duties of plans in force then.

    Sorted by send-by day, undated ones last. A rule that cannot be applied raises RuleError: `check` finds those first.
    """
    found = [d for plan in register.plans.values() for d in expand_plan(register, plan, start, end)]
    return sorted(found, key=lambda d: (d.send_by or date.max, d.key))


def expand_plan(register: Register, plan: Plan, start: date, end: date) -> Iterator[Deadline]:
    """The deadlines of one plan in a window, see `expand`."""
    for obligation in plan.obligations:
        reader = ObligationReader(register, plan, obligation)
        years = reader.years_between(start.year - _YEARS_AROUND, end.year + _YEARS_AROUND)
        for due, period in (*reader.occasions(), *(pair for year in years for pair in reader.periods(year))):
            if not reader.may_fall_in(due, period, start, end):
                continue
            for deadline in reader.deadlines(due, period, not_before=start):
                if _in_window(deadline, start, end):
                    yield deadline


def whole_plan(register: Register, plan: Plan, horizon: date) -> Iterator[Deadline]:
    """All deadlines of a plan from its first year on; those of an open-ended one up to the horizon."""
    years = [plan.years, *(o.years for o in plan.obligations if o.years)]
    first = min(y.first for y in years)
    last = date(max(y.last for y in years if y.last) + _YEARS_AROUND, 12, 31) if all(y.last for y in years) else horizon
    return expand_plan(register, plan, date(first - 1, 1, 1), last)


def _in_window(deadline: Deadline, start: date, end: date) -> bool:
    if deadline.send_by is not None:
        return start <= deadline.send_by <= end
    years = deadline.obligation.years or deadline.plan.years
    if deadline.period.span is Span.ONCE:
        return years.first <= end.year and (years.last is None or years.last >= start.year)
    return deadline.period.start <= end and deadline.period.end >= start


def expansion_problems(
    register: Register, plan: Plan, obligation: Obligation, last_year: int
) -> Iterator[tuple[str, RuleError]]:
    """Each rule that cannot be applied in the obligation's years, up to `last_year`: its key under `due:`, and why."""
    reader = ObligationReader(register, plan, obligation)
    # Four years more than the first: a 29/02 that holds in a leap year alone shows itself.
    years = reader.years_between(reader.years.first, max(last_year, reader.years.first + 4))
    told: set[str] = set()
    try:
        pairs = [*reader.occasions(), *(pair for year in years for pair in reader.periods(year))]
    except RuleError as error:
        yield Span.ONCE.value, error
        return
    for due, period in pairs:
        if due.key in told:
            continue
        try:
            reader.apply(due, period)
        except RuleError as error:
            told.add(due.key)
            yield due.key, error
