"""Every edit is noticed within seconds, however it was made, and nothing is told of while it is still being written."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.watching import watch_for_changes
from tests.daemon.process import wait_for

IN_TIME = 4.0  # of the five seconds in which an edit is in the feeds, one is left for reading and writing


class Watch:
    """A watcher on a folder of its own, and what it told, each with what the plan said at that moment."""

    def __init__(self, folder: Path) -> None:
        self.config, self.doorbell = folder / "config", folder / "doorbell"
        (self.config / "plans").mkdir(parents=True)
        self.plan = self.config / "plans" / "kh.yaml"
        self.plan.write_text("one")
        self.told: list[tuple[str, str]] = []
        self.trouble: Exception | None = None
        self.stop = threading.Event()

    def note(self, what: str) -> None:
        if self.trouble:
            raise self.trouble
        self.told.append((what, self.plan.read_text() if self.plan.exists() else ""))

    def run(self) -> None:
        watch_for_changes(self.config, self.doorbell, self.stop, lambda p: self.note(p.name))

    def tells_of(self, edit: Callable[[], object], what: str = "config") -> None:
        before = len(self.told)
        edit()
        wait_for(lambda: what in [name for name, _ in self.told[before:]], f"to be told of {what}", IN_TIME)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    found = Watch(tmp_path)
    thread = threading.Thread(target=found.run)
    thread.start()
    time.sleep(0.1)  # its first look
    yield found
    found.stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_name_that_is_not_utf_8_comes_and_goes(watch: Watch) -> None:
    odd = watch.config / "plans" / os.fsdecode(b"ghi ch\xfa.yaml")
    watch.tells_of(lambda: odd.write_text("x"))
    watch.tells_of(odd.unlink)
    watch.tells_of(lambda: watch.plan.write_text("two"))


def test_an_edit_is_seen_through_every_kind_of_link(watch: Watch, tmp_path: Path) -> None:
    def swapped() -> None:
        new = tmp_path / "new"
        (new / "plans").mkdir(parents=True)
        (new / "plans" / "kh.yaml").write_text("one")
        watch.config.rename(tmp_path / "old")
        watch.config.symlink_to(new)

    def swapped_again() -> None:
        newer, link = tmp_path / "newer", tmp_path / "link"
        (newer / "plans").mkdir(parents=True)
        (newer / "plans" / "kh.yaml").write_text("one")
        link.symlink_to(newer)
        link.replace(watch.config)

    def linked() -> None:
        (tmp_path / "outside.yaml").write_text("one")
        watch.plan.unlink()
        watch.plan.symlink_to(tmp_path / "outside.yaml")

    watch.tells_of(swapped)
    watch.tells_of(swapped_again)
    watch.tells_of(linked)
    watch.tells_of(lambda: (tmp_path / "outside.yaml").write_text("two"))


def test_an_edit_is_seen_that_changes_neither_size_nor_moment(watch: Watch) -> None:
    status = watch.plan.stat()

    def edit() -> None:
        watch.plan.write_text("eno")
        os.utime(watch.plan, ns=(status.st_atime_ns, status.st_mtime_ns))

    watch.tells_of(edit)


def test_a_plan_under_a_name_that_is_overlooked_is_seen(watch: Watch) -> None:
    watch.tells_of(lambda: (watch.config / "plans" / "hai.yml").write_text("two"))


def test_a_file_that_is_written_in_pieces_is_told_of_once_it_is_whole(watch: Watch) -> None:
    letters = "a plan of many words " * 10
    with watch.plan.open("w") as out:
        for letter in letters:
            out.write(letter)
            out.flush()
            time.sleep(0.01)
    wait_for(lambda: watch.told, "to be told", IN_TIME)
    assert watch.told == [("config", letters)]
    time.sleep(1)
    with watch.plan.open("a") as out:  # the other half, while nobody may think that the first was all
        out.write("and the rest")
    wait_for(lambda: len(watch.told) > 1, "to be told once more", IN_TIME)
    assert watch.told == [("config", letters), ("config", letters + "and the rest")]


def test_the_doorbell_is_heard_at_once(watch: Watch) -> None:
    for _ in range(2):
        begun = time.monotonic()
        watch.tells_of(watch.doorbell.touch, "doorbell")
        assert time.monotonic() - begun < 1.5


def test_a_watcher_that_fails_is_told_of_once_and_goes_on(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    watch.trouble = RuntimeError("whatever")
    watch.plan.write_text("two")
    time.sleep(4)
    assert [record.getMessage() for record in caplog.records] == ["watching the configuration failed"]
    watch.trouble = None
    wait_for(lambda: ("config", "two") in watch.told, "what was missed meanwhile", IN_TIME)
