"""The subject of a mail: what kind it is, which report, how many days, before when. The lead entry speaks for all."""

from scheduler.mail.letter import Entry, Letter
from scheduler.mail.rows import dates_changed
from scheduler.mail.words import Words

_TITLE = 90


def subject(letter: Letter, words: Words) -> str:
    """Such as `[Nhắc hạn] Báo cáo 6 tháng dân vận – còn 3 ngày (trước 15/5/2023)`."""
    lead = letter.lead
    alike = sum(1 for entry in letter.entries if _sort(entry) == _sort(lead))
    more = len(letter.entries) - alike
    found = _head(lead, alike, words)
    if more:
        return words.ngettext("{subject}; {n} more matter", "{subject}; {n} more matters", more, subject=found)
    return found


def _sort(entry: Entry) -> str:
    if entry.kind in ("today", "soon"):
        return "reminder"
    return entry.kind if entry.kind in ("overdue", "summary") else "change"


def _head(lead: Entry, alike: int, words: Words) -> str:
    title = shorten(lead.short)
    limit = words.limit(lead.facts)
    status = lead.brief
    match _sort(lead):
        case "overdue" if alike > 1:
            return words.ngettext(
                "[Overdue] {n} report – the longest: {title}, {status} ({limit})",
                "[Overdue] {n} reports – the longest: {title}, {status} ({limit})",
                alike,
                title=title,
                status=status,
                limit=limit,
            )
        case "overdue":
            return words.gettext("[Overdue] {title} – {status} ({limit})", title=title, status=status, limit=limit)
        case "reminder" if alike > 1:
            return words.ngettext(
                "[Reminder] {n} report – the next: {title}, {status} ({limit})",
                "[Reminder] {n} reports – the next: {title}, {status} ({limit})",
                alike,
                title=title,
                status=status,
                limit=limit,
            )
        case "reminder":
            return words.gettext("[Reminder] {title} – {status} ({limit})", title=title, status=status, limit=limit)
        case "summary" if alike > 1:
            return words.ngettext(
                "[Summary] {n} report – first: {title}, {status} ({limit})",
                "[Summary] {n} reports – first: {title}, {status} ({limit})",
                alike,
                title=title,
                status=status,
                limit=limit,
            )
        case "summary":
            return words.gettext("[Summary] {title} – {status} ({limit})", title=title, status=status, limit=limit)
    return _change(lead, alike, title, words)


def _change(lead: Entry, alike: int, title: str, words: Words) -> str:
    before = lead.before
    if lead.kind == "moved" and before is not None:
        old, new = dates_changed(before, lead.facts, words)
        what = f"{old} → {new}"
    else:
        what = lead.brief
    if alike > 1:
        return words.ngettext(
            "[Change of deadline] {n} report – first: {title}, {what}",
            "[Change of deadline] {n} reports – first: {title}, {what}",
            alike,
            title=title,
            what=what,
        )
    return words.gettext("[Change of deadline] {title} – {what}", title=title, what=what)


def shorten(title: str, longest: int = _TITLE) -> str:
    """A title that leaves room for the days: cut at a word, with an ellipsis."""
    if len(title) <= longest:
        return title
    head = title[:longest]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;–-") + "…"
