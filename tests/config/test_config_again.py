"""A configuration loaded again while the last one is in use: what is the same is read once, and nothing is missed."""

import gc
import shutil
from datetime import date, timedelta
from pathlib import Path
from weakref import ref

import pytest

from scheduler.config.load import Configuration, load
from scheduler.config.problems import ConfigError
from scheduler.deadlines.expand import expand

BASE = Path(__file__).parent.parent / "bad_config" / "_base"
TODAY = date(2026, 2, 1)
SECOND = """\
title: Kế hoạch khác
years: 2026
obligations:
  - {id: mot, title: Một, from: mau.phong, to: mau.ubnd, due: %s}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small configuration of two plans."""
    config = Path(shutil.copytree(BASE, tmp_path / "config"))
    (config / "plans" / "khac.yaml").write_text(SECOND % "trước ngày 20/6/2026")
    return config


def read_again(before: Configuration, now: Configuration) -> set[str]:
    """The files that were read for a configuration and not taken from the one before."""
    return {part.source.path.name for part in now.parts if part not in before.parts}


def send_by(configuration: Configuration) -> list[date | None]:
    return [d.send_by for d in expand(configuration.register, TODAY, TODAY + timedelta(days=400))]


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as found:
        load(folder, TODAY)
    return [problem.render("en").removeprefix(f"{folder}/") for problem in found.value.problems]


def test_what_was_edited_is_read(folder: Path) -> None:
    first = load(folder, TODAY)
    (folder / "plans" / "khac.yaml").write_text(SECOND % "trước ngày 20/7/2026")
    second = load(folder, TODAY)
    assert read_again(first, second) == {"nhachan.yaml", "khac.yaml"}  # settings depend on what lies around them
    assert date(2026, 6, 19) in send_by(first)
    assert date(2026, 7, 17) in send_by(second)
    assert date(2026, 6, 19) not in send_by(second)


def test_what_was_edited_back_is_as_it_was(folder: Path) -> None:
    first = load(folder, TODAY)
    (folder / "plans" / "khac.yaml").write_text(SECOND % "trước hôm qua")
    assert problems(folder)[0].startswith("plans/khac.yaml:4:")
    (folder / "plans" / "khac.yaml").write_text(SECOND % "trước ngày 20/6/2026")
    again = load(folder, TODAY)
    assert again == first
    assert read_again(first, again) == {"nhachan.yaml"}


def test_what_files_say_of_one_another_is_looked_at_anew(folder: Path) -> None:
    first = load(folder, TODAY)
    (folder / "units" / "khac.yaml").write_text("units:\n  mau.van-hoa: {name: Khác, email: khac@mau.example}\n")
    [twice] = problems(folder)
    first_place = f"{folder}/units/khac.yaml:2"
    assert twice.startswith(
        f"units/mau.yaml:4:3: the id “mau.van-hoa” stands here twice; the first is at {first_place}"
    )
    (folder / "units" / "khac.yaml").unlink()
    assert load(folder, TODAY) == first
    shutil.copy(folder / "plans" / "khac.yaml", folder / "plans" / "lai.yaml")
    with (folder / "plans" / "lai.yaml").open("a") as file:
        file.write("id: khac\n")
    assert len(problems(folder)) == 1
    (folder / "plans" / "lai.yaml").unlink()
    (folder / "units" / "mau.yaml").write_text("units: {mau.ubnd: {name: UBND, email: ubnd@mau.example}}\n")
    assert {problem.partition(":")[0] for problem in problems(folder)} == {"plans/ke-hoach.yaml", "plans/khac.yaml"}


def test_dates_follow_the_settings_and_the_working_days(folder: Path) -> None:
    first = load(folder, TODAY)
    (folder / "nhachan.yaml").write_text("before_means: inclusive\nreminders: {before: [9]}\n")
    settled = load(folder, TODAY)
    assert date(2026, 6, 19) in send_by(settled)  # the 20th is a Saturday
    assert date(2026, 5, 15) in send_by(settled)
    assert date(2026, 5, 14) in send_by(first)
    assert [offset.days for offset in settled.register.ladder.before] == [9]
    table = (folder / "workdays" / "2026.yaml").read_text()
    (folder / "workdays" / "2026.yaml").write_text(table.replace("2026-05-01]", "2026-05-01, 2026-06-19]"))
    off = load(folder, TODAY)
    assert read_again(settled, off) == {"nhachan.yaml", "2026.yaml"}
    assert date(2026, 6, 18) in send_by(off)


def test_warnings_are_those_of_a_first_load(folder: Path) -> None:
    (folder / "plans" / "khac.yaml").write_text(SECOND % "trước ngày 05/01 năm sau")
    table = (folder / "workdays" / "2026.yaml").read_text()
    (folder / "workdays" / "2026.yaml").write_text(
        table.replace("2027: {notice: Thông báo mẫu", "2027: {provisional: true")
    )
    first = load(folder, TODAY)
    assert first.warnings
    assert load(folder, TODAY).warnings == first.warnings
    later = load(folder, date(2027, 2, 1))
    del first
    assert later.warnings == ()


def test_nothing_is_kept_of_a_configuration_that_is_gone(folder: Path) -> None:
    first = load(folder, TODAY)
    (folder / "plans" / "khac.yaml").write_text(SECOND % "trước ngày 20/7/2026")
    second = load(folder, TODAY)
    [left] = [ref(part) for part in first.parts if part not in second.parts and part.plan]
    del first
    gc.collect()
    assert left() is None
