"""Long lists."""

import pytest

from scheduler.web.paging import found, paged, query_of, words_of


@pytest.mark.parametrize(
    ("asked", "number"),
    [("", 1), ("1", 1), ("3", 3), ("4", 3), ("0", 1), ("-1", 1), ("x", 1), ("9" * 5000, 1)],
)
def test_a_page_that_is_not_there_is_the_nearest(asked: str, number: int) -> None:
    one = paged(range(101), asked, 50)
    assert (one.number, one.last, one.total) == (number, 3, 101)
    assert list(one.items) == list(range(101))[(number - 1) * 50 : number * 50]


def test_nothing_has_one_empty_page() -> None:
    assert paged([], "2") == paged([], "")
    assert paged([], "").last == 1


@pytest.mark.parametrize("words", ["so y te", "Sở  Y TẾ", "tế sở", "đồng tháp", "DONG THAP", "", "sô"])
def test_words_find_with_accents_and_without(words: str) -> None:
    assert found(words, "Sở Y tế", "tỉnh Đồng Tháp")
    assert not found(f"{words} x", "Sở Y tế", "tỉnh Đồng Tháp")


def test_what_nobody_types_makes_no_work() -> None:
    assert words_of("ở " * 2000) == ["o"]
    assert len(words_of(" ".join(map(str, range(2000))))) < 50
    assert words_of(" " * 2000 + "y te") == ["y", "te"]


def test_what_is_empty_is_left_out_of_a_link() -> None:
    query = {"q": "Sở Y tế", "plan": "", "page": "3", "other": "x"}
    assert query_of(query, ("q", "plan", "page"), page=2) == "?q=S%E1%BB%9F+Y+t%E1%BA%BF&page=2"
    assert query_of(query, ("q",), q="") == "?"
