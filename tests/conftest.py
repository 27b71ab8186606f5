"""What every test stands on: a clean environment, commands that pip cannot bring, the material beside the project."""

import ctypes
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.mail.servers import Authority, Mailbox

ROOT = Path(__file__).resolve().parents[1]
SYSTEM_PACKAGES = ROOT / "tests" / "system-packages.txt"

# Nothing of the machine that runs the tests may be seen in their results, nor in those of commands that they start.
_FOREIGN = ("NHACHAN_", "LC_")
_FOREIGN_NAMES = {
    *("LANGUAGE", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"),
    *(
        "STATE_DIRECTORY",
        "CREDENTIALS_DIRECTORY",
        "NOTIFY_SOCKET",
        "WATCHDOG_USEC",
        "WATCHDOG_PID",
        "LISTEN_FDS",
        "JOURNAL_STREAM",
    ),
}
for _name in list(os.environ):
    if _name.startswith(_FOREIGN) or _name in _FOREIGN_NAMES:
        del os.environ[_name]
os.environ["LANG"] = "C.UTF-8"

EVERYTHING_HAS_TO_RUN = os.environ.get("CI") == "true"

# An example that is slow because the machine is busy, or coverage is measured, says nothing about the program.
_parent = settings.get_profile("ci" if EVERYTHING_HAS_TO_RUN else "default")
settings.register_profile("nhachan", parent=_parent, deadline=None)
settings.load_profile("nhachan")

_skipped = pytest.StashKey[dict[str, list[str]]]()


def system_packages() -> dict[str, str]:
    """The commands and libraries that tests may ask for, each with the Debian package that brings it."""
    lines = (line.split("#")[0].split() for line in SYSTEM_PACKAGES.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if words}


def _present(name: str) -> bool:
    """Whether there is such a command, or such a library (`*.so.N`)."""
    if ".so." not in name:
        return shutil.which(name) is not None
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_skipped] = {}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose command is missing, or fails it where every test has to run."""
    packages = system_packages()
    for mark in item.iter_markers("system"):
        for command in mark.args:
            if command not in packages:
                pytest.fail(f"{SYSTEM_PACKAGES.name} has no line for the command {command!r}", pytrace=False)
            if not _present(command):
                lacking = f"needs {command} (apt-get install {packages[command]})"
                if EVERYTHING_HAS_TO_RUN:
                    pytest.fail(lacking, pytrace=False)
                item.config.stash[_skipped].setdefault(lacking, []).append(item.nodeid)
                pytest.skip(lacking)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Names the tests that did not run for want of a system package."""
    if config.stash[_skipped]:
        terminalreporter.section("tests not run: a system package is missing", yellow=True)
        for lacking, tests in config.stash[_skipped].items():
            terminalreporter.line(lacking)
            for test in tests:
                terminalreporter.line(f"  {test}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the contract and the real plans as text, where the project was checked out beside it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared")
    return folder


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the certificates of a test's mail servers."""
    return Authority.in_folder(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def mailbox() -> Mailbox:
    """What a mail server of a test takes, and how it answers."""
    return Mailbox()
