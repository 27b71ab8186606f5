"""Packages from npm that tests run: other programs' parsers and checkers. Their releases are in the lock file."""

import subprocess
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_BUILD = _HERE.parents[1] / "build" / "node"


@cache
def node_modules() -> Path:
    """The folder of the packages, installed anew where the lock file has changed."""
    modules, lock = _BUILD / "node_modules", (_HERE / "package-lock.json").read_bytes()
    made = modules / ".made-from"
    if not made.exists() or made.read_bytes() != lock:
        _BUILD.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            (_BUILD / name).write_bytes((_HERE / name).read_bytes())
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=_BUILD, check=True, timeout=300)
        made.write_bytes(lock)
    return modules
