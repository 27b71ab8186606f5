"""A plan is tried with the configuration as it is on disk, and nothing is written."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from scheduler.config.load import load
from scheduler.config.problems import ConfigError, WrongError
from scheduler.config.trial import plan_path, try_plan

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
PLAN = """\
title: Kế hoạch thử
years: 2027
obligations:
  - id: ket-qua
    title: Báo cáo kết quả
    from: [mau.kinh-te]
    to: mau.ubnd
    due: {annual: trước ngày 15/12}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "config", tmp_path / "config")


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["thu-2027", "thu-2027.yaml", " plans/thu-2027.yaml "])
def test_a_new_plan(folder: Path, name: str) -> None:
    before, known = content(folder), load(folder, TODAY)
    trial = try_plan(plan_path(folder, name), PLAN.encode(), TODAY)
    assert (trial.plan.id, trial.plan.title, trial.replaces) == ("thu-2027", "Kế hoạch thử", False)
    assert trial.configuration.register.plans.keys() == known.register.plans.keys() | {"thu-2027"}
    assert trial.configuration.digest != known.digest
    assert content(folder) == before


def test_a_plan_that_takes_the_place_of_another(folder: Path) -> None:
    trial = try_plan(plan_path(folder, "mau-dinh-ky"), f"id: mau-khac\n{PLAN}".encode(), TODAY)
    assert (trial.plan.id, trial.replaces) == ("mau-khac", True)
    assert "mau-dinh-ky" not in trial.configuration.register.plans
    same = (folder / "plans" / "mau-dinh-ky.yaml").read_bytes()
    assert try_plan(plan_path(folder, "mau-dinh-ky"), same, TODAY).configuration.digest == load(folder, TODAY).digest


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        (PLAN.replace("mau.kinh-te", "mau.kinh-tee"), 6, "mau.kinh-te"),
        (PLAN.replace("15/12", "31/2"), 8, "month 2 has no day 31"),
        (PLAN.replace("title: Kế", "titel: Kế"), 1, "title"),
        (f"id: mau-dinh-ky\n{PLAN}", 1, "stands here twice"),
        ("a: &a [x, x]\nb: [*a, *a]\n", 1, "references are not understood here"),
        ("[" * 5000, 1, "levels"),
        ("\0", 1, "invisible character"),
        ("", 1, "empty"),
        ("- x\n", 1, ""),
    ],
)
def test_all_that_is_wrong(folder: Path, written: str, line: int, words: str) -> None:
    path = plan_path(folder, "thu-2027")
    with pytest.raises(ConfigError) as caught:
        try_plan(path, written.encode(), TODAY)
    assert {problem.file for problem in caught.value.problems} == {str(path)}
    assert any(problem.line == line and words in str(problem) for problem in caught.value.problems)


OTHERS = "..", "../nhachan", "../nhachan.yaml", "/etc/passwd", "a/b", "a\\b", "a\0b", "a\nb"


@pytest.mark.parametrize("name", ["", " ", *OTHERS, ".an", "#x", "x~", "x" * 101])
def test_no_other_file_is_meant(folder: Path, name: str) -> None:
    with pytest.raises(WrongError):
        plan_path(folder, name)


@pytest.mark.parametrize("name", ["Kế hoạch", "ư" * 100])
def test_a_name_that_is_no_id_is_said_to_be_none(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be an id"):
        try_plan(plan_path(folder, name), PLAN.encode(), TODAY)
