"""Simulated years at a real mail server on the loopback: `python -m benchmarks.soak [FROM] [TO]`.

The project's own configuration, a beat each day at 08:00 by a false clock, a restart every thirty days. At the end the
ledger, and what the server got, must equal `preview`, mail for mail. Ten years at most; what is older is forgotten.
"""

import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from scheduler.config.load import load
from scheduler.delivery import Postman
from scheduler.installation import Installation
from scheduler.reminders.digest import preview
from scheduler.state.tables import Mail, MailItem
from tests.daemon.process import Office
from tests.daemon.test_delivery import read
from tests.mail.servers import Mailbox, listening

RESTART_EVERY = 30
Row = tuple[date, str, tuple[tuple[str, date, str], ...]]


def beat(installation: Installation, now: datetime) -> None:
    """What the daemon does at the day's first beat."""
    installation.publish(now)
    installation.remind(now)
    Postman(installation, None).deliver(lambda: now)
    installation.forget(now)


def soak(folder: Path, first: date, last: date) -> tuple[Counter[Row], Counter[Row], int, int]:
    """What the ledger holds, what `preview` says, how many mails the server was given, how many were different ones."""
    office = Office(folder)
    mailbox = Mailbox()
    with listening(mailbox) as port:
        settings = office.config / "nhachan.yaml"
        mail = f"\nmail: {{from: noivu@nhachan.example, host: 127.0.0.1, port: {port}, security: none}}\n"
        keep = "retention: {ledger: 10 years, audit: 10 years}\n"
        settings.write_text(settings.read_text("utf-8") + mail + keep, "utf-8")
        day, installation = first, None
        while day <= last:
            if installation is None or (day - first).days % RESTART_EVERY == 0:
                if installation:
                    installation.engine.dispose()
                installation = Installation.open(load(office.config, day), office.state)
            zone = installation.configuration.settings.timezone
            now = datetime.combine(day, time(8), zone).astimezone(UTC)
            beat(installation, now)
            day += timedelta(days=1)
        assert installation
        said: Counter[Row] = Counter(
            (d.day, d.unit.id, tuple(sorted((i.facts.key, i.due, i.slot) for i in d.items)))
            for d in preview(installation.configuration.register, first, last)
        )
        done: Counter[Row] = Counter()
        with Session(installation.engine) as session:
            for row in session.exec(select(Mail).where(Mail.state == "sent")):
                items = session.exec(select(MailItem).where(col(MailItem.mail_id) == row.id))
                done[row.day, row.unit, tuple(sorted((i.deadline, i.due, i.rung) for i in items))] += 1
        ids = {str(m["Message-ID"]) for m in read(mailbox)}
        return done, said, len(mailbox.messages), len(ids)


def main() -> None:
    first = date.fromisoformat(sys.argv[1]) if len(sys.argv) > 1 else date(2018, 1, 1)
    last = date.fromisoformat(sys.argv[2]) if len(sys.argv) > 2 else date(2027, 12, 31)
    with tempfile.TemporaryDirectory() as folder:
        done, said, messages, different = soak(Path(folder), first, last)
    print(f"{(last - first).days + 1} days, {said.total()} mails previewed, {done.total()} in the ledger as sent,")
    print(f"{messages} at the mail server, {different} of them different")
    for name, rows in (("in preview alone", said - done), ("in the ledger alone", done - said)):
        print(f"{name}: {rows.total()}")
        for row in sorted(rows)[:10]:
            print("   ", *row)
    sys.exit(0 if done == said and messages == different == said.total() else 1)


if __name__ == "__main__":
    main()
