"""Plans in a window become deadlines: each obligation, each of its periods, each with its three dates.

Every date is computed from its own period, never from the one before, so the same deadlines come out however a
window is cut. Ranges of days count both ends.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.deadlines.obligations import ObligationReader, readers_of
from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Deadline, Due, Plan, Register
from scheduler.deadlines.rules import RuleError

# A report is due at most in the year after its own, and an obligation after another a while later still.
_YEARS_AROUND = 2
# Not even Tết moves a send-by day further from what can be said of a date without looking up working days.
_AWAY = timedelta(days=60)


def expand(register: Register, start: date, end: date) -> list[Deadline]:
    """All deadlines whose send-by day lies from `start` to `end`, and the undated duties of plans in force then.

    Sorted by send-by day, undated ones last. A rule that cannot be applied raises RuleError: `check` finds those first.
    """
    found = [d for plan in register.plans.values() for d in expand_plan(register, plan, start, end)]
    return sorted(found, key=lambda d: (d.send_by or date.max, d.key))


def expand_plan(register: Register, plan: Plan, start: date, end: date) -> Iterator[Deadline]:
    """The deadlines of one plan in a window, see `expand`."""
    for reader in readers_of(register, plan):
        for due, period in near(reader, start, end):
            for deadline in reader.deadlines(due, period, not_before=start):
                if _in_window(deadline, start, end):
                    yield deadline


def near(reader: ObligationReader, start: date, end: date) -> Iterator[tuple[Due, Period]]:
    """The periods of an obligation whose deadlines can lie in a window, seen without looking up working days."""
    early, late = start - _AWAY, end + _AWAY
    extended = {extension.period for extension in reader.obligation.extensions}
    for due, period in reader.pairs(start.year - _YEARS_AROUND, end.year + _YEARS_AROUND):
        about = reader.about(due, period)
        if about is None or early <= about <= late or period.id in extended:
            yield due, period


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


def expansion_problems(reader: ObligationReader, last_year: int) -> Iterator[tuple[str, RuleError]]:
    """Each rule that cannot be applied in the obligation's years, up to `last_year`: its key under `due:`, and why."""
    # Four years more than the first: a 29/02 that holds in a leap year alone shows itself.
    last = max(last_year, reader.years.first + 4)
    told: set[str] = set()
    try:
        pairs = reader.pairs(reader.years.first, last)
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
