"""How things are measured: side by side in one run, taking turns, medians with their spread, and ratios that count."""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MOST, LEAST = "at most", "at least"
NO_TARGET = math.inf  # a comparison to know, of which nothing was asked


@dataclass(frozen=True)
class Sample:
    """What the rounds of one variant gave: seconds, requests a second, MiB, as its row says."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest."""
        return min(self.values), max(self.values)


@dataclass(frozen=True)
class Row:
    """One line of the table: ours against another, or (without one) against a bound.

    `ratio` is ours / theirs round by round, or theirs / ours where `turned`, so that a target reads as people say it.
    """

    what: str
    against: str
    unit: str
    ours: Sample
    theirs: Sample | None
    bound: str  # MOST or LEAST
    target: float
    turned: bool = False
    note: str = ""
    growth: Mapping[int, float] = field(default_factory=dict)  # multiples of the national model → ours

    @property
    def ratio(self) -> Sample:
        """The figure that the target is about."""
        if self.theirs is None:
            return self.ours
        pairs = zip(self.ours.values, self.theirs.values, strict=True)
        return Sample([(b / a if self.turned else a / b) for a, b in pairs])

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        found = self.ratio.median
        if self.target == NO_TARGET:
            return True
        return found <= self.target if self.bound == MOST else found >= self.target


def seconds(work: Callable[[], object]) -> float:
    """How long something takes, by the clock on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def turns(variants: Mapping[str, Callable[[], float]], rounds: int, warm: int = 1) -> dict[str, Sample]:
    """Run variants in turn, so that what else the machine does hits all alike; each gives its own figure."""
    found: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + warm):
        for name, variant in variants.items():
            figure = variant()
            if number >= warm:
                found[name].append(figure)
    return {name: Sample(values) for name, values in found.items()}


def line(row: Row) -> str:
    """A row as a line for people."""
    low, high = row.ratio.spread
    against = f" against {row.against} {figure(row.theirs.median)} {row.unit}" if row.theirs else ""
    verdict = "" if row.met else f"  MISSED {row.note}".rstrip()
    asked = "" if row.target == NO_TARGET else f"; {row.bound} {figure(row.target)}"
    ratio = f"{figure(row.ratio.median)} ({figure(low)} to {figure(high)}{asked}){verdict}"
    return f"{row.what}: {figure(row.ours.median)} {row.unit}{against}: {ratio}"


def figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def show(rows: Iterable[Row]) -> None:
    """All lines."""
    for row in rows:
        print(line(row), flush=True)
