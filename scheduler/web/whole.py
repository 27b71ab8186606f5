"""Requests for feeds that come whole: one GET, without a body, in one piece from the network, and nothing after it."""

from functools import lru_cache
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from scheduler.web.feeds import PREFIX

BEGINNING = f"GET {PREFIX}".encode()
LARGEST = 2048  # bytes; calendar programs send some 300
_REMEMBERED = 1000


class Request(NamedTuple):
    """What such a piece asks for, and whether more may come over the same connection."""

    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    stays: bool


class _Reader:
    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.begun = self.ended = 0
        self.stays = False
        self.parser = HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        # The parser knows it here alone.
        self.stays = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"

    def on_message_complete(self) -> None:
        self.ended += 1


@lru_cache(_REMEMBERED)
def whole(piece: bytes) -> Request | None:
    """What a piece asks for; None where it is anything else, or is in any way odd.

    A program asks for its feed in the same words each time, and so do many: the same bytes are read once.
    """
    reader = _Reader()
    try:
        reader.parser.feed_data(piece)
    except (HttpParserError, HttpParserUpgrade):
        return None
    if (reader.begun, reader.ended, reader.parser.get_method()) != (1, 1, b"GET"):
        return None
    if any(name in (b"content-length", b"transfer-encoding", b"upgrade") for name, _ in reader.headers):
        return None
    path, _, query = reader.url.partition(b"?")
    if not path.isascii() or b"%" in path:
        return None
    return Request(path.decode("ascii"), query, reader.headers, reader.stays)
