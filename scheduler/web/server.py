"""The web server: uvicorn in a thread of its own, so that the daemon keeps the main one and its signals."""

import asyncio
import contextlib
import errno
import logging
import socket
import sys
import threading
import time
from email.utils import formatdate

import uvicorn
from uvicorn.server import ServerState

from scheduler.translation import Text, text
from scheduler.web.app import make_app
from scheduler.web.connection import connections
from scheduler.web.feeds import Feeds
from scheduler.web.limits import Limits
from scheduler.web.site import Site

_log = logging.getLogger(__name__)
_PATIENCE = 10.0  # seconds until it listens
_GRACE = 3  # seconds for requests in hand
_BACKLOG = 2048
_TURN = 0.0005  # seconds for which another thread may compute while an answer waits; Python gives it ten times that


class WebError(Exception):
    """The pages cannot be served; `problem` says why, in words for people."""

    def __init__(self, problem: Text) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Dating(ServerState):
    """Dates each answer when it is given, to the second."""

    def __init__(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._until = 0.0
        super().__init__()

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """What every answer has in its head."""
        now = time.monotonic()
        if now >= self._until:
            self._headers, self._until = [(b"date", formatdate(usegmt=True).encode("ascii"))], now + 1
        return self._headers

    @default_headers.setter
    def default_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        pass


class _Uvicorn(uvicorn.Server):
    """uvicorn, asleep while nobody asks. It would look ten times a second whether it is to end, and at the clock."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _Dating()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until the end is wanted."""
        self._loop = asyncio.get_running_loop()  # first: whoever wants the end now wakes it
        if not self.should_exit:
            await self._ending.wait()

    def end(self) -> None:
        """Let it finish what it has in hand, and end; from whichever thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._ending.set)


class Server:
    """Serves a site on a host and port. No access log is kept: the links in it would be secrets."""

    def __init__(self, site: Site, host: str, port: int, limits: Limits | None = None) -> None:
        self._host = host
        self._port = port
        limits, feeds = limits or Limits(), Feeds(site)
        config = uvicorn.Config(
            make_app(site, limits, feeds),
            http=connections(limits, feeds),
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            log_level="error",  # a line for each bad request would let anybody fill the log
            server_header=False,
            date_header=False,  # `_Dating` has it
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = _Uvicorn(config)
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 asked for any free one."""
        return int(self._socket.getsockname()[1]) if self._socket else self._port

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive() and self._server.started

    def start(self) -> None:
        """Serve, and come back when it listens; WebError where it cannot."""
        self._socket = self._bind()
        sys.setswitchinterval(_TURN)
        self._thread.start()
        until = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                self.stop()
                raise WebError(text("the web server does not start; the log says why"))
            self._thread.join(0.005)

    def stop(self) -> None:
        """Finish the requests in hand, for a few seconds, and stop. Harmless where it does not run."""
        self._server.end()
        if self._thread.is_alive():
            self._thread.join(_GRACE + 2)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(1)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket] if self._socket else None)
        except Exception:  # noqa: BLE001 -- a thread has nobody above it
            _log.exception("the web server ended", extra={"action": "web-ended"})

    def _bind(self) -> socket.socket:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            bound = socket.socket(family, kind, protocol)
            try:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bound.bind(address)
                bound.listen(_BACKLOG)
            except OSError:
                bound.close()
                raise
        except OSError as error:
            raise WebError(_why(error, self._host, self._port)) from error
        return bound


def _why(error: OSError, host: str, port: int) -> Text:
    if error.errno == errno.EADDRINUSE:
        return text(
            "port {port} on {host} is in use, perhaps by another nhachan; "
            "end that program, or write another `web: {{port: …}}` in nhachan.yaml",
            host=host,
            port=port,
        )
    if error.errno == errno.EACCES:
        return text(
            "port {port} may be opened by the system alone; write a `web: {{port: …}}` above 1023 in nhachan.yaml",
            port=port,
        )
    return text(
        "nothing can listen on {host}, port {port}: {reason}; look at `web: {{host: …}}` in nhachan.yaml",
        host=host,
        port=port,
        reason=error.strerror or str(error),
    )
