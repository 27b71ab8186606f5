"""The ladder ("thang nhắc"): on which working days a deadline is called to mind, and what each such day is called.

A rung before the deadline stands `n` days before the send-by day, moved to the working day before it; one after it
stands `n` days after the last day, moved to the working day after it (CONTRACT, section 3).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.deadlines.plans import Deadline, Ladder, Offset, Register
from scheduler.deadlines.workdays import WorkCalendar

SEND_BY = "0"


@dataclass(frozen=True)
class Rung:
    """One reminder day of a deadline. `name` is "-7", "-5wd", "0", "+3"."""

    name: str
    day: date

    @property
    def overdue(self) -> bool:
        """Whether the last day has passed."""
        return self.name.startswith("+")


def rungs(deadline: Deadline, register: Register) -> list[Rung]:
    """The rungs of a dated deadline, in order of time; of two that fall on one day the later one in the ladder."""
    ladder = deadline.obligation.reminders or register.ladder
    if deadline.send_by is None or deadline.last_day is None:
        return []
    return climb(ladder, deadline.send_by, deadline.last_day, register.workdays)


def climb(ladder: Ladder, send_by: date, last_day: date, workdays: WorkCalendar) -> list[Rung]:
    """The rungs of a ladder for a deadline's send-by day and last day, see `rungs`."""
    by_day: dict[date, Rung] = {}
    for offset in sorted(ladder.before, key=lambda o: _day_before(send_by, o, workdays)):
        day = _day_before(send_by, offset, workdays)
        by_day[day] = Rung(f"-{offset}" if offset.days else SEND_BY, day)
    for offset in sorted(ladder.overdue, key=lambda o: _day_after(last_day, o, workdays)):
        day = _day_after(last_day, offset, workdays)
        by_day[day] = Rung(f"+{offset}", day)
    return [by_day[day] for day in sorted(by_day)]


def _day_before(send_by: date, offset: Offset, workdays: WorkCalendar) -> date:
    if offset.working:
        return workdays.add(send_by, -offset.days) if offset.days else workdays.on_or_before(send_by)
    return workdays.on_or_before(send_by - timedelta(days=offset.days))


def _day_after(last_day: date, offset: Offset, workdays: WorkCalendar) -> date:
    if offset.working:
        return workdays.add(last_day, offset.days)
    return workdays.on_or_after(last_day + timedelta(days=offset.days))


def summary_days(deadline: Deadline, register: Register) -> list[Rung]:
    """When the collector hears who is missing: on the send-by day and on the day of each overdue rung.

    A send-by day on which nobody works (`days_off: keep`) gives way to the working day before it.
    """
    if deadline.send_by is None:
        return []
    day = register.workdays.on_or_before(deadline.send_by)
    found = {day: Rung(SEND_BY, day)}
    found |= {rung.day: rung for rung in rungs(deadline, register) if rung.overdue}
    return [found[day] for day in sorted(found)]


def escalates(rung: Rung, ladder: Ladder) -> bool:
    """Whether the unit's lead is copied on a rung."""
    return rung.name in ladder.escalate or (rung.overdue and "overdue" in ladder.escalate)
