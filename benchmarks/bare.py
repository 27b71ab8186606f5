"""What uvicorn gives out at best: one function that knows one feed, `python -m benchmarks.bare FILE PORT`."""

import gzip
import sys
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

TAG = b'"x"'


class Bare:
    """The application."""

    def __init__(self, feed: bytes) -> None:
        packed = gzip.compress(feed, 6)
        kind, tag = (b"content-type", b"text/calendar; charset=utf-8"), (b"etag", TAG)
        self._unchanged = ({"type": "http.response.start", "status": 304, "headers": [tag]}, b"")
        self._plain, self._packed = (
            ({"type": "http.response.start", "status": 200, "headers": [kind, tag, *more]}, body)
            for body, more in (
                (feed, [(b"content-length", b"%d" % len(feed))]),
                (packed, [(b"content-length", b"%d" % len(packed)), (b"content-encoding", b"gzip")]),
            )
        )

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        asked = dict(scope["headers"])
        if asked.get(b"if-none-match") == TAG:
            start, body = self._unchanged
        else:
            start, body = self._packed if b"gzip" in asked.get(b"accept-encoding", b"") else self._plain
        await send(start)
        await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    bare = Bare(Path(sys.argv[1]).read_bytes())
    uvicorn.run(bare, host="127.0.0.1", port=int(sys.argv[2]), lifespan="off", access_log=False, log_level="error")
