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
from collections import Counter
from pathlib import Path

from tests.daemon.process import NINE, Office
from tests.daemon.test_delivery import read
from tests.mail.servers import SlowMailbox, listening


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    mails = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    chance = random.Random()
    mailbox = SlowMailbox()
    killed = 0
    with tempfile.TemporaryDirectory() as folder, listening(mailbox) as port:
        office = Office(Path(folder))
        office.prepare_a_morning(mails, port)
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
