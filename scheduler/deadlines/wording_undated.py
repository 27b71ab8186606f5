"""Duties without a date: "theo quy định", "khi có yêu cầu", "định kỳ 6 tháng, một năm hoặc đột xuất".

A closed list of phrases, joined by a comma, "và", "hoặc" or nothing. Nothing else may stand beside them, lest a date
go unseen.
"""

from scheduler.deadlines.rules import Undated
from scheduler.deadlines.wording_parts import NUMBER_WORDS, read_number
from scheduler.deadlines.wording_tokens import Kind, Reader
from scheduler.translation import text

_PERIODIC = "định kỳ"
# Behind these, "của" may name an office.
_ASKED = ("theo yêu cầu", "khi có yêu cầu", "theo quy định", "theo đúng quy định", "theo hướng dẫn")
PHRASES = (
    *_ASKED,
    *("theo quy định hiện hành", "theo văn bản quy phạm pháp luật quy định trực tiếp", "khi được yêu cầu"),
    *("khi phát sinh", "khi có phát sinh", "khi cần", "khi cần thiết", "đột xuất", "thường xuyên", _PERIODIC),
    *("kịp thời", "kịp thời báo cáo", "ngay", "hằng tuần", "hằng tháng", "hằng quý", "hằng năm"),
    *("không ấn định thời hạn", "không quy định thời hạn"),
)
_JOINTS = (",", "và", "hoặc", ", và", ", hoặc")
_UNITS = ("tuần", "tháng", "quý", "năm")
_NOT_OF_AN_OFFICE = frozenset(
    (
        *_UNITS,
        "ngày",
        "giờ",
        "trước",
        "sau",
        "chậm",
        "muộn",
        "hết",
        "quá",
        "hạn",
        "vòng",
        "hằng",
        "mỗi",
        "từ",
        "đến",
        "vào",
        *_JOINTS,
    )
)


def read_undated(reader: Reader, start: int) -> Undated | None:
    """A duty without a date whose words begin at `start`; None where no phrase of the list stands here."""
    if reader.accept("undated"):
        return Undated()
    if not reader.find(PHRASES):
        return None
    while phrase := reader.accept(*PHRASES):
        if phrase in _ASKED and reader.accept("của"):
            _office(reader)
        elif phrase == _PERIODIC:
            _periods(reader)
        joint = reader.accept(*_JOINTS)
        if reader.at_end() and not joint:
            return Undated(reader.words(start))
    if reader.sees("ngày", "trước", "chậm", "muộn", "không", "hết", "đến", "vào", "trong") or reader.sees_number():
        raise reader.fail(
            text("a date beside words that name none"),
            text("write the date alone and first, such as “trước ngày 30/9 hằng năm”"),
            vague=True,
        )
    raise reader.stuck()


def _office(reader: Reader) -> None:
    before = reader.pos
    while (token := reader.peek()) and token.kind is Kind.WORD and token.word not in _NOT_OF_AN_OFFICE:
        if reader.find(PHRASES):
            break
        reader.pos += 1
    if reader.pos == before:
        raise reader.stuck()


def _periods(reader: Reader) -> None:
    """The names of periods behind "định kỳ": 6 tháng, một năm."""
    before = reader.pos
    while _period(reader):
        before = reader.pos
        if not reader.accept(*_JOINTS):
            break
    reader.pos = before


def _period(reader: Reader) -> bool:
    start = reader.pos
    reader.accept("mỗi", "hằng")
    # "năm" is both five and year.
    if not (reader.sees("năm") and not reader.sees(*_UNITS, ahead=1)):
        if reader.sees_number():
            read_number(reader)
        else:
            reader.accept(*NUMBER_WORDS)
    if reader.accept(*_UNITS):
        reader.accept("đầu năm", "cuối năm")
        return True
    reader.pos = start
    return False
