"""What a unit's page says: what it reports, in order, and whose reports it waits for."""

from collections.abc import Iterable
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
_LOOK_BACK = timedelta(days=180)
"""What others were to report before that stands in the list of all deadlines alone."""
LISTED = 20
"""So many missing units are named there; all of them are on the deadline's own page."""
_WHOLE = 15
"""So many are laid out whole, of the others there is a line each: a page must be quick on an old telephone."""


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
    """One deadline as those see it who wait for the reports. `may_record`: whoever looks gathers them."""

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
    """All that a unit's page shows. Of what is `open` or `awaited` the first few are laid out whole."""

    unit: Unit
    parent: Unit | None
    successors: tuple[Unit, ...]
    open: list[Card]
    further: list[Card]
    later: list[Card]
    done: list[Card]
    undated: list[Card]
    awaited: list[Progress]
    awaited_further: list[Progress]
    gathered: list[Progress]
    pending: list[tuple[Deadline, Facts]]
    reports: int
    follows: int

    @property
    def own(self) -> frozenset[str]:
        """The keys of the deadlines for which it reports itself and that stand on the page; theirs are the anchors."""
        return frozenset(card.facts.key for card in (*self.open, *self.further, *self.later, *self.done))


def unit_view(site: Site, unit: Unit) -> UnitView:
    """The page of a unit as of now."""
    register, today = site.register, site.today()
    reporting = site.index.reporting.get(unit.id, [])
    cards = cards_of(site, unit, [d for d in reporting if d.send_by])
    by_key = {d.key: d for d in reporting}
    recent = today - _RECENT
    pending = sorted((c for c in cards if _pending(c)), key=lambda c: list(State).index(c.state))
    near = [c for c in pending if not _far(c.facts, today)]
    following = site.index.following.get(unit.id, [])
    progress = progress_on(site, (d for d in following if _in_view(d, today)), unit.id)
    waited = [p for p in progress if p.missing and p.state is not State.UNTRACKED]
    return UnitView(
        unit=unit,
        parent=register.units.get(unit.parent),
        successors=tuple(register.units[u] for u in unit.successors),
        open=near[:_WHOLE],
        further=near[_WHOLE:],
        later=[c for c in pending if _far(c.facts, today)][:_WHOLE],
        done=[c for c in reversed(cards) if c.word and c.word.at.date() >= recent][:_WHOLE],
        undated=[_undated(d, register) for d in reporting if standing_duty(d, today)],
        awaited=waited[:_WHOLE],
        awaited_further=waited[_WHOLE:],
        gathered=[p for p in reversed(progress) if p not in waited][:_WHOLE],
        pending=[(by_key[c.facts.key], c.facts) for c in pending],
        reports=len(cards),
        follows=len(following),
    )


def _in_view(deadline: Deadline, today: date) -> bool:
    """Whether others' reports for a deadline are awaited about now."""
    return deadline.send_by is not None and today - _LOOK_BACK <= deadline.send_by <= today + _AHEAD


def _far(facts: Facts, today: date) -> bool:
    return facts.send_by is not None and facts.send_by > today + _AHEAD


def _pending(card: Card) -> bool:
    return card.word is None and card.state is not State.UNTRACKED


def cards_of(site: Site, unit: Unit, deadlines: list[Deadline]) -> list[Card]:
    """How a unit stands to deadlines for which it reports."""
    known = records(site.engine, deadlines, site.settings.timezone, unit.id)
    return [_card(d, unit, site.register, known, site.today(), site.settings.language) for d in deadlines]


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


def progress_on(site: Site, deadlines: Iterable[Deadline], collector: str = "") -> list[Progress]:
    """How far the reports for deadlines have come in, as a unit sees it that waits for them."""
    wanted = list(deadlines)
    known = records(site.engine, wanted, site.settings.timezone)
    today, language = site.today(), site.settings.language
    return [progress_of(d, site.register, known, today, language, collector=collector) for d in wanted]


def progress_of(
    deadline: Deadline, register: Register, known: Records, today: date, language: str, *, collector: str = ""
) -> Progress:
    """How many units have reported for a deadline, which have not, and how many did too late."""
    facts = facts_of(deadline, register)
    words = known.of(deadline)
    received = tuple((register.units[unit], words[unit]) for unit in deadline.units if unit in words)
    missing = tuple(register.units[unit] for unit in deadline.units if unit not in words)
    state = state_of(facts, today, submitted=not missing, tracked=known.tracked(deadline))
    return Progress(
        facts,
        state,
        label(facts, State.LATER if state is State.SUBMITTED else state, today, language),
        len(deadline.units),
        received,
        missing,
        late=sum(facts.timeliness(word.on) is Timeliness.LATE for _, word in received),
        may_record=bool(collector) and deadline.collector == collector,
    )
