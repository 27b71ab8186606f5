"""SIGKILL through a morning of 500 mails: `python -m benchmarks.kills [KILLS] [MAILS]`.

The real daemon at a real mail server. Every mail must arrive; only the one in flight at a kill may come again,
with the same Message-ID.
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from asyncio import sleep
from collections import Counter
from pathlib import Path

import yaml
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.daemon.process import Office
from tests.daemon.test_delivery import read
from tests.mail.servers import Mailbox, listening

NINE = "2025-06-12 09:00:00"  # a Thursday, seven days before the last day


class SlowMailbox(Mailbox):
    """Takes a while over each message, so that kills fall before, in and after one."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- a hook
        await sleep(0.02)
        answer = await super().handle_DATA(server, session, envelope)
        await sleep(0.02)
        return answer


def write(office: Office, mails: int, port: int) -> None:
    """A configuration by which so many units have a mail that morning."""
    for file in (*office.config.glob("plans/*.yaml"), *office.config.glob("units/*.yaml")):
        file.unlink()
    settings = office.config / "nhachan.yaml"
    found = yaml.safe_load(settings.read_text("utf-8"))
    found["mail"] = {"from": "noivu@nhachan.example", "host": "127.0.0.1", "port": port, "security": "none"}
    settings.write_text(yaml.safe_dump(found, allow_unicode=True), "utf-8")
    units = {f"xa-{n}": {"name": f"UBND xã {n}", "email": f"xa-{n}@huyen.example"} for n in range(mails)}
    units["ubnd"] = {"name": "UBND huyện"}
    obligation: dict[str, object] = {"id": "ket-qua", "title": "Báo cáo kết quả", "from": ["cac-xa"], "to": "ubnd"}
    obligation["due"] = {"six-month": "trước ngày 20/6"}
    plan = {"title": "Kế hoạch công tác dân vận năm 2025", "years": 2025, "obligations": [obligation]}
    for name, content in (
        ("units/huyen.yaml", {"units": units, "groups": {"cac-xa": [f"xa-{n}" for n in range(mails)]}}),
        ("plans/kh.yaml", plan),
    ):
        (office.config / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    mails = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    chance = random.Random()
    mailbox = SlowMailbox()
    killed = 0
    with tempfile.TemporaryDirectory() as folder, listening(mailbox) as port:
        office = Office(Path(folder))
        write(office, mails, port)
        with (office.folder / "log").open("ab") as log:
            while killed < kills:
                process = subprocess.Popen(
                    office.command("run"), env=office.environment(NINE), stdout=subprocess.DEVNULL, stderr=log
                )
                before = len(mailbox.messages)
                patience = time.monotonic() + 5
                # Now and then while it starts; most often from its first mail on.
                if chance.random() < 0.9:
                    while len(mailbox.messages) == before and time.monotonic() < patience and process.poll() is None:
                        time.sleep(0.002)
                    time.sleep(chance.uniform(0, 0.12))
                else:
                    time.sleep(chance.uniform(0, 1))
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
        sent_by_then = len(mailbox.messages)
        with office.running(NINE):
            calm = time.monotonic()
            count = -1
            while time.monotonic() - calm < 3:
                if len(mailbox.messages) != count:
                    count, calm = len(mailbox.messages), time.monotonic()
                time.sleep(0.05)
        tracebacks = office.log().count("Traceback")
    found = read(mailbox)
    ids = {(str(m["To"]), str(m["Message-ID"])) for m in found}
    heard = Counter(str(m["To"]) for m in found)
    repeats = len(found) - len(heard)
    print(f"{killed} kills, {sent_by_then} mails by the last of them; in the end {len(heard)} of {mails} units heard,")
    print(f"{repeats} repeats, {len(ids)} Message-IDs, {tracebacks} tracebacks in the log")
    sys.exit(0 if len(heard) == mails == len(ids) and repeats <= killed else 1)


if __name__ == "__main__":
    main()
