"""What the main thread is to do next, put by other threads and by the handlers of signals."""

import os
import select
import signal
from collections import deque
from contextlib import suppress


class Inbox:
    """Taken from in the main thread, which sleeps meanwhile and is woken by signals, too.

    A queue that is waited for would miss a signal that comes just before, and one that another thread was given: Python
    handles it in the main thread, once that goes on.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._ear, self._bell = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._bell, False)

    def put(self, what: str) -> None:
        """From whichever thread."""
        self._waiting.append(what)
        with suppress(BlockingIOError):  # it is ringing already
            os.write(self._bell, b"!")

    def hear_signals(self) -> None:
        """Wake up for each, so that its handler runs at once."""
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)

    def take(self, seconds: float) -> str | None:
        """The next, or None where there is none after so many seconds, or after a signal."""
        if not self._waiting:
            poll = select.poll()
            poll.register(self._ear, select.POLLIN)
            if poll.poll(seconds * 1000):
                os.read(self._ear, 4096)
        return self._waiting.popleft() if self._waiting else None
