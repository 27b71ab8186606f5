"""The particulars of a report: its dates, who receives it, what it rests on."""

from dataclasses import dataclass

from scheduler.deadlines.facts import Facts
from scheduler.mail.words import Words


@dataclass(frozen=True)
class Row:
    """One line of particulars; `before` is what stood there until it changed, `link` makes the value a link."""

    label: str
    value: str
    before: str = ""
    link: str = ""


def rows(facts: Facts, words: Words, kind: str) -> list[Row]:
    """All particulars; without what only helps who still writes the report, where nobody does."""
    found = dates(facts, words, send_by=kind != "overdue" and facts.send_by != facts.last_day)
    found += _origin(facts, words)
    return _filled(found if kind in ("summary", "withdrawn") else [*found, *_help(facts, words)])


def changed_rows(before: Facts, after: Facts, words: Words) -> list[Row]:
    """All particulars of a deadline that moved, its dates with what they were."""
    old = {row.label: row.value for row in dates(before, words, send_by=True)}
    new = [
        Row(row.label, row.value, old.get(row.label, "") if old.get(row.label) != row.value else "")
        for row in dates(after, words, send_by=True)
    ]
    return _filled([*new, *_origin(after, words), *_help(after, words)])


def dates(facts: Facts, words: Words, *, send_by: bool) -> list[Row]:
    """The plan's words, the last day still in time, and, where asked for, the day on which it is best sent."""
    found = [Row(words.gettext("Deadline in the plan"), words.stated(facts))]
    if extended(facts) and facts.stated:
        until = words.full(facts.stated)
        found = [
            Row(words.gettext("Deadline in the plan"), words.gettext("“{wording}”", wording=facts.spoken)),
            Row(words.gettext("Extended until"), f"{until} ({facts.reason})" if facts.reason else until),
        ]
    elif facts.opens:
        found.append(Row(words.gettext("Not before"), words.full(facts.opens)))
    if facts.last_day:
        last = words.full(facts.last_day)
        if facts.hour and facts.last_day == facts.stated:
            last = f"{last}, {words.until(facts.hour, facts)}"
        found.append(Row(words.gettext("Last day still in time"), last))
    if facts.send_by and send_by:
        found.append(Row(words.gettext("Best sent by"), words.full(facts.send_by)))
    return found


def dates_changed(before: Facts, after: Facts, words: Words) -> tuple[str, str]:
    """What a moved deadline was and is, shortly: the stated date, or the send-by day when that alone moved."""
    if words.limit(before) != words.limit(after):
        return words.limit(before), words.limit(after)
    old, new = before.send_by or before.last_day, after.send_by or after.last_day
    if old is None or new is None or old == new:
        return before.spoken, after.spoken
    return words.short(old), words.short(new)


def extended(facts: Facts) -> bool:
    """Whether this is the deadline of units with more time, which has a name of its own."""
    return facts.key != f"{facts.plan}.{facts.obligation}.{facts.period}"


def _origin(facts: Facts, words: Words) -> list[Row]:
    receiver = facts.to_name
    if facts.via_name:
        receiver = words.gettext("{to} (through {via})", to=facts.to_name, via=facts.via_name)
    basis = facts.plan_title
    if facts.plan_number:
        basis = words.gettext("{plan}, No. {number}", plan=basis, number=facts.plan_number)
    if facts.clause:
        basis = words.gettext("{plan}, section {clause}", plan=basis, clause=facts.clause)
    return [Row(words.gettext("Receiver"), receiver), Row(words.gettext("Basis"), basis)]


def _help(facts: Facts, words: Words) -> list[Row]:
    link = facts.form if facts.form.startswith(("https://", "http://")) else ""
    return [
        Row(words.gettext("Data up to"), words.full(facts.cutoff) if facts.cutoff else ""),
        Row(words.gettext("Note"), facts.note),
        Row(words.gettext("Form"), facts.form, link=link),
    ]


def _filled(found: list[Row]) -> list[Row]:
    return [row for row in found if row.value]
