"""What is said of a deadline to people: one flat record that feeds, mails and pages render and the state remembers.

Equal facts give equal bytes; a changed fact is a changed event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from enum import StrEnum
from typing import Any, Self

from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Deadline, Obligation, Plan, Register
from scheduler.deadlines.rules import CUTOFF, PERIOD_END, SameAs, Within
from scheduler.translation import Text, text

_NAMED_UNITS = 3
ROMAN = ("", "I", "II", "III", "IV")


class Timeliness(StrEnum):
    """How a submission stands to its deadline, as the state counts it."""

    ON_TIME = "on-time"
    ON_STATED_DAY = "on-stated-day"
    LATE = "late"


@dataclass(frozen=True)
class Facts:
    """A deadline in plain words and dates. `reporters`, `to` and `via` are ids; the `…_name` fields are for people.

    `spoken` is the wording for people: the plan's words, with a title in place of an obligation's id. `short` is the
    name where there is little room; empty where the title has to do.
    """

    key: str
    plan: str
    obligation: str
    period: str
    kind: str
    op: str
    title: str
    wording: str
    spoken: str
    plan_title: str
    plan_number: str
    clause: str
    reporters: tuple[str, ...]
    reporter_names: tuple[str, ...]
    reporter_count: int
    to: str
    to_name: str
    via: str
    via_name: str
    stated: date | None = None
    last_day: date | None = None
    send_by: date | None = None
    at: time | None = None
    hour: time | None = None
    opens: date | None = None
    cutoff: date | None = None
    provisional: bool = False
    note: str = ""
    form: str = ""
    reason: str = ""
    short: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON: dates and times in ISO 8601, empty fields left out."""
        return {k: _plain(v) for k, v in vars(self).items() if v not in (None, "", (), False)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`; fields of another version are passed over."""
        known = {f.name for f in fields(cls)}
        values: dict[str, Any] = dict.fromkeys(known - _HAVE_DEFAULTS, "")
        values |= {"reporters": (), "reporter_names": (), "reporter_count": 0}
        values |= {k: _DECODE.get(k, _same)(v) for k, v in data.items() if k in known}
        return cls(**values)

    @property
    def period_name(self) -> Text:
        """The period for people: "quý I/2025"; empty for a single occasion."""
        return period_name(self.period)

    def timeliness(self, submitted_on: date) -> Timeliness:
        """On or before the last day: on time; on the stated date of a `before`: on the stated day; after that: late."""
        if self.last_day is None or submitted_on <= self.last_day:
            return Timeliness.ON_TIME
        if self.op == "before" and submitted_on == self.stated:
            return Timeliness.ON_STATED_DAY
        return Timeliness.LATE


def _same(value: Any) -> Any:
    return value


_DECODE: dict[str, Any] = dict.fromkeys(("stated", "last_day", "send_by", "opens", "cutoff"), date.fromisoformat)
_DECODE |= {"at": time.fromisoformat, "hour": time.fromisoformat, "reporters": tuple, "reporter_names": tuple}
_HAVE_DEFAULTS = {
    "stated",
    "last_day",
    "send_by",
    "at",
    "hour",
    "opens",
    "cutoff",
    "provisional",
    "note",
    "form",
    "reason",
    "short",
}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value


def facts_of(deadline: Deadline, register: Register) -> Facts:
    """The facts of a deadline, with the names that its units have in the register."""
    plan, obligation, units = deadline.plan, deadline.obligation, register.units
    return Facts(
        key=deadline.key,
        plan=plan.id,
        obligation=obligation.id,
        period=deadline.period.id,
        kind=deadline.kind,
        op=deadline.op.value,
        title=obligation.title,
        wording=deadline.wording,
        spoken=spoken(plan, obligation, deadline.kind, deadline.wording),
        plan_title=plan.title,
        plan_number=shown_number(plan.number),
        clause=obligation.clause,
        reporters=obligation.reporters,
        reporter_names=tuple(units[u].name for u in deadline.units[:_NAMED_UNITS]),
        reporter_count=len(deadline.units),
        to=deadline.to,
        to_name=units[deadline.to].name if deadline.to else "",
        via=deadline.via,
        via_name=units[deadline.via].name if deadline.via else "",
        stated=deadline.stated,
        last_day=deadline.last_day,
        send_by=deadline.send_by,
        at=deadline.at,
        hour=deadline.hour,
        opens=deadline.opens,
        cutoff=deadline.cutoff,
        provisional=deadline.provisional,
        note=obligation.note,
        form=obligation.form,
        reason=deadline.reason,
        short=obligation.short,
    )


def shown_number(number: str) -> str:
    """The number of a document as people read it: "…/KH-UBND" where a draft leaves the number itself blank."""
    return f"…{number}" if number.startswith("/") else number


def spoken(plan: Plan, obligation: Obligation, kind: str, wording: str) -> str:
    """A wording for people: the ids that "như …" and "sau …" name give way to titles."""
    due = next((d for d in obligation.due if d.key in (kind, Span.ONCE) or kind.startswith(f"{d.key}-")), None)
    rule = due.rule if due else None
    if isinstance(rule, SameAs):
        other = plan.obligation(rule.obligation)
        if other is not None and other is not obligation:
            theirs = next(
                (d.wording for d in other.due if d.key == kind or kind.startswith(f"{d.key}-")), other.due[0].wording
            )
            return f"{spoken(plan, other, kind, theirs)} (như “{other.title}”)"
    if isinstance(rule, Within) and rule.after not in ("", PERIOD_END, CUTOFF):
        other = plan.obligation(rule.after)
        if other is not None:
            return wording.replace(rule.after, f"“{other.title}”")
    return wording


def period_name(name: str) -> Text:
    """A period's id in words for people; empty for a single occasion."""
    period = Period.parse(name)
    if period is None:
        return Text("")
    values = {"year": period.year, "number": period.number, "roman": ROMAN[period.number % 5]}
    match period.span:
        case Span.WEEK:
            return text("week {number}/{year}", **values)
        case Span.MONTH:
            return text("month {number}/{year}", **values)
        case Span.QUARTER:
            return text("quarter {roman}/{year}", **values)
        case Span.SIX_MONTH:
            return text("first six months of {year}", **values)
        case Span.SECOND_HALF:
            return text("last six months of {year}", **values)
        case Span.NINE_MONTH:
            return text("nine months of {year}", **values)
        case _:
            return text("year {year}", **values)
