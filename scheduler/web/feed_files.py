"""Feed files in memory: their bytes, plain and packed, and the header fields that go with them, made once a version."""

import gzip
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path

from starlette.types import Message

from scheduler.web.alarms import with_alarms

Headers = list[tuple[bytes, bytes]]
MAX_BYTES = 32 * 2**20
_BARE = 10_000  # feeds, of some 5 KB each
_MAX_AGE = 300
_READ_AGAIN = (-1, -1, -1)


@dataclass(frozen=True)
class Start:
    """How an answer begins: as a message of ASGI, and as its lines on the wire, less those that the server adds."""

    message: Message
    lines: bytes

    @classmethod
    def of(cls, status: HTTPStatus, headers: Headers) -> "Start":
        """With these header fields."""
        first = b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode())
        rest = (b"%s: %s\r\n" % field for field in headers)
        return cls({"type": "http.response.start", "status": int(status), "headers": headers}, b"".join((first, *rest)))


@dataclass(frozen=True)
class Coded:
    """A feed in one content coding: how a 200 begins, its body (None: not at hand), a 304 to who has it already."""

    tag: bytes
    start: Start
    unchanged: Start
    body: bytes | None


@dataclass(frozen=True)
class Feed:
    """One version of a feed, ready to be sent. `stamp` tells the version of the file that it was made from.

    A strong entity tag names bytes, so the packed ones have a tag of their own (RFC 9110, 8.8.3.3).
    """

    stamp: tuple[int, int, int]
    modified: datetime
    last_modified: bytes
    plain: Coded
    packed: Coded

    @property
    def size(self) -> int:
        """How much memory it takes, about."""
        return len(self.plain.body or b"") + len(self.packed.body or b"") + 4096

    @property
    def bare(self) -> "Feed":
        """The same without its bodies: enough to tell that nothing is new."""
        return replace(self, plain=replace(self.plain, body=None), packed=replace(self.packed, body=None))


class FeedFiles:
    """The newest versions of feed files, those last asked for, within a bound of bytes; of others what a 304 needs."""

    def __init__(self, clock: Callable[[], datetime], max_bytes: int = MAX_BYTES) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, bool, bool], Feed] = OrderedDict()
        self._bare: OrderedDict[tuple[str, bool, bool], Feed] = OrderedDict()

    def get(self, file: str, *, alarms: bool, shared: bool, bare: bool = False) -> Feed | None:
        """The feed as the file has it; where the file cannot be read, the last good version, or None.

        `bare`: its bodies need not be at hand.
        """
        key = (file, alarms, shared)
        kept = self._kept.get(key)
        found = self._bare.get(key) if bare and kept is None else kept
        try:
            stat = os.stat(file)  # noqa: PTH116 -- a Path costs more than the call itself
            if found is not None and found.stamp == _stamp(stat):
                (self._bare if kept is None else self._kept).move_to_end(key)
                return found
            fresh = self._read(file, alarms=alarms, shared=shared)
        except OSError:
            return kept
        self._keep(key, fresh)
        return fresh

    def _read(self, file: str, *, alarms: bool, shared: bool) -> Feed:
        with Path(file).open("rb") as stream:
            stat = os.fstat(stream.fileno())
            body = stream.read()
        # A date in the future is none (RFC 9110, 8.8.2.1). What has one for now is read again: an older version may
        # have been given out with the date of this very second.
        modified, now = datetime.fromtimestamp(int(stat.st_mtime), UTC), self._clock().replace(microsecond=0)
        stamp = _stamp(stat) if modified <= now else _READ_AGAIN
        body = with_alarms(body) if alarms else body
        return make_feed(body, Path(file).name, min(modified, now), stamp, shared=shared)

    def _keep(self, key: tuple[str, bool, bool], feed: Feed) -> None:
        self._bare.pop(key, None)
        old = self._kept.pop(key, None)
        self._kept[key] = feed
        self._bytes += feed.size - (old.size if old else 0)
        while self._bytes > self._max_bytes:
            name, gone = self._kept.popitem(last=False)
            self._bytes -= gone.size
            self._bare[name] = gone.bare
        while len(self._bare) > _BARE:
            self._bare.popitem(last=False)


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def make_feed(body: bytes, name: str, modified: datetime, stamp: tuple[int, int, int], *, shared: bool) -> Feed:
    """A feed from its bytes. `shared`: its link is no secret, so any cache may keep it."""
    digest = hashlib.sha256(body).hexdigest().encode()
    last_modified = format_datetime(modified.astimezone(UTC), usegmt=True).encode()
    scope = b"public" if shared else b"private"
    common: Headers = [
        (b"cache-control", b"%s, max-age=%d, must-revalidate" % (scope, _MAX_AGE)),
        (b"vary", b"Accept-Encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    full: Headers = [
        *common,
        (b"accept-ranges", b"none"),
        (b"content-type", b"text/calendar; charset=utf-8"),
        (b"content-disposition", b'inline; filename="%s"' % name.encode()),
        (b"last-modified", last_modified),
        (b"x-robots-tag", b"noindex"),
        (b"referrer-policy", b"no-referrer"),
    ]
    dated: Headers = [*common, (b"last-modified", last_modified)]
    plain = _coded(b'"%s"' % digest, body, full, dated)
    packing: Headers = [*full, (b"content-encoding", b"gzip")]
    packed = _coded(b'"%s-gzip"' % digest, gzip.compress(body, 6, mtime=0), packing, dated)
    return Feed(stamp, modified, last_modified, plain, packed)


def _coded(tag: bytes, body: bytes, headers: Headers, dated: Headers) -> Coded:
    """A 304 repeats both validators."""
    start = Start.of(HTTPStatus.OK, [*headers, (b"etag", tag), (b"content-length", str(len(body)).encode())])
    return Coded(tag, start, Start.of(HTTPStatus.NOT_MODIFIED, [*dated, (b"etag", tag)]), body)
