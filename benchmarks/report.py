"""The rows as docs/performance.md, and growth as a picture beside it."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measure import MOST, NO_TARGET, Row, figure
from scheduler.clock import now

DOCS = Path(__file__).parents[1] / "docs"
FILE, PICTURE = DOCS / "performance.md", DOCS / "pictures" / "growth.svg"
BEGIN, END = "<!-- figures: `make bench` writes them -->", "<!-- end of figures -->"
PACKAGES = ("icalendar", "pyyaml", "sqlmodel", "sqlalchemy", "uvicorn", "starlette", "yagmail", "radicale", "xandikos")
PROGRAMS = (("nginx", "-v"), ("postconf", "-h", "mail_version"), ("wrk", "-v"), ("remind", "-h"))
HOW = (
    "Medians of rounds in which the variants take turns; in brackets the least and the greatest. The ratio is what "
    "counts: seconds are of the machine, and other work on it hits both alike. n is the national model: 34 provinces, "
    "4,021 units, 60 plans, some 2,000 deadlines, about 240 of them in the calendar of a commune."
)
_NUMBER = re.compile(r"\d+(\.\d+)+")


def write(rows: Sequence[Row]) -> Path:
    """Put the figures between their marks in docs/performance.md; what stands around them stays."""
    growing = [row for row in rows if row.growth]
    if growing:
        draw(growing)
    whole = FILE.read_text("utf-8") if FILE.exists() else f"# How quick, how small\n\n{BEGIN}\n{END}\n"
    before, _, rest = whole.partition(BEGIN)
    FILE.write_text(f"{before}{BEGIN}\n\n{figures(rows)}\n{END}{rest.partition(END)[2]}", "utf-8")
    return FILE


def figures(rows: Iterable[Row]) -> str:
    """Machine, versions and table."""
    found = list(rows)
    asked = [row for row in found if row.target != NO_TARGET]
    lines = [
        machine(),
        "",
        HOW,
        "",
        "| what | ours | against | theirs | ratio | target | |",
        "|---|---|---|---|---|---|---|",
        *map(cells, found),
        "",
        f"{sum(row.met for row in asked)} of {len(asked)} targets are met.",
    ]
    growing = [row for row in found if row.growth]
    if growing:
        lines += ["", "## From n to 10 n", "", "![Growth from n to 10 n](pictures/growth.svg)", ""]
        lines += ["| what | n | 10 n | times |", "|---|---|---|---|", *map(grown, growing)]
    return "\n".join((*lines, ""))


def cells(row: Row) -> str:
    """A line of the table."""
    low, high = row.ratio.spread
    many = len(row.ours.values) > 1
    spread = f" ({figure(low)} to {figure(high)})" if many and row.theirs else ""
    theirs = f"{figure(row.theirs.median)} {row.unit}" if row.theirs else ""
    sign = "≤" if row.bound == MOST else "≥"
    ratio = f"{figure(row.ratio.median)}{spread}" if row.theirs else ""
    ours = f"{figure(row.ours.median)} {row.unit}".strip()
    target = f"{sign} {figure(row.target)}" + ("" if row.theirs else f" {row.unit}".rstrip())
    if row.target == NO_TARGET:
        target = verdict = ""
    elif row.met:
        verdict = "met"
    else:
        off = row.ratio.median / row.target if row.bound == MOST else row.target / row.ratio.median
        verdict = f"missed {off:.3g} times"
    said = "; ".join(part for part in (verdict, row.note) if part)
    return f"| {row.what} | {ours} | {row.against} | {theirs} | {ratio} | {target} | {said} |"


def grown(row: Row) -> str:
    """A line of the table of growth."""
    one, ten = row.growth[1], row.growth[10]
    return f"| {row.what} | {figure(one)} {row.unit} | {figure(ten)} {row.unit} | {ten / one:.1f} |"


def machine() -> str:
    """What it was measured on, and with which releases."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    processor = f" ({names[0]})" if names else ""
    python = f"Python {platform.python_version()}"
    release = ".".join(platform.release().split(".")[:2])
    said = f"{os.cpu_count()} cores{processor}, {memory:.0f} GiB, {platform.system()} {release}"
    return f"Measured on {now():%Y-%m-%d} on {said}, with {', '.join((python, *releases()))}."


def releases() -> Iterable[str]:
    """Name and release of the libraries and peers that are there."""
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    around = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin"}  # where servers are
    for command in PROGRAMS:
        try:
            done = subprocess.run(command, env=around, capture_output=True, text=True, check=False, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            continue
        found = _NUMBER.search(done.stdout + done.stderr)
        yield f"{'postfix' if command[0] == 'postconf' else command[0]} {found.group() if found else ''}".strip()


def draw(rows: Sequence[Row]) -> None:
    """Each row's growth beside a straight line, both axes in powers."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "nhachan", "font.size": 9})
    from matplotlib import pyplot as plt

    picture, axes = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
    axes.plot([1, 10], [1, 10], color="0.6", linestyle="--", label="linear")
    for row in rows:
        counts = sorted(row.growth)
        axes.plot(counts, [row.growth[n] / row.growth[1] for n in counts], marker="o", label=row.what)
    axes.set(xscale="log", yscale="log", xlabel="national models", ylabel="times as much as for one")
    axes.set_xticks([1, 10], ["n", "10 n"])
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.grid(visible=True, color="0.9")
    axes.legend(loc="upper left", fontsize=8, frameon=False)
    picture.savefig(PICTURE, metadata={"Date": None, "Title": "Growth from n to 10 n"})
    plt.close(picture)
