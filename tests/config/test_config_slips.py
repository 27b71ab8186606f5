"""A space or a quotation mark left out is blamed on its own line, wherever the parser gives up."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.config import slips
from scheduler.config.parser import PurePythonParser
from scheduler.config.reader import read
from scheduler.config.slips import key_in_value
from tests.config.test_config_load import PLAN, SETTINGS, UNITS, WORKDAYS

CONFIG = Path(__file__).parent.parent.parent / "config"
FILES = [SETTINGS, UNITS, PLAN, WORKDAYS, *(path.read_text() for path in sorted(CONFIG.glob("**/*.yaml")))]


def places(tmp_path: Path, words: str) -> list[tuple[int, int]] | None:
    """Where a file is wrong as YAML; None where it is not."""
    (tmp_path / "a.yaml").write_text(words)
    source = read(tmp_path / "a.yaml", "a.yaml")
    return [(p.line, p.column) for p in source.problems] if source.broken else None


def spaces_left_out(words: str) -> Iterator[tuple[str, int, int]]:
    lines = words.splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = re.match(r"(\s*(?:- )?[\w.-]+:) +(?=[^\s#|])", line)
        if found and not re.match(r"\s*(?:- )?[\w.-]+:\s*http", line) and not re.match(r"\s*\d", line):
            changed = found[1] + line[found.end() :]
            yield "".join([*lines[:number], changed, *lines[number + 1 :]]), number + 1, found.end(1) + 1
        found = re.match(r"(\s*-) (?=[\w.-]+:)", line)
        if found:
            changed = found[1] + line[found.end() :]
            yield "".join([*lines[:number], changed, *lines[number + 1 :]]), number + 1, found.end(1) + 1


@pytest.mark.parametrize("words", FILES)
def test_a_space_left_out(tmp_path: Path, words: str) -> None:
    for changed, line, column in spaces_left_out(words):
        assert places(tmp_path, changed) in (None, [(line, column)]), changed.splitlines()[line - 1]


@pytest.mark.parametrize("words", FILES)
def test_a_closing_quotation_mark_left_out(tmp_path: Path, words: str) -> None:
    lines = words.splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = re.fullmatch(r'(\s*(?:- )?\w+: )"([^"]*)"(\s*#.*)?\n', line)
        if found:
            changed = f'{found[1]}"{found[2]}{found[3] or ""}\n'
            what = "".join([*lines[:number], changed, *lines[number + 1 :]])
            assert places(tmp_path, what) in (None, [(number + 1, len(found[1]) + 1)])


def test_several_spaces_left_out(tmp_path: Path) -> None:
    words = "title:A\nyears:2026\nobligations:\n  -id:a\n   title:B\n   from:[a]\n   to:b # c\n   due:\n     annual:c\n"
    assert places(tmp_path, words) == [(1, 7), (2, 7), (4, 4), (5, 10), (6, 9), (7, 7)]


@pytest.mark.parametrize(
    "words",
    [
        "a: b: c\n",
        "a: b\n http://c.example\nd: [\n",
        "a: |\n  b:c\n  d:e\nf\ng: h\n",
        'a: "b:c\n  d:e"\nf: g: h\n',
        "# a:b\nc: [d\n",
        "a: b\n17:00\nc: d\n",
        "a: 'b'\nc: d' e\nf: [g\n",
        ":\n- a:b\n &",
    ],
)
def test_what_is_no_slip(tmp_path: Path, words: str) -> None:
    (tmp_path / "a.yaml").write_text(words)
    said = [p.problem.original for p in read(tmp_path / "a.yaml", "a.yaml").problems]
    assert len(said) == 1
    assert "space" not in said[0]
    assert "quotation" not in said[0]


def test_the_same_without_libyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slips, "Parser", PurePythonParser)
    assert places(tmp_path, "title:A\nyears: 2026\nobligations:\n  - {}\n") == [(1, 7)]
    assert places(tmp_path, 'title: "A\nyears: 2026\nnumber: "12"\n') == [(1, 8)]


def test_a_large_file_takes_no_longer_than_some_readings(tmp_path: Path) -> None:
    words = "units:\n" + "".join(f"  u{n}: 'a\n" for n in range(50_000))
    start = time.perf_counter()
    assert places(tmp_path, words)
    assert time.perf_counter() - start < 10


def test_a_key_in_a_value() -> None:
    def line(value: str, *keys: str) -> str:
        found = key_in_value(value, keys)
        return found[1] if found else ""

    assert line("annual:trước ngày 24/11", "annual") == "annual: trước ngày 24/11"
    assert line("a:b c:d e", "a", "c") == "a: b"
    assert line("a:b c:d e", "a") == "a: b c:d e"
    assert line("mau.phong:[a]") == "mau.phong: [a]"
    for value in ("annual: a", "monthly:a", "17:00", "https://a.example", "annual", ":a", "annual:"):
        assert line(value, "annual", "http", "https") == ""
