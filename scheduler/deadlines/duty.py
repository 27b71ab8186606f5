"""An obligation in a period: what its units each report once, whatever extensions of time some have."""

from typing import NamedTuple

from scheduler.deadlines.plans import Deadline


class Duty(NamedTuple):
    """The names of a plan, an obligation, a period."""

    plan: str
    obligation: str
    period: str


def duty_of(deadline: Deadline) -> Duty:
    """The duty that a deadline is of."""
    return Duty(deadline.plan.id, deadline.obligation.id, deadline.period.id)
