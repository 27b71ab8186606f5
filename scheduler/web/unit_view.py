"""What a unit's page says: what it reports, in order, and whose reports it waits for."""

from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.deadlines.facts import Facts, Timeliness, facts_of
from scheduler.deadlines.plans import Deadline, Register, Unit
from scheduler.translation import Text
from scheduler.web.site import Site
from scheduler.web.standing import Records, State, Word, label, records, standing_duty, state_of

_RECENT = timedelta(days=7)
"""A submission recorded within this time is shown unfolded, so that who has just pressed the button sees it."""
_AHEAD = timedelta(days=45)
"""What is due later than that is folded away; a weekly report would fill the page with itself."""


@dataclass(frozen=True)
class Card:
    """One deadline as a unit sees it that reports for it."""

    facts: Facts
    state: State
    label: Text
    word: Word | None = None
    recorded_by: str = ""
    via: Unit | None = None


@dataclass(frozen=True)
class Progress:
    """One deadline as those see it who wait for the reports. `may_record`: the unit collects them itself."""

    facts: Facts
    state: State
    label: Text
    expected: int
    received: tuple[tuple[Unit, Word], ...]
    missing: tuple[Unit, ...]
    late: int
    may_record: bool = False

    @property
    def addresses(self) -> list[str]:
        """The addresses of all units that are missing, each once."""
        return list(dict.fromkeys(address for unit in self.missing for address in unit.email))


@dataclass(frozen=True)
class UnitView:
    """All that a unit's page shows."""

    unit: Unit
    parent: Unit | None
    successors: tuple[Unit, ...]
    open: list[Card]
    later: list[Card]
    done: list[Card]
    earlier: list[Card]
    undated: list[Card]
    awaited: list[Progress]
    expected: list[Progress]
    gathered: list[Progress]
    pending: list[tuple[Deadline, Facts]]

    @property
    def following(self) -> bool:
        """Whether there is any deadline for which it waits for others' reports."""
        return bool(self.awaited or self.expected or self.gathered)

    @property
    def awaits(self) -> list[Progress]:
        """All that it waits for, what is missing first."""
        return [*self.awaited, *self.expected, *self.gathered]

    @property
    def own(self) -> frozenset[str]:
        """The keys of the deadlines for which it reports itself; their cards have the anchors."""
        return frozenset(card.facts.key for card in (*self.open, *self.later, *self.done, *self.earlier))


def unit_view(site: Site, unit: Unit) -> UnitView:
    """The page of a unit as of now."""
    register, today, language = site.register, site.today(), site.settings.language
    reporting = site.index.reporting.get(unit.id, [])
    following = site.index.following.get(unit.id, [])
    known = records(site.engine, [d for d in (*reporting, *following) if d.send_by], site.settings.timezone)
    cards = [_card(d, unit, register, known, today, language) for d in reporting if d.send_by]
    progress = [progress_of(d, register, known, today, language, collector=unit.id) for d in following]
    by_key = {d.key: d for d in reporting}
    recent = today - _RECENT
    waited = [p for p in progress if p.missing and p.state is not State.UNTRACKED]
    pending = sorted((c for c in cards if _pending(c)), key=lambda c: list(State).index(c.state))
    done = [c for c in reversed(cards) if c.word and c.word.at.date() >= recent]
    return UnitView(
        unit=unit,
        parent=register.units.get(unit.parent),
        successors=tuple(register.units[u] for u in unit.successors),
        open=[c for c in pending if not _far(c.facts, today)],
        later=[c for c in pending if _far(c.facts, today)],
        done=done,
        earlier=[c for c in reversed(cards) if not _pending(c) and c not in done],
        undated=[_undated(d, register) for d in reporting if standing_duty(d, today)],
        awaited=[p for p in waited if not _far(p.facts, today)],
        expected=[p for p in waited if _far(p.facts, today)],
        gathered=[p for p in reversed(progress) if p not in waited],
        pending=[(by_key[c.facts.key], c.facts) for c in pending],
    )


def _far(facts: Facts, today: date) -> bool:
    return facts.send_by is not None and facts.send_by > today + _AHEAD


def _pending(card: Card) -> bool:
    return card.word is None and card.state is not State.UNTRACKED


def _card(deadline: Deadline, unit: Unit, register: Register, known: Records, today: date, language: str) -> Card:
    facts = facts_of(deadline, register)
    word = known.word(deadline, unit.id)
    state = state_of(facts, today, submitted=word is not None, tracked=known.tracked(deadline))
    by = "" if word is None or word.by == unit.id else _name(register, word.by)
    return Card(facts, state, label(facts, state, today, language, word), word, by, register.units.get(deadline.via))


def _name(register: Register, who: str) -> str:
    return register.units[who].name if who in register.units else who


def _undated(deadline: Deadline, register: Register) -> Card:
    facts = facts_of(deadline, register)
    return Card(facts, State.LATER, facts.period_name, via=register.units.get(deadline.via))


def progress_of(
    deadline: Deadline, register: Register, known: Records, today: date, language: str, *, collector: str = ""
) -> Progress:
    """How many units have reported for a deadline, which have not, and how many did too late."""
    facts = facts_of(deadline, register)
    received: list[tuple[Unit, Word]] = []
    missing: list[Unit] = []
    for unit in deadline.units:
        word = known.word(deadline, unit)
        if word is None:
            missing.append(register.units[unit])
        else:
            received.append((register.units[unit], word))
    state = state_of(facts, today, submitted=not missing, tracked=known.tracked(deadline))
    return Progress(
        facts,
        state,
        label(facts, State.LATER if state is State.SUBMITTED else state, today, language),
        len(deadline.units),
        tuple(received),
        tuple(missing),
        late=sum(facts.timeliness(word.on) is Timeliness.LATE for _, word in received),
        may_record=bool(collector) and deadline.via == collector,
    )
