from dataclasses import replace
from datetime import date, time

import pytest

from scheduler.mail.letter import Letter, Letters
from scheduler.mail.rows import Row, dates_changed
from scheduler.mail.subject import shorten, subject
from scheduler.mail.words import Words
from scheduler.reminders.digest import SUMMARY, Digest
from tests.mail import samples
from tests.mail.samples import COLLECTOR, DIGESTS, EXTENDED, HALF_YEAR, MONTHLY, MOVED, WEEKLY

VI, EN = Words("vi"), Words("en")
MONDAY = date(2023, 5, 15)


def letter_of(digest: Digest, words: Words = VI) -> Letter:
    return Letters(words, samples.UNITS, samples.WORKDAYS).of(digest, samples.PAGE)


def said(digest: Digest, words: Words = VI) -> str:
    return subject(letter_of(digest, words), words)


def entry(name: str, words: Words = VI) -> dict[str, str]:
    found = letter_of(DIGESTS[name], words).entries[0]
    return {row.label: row.value for row in found.rows}


def test_dates_as_people_write_them() -> None:
    assert VI.full(MONDAY) == "thứ Hai, 15/5/2023"
    assert EN.full(MONDAY) == "Monday, 15 May 2023"
    week = [VI.weekday(date(2023, 5, day)) for day in range(15, 22)]
    assert week == ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"]
    assert (VI.hour(time(15)), EN.hour(time(9, 5))) == ("15 giờ 00", "09:05")


def test_numbers_of_days() -> None:
    assert [EN.days(1), EN.days(2), EN.days(1, working=True)] == ["1 day", "2 days", "1 working day"]
    assert [VI.days(1), VI.days(5, working=True)] == ["1 ngày", "5 ngày làm việc"]


def test_the_bound_in_short() -> None:
    assert VI.limit(HALF_YEAR) == "trước 15/5/2023"
    assert VI.limit(MONTHLY) == "chậm nhất 15/5/2023"
    assert VI.limit(WEEKLY) == "trước 15 giờ 00 ngày 12/5/2023"
    assert EN.limit(WEEKLY) == "before 15:00 on 12 May 2023"
    assert VI.limit(replace(HALF_YEAR, stated=None, spoken="đột xuất")) == "đột xuất"


def test_by_when_it_is_best_sent() -> None:
    friday = date(2023, 5, 12)
    assert VI.send_by(HALF_YEAR) == "chậm nhất thứ Sáu, 12/5/2023"
    assert VI.send_by(HALF_YEAR, today=friday) == "trong hôm nay, thứ Sáu, 12/5/2023"
    assert VI.send_by(WEEKLY) == "trước 15 giờ 00 thứ Sáu, 12/5/2023"
    assert VI.send_by(WEEKLY, today=friday) == "trước 15 giờ 00 hôm nay, thứ Sáu, 12/5/2023"
    assert EN.send_by(WEEKLY) == "before 15:00 on Friday, 12 May 2023"
    assert EN.send_by(replace(WEEKLY, op="by")) == "by 15:00 on Friday, 12 May 2023"
    assert VI.send_by(replace(HALF_YEAR, send_by=None, last_day=None, spoken="đột xuất")) == "đột xuất"


def test_the_plans_own_words_and_what_their_date_is() -> None:
    assert VI.stated(HALF_YEAR) == "trước ngày 15/5/2023 (thứ Hai)"
    assert VI.stated(replace(HALF_YEAR, spoken="trước ngày 15/05/2023")) == "trước ngày 15/05/2023 (thứ Hai)"
    assert VI.stated(MONTHLY) == "chậm nhất ngày 15 hằng tháng (thứ Hai, 15/5/2023)"
    assert EN.stated(HALF_YEAR) == "“trước ngày 15/5/2023” (Monday, 15 May 2023)"
    assert VI.stated(replace(HALF_YEAR, stated=None, spoken="đột xuất")) == "đột xuất"


def test_the_three_dates_of_a_reminder() -> None:
    assert list(entry("three-days").items())[:3] == [
        ("Thời hạn theo văn bản", "trước ngày 15/5/2023 (thứ Hai)"),
        ("Ngày cuối cùng còn đúng hạn", "Chủ nhật, 14/5/2023"),
        ("Nên gửi chậm nhất", "thứ Sáu, 12/5/2023"),
    ]
    assert entry("three-days")["Căn cứ"].endswith("năm 2023, số …/KH-UBND, mục III.1")
    assert entry("three-days")["Nơi nhận"] == "UBND huyện Tuần Giáo (qua Phòng Nội vụ huyện Tuần Giáo)"


def test_more_time_says_until_when_and_why() -> None:
    digest = samples.digest("2023-05-15", samples.item(EXTENDED, "-3"))
    rows = letter_of(digest).entries[0].rows
    assert Row("Được gia hạn đến", "thứ Sáu, 19/5/2023 (Công văn số 12/UBND-NV)") in rows


def test_a_window_says_from_when() -> None:
    opening = replace(HALF_YEAR, opens=date(2023, 5, 10))
    digest = samples.digest("2023-05-09", samples.item(opening, "-3"))
    rows = letter_of(digest).entries[0].rows
    assert Row("Nhận báo cáo từ", "thứ Tư, 10/5/2023") in rows


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("three-days", "[Nhắc hạn] {} – còn 3 ngày (trước 15/5/2023)"),
        ("working-days", "[Nhắc hạn] {} – còn 7 ngày làm việc (trước 15/5/2023)"),
        ("due-today", "[Nhắc hạn] {} – cần gửi trong hôm nay (trước 15/5/2023)"),
        ("overdue-first-day", "[Quá hạn] {} – quá hạn 1 ngày (trước 15/5/2023)"),
        ("overdue-a-week", "[Quá hạn] {} – quá hạn 8 ngày (trước 15/5/2023)"),
        ("several", "[Quá hạn] {} – quá hạn 1 ngày (trước 15/5/2023) và 3 việc khác"),
        ("summary", "[Tổng hợp] {} – còn 5/7 đơn vị chưa nộp (trước 15/5/2023)"),
        ("summary-overdue", "[Tổng hợp] 2 báo cáo – trước hết: {}, còn 2/7 đơn vị chưa nộp (trước 15/5/2023)"),
        ("moved", "[Thay đổi thời hạn] {} – trước 15/5/2023 → trước 25/5/2023"),
        ("withdrawn", "[Thay đổi thời hạn] {} – thời hạn đã được bãi bỏ"),
        ("reinstated", "[Thay đổi thời hạn] {} – thời hạn có hiệu lực trở lại"),
    ],
)
def test_subjects(name: str, expected: str) -> None:
    title = "Báo cáo kết quả thực hiện công tác dân vận, 6 tháng đầu năm 2023"
    assert said(DIGESTS[name]) == expected.format(title)


def test_the_subject_of_several() -> None:
    soon = samples.item(HALF_YEAR, "-3"), samples.item(MONTHLY, "-7")
    assert said(samples.digest("2023-05-09", *soon)).startswith("[Nhắc hạn] 2 báo cáo – gần nhất: Báo cáo kết quả")
    assert said(samples.digest("2023-05-09", *soon), EN).startswith("[Reminder] 2 reports – the next: ")
    late = samples.item(HALF_YEAR, "+3"), samples.item(MONTHLY, "+1")
    assert said(samples.digest("2023-05-17", *late)).startswith("[Quá hạn] 2 báo cáo – lâu nhất: Báo cáo kết quả")
    changes = samples.change("moved", HALF_YEAR, MOVED), samples.change("withdrawn", MONTHLY, MONTHLY)
    assert said(samples.digest("2023-05-04", *changes)).startswith("[Thay đổi thời hạn] 2 báo cáo – trước hết: ")
    mixed = samples.digest("2023-05-09", changes[0], soon[1])
    assert said(mixed).startswith("[Nhắc hạn] Báo cáo tháng về tiếp công dân, tháng 5/2023 – còn 6 ngày")
    assert said(mixed).endswith(" và 1 việc khác")


def test_a_long_title_leaves_room_for_the_days() -> None:
    assert shorten("Báo cáo") == "Báo cáo"
    assert shorten("Báo cáo kết quả, thực hiện", 18) == "Báo cáo kết quả…"
    assert shorten("x" * 100) == "x" * 90 + "…"


def test_days_are_counted_to_the_last_day_once_the_send_by_day_has_passed() -> None:
    kept = replace(HALF_YEAR, send_by=date(2023, 5, 12), last_day=date(2023, 5, 16))
    digest = samples.digest("2023-05-15", samples.item(kept, "0"))
    found = letter_of(digest).entries[0]
    assert found.kind == "today"
    assert found.request == ("Ngày cuối cùng còn đúng hạn là thứ Ba, 16/5/2023.",)
    summary = samples.digest("2023-05-15", samples.missing(kept, SUMMARY, 2), unit=COLLECTOR)
    found = letter_of(summary).entries[0]
    assert found.request[0] == "Ngày cuối cùng còn đúng hạn là thứ Ba, 16/5/2023."


def test_days_and_the_working_days_among_them() -> None:
    found = letter_of(DIGESTS["first-reminder"]).entries[0]
    assert found.status == "Còn 30 ngày (19 ngày làm việc)"
    found = letter_of(DIGESTS["working-days"], EN).entries[0]
    assert found.status == "7 working days left"


def test_what_moved_without_its_stated_date() -> None:
    assert dates_changed(HALF_YEAR, MOVED, VI) == ("trước 15/5/2023", "trước 25/5/2023")
    holiday = replace(HALF_YEAR, send_by=date(2023, 5, 11))
    assert dates_changed(HALF_YEAR, holiday, VI) == ("12/5/2023", "11/5/2023")
    worded = replace(HALF_YEAR, spoken="trước ngày 15/5")
    assert dates_changed(HALF_YEAR, worded, VI) == ("trước ngày 15/5/2023", "trước ngày 15/5")


def test_a_change_shows_what_was() -> None:
    rows = letter_of(DIGESTS["moved"]).entries[0].rows
    assert [(row.before, row.value) for row in rows[:3]] == [
        ("trước ngày 15/5/2023 (thứ Hai)", "trước ngày 25/5/2023 (thứ Năm)"),
        ("Chủ nhật, 14/5/2023", "thứ Tư, 24/5/2023"),
        ("thứ Sáu, 12/5/2023", "thứ Tư, 24/5/2023"),
    ]
    assert not any(row.before for row in rows[3:])


def test_the_missing_units_by_name() -> None:
    found = letter_of(DIGESTS["summary"]).entries[0]
    assert found.missing[:2] == ("UBND xã Chiềng Đông", "UBND xã Chiềng Sinh")
    found = letter_of(DIGESTS["collecting"]).entries[0]
    assert found.missing_title == "Còn 4/7 đơn vị chưa gửi báo cáo để tổng hợp"
    complete = samples.digest("2023-05-05", samples.missing(HALF_YEAR, "-7", 0), unit=COLLECTOR)
    found = letter_of(complete).entries[0]
    assert found.missing_title == "Đã nhận đủ 7 báo cáo để tổng hợp."


def test_very_many_missing_units_are_left_to_the_page() -> None:
    item = replace(samples.missing(HALF_YEAR, SUMMARY, 0), missing=tuple(f"u{n}" for n in range(250)), expected=300)
    digest = samples.digest("2023-05-12", item, unit=COLLECTOR)
    found = letter_of(digest).entries[0]
    assert (len(found.missing), found.left_out) == (60, 190)
    message = samples.send(digest)
    assert "và 190 đơn vị khác" in message.text
    assert "và 190 đơn vị khác" in message.html


def test_the_tone_rises_with_the_days() -> None:
    first = letter_of(DIGESTS["overdue-first-day"]).entries[0].request
    week = letter_of(DIGESTS["overdue-a-week"]).entries[0].request
    assert "đúng ngày ghi trong văn bản" in first[0]
    assert "lãnh đạo quý cơ quan" in week[0]


def test_no_buttons_without_a_page() -> None:
    message = samples.send(DIGESTS["three-days"], page="")
    assert "href=" not in message.html
    assert "http" not in message.text
