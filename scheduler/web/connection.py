"""One connection: uvicorn's own, with bounds on what it may send, how slowly, and how many there may be.

uvicorn waits for ever for the rest of a head, and keeps as much of it as comes. Here each part has its time and its
size. Where there are too many connections, one that does not read its answers makes room, else the one that has been
idle longest.

A feed that lies ready is written as soon as its request is there, where that comes alone and in one piece, as nearly
all do. uvicorn would make a task of it, hand messages around and look through every header field: that costs more than
all else that is done for it. Whatever is odd about a request is left to uvicorn.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from scheduler.web.feeds import Feeds
from scheduler.web.limits import Limits
from scheduler.web.whole import BEGINNING, LARGEST, Request, whole

_COPIED = 2**15  # bytes: fewer are copied sooner than given in two pieces
_LOOKS = 30  # at a connection, in the time that it has for reading


class _TooMuchError(ValueError):
    """The parser stops at it."""


class Connection(HttpToolsProtocol):
    """A connection within limits. `connections` makes the class for one server, with those that are open."""

    limits: ClassVar[Limits]
    feeds: ClassVar[Feeds]
    opened: ClassVar[dict["Connection", None]]

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._least = 0  # bytes of answers that waited to be read, at the best of the last looks
        self.since = self._looked = 0.0  # when they were last seen to read, and when last looked at
        self._in_head = True
        self._between = True  # two requests: of the next one nothing has come yet
        self._answered = 0.0  # when the last feed was given
        self._head = 0
        self._rest = 0  # bytes after the head: body, sizes of chunks, trailers
        self._answering: list[RequestResponseCycle] = []
        self._refused = HTTPStatus.BAD_REQUEST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has come."""
        super().connection_made(transport)
        self._patience(self.limits.head_seconds)
        self.opened[self] = None
        self._look_again()
        if len(self.opened) > self.limits.connections:
            self._make_room()

    def _make_room(self) -> None:
        # Who has only just been answered has unread bytes as well, and goes after those who are behind or idle.
        others = [c for c in self.opened if c is not self]
        victims = [
            min((c for c in others if c.behind), key=lambda c: c.since, default=None),
            next((c for c in others if c.idle), None),
            next((c for c in others if c.transport.get_write_buffer_size()), None),
        ]
        next((c for c in victims if c is not None), self).abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self.opened.pop(self, None)
        self._impatience()
        if self._look is not None:
            self._look.cancel()
        self._forget_answers()
        super().connection_lost(exc)

    def abort(self) -> None:
        """End it at once."""
        self.opened.pop(self, None)
        self._forget_answers()
        self.transport.abort()

    @property
    def idle(self) -> bool:
        """Whether no answer is owed and none under way."""
        answered = self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr] # None at first
        return answered and not self.transport.get_write_buffer_size()

    @property
    def behind(self) -> bool:
        """Whether answers wait, and from one look to the next nothing of them was read."""
        return self._least > 0 and self.since < self._looked

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        if self._least and not self.transport.get_write_buffer_size():
            self._least = 0  # who has read all and asks again is not behind
        if self._between and len(data) <= LARGEST and data.startswith(BEGINNING):
            request = whole(data)
            if request is not None and self._give(request):
                return
        if self._in_head:
            self._head += len(data)
        else:
            self._rest += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        # A body that is sent with its length was refused at its head; this is for chunks, and the trailers after them.
        if not self._in_head and self._rest > self.limits.body_bytes + self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        if self._in_head and self._head > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._timer is None and (self._head or not self._in_head):  # half of something
            self._patience(self.limits.head_seconds if self._in_head else self.limits.body_seconds)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._within_bounds()
        if self._timer is not None:
            self._impatience()
        self.scope["state"]["peer"] = self.client  # whatever a proxy says of whom it asks for
        super().on_headers_complete()
        if self._answering and self._answering[-1].response_complete:
            self._answering.clear()
        self._answering.append(self.cycle)
        self.headers = []  # for those after the body (trailers), which are dropped
        self._in_head, self._head, self._rest = False, 0, 0

    def _within_bounds(self) -> None:
        """Stop at whatever is too much."""
        limits, headers = self.limits, self.headers
        if len(self.url) > limits.url_bytes:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG)
        # Where the head is the first in its piece, its size is known to be no more than that of the piece.
        small = 0 < self._head <= limits.head_bytes or self._size() <= limits.head_bytes
        if not small or len(headers) > limits.headers:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if len(self.pipeline) >= limits.pipelined:
            self._stop(HTTPStatus.BAD_REQUEST)
        for name, value in headers:
            if name == b"content-length" and int(value) > limits.body_bytes:  # the parser has seen that it is a number
                self._stop(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _give(self, request: Request) -> bool:
        """Write a feed that lies ready, where nothing else is under way; whether that was it."""
        if self.flow.write_paused or not (self.cycle is None or self.cycle.response_complete):  # type: ignore[redundant-expr]
            return False
        if self.transport.is_closing() or len(request.headers) > self.limits.headers:
            return False
        found = self.feeds.ready(request.path, request.query, request.headers)
        if found is None:
            return False
        if self._timer is not None:
            self._impatience()
        start, body = found
        lines = [b"%s: %s\r\n" % field for field in self.server_state.default_headers]
        head = b"".join((start.lines, *lines, b"\r\n" if request.stays else b"connection: close\r\n\r\n"))
        if len(body) > _COPIED:
            self.transport.writelines((head, body))  # at once: a first write would wake the client for nothing
        else:
            self.transport.write(head + body)
        if not request.stays:
            self.transport.close()
            return True
        self._answered = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        return True

    def timeout_keep_alive_handler(self) -> None:
        """Nobody has asked for a while, unless a feed was given meanwhile: the timer is not set again for each."""
        left = self._answered + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_head = self._between = True
        if self._timer is not None:
            self._impatience()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for whatever the parser does not take."""
        self._refuse(self._refused, msg)

    def _stop(self, status: HTTPStatus) -> None:
        self._refused = status
        raise _TooMuchError

    def _refuse(self, status: HTTPStatus, why: str = "") -> None:
        if not self._in_head and self.cycle.response_started:
            self.transport.close()  # it is answered already, and another answer would be taken for the next one's
            return
        body = f"{why or status.phrase}\n".encode("ascii")
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
            "referrer-policy: no-referrer\r\nconnection: close\r\n\r\n"
        )
        self._forget_answers()
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _forget_answers(self) -> None:
        # uvicorn thinks of the last request alone; an answer to one before it would be written to a closed socket.
        for cycle in self._answering:
            cycle.disconnected = True
            cycle.message_event.set()

    def _patience(self, seconds: float) -> None:
        self._impatience()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _impatience(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_again(self) -> None:
        """Every now and then: whether they take anything of what waits for them, however little that is."""
        waiting, now = self.transport.get_write_buffer_size(), self.loop.time()
        self._looked = now
        if not waiting or not self._least or waiting < self._least:
            self._least, self.since = waiting, now
        elif now - self.since >= self.limits.reading_seconds:
            self.abort()
            return
        self._look = self.loop.call_later(self.limits.reading_seconds / _LOOKS, self._look_again)

    def _too_slow(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._in_head and self._head and self.idle:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.abort()


def connections(bounds: Limits, at_hand: Feeds) -> type[Connection]:
    """The class of the connections of one server."""

    class Bounded(Connection):
        limits = bounds
        feeds = at_hand
        opened: ClassVar[dict[Connection, None]] = {}

    return Bounded
