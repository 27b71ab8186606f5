"""A digest as a letter: entries with sentences and rows, which the templates lay out as text and as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import quote

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Unit
from scheduler.deadlines.workdays import WorkCalendar
from scheduler.mail.headers import clean
from scheduler.mail.rows import Row, changed_rows, rows
from scheduler.mail.sentences import Speaker, kind_of
from scheduler.mail.words import Words
from scheduler.reminders.digest import Digest, Item
from scheduler.translation import text

_WHOLE = 8
"""So many reports are laid out with all particulars; of the others a line each, for Gmail cuts off what is longer than
102 KB."""
_LISTED = 60
"""So many missing units are named in one mail; the others are left to the page. Each report has its share."""

_WEIGHT = {"overdue": 0, "today": 1, "summary": 2, "soon": 3, "moved": 4, "reinstated": 4, "withdrawn": 4}


@dataclass(frozen=True, eq=False)
class Entry:
    """One report in a mail; the same in the mails of all units that are told the same of it.

    `kind` is `overdue`, `today`, `soon`, `moved`, `withdrawn`, `reinstated` or `summary`; `status` says it in words,
    `brief` in a subject, where `short` stands for the title. `headline` is the sentence a mail begins with when this
    leads; `request` what is asked. `left_out` counts the missing units beyond those listed. `anchor` is where the
    unit's page has the report.
    """

    kind: str
    facts: Facts
    before: Facts | None
    title: str
    short: str
    status: str
    brief: str
    headline: str
    request: tuple[str, ...]
    rows: tuple[Row, ...]
    warning: str
    missing: tuple[str, ...]
    missing_title: str
    left_out: int
    anchor: str


@dataclass(frozen=True)
class Letter:
    """A whole mail: to whom, what first, and its entries in the digest's order. `lead` is the one that matters most.

    Those in `whole` have all particulars, those in `further` a line. `page` is the link of the unit's page; without one
    there are no buttons.
    """

    unit: str
    day: date
    headline: str
    lead: Entry
    entries: tuple[Entry, ...]
    copied: bool
    page: str = ""

    @property
    def whole(self) -> tuple[Entry, ...]:
        """The entries that are laid out with all particulars."""
        return self.entries[:_WHOLE]

    @property
    def further(self) -> tuple[Entry, ...]:
        """Those of which there is a line alone."""
        return self.entries[_WHOLE:]

    @property
    def asks(self) -> bool:
        """Whether the unit itself has something to send."""
        return any(entry.kind in ("overdue", "today", "soon") for entry in self.entries)

    @property
    def calendar(self) -> str:
        """Where the unit's page says how to subscribe."""
        return f"{self.page}#calendar" if self.page else ""

    def link(self, entry: Entry) -> str:
        """Where the unit's page has a report."""
        return f"{self.page}#{entry.anchor}" if self.page else ""


@dataclass
class Letters:
    """Writes letters of digests, all in one language. What many units are told is put into words once."""

    words: Words
    units: Mapping[str, Unit]
    workdays: WorkCalendar
    _entries: dict[tuple[Item, date, int], Entry] = field(default_factory=dict, repr=False)

    def of(self, digest: Digest, page: str = "") -> Letter:
        """The letter of a digest to a unit with a page."""
        items, words = _without_echo(digest), self.words
        listed = _LISTED // max(sum(bool(item.missing) for item in items[:_WHOLE]), 1)
        entries = tuple([self._entry(item, digest.day, listed) for item in items])
        lead = min(entries, key=lambda e: _WEIGHT[e.kind])  # of equal ones the first: the digest has the worst first
        headline = lead.headline
        if len(entries) > 1:
            more = words.ngettext(
                "{n} more matter is named below.", "{n} more matters are named below.", len(entries) - 1
            )
            headline = f"{headline} {more}"
        return Letter(clean(digest.unit.name), digest.day, headline, lead, entries, bool(digest.cc), page)

    def _entry(self, item: Item, day: date, listed: int) -> Entry:
        known = self._entries.get((item, day, listed))
        if known is None:
            known = _entry(item, day, self.words, self.units, self.workdays, listed)
            self._entries[item, day, listed] = known
        return known


def _without_echo(digest: Digest) -> Sequence[Item]:
    """The items, less a reminder of what the same mail tells as changed: the new dates stand there already."""
    changed = {item.facts.key for item in digest.items if item.before is not None}
    if not changed:
        return digest.items
    return [i for i in digest.items if i.facts.key not in changed or kind_of(i, digest.day) not in ("soon", "today")]


def _entry(
    item: Item, day: date, words: Words, units: Mapping[str, Unit], workdays: WorkCalendar, listed: int
) -> Entry:
    facts = _tidy(item.facts)
    before = _tidy(item.before) if item.before else None
    title, short = (_with_period(name, facts, words) for name in (facts.title, facts.short or facts.title))
    kind = kind_of(item, day)
    speaker = Speaker(replace(item, facts=facts, before=before), kind, title, day, words, workdays)
    particulars = changed_rows(before, facts, words) if before and kind == "moved" else rows(facts, words, kind)
    for label, ids in ((text("Taken over from"), item.heir_of), (text("Ended, nobody follows"), item.orphaned)):
        if ids:
            names = "; ".join(clean(units[u].name) for u in ids)
            particulars = [*particulars, Row(label.render(words.language), names)]
    missing = [clean(units[u].name) if u in units else u for u in item.missing]
    return Entry(
        kind=kind,
        facts=facts,
        before=before,
        title=title,
        short=short,
        status=speaker.status(),
        brief=speaker.brief(),
        headline=speaker.headline(),
        request=tuple(speaker.request()),
        rows=tuple(particulars),
        warning=speaker.warning(),
        missing=tuple(missing[:listed]),
        missing_title=speaker.missing_title(),
        left_out=max(len(missing) - listed, 0),
        anchor=quote(facts.key),
    )


def _with_period(title: str, facts: Facts, words: Words) -> str:
    period = facts.period_name.render(words.language)
    return words.gettext("{title}, {period}", title=title, period=period) if period else title


def _tidy(facts: Facts) -> Facts:
    """The facts with each text on one line, as it reads."""
    return replace(
        facts,
        title=clean(facts.title),
        short=clean(facts.short),
        wording=clean(facts.wording),
        spoken=clean(facts.spoken),
        plan_title=clean(facts.plan_title),
        plan_number=clean(facts.plan_number),
        clause=clean(facts.clause),
        to_name=clean(facts.to_name),
        via_name=clean(facts.via_name),
        note=clean(facts.note),
        form=clean(facts.form),
        reason=clean(facts.reason),
    )
