"""Random edits under a running daemon, half of them broken: `python -m benchmarks.edits [COUNT]`.

`/healthz` must never fail, a good edit must be in the plan's feed within five seconds, a broken one never.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.daemon.process import Daemon, Office

IN_TIME = 5.0
PLAN = """title: Kế hoạch thử
years: 2026-
obligations:
  - id: ket-qua
    title: {title}
    from: [binh-dinh.so-y-te]
    to: binh-dinh.ubnd
    due:
      annual: trước ngày {day}/11
"""
BROKEN = (
    ("title: Kế hoạch thử\n", ""),
    ("annual: ", "annual "),
    ("trước ngày ", "trước hôm "),
    ("/11", "/13"),
    ("so-y-te", "so-y-tá"),
    ("    due:", "\tdue:"),
    ("obligations:", "obligations: ["),
    ("years: 2026-", "years: mai sau"),
    ("    title:", "    titel:"),
)


def save(file: Path, content: str, chance: random.Random) -> None:
    """As editors do: over the file, under another name first, in pieces, or cut to nothing before."""
    way = chance.randrange(4)
    if way == 0:
        file.write_text(content, "utf-8")
    elif way == 1:
        other = file.with_name(f".{file.name}.swp")
        other.write_text(content, "utf-8")
        other.replace(file)
    elif way == 2:
        with file.open("w", encoding="utf-8") as stream:
            for start in range(0, len(content), 60):
                stream.write(content[start : start + 60])
                stream.flush()
                time.sleep(0.01)
    else:
        file.unlink()
        time.sleep(chance.uniform(0, 0.2))
        file.write_text(content, "utf-8")


def healthy(daemon: Daemon) -> bool:
    try:
        return daemon.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def in_feed(feed: Path) -> str:
    """A feed's lines, unfolded (RFC 5545, 3.1)."""
    return feed.read_bytes().decode().replace("\r\n ", "") if feed.exists() else ""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    chance = random.Random()
    unhealthy = late = leaked = lost = 0
    waits: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        file, feed = office.config / "plans" / "thu.yaml", office.calendars / "plans" / "thu.ics"
        file.write_text(PLAN.format(title="Lần 0 nhé", day=20), "utf-8")
        shown = "Lần 0 nhé"
        with office.running("") as daemon:
            for n in range(1, count + 1):
                good = PLAN.format(title=f"Lần {n} nhé", day=chance.randint(10, 28))
                broken = chance.random() < 0.5
                save(file, good.replace(*chance.choice(BROKEN)) if broken else good, chance)
                saved = time.monotonic()
                end = saved + (chance.uniform(0, 2.5) if broken else IN_TIME)
                while time.monotonic() < end:
                    unhealthy += not healthy(daemon)
                    if not broken and f"Lần {n} " in in_feed(feed):
                        break
                    time.sleep(0.1)
                text = in_feed(feed)
                if broken:
                    leaked += f"Lần {n} " in text
                    lost += shown not in text
                elif f"Lần {n} " in text:
                    waits.append(time.monotonic() - saved)
                    shown = f"Lần {n} nhé"
                else:
                    late += 1
            tracebacks = office.log().count("Traceback")
    print(f"{count} edits, {len(waits) + late} of them good: {late} later than {IN_TIME:.0f} s,")
    print(
        f"slowest {max(waits):.1f} s, usual {sorted(waits)[len(waits) // 2]:.1f} s; {leaked} broken ones in the feed,"
    )
    print(f"{lost} times the last good one was gone, /healthz failed {unhealthy} times, {tracebacks} tracebacks")
    sys.exit(1 if late or leaked or lost or unhealthy or tracebacks else 0)


if __name__ == "__main__":
    main()
