"""What a register says now: every dated deadline up to a horizon, and what is told of each. Pure."""

import json
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Self

from scheduler.deadlines.expand import whole_plan
from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.plans import Deadline, Register


@dataclass(frozen=True)
class Current:
    """Every dated deadline of a register up to a horizon, by send-by day; its facts, and their digests, by its key."""

    register: Register
    horizon: date
    deadlines: list[Deadline]
    facts: dict[str, Facts]
    digests: dict[str, str]

    @classmethod
    def of(cls, register: Register, horizon: date, before: Self | None = None) -> Self:
        """Calculated, but for plans of which `before` must have found the same."""
        kept: set[str] = set()
        deadlines: list[Deadline] = []
        facts: dict[str, Facts] = {}
        digests: dict[str, str] = {}
        if before is not None and before.horizon == horizon:
            kept = _unchanged(register, before.register)
            deadlines = [deadline for deadline in before.deadlines if deadline.plan.id in kept]
            for deadline in deadlines:
                facts[deadline.key], digests[deadline.key] = before.facts[deadline.key], before.digests[deadline.key]
        for plan in register.plans.values():
            for deadline in whole_plan(register, plan, horizon) if plan.id not in kept else ():
                if deadline.send_by:
                    deadlines.append(deadline)
                    facts[deadline.key] = found = facts_of(deadline, register)
                    digests[deadline.key] = digest(found)
        return cls(register, horizon, sorted(deadlines, key=_place), facts, digests)


def _place(deadline: Deadline) -> tuple[date, str]:
    return deadline.send_by or date.max, deadline.key


def _unchanged(register: Register, before: Register) -> set[str]:
    """The plans whose deadlines and facts are the same under two registers."""
    ground = ("units", "groups", "policy", "workdays")
    if any(getattr(register, name) != getattr(before, name) for name in ground):
        return set()
    return {name for name, plan in register.plans.items() if plan == before.plans.get(name)}


def digest(facts: Facts) -> str:
    """A short name for what is said of a deadline."""
    return blake2b(json.dumps(facts.to_json(), sort_keys=True).encode(), digest_size=16).hexdigest()
