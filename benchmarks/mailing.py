"""Reminder mails, each recorded, against yagmail and smtp-source; the morning of a national deadline against rendering.

`python -m benchmarks.mailing [--quick]`. The real `Postman` on a real SQLite file; whoever sends, sends to postfix's
`smtp-sink`. yagmail is given texts that are rendered already, and writes nothing down.
"""

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path

import yagmail
from sqlmodel import Session, col, delete, select, update

from benchmarks.country import write_country
from benchmarks.measure import LEAST, MOST, Row, seconds, turns
from benchmarks.wire import line
from scheduler.config.load import load
from scheduler.delivery import Postman
from scheduler.garbage import Garbage
from scheduler.installation import Installation
from scheduler.mail.headers import unstructured
from scheduler.mail.message import EVENTS_FILE, Desk, Message, events_of, office_of
from scheduler.mail.mime import encoded, multipart, text_part
from scheduler.reminders.digest import Digest
from scheduler.reminders.ledger import Claimed
from scheduler.state.tables import Mail, MailItem
from tests.daemon.process import NINE, Office, free_port, wait_for

SENDER = "noivu@nhachan.example"
MAIL = f"mail: {{{{from: {SENDER}, host: 127.0.0.1, port: {{port}}, security: none}}}}\n"
DEADLINE = date(2026, 12, 9)  # the last working day before 10 December, on which the whole country reports
SINK_USER = "nobody"  # as whom smtp-sink runs where root starts it
RATE = "mails a second"


@contextmanager
def sink() -> Iterator[int]:
    """The port of a mail server that takes everything and keeps nothing."""
    port = free_port()
    who = ["-u", SINK_USER] if Path("/proc/self").stat().st_uid == 0 else []
    process = subprocess.Popen([_command("smtp-sink"), *who, f"127.0.0.1:{port}", "1024"])
    try:
        wait_for(lambda: _source(port, 1, 100, quiet=True), "smtp-sink")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _command(name: str) -> str:
    return shutil.which(name) or f"/usr/sbin/{name}"


def _source(port: int, count: int, size: int, *, quiet: bool = False) -> bool:
    """So many mails over one connection, as quickly as postfix can."""
    words = ["-d", "-s", "1", "-m", str(count), "-l", str(size), "-f", "a@nhachan.example", "-t", "b@nhachan.example"]
    command = [_command("smtp-source"), *words, f"127.0.0.1:{port}"]
    return subprocess.run(command, check=not quiet, capture_output=True).returncode == 0


@dataclass
class Ready(Postman):
    """A postman whose words are ready, as yagmail's are: he puts the mail together, records it, sends it."""

    words: Mapping[str, Message] = field(default_factory=dict)
    events: bytes = b""

    def _compose(self, row: Claimed, digest: Digest, now: datetime) -> Message:
        mail = self.words[digest.unit.id]
        texts = [
            text_part(f'text/{kind}; charset="utf-8"', said)
            for kind, said in (("plain", mail.text), ("html", mail.html))
        ]
        both = multipart("alternative", texts, f"=_{row.id}")
        whole = multipart("mixed", [both, encoded("text/calendar", self.events)], f"=__{row.id}").having(
            ("From", mail.sender),
            ("To", ", ".join(mail.recipients)),
            ("Subject", unstructured(mail.subject)),
            ("Date", format_datetime(now)),
            ("Message-ID", row.message_id),
            ("MIME-Version", "1.0"),
        )
        return replace(mail, data=bytes(whole))


class Morning:
    """An installation at eight o'clock of a day on which many are reminded; the mails of the day before are sent."""

    def __init__(self, config: Path, state: Path, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        before = self.now - timedelta(days=1)
        with Garbage().kept(search=True):  # as the daemon does
            self.installation = Installation.open(load(config, before.date()), state)
            self.installation.publish(before, progress=lambda _feeds, _count: ())  # the files are another matter
        self.installation.remind(before)
        with Session(self.installation.engine) as session:
            session.execute(update(Mail).values(state="sent"))
            session.commit()
        self.digests = self._digests()

    def _digests(self) -> list[Digest]:
        with Session(self.installation.engine) as session:
            return self.installation.decide(session, self.now, self.now.date())

    def begin(self) -> None:
        """Nothing is decided of this morning."""
        today = select(Mail.id).where(Mail.day == self.now.date())
        with Session(self.installation.engine) as session:
            session.execute(delete(MailItem).where(col(MailItem.mail_id).in_(today)))
            session.execute(delete(Mail).where(col(Mail.day) == self.now.date()))
            session.commit()

    def decide(self) -> None:
        """What the beat does at the hour: the digests, written into the ledger."""
        assert self.installation.remind(self.now) == len(self.digests)

    def deliver(self, postman: Postman | None = None) -> None:
        """What the thread of the mails does then."""
        postman = postman or Postman(self.installation, None)
        assert postman.deliver(lambda: self.now) == len(self.digests)

    def whole(self) -> None:
        """Both."""
        self.decide()
        self.deliver()

    def render(self) -> list[Message]:
        """Every digest as the bytes of a mail, and nothing else."""
        installation = self.installation
        configuration = installation.configuration
        office = office_of(configuration.settings, installation.uid_domain, configuration.folder)
        register, local = configuration.register, self.now.astimezone(configuration.settings.timezone)
        desk = Desk(office, register.units, register.workdays)
        return [
            desk.compose(
                digest,
                message_id=f"<{number}@nhachan.example>",
                now=local,
                page=installation.page(digest.unit.id),
                events=installation.events(events_of(digest), digest.unit.id, self.now),
            )
            for number, digest in enumerate(self.digests)
        ]


def reminders(quick: bool) -> list[Row]:
    """Mails of one report each: ours with all that belongs to them; yagmail's, their words ready; postfix's."""
    count, rounds = (300, 3) if quick else (1000, 5)
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        office = Office(Path(folder))
        office.prepare_a_morning(count, port)
        morning = Morning(office.config, office.state, date.fromisoformat(NINE[:10]))
        mails = morning.render()
        events = morning.installation.events(events_of(morning.digests[0]), morning.digests[0].unit.id, morning.now)
        size = sum(len(mail.data) for mail in mails) // count
        client = yagmail.Client(
            SENDER, "", "127.0.0.1", port, smtp_starttls=False, smtp_ssl=False, smtp_skip_login=True
        )

        def ours(postman: Postman) -> float:
            morning.begin()
            morning.decide()
            return count / seconds(lambda: morning.deliver(postman))

        words = {digest.unit.id: mail for digest, mail in zip(morning.digests, mails, strict=True)}
        ready = Ready(morning.installation, None, words=words, events=events)

        def by_yagmail() -> None:
            for mail in mails:
                attached = BytesIO(events)
                attached.name = EVENTS_FILE
                client.send(mail.recipients[0], mail.subject, [mail.text, mail.html], attachments=attached)

        found = turns(
            {
                "whole": lambda: ours(Postman(morning.installation, None)),
                "ready": lambda: ours(ready),
                "yagmail": lambda: count / seconds(by_yagmail),
                "postfix": lambda: count / seconds(lambda: _source(port, count, size)),
            },
            rounds,
        )
        morning.installation.engine.dispose()
    others = {
        "yagmail": ("`yagmail.send`, words ready, nothing recorded", 3),
        "postfix": ("`smtp-source`, one connection, always the same mail", 0.5),
    }
    ways = {
        "ready": "reminder mails, words ready, each recorded and on the disk",
        "whole": "reminder mails, each rendered, recorded and on the disk",
    }
    note = f"{count} mails of {size / 1000:.1f} KB"
    return [
        Row(what, against, RATE, found[way], found[other], LEAST, target, note=note)
        for way, what in ways.items()
        for other, (against, target) in others.items()
    ]


def deadline(quick: bool) -> Row:
    """The morning of a national deadline: digests decided, rendered, recorded, delivered, against rendering alone."""
    part, rounds = (0.2, 3) if quick else (1, 5)
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        config = Path(folder) / "config"
        write_country(config, part=part)
        file = config / "nhachan.yaml"
        file.write_text(f"{file.read_text('utf-8')}{MAIL.format(port=port)}", "utf-8")
        morning = Morning(config, Path(folder) / "state", DEADLINE)

        def whole() -> float:
            morning.begin()
            return seconds(morning.whole)

        found = turns({"whole": whole, "render": lambda: seconds(morning.render)}, rounds)
        morning.installation.engine.dispose()
    count, reports = len(morning.digests), sum(len(digest.items) for digest in morning.digests)
    return Row(
        "the morning of a national deadline: decided, rendered, recorded, delivered",
        "rendering alone",
        "s",
        found["whole"],
        found["render"],
        MOST,
        2,
        note=f"{count} digests of {reports} reports",
    )


def rows(quick: bool) -> list[Row]:
    """What is measured here."""
    return [*reminders(quick), deadline(quick)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer mails, fewer rounds")
    for row in rows(parser.parse_args().quick):
        print(line(row))


if __name__ == "__main__":
    main()
