"""How much anybody may ask of the web server, and how often one address may ask in vain."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """So many at once, and so many a second in the long run."""

    burst: float
    a_second: float


@dataclass(frozen=True)
class Limits:
    """What a browser, a calendar program and a reverse proxy stay far below.

    `strangers` counts links that nothing is at, `forms` whatever is not a question (of other sites' pages apart); both
    for each client address. Good links are never counted: a calendar program that is once refused gives the
    subscription up.
    """

    connections: int = 500
    pages_at_once: int = 100
    url_bytes: int = 4 * 2**10
    head_bytes: int = 16 * 2**10
    headers: int = 100
    body_bytes: int = 64 * 2**10
    pipelined: int = 16
    head_seconds: float = 15
    body_seconds: float = 30
    reading_seconds: float = 60  # without taking anything of an answer
    addresses: int = 10_000
    strangers: Rate = Rate(300, 5)
    forms: Rate = Rate(200, 2)


class Buckets:
    """A token bucket for each address, those last seen, within a bound of addresses."""

    def __init__(self, rate: Rate, addresses: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most = addresses
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, address: str) -> float:
        """Count one; how many seconds to wait where it is one too many, else 0."""
        now = self._clock()
        left, since = self._kept.pop(address, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - since) * self._rate.a_second)
        good = left >= 1
        self._kept[address] = (left - 1 if good else left, now)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return 0.0 if good else (1 - left) / self._rate.a_second


def counted_as(client: str) -> str:
    """The name that an address is counted under: IPv6 by its network of 64 bits, which one host has for itself."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:  # a socket file, or something made up
        return client[:40]
    if address.version == 6:
        return str(address.ipv4_mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)
