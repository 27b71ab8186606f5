"""How quick and how small, on this machine, now: `python -m benchmarks`. Ratios count; seconds are of the machine."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 15
IMPORTS = "import scheduler.cli, scheduler.config.load"


def seconds(command: list[str]) -> float:
    """The wall time of one run of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - start


def check_against_imports() -> None:
    """`nhachan check` on the project's configuration against importing what it needs, taking turns."""
    check = [sys.executable, "-m", "scheduler", "check"]
    imports = [sys.executable, "-c", IMPORTS]
    bare = [sys.executable, "-c", ""]
    rounds = [(seconds(check), seconds(imports), seconds(bare)) for _ in range(ROUNDS + 1)][1:]
    ratio = statistics.median(a / b for a, b, _ in rounds)
    spread = sorted(a / b for a, b, _ in rounds)
    a, b, c = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"nhachan check            {a:.3f} s   importing what it needs {b:.3f} s   bare Python {c:.3f} s")
    print(f"check / imports          {ratio:.2f}   ({spread[0]:.2f} to {spread[-1]:.2f}, {ROUNDS} rounds; target 1.5)")


def start_and_size() -> None:
    """From start to an answer of /healthz, and the resident memory of the daemon on the six plans."""
    times, sizes = [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            elapsed, resident = _one_daemon(Path(folder))
            times.append(elapsed)
            sizes.append(resident)
    print(
        f"start to /healthz        {statistics.median(times):.2f} s   ({min(times):.2f} to {max(times):.2f}; target 2)"
    )
    size = statistics.median(sizes)
    print(f"resident, at rest        {size:.0f} MiB  ({min(sizes):.0f} to {max(sizes):.0f}; target 100)")


def _one_daemon(folder: Path) -> tuple[float, float]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    subprocess.run(["cp", "-r", str(ROOT / "config"), str(folder / "config")], check=True)
    settings = folder / "config" / "nhachan.yaml"
    settings.write_text(settings.read_text("utf-8").replace("8080", str(port)), "utf-8")
    command = [sys.executable, "-m", "scheduler", "--config", "config", "--state", "state", "run"]
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                break
        except OSError:
            if process.poll() is not None:
                raise
            time.sleep(0.005)
    elapsed = time.perf_counter() - start
    time.sleep(3)
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
    process.send_signal(signal.SIGTERM)
    process.wait(15)
    return elapsed, resident


if __name__ == "__main__":
    check_against_imports()
    start_and_size()
