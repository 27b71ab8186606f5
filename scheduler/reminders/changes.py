"""What is new of deadlines that were published: read from the rows that the publication writes, and told once."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Register
from scheduler.reminders.digest import Change, Told
from scheduler.state.tables import Change as ChangeRow

_KEPT = timedelta(days=30)


def changes(session: Session, register: Register, now: datetime, said: Collection[Told]) -> list[Change]:
    """What moved, went or came back lately and was not told yet, with the units concerned.

    Several changes of one deadline are told as one: from what was last said of it to what holds now.
    """
    heard: dict[str, int] = {}
    for item in said:
        kind, _, number = item.rung.partition(":")
        if number and kind in ("moved", "withdrawn", "reinstated"):
            heard[item.deadline] = max(heard.get(item.deadline, 0), int(number))
    news: dict[str, list[ChangeRow]] = {}
    for row in session.exec(select(ChangeRow).where(ChangeRow.at > now - _KEPT).order_by(col(ChangeRow.id))):
        # The one that was told last is kept until there is a newer one: perhaps not every unit has heard it.
        kept = news.setdefault(row.key, [])
        if kept and (kept[-1].id or 0) <= heard.get(row.key, 0):
            kept.clear()
        kept.append(row)
    return [change for rows in news.values() if (change := _net_change(rows, register))]


def _net_change(rows: list[ChangeRow], register: Register) -> Change | None:
    last = rows[-1]
    before, after = Facts.from_json(rows[0].before), Facts.from_json(last.after)
    kind = last.kind
    if kind == "reinstated" and rows[0].kind != "reinstated":  # gone and back before anybody heard of it
        kind = "moved"
    if kind == "moved" and _dates(before) == _dates(after):
        return None
    known = tuple(i for i in after.reporters if i in register.units or i in register.groups)
    units = register.members(known)
    if after.send_by is not None:
        units = register.in_office(units, after.send_by)
    return Change(last.id or 0, kind, before, after, units)


def _dates(facts: Facts) -> tuple[object, ...]:
    return facts.stated, facts.last_day, facts.send_by, facts.at
