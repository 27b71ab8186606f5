"""What the benchmarks of servers share: a row as a line to read, and a processor core for each side."""

import os
import shutil
from collections.abc import Sequence

from benchmarks.measure import Row

SERVER, CLIENT = 0, 1
"""The cores of which one serves and the other asks."""


def line(row: Row) -> str:
    """A row of the table for a terminal."""
    ratio = row.ratio
    least, most = ratio.spread
    told = f"{row.what} against {row.against}: {ratio.median:.2f} ({least:.2f} to {most:.2f}), {row.bound} {row.target}"
    theirs = f" and {row.theirs.median:.4g}" if row.theirs else ""
    return f"{told}{'' if row.met else ' – MISSED'} [{row.ours.median:.4g}{theirs} {row.unit}; {row.note}]"


def on_core(core: int, command: Sequence[str]) -> list[str]:
    """A command held to one core, where there are two."""
    several = (os.cpu_count() or 1) > 1 and shutil.which("taskset")
    return ["taskset", "-c", str(core), *command] if several else list(command)
