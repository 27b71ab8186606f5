"""Days counted from something ("trong vòng 05 ngày làm việc sau ket-qua"), and the ids of obligations."""

import re

from scheduler.deadlines.rules import CUTOFF, PERIOD_END, Op, Within
from scheduler.deadlines.wording_parts import SEPARATORS, read_number
from scheduler.deadlines.wording_tokens import Kind, Reader
from scheduler.translation import text

_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_ID_ADVICE = text("write the id of an obligation of the same plan and nothing behind it, such as “ket-qua”")
_COUNT = text("write for example “trong vòng 05 ngày làm việc sau ket-qua” or “… kể từ ngày kết thúc kỳ báo cáo”")
INTROS = ("trong vòng", "trong thời hạn", "trong thời gian")
_WHEN = ("khi", "ngày", "thời điểm")
_PERIOD_ENDS = tuple(f"kết thúc {word}{tail}" for word in ("kỳ", "tháng", "quý", "năm") for tail in ("", " báo cáo"))
_CUTOFFS = ("chốt số liệu", "chốt số liệu báo cáo")
_EVENT_MARKS = frozenset(",.-/()'\"“”&…")


def read_obligation(reader: Reader) -> str:
    """The id of an obligation, as the rest of the wording; WordingError where it is none."""
    if reader.at_end():
        raise reader.fail(text("as which obligation?"), _ID_ADVICE)
    place = reader.pos
    word = reader.glued()
    if not (reader.at_end() and _is_id(word)):
        raise reader.fail(
            text("“{word}” is not the id of an obligation", word=reader.quote(place)),
            _ID_ADVICE,
            place,
        )
    return word


def _is_id(word: str) -> bool:
    # An id of figures alone would be taken for a date: 2024-05-15.
    return bool(_ID.fullmatch(word)) and any(character.isalpha() for character in word) and word != "khi"


def read_within(reader: Reader, op: Op | None) -> Within | None:
    """N days from something, behind the operator if there is one; None where no such count stands here."""
    start = reader.pos
    intro = reader.accept(*INTROS, "trong", *(("sau",) if op is Op.BY else ()))
    place = reader.pos
    count = read_number(reader) if reader.sees_number() else None
    if count is None or not reader.accept("ngày"):
        if intro and count is not None:
            raise reader.fail(text("only days and working days can be counted"), _COUNT, place)
        reader.pos = start
        return None
    if op is Op.BEFORE:
        raise reader.fail(
            text("days counted back from something"), text("write the day itself, or “trong vòng … ngày sau …”"), start
        )
    if count < 1:
        raise reader.fail(
            text("a count of 0 days"), text("write a count from 1 on, or “như ket-qua” for the same day"), place
        )
    working = bool(reader.accept("làm việc"))
    reader.accept(",")
    if not reader.accept("sau", "kể từ", "tính từ", "từ"):
        raise reader.fail(text("days counted from what?"), _COUNT)
    return _counted_from(reader, count, working=working)


def _counted_from(reader: Reader, count: int, *, working: bool) -> Within:
    """One word in plain letters is an obligation's id (or `period-end`, `cutoff`); anything else is an event."""
    start = reader.pos
    word = reader.glued()
    if reader.at_end() and _is_id(word):
        return Within(count, working, after=word)
    for phrases, after in ((_PERIOD_ENDS, PERIOD_END), (_CUTOFFS, CUTOFF)):
        reader.pos = start
        reader.accept(*_WHEN)
        if reader.accept(*phrases) and reader.at_end():
            return Within(count, working, after=after)
    reader.pos = start
    return Within(count, working, event=_event(reader))


def _event(reader: Reader) -> str:
    """The rest of the wording, which must be words that hide no date."""
    start = reader.pos
    reader.accept(*_WHEN)
    head = reader.peek()
    reader.pos = start
    while token := reader.peek():
        if _names_date(reader):
            raise reader.fail(
                text("days counted from a date in figures"),
                text("count them, and write “chậm nhất ngày …” with the day"),
            )
        if token.kind is Kind.NUMBER:
            read_number(reader)
        elif token.kind is Kind.MARK and token.text not in _EVENT_MARKS:
            raise reader.stuck()
        else:
            reader.pos += 1
    if head is None or (head.kind is not Kind.WORD and head.text not in {".", "…"}):
        raise reader.fail(text("days counted from what?"), _COUNT, start)
    return reader.words(start)


def _names_date(reader: Reader) -> bool:
    if reader.sees_number():
        return reader.sees(*SEPARATORS, ahead=1) and reader.sees_number(ahead=2)
    return reader.sees("ngày", "tháng", "mùng", "mồng") and reader.sees_number(ahead=1)
