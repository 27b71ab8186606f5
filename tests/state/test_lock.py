"""One daemon a state folder, whatever becomes of the file that says so."""

import os
from pathlib import Path

import pytest

from scheduler.state.database import StateError
from scheduler.state.lock import LOCK, hold, is_held


def test_the_second_is_told_who_holds_the_folder_and_what_to_do(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert not is_held(state)
    with hold(state):
        assert is_held(state)
        with pytest.raises(StateError, match=rf"process {os.getpid()}\) keeps {state} already — stop that one first"):
            hold(state)
    assert not is_held(state)
    hold(state).close()


def test_a_lock_file_that_was_deleted_still_locks(tmp_path: Path) -> None:
    with hold(tmp_path):
        (tmp_path / LOCK).unlink()
        with pytest.raises(StateError, match="keeps"):
            hold(tmp_path)
        assert is_held(tmp_path)
        (tmp_path / LOCK).unlink()
        assert is_held(tmp_path)


def test_a_long_number_of_a_process_before_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text("9" * 19)
    with hold(tmp_path):
        assert (tmp_path / LOCK).read_text() == str(os.getpid())


def test_a_full_disk_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / LOCK).symlink_to("/dev/full")
    with pytest.raises(StateError, match=rf"the disk of {tmp_path} is full"):
        hold(tmp_path)
    (tmp_path / LOCK).unlink()
    hold(tmp_path).close()
