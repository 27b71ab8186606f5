"""Every comparison in one go, into docs/performance.md: `python -m benchmarks [--quick] [NAME …]`.

Without names all modules run; with some, these alone, and nothing is written. `--quick` takes three minutes, about, and
writes nothing either: it is a look before a release, and its few rounds are no figures to keep.
"""

import argparse
import time
import traceback
from importlib import import_module
from importlib.util import find_spec

from benchmarks.measure import NO_TARGET, Row, show
from benchmarks.report import write

MODULES = ("mailing", "ledger", "feeds", "reading", "serving", "pages", "years")
"""Each has `rows(quick)`. One that is not there is passed over. Those that delete thousands of files come after
`feeds`: for minutes ext4 is slow at making new ones then."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three minutes, about")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODULES)}")
    asked = parser.parse_args()
    found: list[Row] = []
    failed: list[str] = []
    for name in asked.names or MODULES:
        if find_spec(f"benchmarks.{name}") is None:
            continue
        start = time.perf_counter()
        try:
            rows = import_module(f"benchmarks.{name}").rows(asked.quick)
        except Exception:  # noqa: BLE001 -- the others' figures of an hour are not thrown away for it
            traceback.print_exc()
            failed.append(name)
            continue
        show(rows)
        print(f"-- {name}: {time.perf_counter() - start:.0f} s", flush=True)
        found += rows
    wanted = [row for row in found if row.target != NO_TARGET]
    print(
        f"{sum(row.met for row in wanted)} of {len(wanted)} targets met"
        + "".join(f"\n{name} failed" for name in failed)
    )
    if not asked.quick and not asked.names and not failed:
        print(f"written to {write(found)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
