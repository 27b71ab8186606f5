"""What may be meant by a wording that is refused: the same words mended, or the deadlines that stand inside it.

Nothing here makes a refused wording good. Only the advice becomes better, and every wording that is advised has been
read by the grammar first.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.deadlines.rules import Anchor, Dated, EndOf, InMonth, OnDate, Rule, Undated, Within, Yearly
from scheduler.deadlines.wording import FILLERS, OPERATORS, QUARTERS, read
from scheduler.deadlines.wording_counts import INTROS
from scheduler.deadlines.wording_parts import SEPARATORS
from scheduler.deadlines.wording_slips import on_24_hours, with_accents, with_figures, with_words, written
from scheduler.deadlines.wording_tokens import LONGEST, LUNAR, Kind, Reader, Token, WordingError
from scheduler.deadlines.wording_undated import PHRASES
from scheduler.translation import Text, text

_TRIES = 300
_LONGEST_STRETCH = 40

_STARTS = (*OPERATORS, *INTROS, "từ", *PHRASES)
_TURNS = frozenset(("không", "chưa", "đừng", "trừ", "tính", "kể"))
"""Behind these an operator, or "từ", says something else."""
_GOES_ON = frozenset(
    (
        *("giờ", "h", "g", "phút", "p", "ngày", "tháng", "quý", "năm", "tuần", "thứ", "kỳ", "hằng", "mỗi", "của"),
        *("sau", "trong", "liền", "kế", "tiếp", "âm", "ít", "tối", "làm", "cuối", "đầu"),
    )
)
"""These belong to the date in front of them; without them it would be another one."""
_UNITS = frozenset(("ngày", "tuần", "tháng", "quý", "năm", "kỳ", "thứ"))
_JOINTS = (",", ";", "và", "hoặc", "đến", "-")
_MONTHS = {6: "six-month", 9: "nine-month"}
_KEYS = {"tháng đầu năm": _MONTHS, "tháng cuối năm": {6: "second-half"}, "tháng": _MONTHS}
_NUMBERS = {"sáu": 6, "chín": 9}


@dataclass(frozen=True)
class _Deadline:
    """A part of a wording, its pieces [start, end), that is a deadline by itself; `key` as the words before it say."""

    words: str
    rule: Rule
    start: int
    end: int
    key: str


@dataclass(frozen=True)
class _Hint:
    """What may be meant: one wording for the whole, or the deadlines found inside it."""

    mended: str = ""
    hour: str = ""
    inside: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    place: int | None = None
    """Where the first deadline inside begins in the original text."""
    other_dates: bool = False

    @property
    def wordings(self) -> list[str]:
        """All that is suggested."""
        return [self.mended] if self.mended else list(self.inside)


class _Tries:
    """The grammar, to be asked only so often."""

    def __init__(self) -> None:
        self.left = _TRIES

    def read(self, wording: str) -> Rule | WordingError:
        self.left -= 1
        try:
            return read(wording)
        except WordingError as error:
            return error

    def rule(self, wording: str) -> Rule | None:
        found = self.read(wording) if self.left > 0 else None
        return None if isinstance(found, WordingError) else found


def suggestions(wording: str) -> list[str]:
    """Wordings that are understood and may be meant by one that is not: itself mended, or the deadlines inside it."""
    try:
        read(wording)
    except WordingError as error:
        return _hint(error, wording).wordings
    return []


def explained(error: WordingError, wording: str) -> WordingError:
    """The error of a refused wording, with what may be meant by it as the advice."""
    hint = _hint(error, wording)
    if not hint.wordings:
        return error
    problem = _problem(error, wording, hint.place)
    if hint.hour:
        problem = text("“{words}” is not understood", words=hint.hour)
        advice = text("write the hour on the 24-hour clock: “{wording}”", wording=hint.mended)
    elif hint.mended:
        advice = text("did you mean “{meant}”?", meant=hint.mended)
    elif len(hint.inside) == 1 and not hint.other_dates:
        advice = text("write: “{wording}”", wording=hint.inside[0])
    else:
        problem = text("several dates in one wording")
        if hint.keys:
            named = ", ".join(f"{key}: {words}" for key, words in zip(hint.keys, hint.inside, strict=True))
        else:
            named = ", ".join(f"“{words}”" for words in hint.inside)
        advice = text("write each deadline alone under a key of its own, such as {deadlines}", deadlines=named)
    return WordingError(problem, advice, error.column)


def _problem(error: WordingError, wording: str, until: int | None) -> Text:
    """The problem of an error; where words are not understood, those in front of the first deadline alone."""
    if not error.vague or error.column == until:
        return error.problem
    end = until if until is not None and until > error.column else len(wording)
    words = " ".join(unicodedata.normalize("NFC", wording[error.column : end]).split()).rstrip("*_ ,;:.-–(")
    words = words if ")" in words else words.lstrip("( ")
    if not words:
        return error.problem
    return text("“{words}” is not understood", words=words if len(words) <= 40 else words[:40].rstrip() + "…")


def _hint(error: WordingError, wording: str) -> _Hint:
    # A recurrence rule has its own advice, and a useless one takes long to read.
    if len(wording) > LONGEST or "=" in wording:
        return _Hint()
    tries = _Tries()
    plain = written(Reader(wording).tokens, wording)
    spelled, hour = on_24_hours(with_figures(plain))
    mended = spelled if spelled != plain and tries.rule(spelled) else with_words(spelled, tries.rule)
    if mended:
        return _Hint(mended, hour)
    if not error.vague:
        return _Hint()
    found = _deadlines(wording, tries)
    place = Reader(wording).column(found[0].start) if found else None
    source, accented = wording, with_accents(spelled)
    if accented != plain:
        others = [deadline for deadline in _deadlines(accented, tries) if isinstance(deadline.rule, Dated)]
        if len(others) > len(found) or spelled != plain:
            found, source, place = others, accented, None
    return _inside(source, found, place)


def _inside(wording: str, found: list[_Deadline], place: int | None) -> _Hint:
    if not found or _changed_by_others(Reader(wording), found):
        return _Hint()
    words = tuple(dict.fromkeys(deadline.words for deadline in found))
    keys = tuple(dict.fromkeys(deadline.key for deadline in found if deadline.key))
    return _Hint(
        inside=words,
        keys=keys if len(keys) == len(words) == len(found) else (),
        place=place,
        other_dates=_other_dates(Reader(wording), found),
    )


def _deadlines(wording: str, tries: _Tries) -> list[_Deadline]:
    """The deadlines that stand inside a wording, in order; words that may mean something else only without others."""
    reader = Reader(wording)
    found: list[_Deadline] = []
    while not reader.at_end():
        begins = reader.find(_STARTS) or (reader.sees("trong") and _only_fillers(reader))
        # In the middle of a sentence "hằng năm", "ngay" and the like need not be about the deadline.
        undated = reader.find(PHRASES) and not reader.sees("theo", "khi") and not _only_fillers(reader)
        deadline = _stretch(reader, tries) if begins and not undated and not _turned(reader) else None
        if deadline:
            found.append(deadline)
        reader.pos = deadline.end if deadline else reader.pos + 1
    firm = [deadline for deadline in found if not _is_loose(deadline.rule)]
    return firm or found[:1]


def _is_loose(rule: Rule) -> bool:
    """Whether a rule has no date: beside words that have one, "trong quý I" says what is reported, not when."""
    return isinstance(rule, Undated) or any(isinstance(anchor, EndOf) for anchor in _anchors(rule))


def _anchors(rule: Rule) -> tuple[Anchor, ...]:
    return rule.anchors if isinstance(rule, Dated) else ()


def _only_fillers(reader: Reader) -> bool:
    """Whether nothing but "gửi", "báo cáo" stands before the next piece."""
    words = {word for filler in FILLERS for word in filler.split(" ")}
    return all(token.word in words for token in reader.tokens[: reader.pos])


def _turned(reader: Reader) -> bool:
    """Whether what stands before the next piece turns it into something else: "5 ngày trước ngày 10/5"."""
    before = [token.word for token in reader.tokens[max(0, reader.pos - 4) : reader.pos]]
    if before and before[-1] in _TURNS:
        return True
    if before[-2:] == ["làm", "việc"]:
        del before[-2:]
    if len(before) < 2 or not before[-2].isdecimal():
        return False
    counted = before[-1] in {"giờ", "ngày", "tuần", "tháng"}
    return counted and not _months(reader.tokens, reader.pos - 2)


def _months(tokens: Sequence[Token], place: int) -> bool:
    """Whether so many months are the length of a reporting period: "6 tháng trước ngày 10/5"."""
    unit = tokens[place + 1].word if place + 1 < len(tokens) else ""
    return tokens[place].text.lstrip("0") in {"3", "6", "9"} and unit == "tháng"


def _stretch(reader: Reader, tries: _Tries) -> _Deadline | None:
    """The longest deadline that begins at the next piece and leaves nothing of its date behind."""
    tokens, start = reader.tokens, reader.pos
    begin, end = tokens[start].start, min(len(tokens), start + _LONGEST_STRETCH)
    while end > start and tries.left > 1:
        if tokens[end - 1].text in {",", ";", ".", ":"}:
            end -= 1
            continue
        found = tries.read(reader.wording[begin : tokens[end - 1].end])
        if isinstance(found, WordingError):
            stuck = next((place for place in range(start, end) if tokens[place].start - begin >= found.column), end)
            end = max(min(stuck, end - 1), _last_joint(tokens, start, end))
        elif isinstance(found, Within) and tokens[end - 1].word in {*_JOINTS, *OPERATORS, "hết", "từ"}:
            end -= 1
        else:
            words = written(tokens[start:end], reader.wording)
            if _ends(tokens, end) and tries.rule(words) == found:
                return _Deadline(words, found, start, end, _key(tokens[:start]))
            # Behind "trước ngày 10/5, 9 tháng" the 9 is none of the days.
            end = _last_joint(tokens, start, end)
    return None


def _last_joint(tokens: Sequence[Token], start: int, end: int) -> int:
    return next((place for place in range(end - 1, start, -1) if tokens[place].word in {",", ";", "và"}), start)


def _ends(tokens: Sequence[Token], end: int) -> bool:
    """Whether a date may end here: nothing follows that belongs to it."""
    if end == len(tokens):
        return True
    token, glued = tokens[end], tokens[end].start == tokens[end - 1].end
    if token.kind is Kind.MARK:
        return token.text in {",", ";", ".", "(", ")"} or (token.text in _JOINTS and not glued)
    return token.kind is Kind.WORD and not glued and token.word not in _GOES_ON


def _places_beside(reader: Reader, found: Sequence[_Deadline]) -> list[int]:
    inside = {place for deadline in found for place in range(deadline.start, deadline.end)}
    return [place for place in range(len(reader.tokens)) if place not in inside]


def _changed_by_others(reader: Reader, found: Sequence[_Deadline]) -> bool:
    """Whether the words beside the deadlines make them others: an hour, days to be counted, the lunar calendar."""
    undated = all(isinstance(deadline.rule, Undated) for deadline in found)
    for place in _places_beside(reader, found):
        reader.pos = place
        number = reader.sees_number()
        if number and (undated or reader.sees("giờ", "h", "g", "ngày", ahead=1)):
            return True
        if number and reader.sees(":", ahead=1) and reader.sees_number(ahead=2):
            return True
        if undated and (reader.sees("ngày") or reader.find(OPERATORS)):
            return True
        if place > found[0].start and reader.find(LUNAR):
            return True
    return any(_unfinished(reader, deadline, found) for deadline in found)


def _unfinished(reader: Reader, deadline: _Deadline, found: Sequence[_Deadline]) -> bool:
    """Whether what follows a deadline may be the month or year that it lacks: "trước ngày 15, 20 tháng Năm"."""
    tokens, end = reader.tokens, deadline.end
    word_follows = end < len(tokens) and tokens[end].kind is Kind.WORD and tokens[end].word not in _JOINTS
    if word_follows and deadline is found[-1] and any(token.word in _UNITS for token in tokens[end : end + 3]):
        return not any(isinstance(anchor, OnDate) for anchor in _anchors(deadline.rule))
    if "ngày" not in deadline.words and any(isinstance(anchor, InMonth) for anchor in _anchors(deadline.rule)):
        return True  # "trước 15" may go on with "giờ"
    until = next((other.start for other in found if other.start > deadline.start), len(reader.tokens))
    behind = [place for place in range(deadline.end, until) if reader.tokens[place].kind is Kind.NUMBER]
    for anchor in _anchors(deadline.rule):
        match anchor:
            case InMonth() | EndOf(year=None):
                numbers = [place for place in behind if not _months(reader.tokens, place)]
            case Yearly():
                numbers = [place for place in behind if len(reader.tokens[place].text) == 4]
            case _:
                numbers = []
        if any(reader.tokens[place - 1].text not in {"/", "."} for place in numbers):
            return True
    return False


def _other_dates(reader: Reader, found: Sequence[_Deadline]) -> bool:
    """Whether a date stands beside the deadlines found."""
    for place in _places_beside(reader, found):
        reader.pos = place
        if place > found[-1].start and " " in (reader.find(OPERATORS) or ""):
            return True
        if reader.sees_number() and _begins_date(reader, found):
            return True
    return False


def _begins_date(reader: Reader, found: Sequence[_Deadline]) -> bool:
    """Whether the next number begins a date: neither "6 tháng" nor the number of a document, 09/2019/NĐ-CP."""
    place = reader.pos
    behind_number = reader.peek(4)
    if place and reader.sees("số", ahead=-1):
        return False
    if reader.sees(*SEPARATORS, "tháng", ahead=1) and reader.sees_number(ahead=2):
        document = reader.sees("/", "-", ahead=3) and behind_number is not None and behind_number.kind is Kind.WORD
        return not document
    if _months(reader.tokens, place):
        return False
    joined = any(place == deadline.end + 1 for deadline in found) and reader.sees(*_JOINTS, ahead=-1)
    return joined or (place > 0 and reader.sees("ngày", ahead=-1))


def _key(before: Sequence[Token]) -> str:
    """The key of the report that is named right before a deadline: six-month for "6 tháng ("."""
    words = [token.word for token in before]
    while words and words[-1] in {"(", ":", "-"}:
        words.pop()
    for tail, keys in _KEYS.items():
        head, names = words[: -tail.count(" ") - 1], words[-tail.count(" ") - 1 :]
        if head and names == tail.split(" "):
            return keys.get(int(head[-1]) if head[-1].isdecimal() else _NUMBERS.get(head[-1], 0), "")
    last, before_it = words[-1] if words else "", words[-2] if len(words) > 1 else ""
    if before_it == "quý" and last in QUARTERS:
        return f"quarter-{QUARTERS[last]}"
    if last == "quý":
        return "quarter"
    return "annual" if last == "năm" and before_it not in {"đầu", "giữa"} and not before_it.isdecimal() else ""
