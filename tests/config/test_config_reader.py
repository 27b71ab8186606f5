"""YAML is read as people mean it, the same with and without libyaml."""

from pathlib import Path

import pytest

from scheduler.config.parser import Parser, PurePythonParser
from scheduler.config.reader import read
from scheduler.config.source import Source, Tree


def data(tmp_path: Path, words: str) -> object:
    (tmp_path / "a.yaml").write_text(words)
    source = read(tmp_path / "a.yaml", "a.yaml")
    assert source.problems == []
    return source.data


TEXTS = ["2026-10-15", "2026-10-15T16:00", "17:00", "08", "no", "on", "yes", "off", "y", "5/5", "1.5", "1e3", "0x1F"]
TEXTS += [
    "0o7",
    "+3",
    "1_000",
    "-0",
    ".inf",
    ".nan",
    "=",
    "nULL",
    "tRUE",
    "9" * 40,
    "https://a.example/#b",
    "R&D",
    "50%",
]


@pytest.mark.parametrize("word", TEXTS)
def test_everything_else_is_text(tmp_path: Path, word: str) -> None:
    assert data(tmp_path, f"a: {word}\nb: [{word}]\n{word}: c\n") == {"a": word, "b": [word], word: "c"}


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("False", False), ("12", 12), ("-5", -5), ("0", 0), ("~", None), ("null", None), ("", None)],
)
def test_words_that_are_values(tmp_path: Path, word: str, value: object) -> None:
    found = data(tmp_path, f'a: {word}\nb: "{word}"\n')
    assert found == {"a": value, "b": word}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_text_is_composed_and_stripped(tmp_path: Path) -> None:
    assert data(tmp_path, 'a: "  Ti\u1ebf\u0301n "\nTe\u0302n: Te\u0302n\n') == {
        "a": "Tiế\u0301n".strip(),
        "Tên": "Tên",
    }


def test_keys_are_words(tmp_path: Path) -> None:
    assert data(tmp_path, "2026: a\ntrue: b\n'on': c\n? d\n: e\n") == {"2026": "a", "true": "b", "on": "c", "d": "e"}


def test_signs_inside_text_are_no_references(tmp_path: Path) -> None:
    assert data(tmp_path, "# &a *b !c\na: x &b\nb: y *c !d\n") == {"a": "x &b", "b": "y *c !d"}


def test_both_parsers_give_the_same(tmp_path: Path) -> None:
    raw = "# ghi chú\na: [1, '2', x]\nb:\n  - c: \"d\"\n    e:\n  - |\n    f\n    g\n"
    path = tmp_path / "a.yaml"
    path.write_text(raw)
    source = read(path, "a.yaml")
    assert source.data == {"a": [1, "2", "x"], "b": [{"c": "d", "e": None}, "f\ng"]}
    for path_ in (("a",), ("a", 2), ("b", 0, "c"), ("b", 0, "c", ""), ("b", 1), ("b", 7), ("x",)):
        pure = Source("a.yaml", path, source.raw, _tree=Tree(PurePythonParser(source.raw).get_single_node()))
        fast = Source("a.yaml", path, source.raw, _tree=Tree(Parser(source.raw).get_single_node()))
        assert pure.where(path_) == fast.where(path_)


def test_places(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("# ghi chú\na: [1, 'trước ngày', x]\nb: \"\\u0041bc\"\n")
    source = read(path, "a.yaml")
    assert source.where(()) == (2, 1)
    assert source.where(("a",)) == (2, 4)
    assert source.where(("a", "")) == (2, 1)
    assert source.where(("a", 1)) == (2, 8)
    assert source.where(("a", 1), column=6) == (2, 15)
    assert source.where(("b",), column=1) == (3, 4)  # written otherwise than it is read
