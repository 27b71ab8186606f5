"""What is suggested for a refused wording: only what the grammar reads, found in bounded time, and nothing accepted."""

import ast
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scheduler.deadlines import wording_hints
from scheduler.deadlines.rules import Rule
from scheduler.deadlines.wording import WordingError, parse, read
from scheduler.deadlines.wording_hints import suggestions
from scheduler.deadlines.wording_slips import OTHERWISE_MEANT, VOCABULARY

ROOT = Path(__file__).parents[2]
TABLE: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "tests/cases/wording.yaml").read_text(encoding="utf-8"))
PASSAGES = yaml.safe_load((ROOT / "tests/cases/passages.yaml").read_text(encoding="utf-8"))
ALL = [*(wording for section in TABLE.values() for wording in section), *(row["due_text"] for row in PASSAGES)]
LONG = (
    "ngay quy tu ba " * 33,
    "trước ngày 10/5 gì " * 26,
    "gui truoc ngay 10/5 x, " * 21,
    "x " + "chậm nhất " * 49,
    "x trước 1/5" + ", 2/6" * 90,
    "x từ ngày 1/1 " * 35,
    "x " + "trong vòng 5 ngày kể từ ngày nhận, " * 14,
    "x định kỳ " + "6 tháng, " * 54,
    "vie ca nha cu va qu lua xuye thuo the " * 13,
    "l1O" * 166,
    "1 giờ " * 83,
    "1 h" + " " * 480 + "chiều",
    "x (" * 166,
    "ngày theo FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30 " * 11,
)


def accepted(wording: str) -> Rule | None:
    try:
        return parse(wording)
    except WordingError:
        return None


def by_grammar(wording: str) -> Rule | None:
    try:
        return read(wording)
    except WordingError:
        return None


def check(wording: str) -> None:
    rule = accepted(wording)
    assert rule == by_grammar(wording)
    offered = suggestions(wording)
    assert not (rule and offered)
    assert len(set(offered)) == len(offered)
    assert wording not in offered
    assert [words for words in offered if not accepted(words)] == []


@pytest.mark.parametrize("wording", ALL)
def test_suggestions_are_understood_and_the_wording_is_not(wording: str) -> None:
    check(wording)


@pytest.mark.parametrize(
    ("wording", "offered"),
    {
        "trước ngày 15/5": [],
        "xin chào": [],
        "gửi về Phòng Nội vụ trước ngày 10/5": ["trước ngày 10/5"],
        "báo cáo 6 tháng (trước ngày 10/5) và cuối năm (trước ngày 10/10)": ["trước ngày 10/5", "trước ngày 10/10"],
        "6 tháng: trước ngày 10/5; năm: trước ngày 10/5": ["trước ngày 10/5"],
        "cham nhat ngay 25/11": ["chậm nhất ngày 25/11"],
        "trước 4 giờ chiều ngày 15/5": ["trước 16 giờ 00 ngày 15/5"],
        "nhận trong vòng 5 ngày sau khi Ngân hàng Nhà nước có văn bản; trước ngày 10/5": [
            "trong vòng 5 ngày sau khi Ngân hàng Nhà nước có văn bản",
            "trước ngày 10/5",
        ],
    }.items(),
)
def test_suggestions(wording: str, offered: list[str]) -> None:
    assert suggestions(wording) == offered


def test_advice_travels_untranslated() -> None:
    with pytest.raises(WordingError) as raised:
        parse("**gửi Sở** trước ngày 10/5")
    assert raised.value.advice.original == "write: “{wording}”"
    assert str(raised.value.problem) == "“Sở” is not understood"
    assert raised.value.column == 6


@pytest.mark.parametrize("wording", LONG)
def test_grammar_is_asked_only_so_often(wording: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(words: str) -> Rule:
        asked.append(words)
        return read(words)

    monkeypatch.setattr(wording_hints, "read", counted)
    with pytest.raises(WordingError):
        parse(wording[:500])
    assert len(asked) <= 300
    assert max(map(len, asked), default=0) <= 600


def test_long_text_has_no_suggestions() -> None:
    assert suggestions("gửi Sở trước ngày 10/5" + " nhé" * 130) == []


PIECES = sorted({piece for wording in ALL for piece in wording.split()} | {"l5/5", "gì", "(", "),", "chiều", "nam"})


@given(st.text())
def test_any_text(wording: str) -> None:
    check(wording)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_any_words(wording: str) -> None:
    check(wording)


@given(st.lists(st.sampled_from(PIECES), min_size=60, max_size=90).map(" ".join))
def test_any_long_text(wording: str) -> None:
    check(wording[:500])


@given(
    st.sampled_from(ALL), st.integers(0, 90), st.integers(0, 3), st.text(max_size=2) | st.sampled_from(["l", "O", " "])
)
def test_any_slip(wording: str, place: int, cut: int, put: str) -> None:
    check(wording[:place] + put + wording[place + cut :])


def phrases(node: ast.AST) -> set[str]:
    """The words in the strings of a piece of code that are not messages, names or documentation."""
    match node:
        case ast.Call(func=ast.Name("text")) | ast.Expr(value=ast.Constant()):
            return set()
        case ast.Assign(targets=[ast.Name("__all__")]):
            return set()
        case ast.Constant(value=str(words)) if words == words.lower() and words.replace(" ", "").isalpha():
            return set(words.split())
        case _:
            return set().union(*map(phrases, ast.iter_child_nodes(node)))


def test_vocabulary_is_that_of_the_grammar() -> None:
    modules = [
        ROOT / f"scheduler/deadlines/wording{name}.py" for name in ("", "_dates", "_parts", "_counts", "_undated")
    ]
    code = set().union(*(phrases(ast.parse(module.read_text(encoding="utf-8"))) for module in modules))
    assert code - OTHERWISE_MEANT == VOCABULARY
