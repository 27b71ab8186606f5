"""One obligation applied, each of its rules to each of its periods, also along `như …` and `sau …` to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from scheduler.deadlines.dates import ND09, Recurrence, count_days, dates, last_day, nd09_cutoff, stated_date
from scheduler.deadlines.dues import anchor_of, due_for, named_year, other_in, spread
from scheduler.deadlines.periods import Period, Span, periods_of
from scheduler.deadlines.plans import Deadline, Due, Obligation, Plan, Register, Years
from scheduler.deadlines.rules import (
    CUTOFF,
    PERIOD_END,
    Dated,
    Dates,
    Op,
    Recurring,
    Rule,
    RuleError,
    SameAs,
    Undated,
    Within,
)
from scheduler.translation import text


def readers_of(register: Register, plan: Plan) -> "list[ObligationReader]":
    """A reader of each of a plan's obligations; where one leans on another, its reader is asked."""
    others: dict[str, ObligationReader] = {}
    found = [ObligationReader(register, plan, obligation, _others=others) for obligation in plan.obligations]
    others.update((reader.obligation.id, reader) for reader in reversed(found))
    return found


@dataclass
class ObligationReader:
    """Applies one obligation's rules to its periods. Follows `như …` and `sau …` to other obligations of the plan."""

    register: Register
    plan: Plan
    obligation: Obligation
    _recurring: dict[str, Recurrence] = field(default_factory=dict, repr=False)
    _others: dict[str, "ObligationReader"] = field(default_factory=dict, repr=False)
    """Readers of the plan's obligations on which others lean, shared among them all."""

    @property
    def years(self) -> Years:
        """The years in which the obligation is in force: its own, else the plan's."""
        return self.obligation.years or self.plan.years

    def years_between(self, first: int, last: int) -> range:
        """Those of the obligation's years that lie in a stretch of years, both counted."""
        end = last if self.years.last is None else min(last, self.years.last)
        return range(max(first, self.years.first), end + 1)

    @cached_property
    def dues(self) -> tuple[Due, ...]:
        """What stands under `due:`, with a bare `như X` or `sau X` spread over the periods of X."""
        return spread(self.plan, self.obligation)

    def occasions(self) -> list[tuple[Due, Period]]:
        """The obligation's single occasions, each with the entry of `due:` that it comes from."""
        dues = (due for due in self.dues if due.key == Span.ONCE)
        return [(due, Period(self._once_year(due.rule), Span.ONCE)) for due in dues]

    def periods(self, year: int) -> list[tuple[Due, Period]]:
        """The obligation's recurring periods in a year, each with the entry of `due:` that it comes from."""
        dues = (due for due in self.dues if due.key != Span.ONCE)
        return [(due, period) for due in dues for period in self._keyed(due, year)]

    def _once_year(self, rule: Rule) -> int:
        """A single occasion belongs to the year of its date, or to the first year where its words name none."""
        while isinstance(rule, SameAs):
            rule = due_for(self.plan, rule.obligation, Span.ONCE).rule
        named = named_year(rule)
        return named if named is not None and named in self.years else self.years.first

    def pairs(self, first: int, last: int) -> list[tuple[Due, Period]]:
        """Single occasions, and the periods of the years in force that lie in a stretch of years, both counted."""
        years = self.years_between(first, last)
        return [*self.occasions(), *(pair for year in years for pair in self.periods(year))]

    def _keyed(self, due: Due, year: int) -> Sequence[Period]:
        found = periods_of(due.key, year)
        rule = due.rule
        if not isinstance(rule, Dated):
            return found
        anchors = rule.anchors
        if due.key == Span.SIX_MONTH and len(anchors) == 2:  # "20/6 và 20/12": the two halves of the year
            found = (*found, Period(year, Span.SECOND_HALF))
        named = named_year(rule)
        if named is not None and self.years.first != self.years.last and named != year:
            return ()
        if isinstance(anchors[0], Recurring) and "INTERVAL" in anchors[0].rrule.upper():
            recurrence = self._recurrence(anchors[0].rrule)
            return [period for period in found if recurrence.between(period.start, period.end)]
        return found

    def _recurrence(self, rrule: str) -> Recurrence:
        found = self._recurring.get(rrule)
        if found is None:
            found = self._recurring[rrule] = Recurrence(rrule, self.years.first)
        return found

    def stated(self, due: Due, period: Period) -> tuple[Op, date | None, Dated | None, str]:
        """Operator, stated date, the rule with the date, and the wording; the date is None for an undated duty."""
        match due.rule:
            case Dated() as rule:
                return rule.op, self._anchor_day(rule, due, period), rule, due.wording
            case Undated():
                return Op.UNDATED, None, None, due.wording
            case SameAs(other):
                reader = self._of(other, period)
                op, day, dated, _ = reader.stated(due_for(self.plan, other, due.key), period)
                return op, day, dated, due.wording
            case Within() as rule:
                day = self._start_of(rule, due, period)
                if day is None:
                    return Op.UNDATED, None, None, due.wording
                return Op.WITHIN, count_days(day, rule, self.register.workdays), None, due.wording

    def about(self, due: Due, period: Period) -> date | None:
        """The stated date, working days taken for seven fifths of a day; None for an undated duty."""
        if isinstance(due.rule, Dated):
            return self._anchor_day(due.rule, due, period)
        if isinstance(due.rule, Undated):
            return None
        other = other_in(due.rule)
        day = self._of(other, period).about(due_for(self.plan, other, due.key), period) if other else None
        if isinstance(due.rule, SameAs):
            return day
        day = day if other else self._start_of(due.rule, due, period)
        return day + timedelta(days=due.rule.count * (7 / 5 if due.rule.working else 1)) if day else None

    def apply(self, due: Due, period: Period) -> None:
        """Raise the RuleError that reading a period's deadline would; no working days are looked up for it."""
        match due.rule:
            case SameAs(other) | Within(after=other) if other and other not in (PERIOD_END, CUTOFF):
                self._of(other, period).apply(due_for(self.plan, other, due.key), period)
            case Within() as rule:
                self._start_of(rule, due, period)
            case Dated() as rule:
                self._anchor_day(rule, due, period)
                if rule.opens:
                    stated_date(rule.opens, period)
        self.cutoff(due.key, period)

    def _anchor_day(self, rule: Dated, due: Due, period: Period) -> date:
        anchor = anchor_of(rule, due.key, period)
        if isinstance(anchor, Recurring):
            return self._recurrence(anchor.rrule).only_day(period)
        return stated_date(anchor, period)

    def _start_of(self, rule: Within, due: Due, period: Period) -> date | None:
        if rule.after == PERIOD_END and period.span is not Span.ONCE:
            return period.end
        if rule.after == PERIOD_END:
            raise RuleError(
                text("“{wording}” counts from the end of a period, but this report has none", wording=due.wording),
                text("write it under a period's key, such as `annual:`"),
            )
        if rule.after == CUTOFF:
            day = self.cutoff(due.key, period)
            if day is None:
                raise RuleError(
                    text(
                        "“{wording}” counts from the cut-off, but there is none for {period}",
                        wording=due.wording,
                        period=period.id,
                    ),
                    text("add `cutoff:` to the obligation"),
                )
            return day
        if not rule.after:
            return None
        other = self._of(rule.after, period)
        op, stated, dated, _ = other.stated(due_for(self.plan, rule.after, due.key), period)
        if stated is None:
            return None
        return last_day(op, stated, dated.at if dated else None, self.register.policy, self.register.workdays)

    def _of(self, id_: str, period: Period) -> "ObligationReader":
        """The reader of another obligation; RuleError where that one is not in force in the period's year."""
        reader = self._others.get(id_)
        if reader is None:
            other = self.plan.obligation(id_)
            if other is None:
                raise KeyError(id_)
            reader = self._others[id_] = ObligationReader(self.register, self.plan, other, _others=self._others)
        if period.year not in reader.years:
            raise RuleError(
                text("“{id}” is not in force in {year}", id=id_, year=period.year),
                text("give both the same `years`"),
            )
        return reader

    def cutoff(self, key: str, period: Period) -> date | None:
        """The last day on which data are counted for a period, or None."""
        spec = self.obligation.cutoff
        if spec == ND09:
            return nd09_cutoff(period)
        if not spec or isinstance(spec, str):
            return None
        anchor = spec.get(key) or spec.get("")
        return stated_date(anchor, period) if anchor else None

    def dates(self, due: Due, period: Period) -> Dates | None:
        """The general dates of a period, whatever is granted to some; None for an undated duty."""
        op, stated, rule, _ = self.stated(due, period)
        at = rule.at if rule else None
        return dates(op, stated, at, self.register.policy, self.register.workdays) if stated else None

    def deadlines(self, due: Due, period: Period, not_before: date = date.min) -> Iterator[Deadline]:
        """The deadline of a period, and a row of its own for each extension of it.

        The units of an undated duty are those in office when it begins, or on `not_before` if that is later.
        """
        op, stated, rule, wording = self.stated(due, period)
        register, reporters = self.register, self.obligation.reporters
        if stated is None:
            day = max(period.start, not_before)
            yield self._row(due, period, register.reporting(reporters, day), day, op=op, wording=wording)
            return
        extended: set[str] = set()
        extensions = [e for e in self.obligation.extensions if e.period == period.id]
        for extension in extensions:
            members = tuple(u for u in register.members(extension.units) if u not in extended)
            extended.update(members)
            alone = len(extensions) == 1 and all(unit in members for unit in register.members(reporters))
            found = dates(Op.BY, extension.by, None, register.policy, register.workdays)
            row = self._row(
                *(due, period, register.in_office(members, found.last_day), found.last_day),
                op=Op.BY,
                wording=wording,
                dates=found,
                # Named by whom it names first, so that another prolongation moves the same row; where nobody is left
                # with the general date, it is the deadline itself that has moved.
                extension="" if alone or not extension.units else extension.units[0],
                reason=extension.reason,
            )
            if row.units:
                yield row
        at = rule.at if rule else None
        found = dates(op, stated, at, register.policy, register.workdays)
        opens = stated_date(rule.opens, period) if rule and rule.opens else None
        units = register.reporting(reporters, found.last_day)
        if extended:
            left = tuple(u for u in register.members(reporters) if u not in extended)
            if not left:
                return
            units = register.in_office(left, found.last_day)
        yield self._row(due, period, units, found.last_day, op=op, wording=wording, dates=found, hour=at, opens=opens)

    def _row(
        self, due: Due, period: Period, units: tuple[str, ...], day: date, *, dates: Dates | None = None, **said: Any
    ) -> Deadline:
        """A deadline; who receives and gathers is seen on a day."""
        if dates:
            said |= {"stated": dates.stated, "last_day": dates.last_day, "send_by": dates.send_by}
            said |= {"at": dates.at, "provisional": dates.provisional}
        return Deadline(
            plan=self.plan,
            obligation=self.obligation,
            period=period,
            kind=due.key,
            units=units,
            to=self.register.one_in_office(self.obligation.to, day),
            via=self.register.one_in_office(self.obligation.via, day),
            cutoff=self.cutoff(due.key, period),
            **said,
        )
