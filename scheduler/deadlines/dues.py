"""What stands under `due:`, entry by entry: which covers which period, and which date of several is whose."""

from dataclasses import replace

from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Due, Obligation, Plan
from scheduler.deadlines.rules import (
    CUTOFF,
    PERIOD_END,
    Anchor,
    Dated,
    EndOf,
    InMonth,
    OnDate,
    Recurring,
    Rule,
    RuleError,
    SameAs,
    Within,
    Yearly,
)
from scheduler.translation import text

_IN_A_YEAR = {"week": 52, "month": 12, "quarter": 4, "six-month": 2}
_OF_THE_PERIOD = (InMonth, Recurring)


def anchor_of(rule: Dated, key: str, period: Period) -> Anchor:
    """The anchor that belongs to a period where a wording names several ("20/3, 20/6, 20/9 và 20/12")."""
    anchors = rule.anchors
    wanted = _IN_A_YEAR.get(key, 1)
    # What each period has a day of its own for, or what lies once in a year anyway.
    if len(anchors) == 1 and (wanted <= 2 or isinstance(anchors[0], _OF_THE_PERIOD)):
        return anchors[0]
    if len(anchors) != wanted:
        raise RuleError(
            text(
                "“{key}” has {wanted} deadlines in a year, but the wording names {count}",
                count=len(anchors),
                key=key,
                wanted=wanted,
            ),
            text("give each date its own key, such as quarter-1 or annual, or write “ngày 20 của tháng cuối quý”"),
        )
    if key == "six-month":
        return anchors[0 if period.span is Span.SIX_MONTH else 1]
    return anchors[period.number - 1]


def spread(plan: Plan, obligation: Obligation, above: tuple[str, ...] = ()) -> tuple[Due, ...]:
    """What a bare `due:` stands for, where it is more than a single occasion.

    `như X` (or N days `sau X`) means each period of X: the entry is repeated under each key that X has. A day of the
    year in a plan of several years means each of them.
    """
    found: list[Due] = []
    years = obligation.years or plan.years
    for due in obligation.due:
        if due.key == Span.ONCE and years.first != years.last and _comes_back(due.rule):
            found.append(replace(due, key=Span.ANNUAL.value))
            continue
        other_id = other_in(due.rule)
        other = plan.obligation(other_id) if other_id else None
        if due.key != Span.ONCE or other is None or other_id in above:
            found.append(due)
            continue
        keys = [d.key for d in spread(plan, other, (*above, obligation.id))]
        found.extend(replace(due, key=key) for key in keys)
    return tuple(found)


def named_year(rule: Rule) -> int | None:
    """The year that a rule's (first) date itself names."""
    match rule.anchors[0] if isinstance(rule, Dated) else None:
        case OnDate(day):
            return day.year
        case EndOf(_, _, year):
            return year
        case _:
            return None


def _comes_back(rule: Rule) -> bool:
    """Whether a bare wording names a day of every year: in a plan of several years that is a yearly report."""
    return isinstance(rule, Dated) and all(isinstance(anchor, Yearly) for anchor in rule.anchors)


def other_in(rule: Rule) -> str:
    """The obligation that a rule leans on (`như X`, `sau X`), or nothing."""
    if isinstance(rule, SameAs):
        return rule.obligation
    if isinstance(rule, Within) and rule.after not in (PERIOD_END, CUTOFF):
        return rule.after
    return ""


def due_for(plan: Plan, obligation_id: str, key: str) -> Due:
    """The entry of another obligation that covers a key: the same key, or `quarter` for `quarter-1`."""
    other = plan.obligation(obligation_id)
    for due in spread(plan, other) if other else ():
        if due.key == key or (due.key == "quarter" and key.startswith("quarter-")):
            return due
    raise RuleError(
        text("“{id}” has no period of the kind “{key}”", id=obligation_id, key=key),
        text("name an obligation of this plan that reports for the same period"),
    )
