"""What the office's page says that the next reload would change is what `nhachan diff` says; asking changes nothing."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scheduler.config.load import load
from scheduler.config.problems import ConfigError
from scheduler.daemon import Daemon
from scheduler.installation import Installation

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """One that has published the project's own configuration, and is not running."""
    folder = shutil.copytree(ROOT / "config", tmp_path / "config")
    found = Daemon(load(folder, date(2026, 11, 25)), tmp_path / "state", lambda: NOW)
    found.installation.publish(NOW)
    yield found
    found.installation.engine.dispose()
    found._lock_file.close()


def test_what_was_edited_on_disk(daemon: Daemon) -> None:
    assert list(daemon.site.next_reload()) == []
    folder = daemon.site.configuration.folder
    (folder / "plans" / "tuan-giao-2023.yaml").unlink()
    found = daemon.site.next_reload()
    assert {(one.kind, one.after.plan) for one in found} == {("withdrawn", "tuan-giao-2023")}
    other = Installation.open(load(folder, date(2026, 11, 25)), daemon.installation.state)
    assert other.difference(NOW) == found
    other.engine.dispose()
    assert daemon.site.next_reload() == found, "asking changed nothing"
    assert "tuan-giao-2023" in daemon.site.register.plans


def test_what_would_not_be_taken(daemon: Daemon) -> None:
    (daemon.site.configuration.folder / "plans" / "x.yaml").write_text("x: 1\n", "utf-8")
    with pytest.raises(ConfigError, match="unknown key"):
        daemon.site.next_reload()
    assert daemon.site.problems == ()
