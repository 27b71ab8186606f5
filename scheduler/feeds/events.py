"""Events and feeds as iCalendar bytes (RFC 5545, RFC 7986). Pure: the same facts give the same bytes.

An event is rendered once for each of its states and joined into every feed that has it. What differs from feed to feed
is one link, so an event is kept without its end: its DESCRIPTION is written last, and the feed's link goes on from
there as one more folded line.

There is no X-ALT-DESC: Outlook alone knows it, and a second text of every event, in HTML, would halve what fits under
Google's megabyte. DESCRIPTION is made of lines that read well as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Event
from icalendar.prop import vText

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.words import bound, bound_hour, brief_title, full_title, long_day
from scheduler.translation import catalogue, text

PRODID = "-//nhachan//nhachan//VI"
WRITING = 2
"""How events are written. Counted up when a release writes the same facts in other words."""
_REFRESH = timedelta(hours=6)
_HALF_HOUR = timedelta(minutes=30)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_DEADLINES = 2048  # of which what they say lies ready
_FOLD = 74  # octets a folded line has beside its leading space


class Role(StrEnum):
    """How a feed's owner stands to a deadline."""

    REPORTS = "reports"
    COLLECTS = "collects"
    RECEIVES = "receives"


class State(NamedTuple):
    """What, beside the facts, an event's bytes depend on. `modified` is in UTC."""

    role: Role
    sequence: int
    modified: datetime
    cancelled: bool = False
    submitted: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class Style:
    """What all events of an installation share."""

    language: str
    zone: ZoneInfo
    uid_domain: str


class _Text(vText):
    r"""A text (RFC 5545, 3.3.11) in which a backslash and N stay what they are: icalendar makes a newline of them."""

    def to_ical(self) -> bytes:
        """As it stands in a file; whatever ends a line is a newline."""
        return self.replace("\r\n", "\n").replace("\r", "\n").translate(_ESCAPES).encode()


_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def writing(style: Style, public_url: str) -> str:
    """What all events depend on beside their facts: where it changes, each of them does."""
    return f"{WRITING} {style.language} {style.zone.key} {public_url}"


_KINDS = {
    "week": text("weekly report"),
    "month": text("monthly report"),
    "quarter": text("quarterly report"),
    "six-month": text("six-month report"),
    "second-half": text("six-month report"),
    "nine-month": text("nine-month report"),
    "annual": text("annual report"),
    "once": text("single report"),
}


def render_event(facts: Facts, state: State, style: Style) -> bytes:
    """A VEVENT without its end; `feed` adds the link and closes it. The deadline must be dated."""
    uid, days, kind, words = _lasting(facts, style)
    stamp = _line("DTSTAMP", state.modified)
    return b"\r\n".join(
        (
            b"BEGIN:VEVENT",
            uid,
            stamp,
            stamp.replace(b"DTSTAMP", b"LAST-MODIFIED"),
            _line("SEQUENCE", state.sequence),
            days,
            _summary_line(facts, state._replace(sequence=0, modified=_NEVER), style.language),
            kind,
            _line("STATUS", "CANCELLED" if state.cancelled else "CONFIRMED"),
            _line("TRANSP", "TRANSPARENT"),
            words,
        )
    )


@lru_cache(maxsize=_DEADLINES)
def _lasting(facts: Facts, style: Style) -> tuple[bytes, bytes, bytes, bytes]:
    """What an event says in whatever state: of a deadline that all have submitted there is one for each."""
    if facts.send_by is None:
        raise ValueError(f"{facts.key} has no date")
    if facts.at:
        start: date = datetime.combine(facts.send_by, facts.at, style.zone).astimezone(UTC)
        end = start + _HALF_HOUR
    else:
        start, end = facts.send_by, facts.send_by + timedelta(days=1)
    kind = _KINDS[facts.kind.split("-")[0] if "quarter" in facts.kind else facts.kind]
    return (
        _line("UID", f"{facts.key}@{style.uid_domain}"),
        _line("DTSTART", start) + b"\r\n" + _line("DTEND", end),
        _line("CATEGORIES", (kind.render(style.language),)),
        _line("DESCRIPTION", _Text("\n".join((*description(facts, style.language), "")))),
    )


@lru_cache(maxsize=_DEADLINES)
def _summary_line(facts: Facts, state: State, language: str) -> bytes:
    return _line("SUMMARY", _Text(summary(facts, state, language)))


@lru_cache(maxsize=1024)
def _line(name: str, value: object, **parameters: str) -> bytes:
    """A property as icalendar renders it. Most are those of the event before: of another state, or on the same day."""
    event = Event()
    event.add(name, list(value) if isinstance(value, tuple) else value, parameters=parameters)
    return _folded(event.content_line(name, event[name]))


def summary(facts: Facts, state: State, language: str) -> str:
    """What a month view shows: what and by when, "Hạn nộp: Báo cáo năm (trước 25/11)"."""
    _ = catalogue(language).gettext
    sentence = {
        Role.REPORTS: _("Report due: {title} ({bound})"),
        Role.COLLECTS: _("To collect: {title} ({bound})"),
        Role.RECEIVES: _("To receive: {title} ({bound})"),
    }[state.role].format(title=brief_title(facts, language), bound=bound(facts, language))
    if state.cancelled:
        return _("[WITHDRAWN] {sentence}").format(sentence=sentence)
    return marked(sentence, language, submitted=state.submitted, overdue=state.overdue)


def marked(sentence: str, language: str, *, submitted: bool, overdue: bool) -> str:
    """A sentence with the word on how a unit stands to it in front, where clients cut it last: "[ĐÃ NỘP] …"."""
    _ = catalogue(language).gettext
    if submitted:
        return _("[SUBMITTED] {sentence}").format(sentence=sentence)
    return _("[OVERDUE] {sentence}").format(sentence=sentence) if overdue else sentence


def description(facts: Facts, language: str) -> Iterable[str]:
    """The event's text, line by line: wording, the three dates, who reports to whom, the plan.

    It begins with the title where the summary has the short name instead.
    """
    _ = catalogue(language).gettext
    if facts.short:
        yield full_title(facts, language)
    yield _("The plan says: “{wording}”").format(wording=facts.spoken)
    yield from _days(facts, language)
    yield _("Reporting: {units}").format(units=_reporters(facts, language))
    to = _("{to} (through {via})") if facts.via_name else "{to}"
    yield _("To: {to}").format(to=to.format(to=facts.to_name, via=facts.via_name))
    plan = " – ".join(part for part in (facts.plan_title, facts.plan_number) if part)
    yield _("Plan: {plan}").format(plan=plan)
    if facts.clause:
        yield _("Clause: {clause}").format(clause=facts.clause)
    if facts.form:
        yield _("Form: {form}").format(form=facts.form)
    if facts.note:
        yield _("Note: {note}").format(note=facts.note)


def _days(facts: Facts, language: str) -> Iterable[str]:
    _ = catalogue(language).gettext

    def day(value: date | None) -> str:
        return long_day(value, language) if value else ""

    if facts.opens:
        yield _("Open from: {day}").format(day=day(facts.opens))
    yield _("Date in the document: {day}").format(day=day(facts.stated)) + (
        f", {facts.hour:%H:%M}" if facts.hour else ""
    )
    last = day(facts.last_day)
    if facts.hour and facts.last_day == facts.stated:
        last = f"{last}, {bound_hour(facts, language)}"
    yield _("Last day in time: {day}").format(day=last)
    yield _("Send by (working day): {day}").format(day=day(facts.send_by))
    if facts.provisional:
        yield _("Provisional: the days off of that year have not been ordered yet.")
    if facts.reason:
        yield _("Extended: {reason}").format(reason=facts.reason)
    if facts.cutoff:
        yield _("Data are counted up to: {day}").format(day=day(facts.cutoff))


def _reporters(facts: Facts, language: str) -> str:
    names = "; ".join(facts.reporter_names)
    others = facts.reporter_count - len(facts.reporter_names)
    if others <= 0:
        return names
    return catalogue(language).gettext("{names} and {others} other units").format(names=names, others=others)


def feed(name: str, description_: str, events: Iterable[bytes], link: str, zone: str) -> bytes:
    """A whole feed: the events of `render_event`, each closed with a link to the page where one acts on it."""
    words = (
        _line("NAME", _Text(name)),
        _line("X-WR-CALNAME", _Text(name)),
        _line("DESCRIPTION", _Text(description_)),
        _line("X-WR-CALDESC", _Text(description_)),
        _line("X-WR-TIMEZONE", vText(zone)),
        _line("REFRESH-INTERVAL", _REFRESH, VALUE="DURATION"),
        _line("X-PUBLISHED-TTL", vText("PT6H")),
    )
    return _join(words, events, link)


def attachment(events: Iterable[bytes], link: str) -> bytes:
    """Events to open from a mail. Without a name: with one, Outlook would make a new calendar of them."""
    return _join((), events, link)


def _join(words: Iterable[bytes], events: Iterable[bytes], link: str) -> bytes:
    always = (("VERSION", "2.0"), ("PRODID", PRODID), ("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH"))
    head = b"\r\n".join((b"BEGIN:VCALENDAR", *(_line(name, value) for name, value in always), *words, b""))
    end = b"\r\n " + _fold(link) + b"\r\nURL:" + _fold(link, first=_FOLD - 3) + b"\r\nEND:VEVENT\r\n"
    first, *others = *events, b"END:VCALENDAR\r\n"
    return end.join((head + first, *others))


def _folded(line: str) -> bytes:
    """A line as icalendar folds it, but many octets at once: a letter at a time took half of rendering an event."""
    octets = line.encode()
    parts: list[bytes] = []
    start = 0
    while len(octets) - start > _FOLD:
        end = start + _FOLD
        while octets[end] & 0xC0 == 0x80:  # in the middle of a letter
            end -= 1
        if octets[end - 1] in b"\\^" and end - 1 > start:  # some clients do not find an escape across two lines
            end -= 1
        parts.append(octets[start:end])
        start = end
    return b"\r\n ".join((*parts, octets[start:]))


def _fold(link: str, first: int = _FOLD) -> bytes:
    """A link (ASCII, nothing to escape in it) folded by octets; `first` is the room on its first line."""
    octets = link.encode("ascii")
    lines = [octets[:first], *(octets[i : i + _FOLD] for i in range(first, len(octets), _FOLD))]
    return b"\r\n ".join(lines)
