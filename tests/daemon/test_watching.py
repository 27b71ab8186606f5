"""Every edit is noticed within seconds, however it was made, and nothing is told of while it is still being written."""

import logging
import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.announcements import LOCAL, Announcements
from scheduler.watching import Watching
from tests.daemon.process import wait_for

IN_TIME = 4.0  # of the five seconds in which an edit is in the feeds, one is left for reading and writing


class Watch:
    """A watcher on a folder of its own, and what it told, each with what the plan said at that moment."""

    def __init__(self, folder: Path, *, announced: bool = True) -> None:
        self.announced = announced
        self.config, self.doorbell = folder / "config", folder / "doorbell"
        (self.config / "plans").mkdir(parents=True)
        self.plan = self.config / "plans" / "kh.yaml"
        self.plan.write_text("one")
        self.told: list[tuple[str, str]] = []
        self.trouble: Exception | None = None
        trusting = Announcements(LOCAL if announced else ())
        self.watching = Watching(self.config, self.doorbell, lambda place: self.note(place.name), trusting)

    def note(self, what: str) -> None:
        if self.trouble:
            raise self.trouble
        self.told.append((what, self.plan.read_text() if self.plan.exists() else ""))

    def rest(self) -> None:
        """Long enough for the last looks, after which it waits for announcements."""
        time.sleep(1.2 if self.announced else 0)

    def woken(self) -> int:
        """How often it has waited for something."""
        thread = next(thread for thread in threading.enumerate() if thread.name == "watch")
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text("utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("voluntary_ctxt_switches"))

    def tells_of(self, edit: Callable[[], object], what: str = "config", in_time: float = IN_TIME) -> None:
        self.rest()
        before = len(self.told)
        edit()
        wait_for(lambda: what in [name for name, _ in self.told[before:]], f"to be told of {what}", in_time)


@pytest.fixture(params=["announced", "looked for"])
def watch(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watch]:
    found = Watch(tmp_path, announced=request.param == "announced")
    found.watching.start()
    time.sleep(0.1)  # its first look
    yield found
    found.watching.stop()
    assert "watch" not in {thread.name for thread in threading.enumerate()}


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

    def moved_above() -> None:
        above = tmp_path / "newer"
        above.rename(tmp_path / "away")
        shutil.copytree(tmp_path / "away", above)

    def linked() -> None:
        (tmp_path / "outside.yaml").write_text("one")
        watch.plan.unlink()
        watch.plan.symlink_to(tmp_path / "outside.yaml")

    watch.tells_of(swapped)
    watch.tells_of(swapped_again)
    watch.tells_of(moved_above)
    watch.tells_of(linked)
    watch.tells_of(lambda: (tmp_path / "outside.yaml").write_text("two"))
    saved = tmp_path / "saved"
    saved.write_text("three")
    watch.tells_of(lambda: saved.replace(tmp_path / "outside.yaml"))


def test_an_edit_is_seen_behind_a_chain_of_links(watch: Watch, tmp_path: Path) -> None:
    # As Kubernetes lays a configuration: each file leads into a folder by way of a link, which is replaced.
    def release(name: str) -> None:
        (watch.config / name).mkdir()
        (watch.config / name / "kh.yaml").write_text(name)
        link = watch.config / "..new"
        link.symlink_to(name)
        link.replace(watch.config / "..data")

    release("..1")
    watch.plan.unlink()
    watch.tells_of(lambda: watch.plan.symlink_to("../..data/kh.yaml"))
    watch.tells_of(lambda: release("..2"))
    assert watch.told[-1] == ("config", "..2")


def test_a_folder_that_was_away_for_a_while_is_seen(watch: Watch, tmp_path: Path) -> None:
    watch.tells_of(lambda: shutil.rmtree(watch.config))
    watch.tells_of(lambda: watch.plan.parent.mkdir(parents=True))
    watch.tells_of(lambda: watch.plan.write_text("again"))
    watch.tells_of(lambda: (watch.config / "nhachan.yaml").write_text("name: x"))


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
        watch.tells_of(watch.doorbell.touch, "doorbell")
        watch.tells_of(watch.doorbell.unlink, "doorbell")
    watch.tells_of(watch.doorbell.touch, "doorbell")


def test_a_watcher_that_fails_is_told_of_once_and_goes_on(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    watch.trouble = RuntimeError("whatever")
    watch.plan.write_text("two")
    time.sleep(4)
    assert [record.getMessage() for record in caplog.records] == ["watching the configuration failed"]
    watch.trouble = None
    wait_for(lambda: ("config", "two") in watch.told, "what was missed meanwhile", IN_TIME)


def test_where_nothing_happens_nothing_is_done(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.watching.start()
    watch.rest()
    before = watch.woken()
    time.sleep(2)
    assert watch.woken() - before < 2  # four looks, if it looked
    watch.watching.stop()


def test_a_system_that_announces_no_more_is_told_of_and_looked_at(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    announcements = Announcements()
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # as when too many on this machine follow files
    try:
        with caplog.at_level(logging.INFO):
            heard = [announcements.follow([tmp_path], []) for _ in range(2)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert heard == [False, False]
    message = "not every change is announced (inotify: Too many open files): looking twice a second"
    assert [record.getMessage() for record in caplog.records] == [message]
    assert announcements.follow([tmp_path], [])
    announcements.close()
