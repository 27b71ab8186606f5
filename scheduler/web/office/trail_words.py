"""The audit trail in words: who did what, about which report or link, by the names of today."""

from dataclasses import dataclass

from scheduler.deadlines.facts import period_name
from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Register
from scheduler.feeds.links import ALL
from scheduler.reminders.brake import CLOCK
from scheduler.state.tables import Audit
from scheduler.translation import Text, text
from scheduler.web.entrance import AT_THE_MACHINE

PROGRAM = "api:"
ACTORS = {
    "cli": text("the command line"),
    AT_THE_MACHINE: text("somebody at this machine"),
    "brake": text("nhachan (too many mails at once)"),
    CLOCK: text("nhachan (the machine’s clock)"),
}
"""Who is neither a unit nor an administrator nor a program, as the trail names them and in words."""

_SUBMIT = "submit"
_OF_REPORTS = {
    _SUBMIT: (
        text("recorded that {unit} has submitted “{report}”"),
        text("recorded a submission: {subject}"),
    ),
    "withdraw": (
        text("withdrew the record that {unit} has submitted “{report}”"),
        text("withdrew a submission: {subject}"),
    ),
    "remind": (
        text("reminded {unit} of “{report}”"),
        text("reminded of a report: {subject}"),
    ),
}
"""What is said where unit and report are known by name, and where they are not."""
_SAID = {
    "hold": text("held all sending"),
    "release": text("let sending go on"),
    "revoke": text("renewed the links of {subject}; the old ones open nothing any more"),
    "new-key": text("made a new secret key: every link is another one"),
    "login": text("logged in"),
    "login-link": text("asked for a link to log in for {subject}"),
    "logout": text("ended the sessions of {subject}"),
    "logout-all": text("ended the sessions of all administrators"),
    "api-key": text("gave the program {subject} a key"),
    "api-key-removed": text("took the key of the program {subject} away"),
}


@dataclass(frozen=True)
class Subject:
    """The report that a line is about."""

    unit: str
    plan: str
    report: Text


def actor(register: Register, name: str) -> Text:
    """Whoever did it: a unit by its name, everybody else in words."""
    if name in ACTORS:
        return ACTORS[name]
    if name.startswith(PROGRAM):
        return text("the program {name}", name=name.removeprefix(PROGRAM))
    return _as_it_is(register.units[name].name if name in register.units else name)


def what(register: Register, row: Audit) -> Text:
    """What was done, as a sentence. What is not known here is shown as it is written down."""
    if row.action in _OF_REPORTS:
        return _about_a_report(row.action, subject_of(register, row.subject), row.subject)
    action = f"{row.action}-all" if row.action == "logout" and not row.subject else row.action
    if action not in _SAID:
        return _as_it_is(f"{row.action} {row.subject}".strip())
    subject = _linked(register, row.subject) if action == "revoke" else row.subject
    return Text(_SAID[action].original, {"subject": subject})


def detail(row: Audit) -> Text:
    """What is to be added; empty where nothing is."""
    if not row.detail:
        return Text("")
    if row.action == _SUBMIT:
        return text("number of the document: {number}", number=row.detail)
    if row.action == "hold":
        return text("reason: {reason}", reason=row.detail)
    count = row.detail.removeprefix("generation ")
    if row.action == "revoke" and count.isdecimal():
        return text("renewed {count} times so far", count=count)
    return _as_it_is(row.detail)


def subject_of(register: Register, written: str) -> Subject | None:
    """The report that `plan.obligation.period.unit` names, where plan and unit are known; ids may hold dots too."""
    parts = written.split(".")
    for place in range(2, len(parts) - 1):
        duty, period = parts[:place], parts[place]
        # Of those who have more time, the number of the extension stands in between.
        ends = (".".join(parts[place + after :]) for after in (1, 2))
        unit = next((end for end in ends if end in register.units), "")
        if not unit or (period != Span.ONCE and Period.parse(period) is None):
            continue
        for middle in range(1, place):
            plan = register.plans.get(".".join(duty[:middle]))
            obligation = plan.obligation(".".join(duty[middle:])) if plan else None
            if plan and obligation:
                name = period_name(period)
                report = Text("{title} – {period}", {"title": obligation.title, "period": name})
                return Subject(
                    register.units[unit].name, plan.title, report if name.original else _as_it_is(obligation.title)
                )
    return None


def _about_a_report(action: str, found: Subject | None, written: str) -> Text:
    known, unknown = _OF_REPORTS[action]
    if found is None:
        return Text(unknown.original, {"subject": written})
    return Text(known.original, {"unit": found.unit, "report": found.report})


def _linked(register: Register, name: str) -> Text:
    kind, _, id_ = name.partition("/")
    if name == ALL:
        return text("All deadlines")
    if kind == "plans" and id_ in register.plans:
        return text("plan “{title}”", title=register.plans[id_].title)
    return _as_it_is(register.units[id_].name if kind == "units" and id_ in register.units else name)


def _as_it_is(words: str) -> Text:
    return Text("{words}", {"words": words})
