"""Hostile requests at a real daemon on the loopback: `python -m benchmarks.hostile [COUNT]`.

Prints how they were answered, and the daemon's resident memory and open files before and after.
"""

import asyncio
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from tests.daemon.process import Office
from tests.web.test_hostile import BODIES, HEADERS, METHODS, PIECES, PLACES

AT_ONCE = 64
PATIENCE = 0.5


def hostile(chance: random.Random) -> bytes:
    """One request that no browser would send, or bytes that are none."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randint(1, 3000))
    path = chance.choice(PLACES) + "/".join(chance.choices(PIECES, k=chance.randint(0, 4)))
    lawful = chance.random() < 0.6
    if lawful:
        path = "/" + quote(path, safe="/?%", errors="replace")
    method = chance.choice(METHODS[:3] if lawful else METHODS)
    head = f"{method} {path} HTTP/1.{chance.choice('1110')}\r\n".encode("utf-8", "surrogateescape")
    lines = [h.encode("latin-1") + b"\r\n" for h in chance.choices(HEADERS, k=chance.choice((0, 0, 0, 1, 1, 2)))]
    address = f"X-Forwarded-For: 2001:db8:{chance.randrange(65536):x}:{chance.randrange(65536):x}::1\r\n".encode()
    lines += [address] if chance.random() < 0.5 else []
    body = chance.choice(BODIES) if method == "POST" or chance.random() < 0.2 else b""
    lines += [f"Content-Length: {len(body)}\r\n".encode()] if lawful and body else []
    found = head + b"".join(lines) + b"\r\n" + body
    if chance.random() < 0.1:
        found = found[: chance.randrange(len(found))]
    return found * chance.choice((1, 1, 1, 1, 3))


async def one(port: int, sent: bytes) -> list[str]:
    """The statuses of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            found = await reader.read(4096)
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    assert b"Traceback" not in found
    return [s.decode() for s in re.findall(rb"^HTTP/1\.1 (\d+)", found, re.MULTILINE)] or ["no answer"]


async def fire(port: int, count: int) -> Counter[str]:
    """That many of them, many at once."""
    chance = random.Random(7)
    statuses: Counter[str] = Counter()
    left = iter(range(count))

    async def gunner() -> None:
        for _ in left:
            statuses.update(await one(port, hostile(chance)))

    await asyncio.gather(*(gunner() for _ in range(AT_ONCE)))
    return statuses


def resident(process: int) -> float:
    """MiB."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main(count: int) -> None:
    """One run."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        with office.running() as daemon:
            pid = daemon.process.pid
            time.sleep(2)
            sizes = [resident(pid)]
            start = time.perf_counter()
            statuses: Counter[str] = Counter()
            for _ in range(10):
                statuses += asyncio.run(fire(office.port, count // 10))
                sizes.append(resident(pid))
            elapsed = time.perf_counter() - start
            time.sleep(16)
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            assert daemon.answers()
            print(f"{count} requests in {elapsed:.0f} s, {AT_ONCE} at once; /healthz good afterwards")
            print("statuses            ", ", ".join(f"{s}: {n}" for s, n in sorted(statuses.items())))
            print(
                "resident, MiB       ", " ".join(f"{size:.0f}" for size in sizes), f"after a rest {resident(pid):.0f}"
            )
            print("open files          ", files)
        lines = office.log().splitlines()
        print("lines in the log    ", len(lines), "with a traceback" if "Traceback" in office.log() else "no traceback")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
