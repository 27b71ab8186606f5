"""Whoever waits for something to do hears of it at once, and of signals whichever thread has them."""

import signal
import threading
from collections.abc import Iterator

import pytest

from scheduler.inbox import Inbox


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    found = Inbox()
    handler = signal.signal(signal.SIGUSR1, lambda _number, _frame: found.put("signalled"))
    found.hear_signals()
    yield found
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGUSR1, handler)


def take(inbox: Inbox) -> str | None:
    """What there is, past what a signal alone woke it for."""
    return next((what for what in (inbox.take(10) for _ in range(5)) if what), None)


def test_what_is_put_is_taken_in_order(inbox: Inbox) -> None:
    for what in ("one", "two"):
        inbox.put(what)
    assert [inbox.take(0), inbox.take(0)] == ["one", "two"]
    assert {inbox.take(0), inbox.take(0)} == {None}


def test_what_another_thread_puts_wakes(inbox: Inbox) -> None:
    threading.Timer(0.2, inbox.put, ["one"]).start()
    assert take(inbox) == "one"


def test_a_signal_that_another_thread_has_wakes(inbox: Inbox) -> None:
    threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)).start()
    assert take(inbox) == "signalled"


def test_more_than_anybody_takes_blocks_nobody(inbox: Inbox) -> None:
    for _ in range(70_000):
        inbox.put("again")
    assert take(inbox) == "again"
