"""Deadlines for programs, in the form that CONTRACT, section 4, promises."""

from datetime import date
from typing import Any

from scheduler.deadlines.plans import Deadline


def listed(deadline: Deadline) -> dict[str, Any]:
    """One object of `nhachan deadlines --json`: dates in ISO 8601, null where there is none."""

    def iso(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "plan": deadline.plan.id,
        "obligation": deadline.obligation.id,
        "period": deadline.period.id,
        "kind": deadline.kind,
        "title": deadline.title,
        "op": deadline.op.value,
        "wording": deadline.wording,
        "stated": iso(deadline.stated),
        "last_day": iso(deadline.last_day),
        "send_by": iso(deadline.send_by),
        "time": f"{deadline.at:%H:%M}" if deadline.at else None,
        "units": list(deadline.units),
        "to": deadline.to,
        "via": deadline.via or None,
        "provisional": deadline.provisional,
    }
