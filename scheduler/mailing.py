"""The thread in which mails go out, woken by the pulse: a mail server that takes its time keeps nobody waiting."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from scheduler.delivery import Postman
from scheduler.mail.connection import MailError
from scheduler.notices import Notices
from scheduler.state.database import StateError
from scheduler.translation import Text

log = logging.getLogger("nhachan")

IN_WORDS = (MailError, StateError)
_LAST_WORD = 60.0
"""Seconds that the end waits for a mail which the server is just being given; it would be given it again."""
_MOMENT = 2.0


class Mailing:
    """Delivers what the ledger holds, and what the administrators should hear, whenever it is woken."""

    def __init__(self, postman: Postman, notices: Notices, clock: Callable[[], datetime]) -> None:
        self.error: Text | str = ""
        """Why the last round failed; empty where it did not."""
        self._postman, self._notices, self._clock = postman, notices, clock
        self._stopping = threading.Event()
        self._wanted = threading.Event()
        # Of the daemon kind: the end of the process does not wait for a server that fell silent.
        self._thread = threading.Thread(target=self._work, name="mailing", daemon=True)
        postman.go_on = lambda: not self._stopping.is_set()

    def start(self) -> None:
        """Be ready to be woken."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._wanted.set()

    def end(self) -> None:
        """Begin nothing new."""
        self._stopping.set()

    def stop(self) -> None:
        """End after the mail in hand, or break off where the server need not have it."""
        self.end()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(_LAST_WORD if self._postman.in_data else _MOMENT)

    def _work(self) -> None:
        while self._wanted.wait() and not self._stopping.is_set():
            self._wanted.clear()
            try:
                self._postman.deliver(self._clock)
                self._notices.send(self._clock)
                self.error = ""
            except Exception as error:  # noqa: BLE001 -- told, and tried again after the next beat
                self.error = tell("delivery-failed", "delivery failed: %s", error)


def tell(action: str, sentence: str, error: BaseException | None) -> Text | str:
    """Write a failure into the log; what may be said of it to everybody.

    What a person can mend is told in words, anything else with its traceback in the log.
    """
    said: Text | str
    if isinstance(error, IN_WORDS):
        said = error.problem
    else:  # a database's own words, without the statement
        said = str(getattr(error, "orig", None) or error or "a beat was missed")
    trace = None if isinstance(error, (*IN_WORDS, OSError)) else error
    log.error(sentence, said, exc_info=trace, extra={"action": action})
    return said
