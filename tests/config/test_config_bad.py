"""Every mistake of tests/bad_config gives exactly its message.

Each folder there holds the files that differ from `_base`, and in expected.txt what is said about them.
"""

import shutil
from datetime import date
from pathlib import Path

import pytest

from scheduler.config.load import load
from scheduler.config.problems import ConfigError

CASES = Path(__file__).parent.parent / "bad_config"
TODAY = date(2026, 11, 20)


def test_the_base_is_good(tmp_path: Path) -> None:
    shutil.copytree(CASES / "_base", tmp_path / "config")
    assert load(tmp_path / "config", TODAY).warnings == ()


@pytest.mark.parametrize("case", sorted(p.name for p in CASES.iterdir() if p.name != "_base"))
def test_a_mistake_is_named_with_its_place_and_with_what_to_write(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CASES / "_base", tmp_path / "config")
    shutil.copytree(CASES / case, tmp_path / "config", dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    expected = (CASES / case / "expected.txt").read_text().splitlines()
    if case.startswith("warning-") or case == "cutoff-too-close":
        found = load(Path("config"), TODAY).warnings
    else:
        with pytest.raises(ConfigError) as caught:
            load(Path("config"), TODAY)
        found = caught.value.problems
    assert [problem.render("en") for problem in found] == expected
