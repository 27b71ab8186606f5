"""Tells systemd how the service fares: up, reloading, stopping, alive, with a line for `systemctl status`.

A datagram of NAME=value lines goes to the socket in $NOTIFY_SOCKET (sd_notify(3)). Where that is not set, nothing is
said; where it cannot be reached, nothing is lost: what systemd knows of the service must never stop the service.
"""

import os
import socket
import time
from contextlib import suppress

_PATIENCE = 1.0  # seconds, where systemd is too busy to listen


def ready(status: str) -> None:
    """All is up, or a reload is done."""
    _say("READY=1", _status(status))


def reloading() -> None:
    """The configuration is being read again; `ready` ends it. The moment tells systemd which reload is meant."""
    _say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The end has begun."""
    _say("STOPPING=1", _status("stopping"))


def alive(status: str = "") -> None:
    """Work was done just now: the watchdog waits anew."""
    _say("WATCHDOG=1", *([_status(status)] if status else []))


def troubled(status: str) -> None:
    """Work was not done; the watchdog goes on counting."""
    _say(_status(status))


def _status(status: str) -> str:
    return "STATUS=" + " ".join(status.split())


def _say(*lines: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # a name without a file, in Linux's abstract namespace
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.settimeout(_PATIENCE)
        channel.sendto("\n".join(lines).encode(), address)
