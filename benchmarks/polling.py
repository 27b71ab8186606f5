"""Asks for a feed at a steady pace, as many subscribers do: `python -m benchmarks.polling URL RATE SECONDS [STOP]`.

Prints the milliseconds of each answer, counted from when the question was due: a server that lets some wait makes those
wait that come after them. Ends after so many seconds, or as soon as there is a file of the name STOP.
"""

import asyncio
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 8


async def _ask(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> None:
    reader, writer = streams
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    (length,) = (line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    await reader.readexactly(int(length))


async def poll(url: str, rate: float, seconds: float, stop: Path | None) -> list[float]:
    """The milliseconds of each answer."""
    place = urlsplit(url)
    request = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection(place.hostname, place.port))
    found: list[float] = []

    async def one(due: float) -> None:
        streams = await free.get()
        await _ask(streams, request)
        found.append((time.perf_counter() - due) * 1000)
        free.put_nowait(streams)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(round(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0, due - time.perf_counter()))
            if stop and stop.exists():
                break
            group.create_task(one(due))
    return found


def main() -> None:
    url, rate, seconds, *stop = sys.argv[1:]
    for figure in asyncio.run(poll(url, float(rate), float(seconds), Path(stop[0]) if stop else None)):
        print(f"{figure:.3f}")


if __name__ == "__main__":
    main()
