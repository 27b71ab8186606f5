"""Copies what nhachan keeps from SQLite into an empty PostgreSQL database; the daemon must be stopped.

to_postgresql.py STATE postgresql+psycopg://…
"""

import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select, text
from sqlmodel import SQLModel

from scheduler.state.database import StateError, open_database
from scheduler.state.lock import hold

_HERE_FROM_THE_START = "note"  # the one table with rows in a new database


def copy(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows, whole or not at all; how many of each table. ValueError where the target is in use already."""
    copied = {}
    with source.connect() as old, target.begin() as new:
        for table in SQLModel.metadata.sorted_tables:
            if table.name == _HERE_FROM_THE_START:
                new.execute(table.delete())
            elif new.execute(select(func.count()).select_from(table)).scalar_one():
                raise ValueError(f"the table {table.name} has rows already — name an empty database")
            copied[table.name] = 0
            for rows in old.execute(select(table)).mappings().partitions(1000):
                new.execute(insert(table), [dict(row) for row in rows])
                copied[table.name] += len(rows)
            if "id" in table.columns:
                _count_on(new, table.name)
    return copied


def _count_on(new: Connection, table: str) -> None:
    """New rows are numbered after the copied ones."""
    highest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING count(*) > 0"  # noqa: S608
    new.execute(text(highest))


def main() -> None:
    """Copy, and say what was copied."""
    if len(sys.argv) != 3 or not sys.argv[2].startswith("postgresql+psycopg://"):
        sys.exit(__doc__)
    state = Path(sys.argv[1])
    if not (state / "nhachan.db").is_file():
        sys.exit(f"there is no {state / 'nhachan.db'}")
    try:
        with hold(state):  # as `restore` does: what a daemon writes meanwhile would be lost
            copied = copy(open_database(state), open_database(state, sys.argv[2]))
    except (StateError, ValueError) as error:
        sys.exit(str(error))
    print("\n".join(f"{table}: {count}" for table, count in copied.items()))


if __name__ == "__main__":
    main()
