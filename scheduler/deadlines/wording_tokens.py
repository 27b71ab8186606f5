"""The pieces of a wording (words, numbers, marks), and the reader that walks over them.

Offices write the same words in many hands: composed or decomposed accents, odd spaces, bold marks, capitals, "quí" for
"quý". All that ends here, so that the grammar in `wording` sees one spelling. Offsets stay those of the original.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from scheduler.deadlines.rules import RuleError
from scheduler.translation import Text, text

LONGEST = 500
"""How many characters a wording may have; the longest one seen in a plan has 80."""

FORMS = text("write for example “trước ngày 15/5/2023”, “chậm nhất ngày 25/11 hằng năm” or “theo quy định”")

_T = TypeVar("_T")


class WordingError(RuleError):
    """A wording that is not understood: `problem`, `advice`, and the `column` (from 0) in the original text.

    `vague` where words are only unknown, not wrong: a deadline may stand among them.
    """

    def __init__(self, problem: Text, advice: Text, column: int, *, vague: bool = False) -> None:
        super().__init__(problem, advice)
        self.column = column
        self.vague = vague


class Kind(Enum):
    """What a piece of a wording is."""

    WORD = auto()
    NUMBER = auto()
    MARK = auto()
    SPACE = auto()


# Older or careless spellings of words that the grammar knows. They are replaced only where it looks for a word:
# an event keeps the plan's spelling, for the "hàng" of "ngân hàng" is another word.
_SPELLINGS = {"hàng": "hằng", "quí": "quý", "qui": "quy", "kì": "kỳ", "bẩy": "bảy"}
_CHARACTERS = str.maketrans({"ð": "đ", **dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("‘’′´`", "'")})


@dataclass(frozen=True)
class Token:
    """One piece: its text (NFC, lower case) and where it stands in the original."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text in the grammar's spelling."""
        return _SPELLINGS.get(self.text, self.text)


def _kind(character: str) -> Kind:
    if "0" <= character <= "9":
        return Kind.NUMBER
    category = unicodedata.category(character)
    if category[0] in "LM":
        return Kind.WORD
    # Emphasis marks of Markdown and invisible characters are worth a space.
    return Kind.SPACE if category[0] in "ZC" or character in "*_" else Kind.MARK


def _spelling(piece: str) -> str:
    composed = unicodedata.normalize("NFC", piece).lower()
    return unicodedata.normalize("NFC", composed).translate(_CHARACTERS)


def tokens(wording: str) -> list[Token]:
    """The pieces of a wording, without punctuation at its end and parentheses around the whole."""
    found = []
    start = 0
    while start < len(wording):
        kind, end = _kind(wording[start]), start + 1
        while kind in (Kind.WORD, Kind.NUMBER) and end < len(wording) and _kind(wording[end]) is kind:
            end += 1
        if kind is not Kind.SPACE:
            found.append(Token(kind, _spelling(wording[start:end]), start, end))
        start = end
    return _bare(found)


def _bare(found: list[Token]) -> list[Token]:
    first, last = 0, len(found)
    while first < last:
        if found[last - 1].text in {".", ",", ";", ":", "/", "!"}:
            last -= 1
        elif _wrapped(found[first:last]):
            first, last = first + 1, last - 1
        else:
            break
    return found[first:last]


def _wrapped(found: list[Token]) -> bool:
    """Whether the first piece opens a parenthesis that the last one closes."""
    depth = 0
    for token in found[:-1]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth <= 0:
            return False
    return found[-1].text == ")" and depth == 1


# What officials write that cannot be a date, and what to write instead; the first row that fits is used.
_DAILY = text("a report for each day is not kept: no reporting period is as short as a day, the week is the shortest")
_EACH_DAY = ("hằng ngày", "mỗi ngày", "từng ngày", "hằng giờ")
_NO_DAY = text("“{words}” names no day")
_SOLAR = text("write the solar date, such as “trước ngày 12/02/2027”")
_THE_DAY = text("write the day itself, such as “trước ngày 25/11” or “chậm nhất ngày cuối cùng của tháng”")
LUNAR = ("mùng", "mồng", "rằm", "tết", "âm lịch", "tháng giêng", "tháng chạp", "giêng", "chạp")
_FUZZY = (
    *("cuối", "đầu", "giữa", "khoảng", "dự kiến", "trong tuần", "tuần", "trong tháng", "trong quý", "trong năm"),
    *("tháng", "quý", "kỳ", "sáng", "trưa", "chiều", "tối", "sớm"),
)
_HINTS: tuple[tuple[tuple[str, ...], Text, Text], ...] = (
    (
        _EACH_DAY,
        _DAILY,
        text("write “trước 16 giờ 00 thứ Sáu hằng tuần” under “week”, or “theo quy định”"),
    ),
    (LUNAR, text("“{words}” is a date of the lunar calendar"), _SOLAR),
    (_FUZZY, _NO_DAY, _THE_DAY),
    (("(",), text("the words in parentheses are not understood: “{words}”"), text("leave the parentheses out")),
    ((".", "…"), text("something is left out here: “{words}”"), text("write the wording in full")),
)


class Reader:
    """A place in the pieces of a wording, moved on as they are understood."""

    def __init__(self, wording: str) -> None:
        if len(wording) > LONGEST:
            raise WordingError(
                text("a wording of {length} characters", length=len(wording)),
                text("write the deadline alone, in at most {longest} characters", longest=LONGEST),
                LONGEST,
            )
        self.wording = wording
        self.tokens = tokens(wording)
        self.pos = 0

    def peek(self, ahead: int = 0) -> Token | None:
        """A piece from here on, or None behind the end."""
        place = self.pos + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def sees(self, *words: str, ahead: int = 0) -> bool:
        """Whether a piece from here on is one of some words or marks."""
        token = self.peek(ahead)
        return token is not None and token.word in words

    def sees_number(self, ahead: int = 0) -> bool:
        """Whether a piece from here on is a number in figures."""
        token = self.peek(ahead)
        return token is not None and token.kind is Kind.NUMBER

    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.pos == len(self.tokens)

    def find(self, phrases: Iterable[str]) -> str | None:
        """The longest of some phrases that stands here; it is not yet read."""
        longest = ""
        for phrase in phrases:
            words = phrase.split(" ")
            here = [token.word for token in self.tokens[self.pos : self.pos + len(words)]]
            if here == words and len(phrase) > len(longest):
                longest = phrase
        return longest or None

    def accept(self, *phrases: str) -> str | None:
        """Read the longest of some phrases that stands here, if any does."""
        phrase = self.find(phrases)
        if phrase:
            self.pos += phrase.count(" ") + 1
        return phrase

    def one_of(self, meanings: Mapping[str, _T]) -> _T | None:
        """Read the longest phrase of a table that stands here; what it means, or None."""
        phrase = self.accept(*meanings)
        return None if phrase is None else meanings[phrase]

    def glued(self) -> str:
        """Read all pieces up to the next space: an id, a recurrence rule."""
        start = self.pos
        while (token := self.peek()) and (self.pos == start or token.start == self.tokens[self.pos - 1].end):
            self.pos += 1
        return "".join(token.text for token in self.tokens[start : self.pos])

    def words(self, start: int) -> str:
        """The pieces from one to the last that was read, as text in small letters with single spaces."""
        parts: list[str] = []
        before: Token | None = None
        for token in self.tokens[start : self.pos]:
            if before and token.start > before.end and token.text != ",":
                parts.append(" ")
            parts.append(token.text)
            before = token
        return "".join(parts)

    def quote(self, start: int) -> str:
        """The rest of the wording from a piece on as it was written, shortened, for a message."""
        written = self.wording[self.column(start) : self.tokens[-1].end]
        words = " ".join(unicodedata.normalize("NFC", written).split())
        return words if len(words) <= 40 else words[:40].rstrip() + "…"

    def column(self, place: int | None = None) -> int:
        """Where a piece (else the one to be read next) begins in the original text; behind the end, where it ends."""
        place = self.pos if place is None else place
        if place < len(self.tokens):
            return self.tokens[place].start
        return self.tokens[-1].end if self.tokens else 0

    def fail(self, problem: Text, advice: Text, place: int | None = None, *, vague: bool = False) -> WordingError:
        """The error for a piece of the wording, else for the one to be read next."""
        return WordingError(problem, advice, self.column(place), vague=vague)

    def stuck(self) -> WordingError:
        """The error for a piece that is not understood, with the best advice on it."""
        if not self.tokens:
            return self.fail(text("there is no wording"), FORMS)
        if self.at_end():
            return self.fail(text("the wording ends where a date should follow"), FORMS)
        words = self.quote(self.pos)
        for phrases, problem, advice in _HINTS:
            if self.find(phrases):
                values = {"words": words} if "{words}" in problem.original else {}
                vague = phrases not in (_EACH_DAY, LUNAR)
                return self.fail(Text(problem.original, values), advice, vague=vague)
        # To leave out a date would be bad advice.
        dated = any(token.kind is Kind.NUMBER for token in self.tokens[self.pos :])
        advice = FORMS if dated else text("leave it out; {forms}", forms=FORMS)
        return self.fail(text("“{words}” is not understood", words=words), advice, vague=True)
