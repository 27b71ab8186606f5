"""Slips of the pen in a wording: missing accents, swapped letters, l for 1, "4 giờ chiều"; and the words mended.

The mended wordings are offered to the author, never taken for what was written.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice, product

from scheduler.deadlines.rules import Rule
from scheduler.deadlines.wording_tokens import Kind, Reader, Token

# Every word that the grammar reads, of two that differ in the accents alone the more likely one first.
_WORDS = re.findall(
    r"\w+",
    """
    ba báo bản bảy bốn chín chót chậm chốt chủ cuối các cáo có cùng cần cầu của dẫn g gian giờ gửi h hai hiện hoàn
    hoặc hành hơn hướng hạn hằng hết i ii iii iv khi không kế kết kề kể kịp kỳ liền liệu luật là làm lăm muộn mươi mười
    mốt mỗi một ngay ngày như nhất nhật năm nộp p pháp phát phút phạm quy quá quý sau sinh sáu số t theo thiết thuộc
    thành tháng thúc thường thời thứ tiên tiếp trong trước trễ trực tuần tám tính từ tư undated việc và vào vòng văn
    xong xuyên xuất yêu điểm đúng được đầu đến định đột ấn
    """,
)
VOCABULARY = frozenset(_WORDS)
"""The words of the grammar; a test holds them to its phrases."""

# What officials do write and the grammar does not read: these are no slips.
OTHERWISE_MEANT = frozenset(
    (
        *("sáng", "trưa", "chiều", "tối", "đêm", "sớm", "khoảng", "giữa", "dự", "kiến", "nay", "này", "tới", "từng"),
        *("mùng", "mồng", "rằm", "tết", "âm", "lịch", "giêng", "chạp"),
    )
)
_ROMAN = frozenset(("i", "ii", "iii", "iv"))

_MOST_READINGS = 100
_MOST_DOUBTFUL = 24
_MOST_PIECES = 60
"""A text with more doubtful words, or longer than this, is no mistyped deadline: the longest seen has 18 words."""
_MOST_COMPARED = 8
"""How many words of one wording are compared with the whole vocabulary."""

_LOOK_ALIKE = re.compile(
    r"(?<![^\W\d_])(?=[lIOo]*\d)[\dlIOo]*[lIOo][\dlIOo]*(?![^\W\d_])|(?<=\d[/.-])l(?!\w)|(?<!\w)l(?=[/.-]\d)"
)
_HOUR = re.compile(
    r"\b(\d{1,2})\s?(?:giờ|gio|h|g|:)\s?(?:(\d{1,2})(?!\d|[/.-]\d)\s?(?:phút|phut|p|')?)?,?\s?"
    r"(?:buổi |buoi )?(sáng|sang|trưa|trua|chiều|chieu|tối|toi|đêm|dem)\b",
    re.IGNORECASE,
)
# By the part of the day: the hours of the 12-hour clock to which 12 is added, and those that stay.
_PARTS = {
    "sang": (range(0), range(12)),
    "trua": (range(1, 3), range(10, 15)),
    "chieu": (range(1, 8), range(12, 20)),
    "toi": (range(5, 12), range(17, 24)),
    "dem": (range(9, 12), range(20, 24)),
}


@lru_cache(maxsize=1024)
def fold(word: str) -> str:
    """A word without its accents: "trước" as "truoc"."""
    plain = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(character for character in plain if not unicodedata.combining(character))


_BY_FOLD: dict[str, list[str]] = {}
for _word in _WORDS:
    _BY_FOLD.setdefault(fold(_word), []).append(_word)


def written(tokens: Sequence[Token], wording: str) -> str:
    """Pieces as their author wrote them, with single spaces and the grammar's words in small letters."""
    parts: list[str] = []
    before: Token | None = None
    for token in tokens:
        if before and token.start > before.end and token.text != ",":
            parts.append(" ")
        small = token.kind is not Kind.WORD or (token.word in VOCABULARY and token.text not in _ROMAN)
        parts.append(token.text if small else unicodedata.normalize("NFC", wording[token.start : token.end]))
        before = token
    return "".join(parts)


def with_figures(wording: str) -> str:
    """The letters l, I and O in numbers as figures: l5/5, 1O/10."""
    figures = str.maketrans("lIOo", "1100")
    return _LOOK_ALIKE.sub(lambda found: found[0].translate(figures), wording)


def on_24_hours(wording: str) -> tuple[str, str]:
    """The wording with "4 giờ chiều" as "16 giờ 00", and the words that were replaced, if any."""
    found = _HOUR.search(wording)
    if not found:
        return wording, ""
    hour, minute = int(found[1]), int(found[2] or 0)
    later, same = _PARTS[fold(found[3].lower())]
    if hour not in later and hour not in same:
        return wording, ""
    hour += 12 if hour in later else 0
    rest = wording[found.end() :]
    day = " ngày" if re.match(r",? \d", rest) else ""
    return f"{wording[: found.start()]}{hour} giờ {minute:02}{day}{rest}", found[0]


def with_words(wording: str, rule_of: Callable[[str], Rule | None]) -> str | None:
    """The wording with words of the grammar for those it does not know, as few and as far left as it takes.

    None where that does not help, or where two readings of it differ: either would be a guess.
    """
    tokens = Reader(wording).tokens
    options = _options(tokens)
    if len(options) > _MOST_DOUBTFUL or len(tokens) > _MOST_PIECES:
        return None
    left = _MOST_READINGS
    for count in range(1, len(options) + 1):
        places = list(options)[:count]
        found: dict[str, Rule] = {}
        for words in islice(product(*(options[place] for place in places)), left):
            left -= 1
            spelled = _replaced(tokens, wording, dict(zip(places, words, strict=True)))
            rule = rule_of(spelled)
            if rule:
                found[spelled] = rule
        if found or not left:
            return next(iter(found)) if len(set(found.values())) == 1 else None
    return None


def _options(tokens: Sequence[Token]) -> dict[int, list[str]]:
    """What each doubtful word may be, by its place."""
    found: dict[int, list[str]] = {}
    compared = 0
    for place, token in enumerate(tokens):
        if token.kind is not Kind.WORD or token.word in OTHERWISE_MEANT:
            continue
        same = _BY_FOLD.get(fold(token.text), [])
        if token.word in VOCABULARY:
            # "ngay" is a word, and "ngày" without its accent.
            others = [word for word in same if word != token.word] if token.text.isascii() else []
            options = [token.word, *others] if others else []
        elif same or compared == _MOST_COMPARED:
            options = same
        else:
            compared += 1
            options = _near(fold(token.text))
        if options:
            found[place] = options
    return found


@lru_cache(maxsize=1024)
def _near(folded: str) -> list[str]:
    like = [known for known in _BY_FOLD if len(known) >= 3 and abs(len(known) - len(folded)) <= 1]
    close = difflib.get_close_matches(folded, like, n=3, cutoff=0.75) if len(folded) >= 3 else []
    return [word for known in close for word in _BY_FOLD[known]]


def with_accents(wording: str) -> str:
    """The wording with the accents of the grammar's words, wherever one lacks them or has others."""
    tokens = Reader(wording).tokens
    words: dict[int, str] = {}
    for place, token in enumerate(tokens):
        same = _BY_FOLD.get(fold(token.text))
        if same and token.word not in VOCABULARY and token.word not in OTHERWISE_MEANT:
            words[place] = same[0]
        elif token.text == "ngay" and place + 1 < len(tokens) and tokens[place + 1].kind is Kind.NUMBER:
            words[place] = "ngày"
    return _replaced(tokens, wording, words) if words else wording


def _replaced(tokens: Sequence[Token], wording: str, words: dict[int, str]) -> str:
    """The wording with some words for others; up to the last of them all is in the grammar's spelling."""
    parts: list[str] = []
    before: Token | None = None
    for place, token in enumerate(tokens):
        gap = before and token.start > before.end and token.text != ","
        # A word that was mended does not cling to its number: "ngyà30/9".
        clings = before and {before.kind, token.kind} == {Kind.WORD, Kind.NUMBER} and {place - 1, place} & words.keys()
        own = token.word if place < max(words) else written([token], wording)
        parts.append(f"{' ' if gap or clings else ''}{words.get(place, own)}")
        before = token
    return "".join(parts)
