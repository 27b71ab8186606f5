"""A digest as the bytes that SMTP carries. Pure: the same digest gives the same bytes, on any machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from scheduler.config.settings import Settings
from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Unit
from scheduler.deadlines.workdays import WorkCalendar
from scheduler.mail.headers import ascii_address, clean, mailbox, mailboxes, phrase, unstructured
from scheduler.mail.letter import Entry, Letters
from scheduler.mail.mime import Part, encoded, multipart, text_part
from scheduler.mail.render import Templates
from scheduler.mail.subject import subject
from scheduler.mail.words import Words
from scheduler.reminders.digest import SUMMARY, Digest

EVENTS_FILE = "han-nop.ics"
_CALENDAR = f'text/calendar; charset="utf-8"; method="PUBLISH"; name="{EVENTS_FILE}"'


@dataclass(frozen=True)
class Office:
    """Who writes: what every mail of an installation has in common.

    `domain` is where its message and list ids live; `templates` the folder of templates that replace the packaged ones.
    """

    name: str
    domain: str
    sender_address: str
    sender_name: str = ""
    reply_to: str = ""
    language: str = "vi"
    templates: Path | None = None


def office_of(settings: Settings, domain: str, folder: Path) -> Office:
    """The office of a configuration in a folder; `domain` is the installation's. Without `mail:` it is itself."""
    mail = settings.mail
    return Office(
        name=settings.name,
        domain=domain,
        sender_address=mail.sender_address if mail else f"nhac-han@{domain}",
        sender_name=(mail.sender_name if mail else "") or settings.name,
        reply_to=mail.reply_to if mail else "",
        language=settings.language,
        templates=folder / "templates",
    )


@dataclass(frozen=True)
class Message:
    """A mail ready to be sent: the envelope, the bytes, and what they say."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    data: bytes


@dataclass
class Desk:
    """Where an office writes the mails of a batch: what they have in common is put into words and laid out once."""

    office: Office
    units: Mapping[str, Unit]
    workdays: WorkCalendar

    def __post_init__(self) -> None:
        self._office, self._words = _tidy(self.office), Words(self.office.language)
        self._letters = Letters(self._words, self.units, self.workdays)
        self._templates = Templates(self.office.templates, self._words)
        self._titles: dict[tuple[Entry, ...], str] = {}

    def compose(
        self, digest: Digest, *, message_id: str, now: datetime, page: str = "", events: bytes = b""
    ) -> Message:
        """The mail of a digest.

        `message_id` (with its angle brackets) and `now`, the Date of the mail, belong to the ledger's row: a retry
        repeats them. `page` is the link of the unit's page, `events` an .ics file with what the mail is about (see
        `events_of`).
        """
        office, words = self._office, self._words
        letter = self._letters.of(digest, page)
        title = self._titles.get(letter.entries) or self._titles.setdefault(letter.entries, subject(letter, words))
        reply_to = _reply_to(digest, self.units) or office.reply_to
        values = {
            "letter": letter,
            "office": office,
            "subject": title,
            "attached": bool(events),
            "reply_to": reply_to or office.sender_address,
        }
        text = self._templates.render("digest.txt", values)
        html = self._templates.render("digest.html", values)
        body = _several("alternative", [_text(text, "plain"), _text(html, "html")], message_id)
        if events:
            body = _several("mixed", [body, _calendar(events)], message_id)
        to = [(_owner(address, digest.unit, words), address) for address in digest.to]
        cc = [(_owner(address, digest.unit, words), address) for address in digest.cc]
        thread = _thread(letter.lead.facts.key, digest.unit.id, office.domain)
        whole = body.having(
            *_addresses(office, to, cc, reply_to),
            *_marks(office, title, message_id, now),
            ("References", thread),
            ("In-Reply-To", thread),
        )
        return Message(office.sender_address, (*digest.to, *digest.cc), clean(title), text, html, bytes(whole))


def compose_notice(
    office: Office, recipients: Sequence[str], title: str, body: str, *, message_id: str, now: datetime
) -> Message:
    """A plain mail, to administrators or to test the way: paragraphs of `body` as they are."""
    office, words = _tidy(office), Words(office.language)
    text = Templates(office.templates, words).render("notice.txt", {"office": office, "body": body})
    to = [("", address) for address in recipients]
    marks = _marks(office, title, message_id, now)
    whole = _text(text, "plain").having(*_addresses(office, to, [], office.reply_to), *marks)
    return Message(office.sender_address, tuple(recipients), clean(title), text, "", bytes(whole))


def events_of(digest: Digest) -> tuple[Facts, ...]:
    """The deadlines whose events belong into a mail's attachment, each once."""
    found = {i.facts.key: i.facts for i in digest.items if i.rung not in (SUMMARY, "withdrawn")}
    return tuple(found.values())


def _tidy(office: Office) -> Office:
    return replace(office, name=clean(office.name), sender_name=clean(office.sender_name))


Fields = list[tuple[str, str]]


def _addresses(office: Office, to: Sequence[tuple[str, str]], cc: Sequence[tuple[str, str]], reply_to: str) -> Fields:
    fields = [
        ("From", mailbox(office.sender_name, office.sender_address)),
        ("To", mailboxes(to) or "undisclosed-recipients:;"),
        ("Cc", mailboxes(cc)),
        ("Reply-To", mailboxes([("", reply_to)])),
    ]
    return [(name, value) for name, value in fields if value]


def _marks(office: Office, title: str, message_id: str, now: datetime) -> Fields:
    name, list_id = phrase(office.name), f"<nhac-han.{office.domain}>"
    return [
        ("Subject", unstructured(title)),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id),
        ("Content-Language", office.language),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("List-Id", f"{name} {list_id}" if name else list_id),
        ("MIME-Version", "1.0"),
    ]


def _reply_to(digest: Digest, units: Mapping[str, Unit]) -> str:
    """The collector's address, if everything in the mail has one collector and that is somebody else."""
    collectors = {item.facts.via for item in digest.items}
    collector = units.get(collectors.pop()) if len(collectors) == 1 else None
    if collector is None or collector.id == digest.unit.id:
        return ""
    return next((a for a in collector.email if ascii_address(a)), "")


def _owner(address: str, unit: Unit, words: Words) -> str:
    if address in unit.email:
        return unit.name
    return words.gettext("Head of {unit}", unit=unit.name) if address == unit.lead else ""


def _thread(deadline: str, unit: str, domain: str) -> str:
    """What all mails to a unit about one deadline refer to, so that mail programs show them together."""
    return f"<thread.{sha256(f'{unit} {deadline}'.encode()).hexdigest()[:24]}@{domain}>"


def _several(subtype: str, parts: Sequence[Part], message_id: str) -> Part:
    boundary = sha256(f"{subtype} {message_id}".encode()).hexdigest()[:32]
    return multipart(subtype, parts, f"=_{boundary}")


def _text(words: str, subtype: str) -> Part:
    return text_part(f'text/{subtype}; charset="utf-8"', words)


def _calendar(events: bytes) -> Part:
    return encoded(_CALENDAR, events).having(("Content-Disposition", f'attachment; filename="{EVENTS_FILE}"'))
