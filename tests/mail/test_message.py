import os
import random
import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from html import unescape
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.config.load import load
from scheduler.deadlines.plans import Unit
from scheduler.mail.headers import clean, mailboxes, unstructured
from scheduler.mail.message import Desk, Office, compose_notice, events_of, office_of
from scheduler.reminders.digest import SUMMARY, preview
from tests.mail import samples
from tests.mail.samples import DIGESTS, ENGLISH, ENGLISH_ONES, EVENTS, HALF_YEAR, OFFICE, ZONE

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[2]


def parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def words(data: bytes, kind: str) -> str:
    part = parsed(data).get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


@pytest.mark.parametrize(
    ("name", "office"),
    [*((name, OFFICE) for name in DIGESTS), *((name, ENGLISH) for name in ENGLISH_ONES)],
    ids=lambda value: value if isinstance(value, str) else value.language,
)
def test_golden(name: str, office: Office) -> None:
    """The mails as they were looked at; UPDATE_GOLDEN=1 writes them anew."""
    message = samples.letter(name, office)
    file = GOLDEN / f"{name}.{office.language}.eml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(message.data)
    golden = file.read_bytes()
    assert message.text.splitlines() == words(golden, "plain").splitlines()
    assert message.html.splitlines() == words(golden, "html").splitlines()
    assert message.data == golden


@pytest.mark.parametrize("name", DIGESTS)
def test_the_shape_of_a_mail(name: str) -> None:
    message = samples.letter(name)
    mail = parsed(message.data)
    assert not mail.defects
    assert message.data.isascii()
    assert b"\n" not in message.data.replace(b"\r\n", b"")
    assert max(map(len, message.data.split(b"\r\n"))) <= 76
    assert mail["Subject"] == message.subject
    assert mail["Message-ID"] == "<0f3a9c.17@nhachan.example>"
    assert mail["Date"].datetime == datetime.combine(DIGESTS[name].day, time(8), ZONE)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert "<nhac-han.nhachan.example>" in mail["List-Id"]
    assert mail["Content-Language"] == "vi"
    assert mail["References"] == mail["In-Reply-To"]
    assert len(set(mail.keys())) == len(mail.keys())
    assert message.sender == "nhachan@tuangiao.example"
    assert message.recipients == (*DIGESTS[name].to, *DIGESTS[name].cc)


def test_what_one_desk_writes_is_what_each_mail_would_be_alone() -> None:
    """Whatever it remembers of those before: units, pages and attachments differ, what they are told does not."""
    desk = Desk(OFFICE, samples.UNITS, samples.WORKDAYS)
    for page in (samples.PAGE, "", f"{samples.PAGE}x"):
        for number, digest in enumerate(DIGESTS.values()):
            for unit in (digest.unit, samples.UNITS["tg.xa-3"]):
                own = replace(digest, unit=unit, cc=() if number % 2 else digest.cc)
                events = EVENTS if number % 3 else b""
                found = desk.compose(
                    own,
                    message_id="<0f3a9c.17@nhachan.example>",
                    now=datetime.combine(own.day, time(8), ZONE),
                    page=page,
                    events=events,
                )
                assert found == samples.send(own, page=page, events=events)


def test_the_events_are_attached() -> None:
    mail = parsed(samples.letter("three-days").data)
    assert mail.get_content_type() == "multipart/mixed"
    (calendar,) = mail.iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert dict(calendar["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH", "name": "han-nop.ics"}
    assert calendar.get_filename() == "han-nop.ics"
    assert calendar.get_payload(decode=True) == EVENTS
    assert parsed(samples.letter("summary").data).get_content_type() == "multipart/alternative"


def test_which_events_belong_into_a_mail() -> None:
    found = {name: [facts.key for facts in events_of(digest)] for name, digest in DIGESTS.items()}
    assert found["three-days"] == [HALF_YEAR.key]
    assert len(found["several"]) == 4
    assert found["summary"] == found["withdrawn"] == []


def test_the_same_mail_has_the_same_bytes() -> None:
    assert samples.letter("several").data == samples.letter("several").data
    assert samples.letter("several").data != samples.letter("moved").data


def test_all_mails_to_a_unit_about_a_deadline_are_one_thread() -> None:
    threads = {name: parsed(samples.letter(name).data)["References"] for name in DIGESTS}
    assert threads["first-reminder"] == threads["overdue-a-week"] == threads["several"] == threads["moved"]
    assert len({threads["first-reminder"], threads["summary"], threads["due-today-at-an-hour"]}) == 3


def test_addresses_carry_names() -> None:
    mail = parsed(samples.letter("overdue-a-week").data)
    assert [(a.display_name, a.addr_spec) for a in mail["To"].addresses] == [
        ("UBND xã Chiềng Sinh", "xa2@tuangiao.example")
    ]
    assert [(a.display_name, a.addr_spec) for a in mail["Cc"].addresses] == [
        ("Lãnh đạo UBND xã Chiềng Sinh", "chutich.xa2@tuangiao.example")
    ]
    # Python's structured reader keeps the space between two encoded words; RFC 2047 and the older reader do not.
    assert mail["From"].addresses[0].display_name.split() == ["Phòng", "Nội", "vụ", "huyện", "Tuần", "Giáo"]
    sender = message_from_bytes(samples.letter("overdue-a-week").data)["From"]
    assert str(make_header(decode_header(sender))) == "Phòng Nội vụ huyện Tuần Giáo <nhachan@tuangiao.example>"
    assert parsed(samples.letter("three-days").data)["Cc"] is None


def test_answers_go_to_the_collector_or_to_the_office() -> None:
    assert parsed(samples.letter("three-days").data)["Reply-To"] == "noivu@tuangiao.example"
    assert parsed(samples.letter("summary").data)["Reply-To"] == "hotro@tuangiao.example"
    nobody = samples.send(DIGESTS["collecting"], replace(OFFICE, reply_to=""))
    assert parsed(nobody.data)["Reply-To"] is None
    assert "nhachan@tuangiao.example" in nobody.text


def test_an_address_that_is_not_the_units_own_has_no_name() -> None:
    digest = replace(DIGESTS["three-days"], to=("vanthu@tuangiao.example", "nguyễn@b.example"))
    assert parsed(samples.send(digest).data)["To"] == "vanthu@tuangiao.example"
    digest = replace(digest, to=("nguyễn@b.example",))
    assert "undisclosed" in parsed(samples.send(digest).data)["To"]


def vietnamese(seed: int) -> str:
    # What is drawn here is text for a test, nothing secret.
    choose = random.Random(seed)
    syllables = (
        "báo cáo kết quả thực hiện công tác dân vận chính quyền quý I/2025 của Ủy ban nhân dân xã Quài Tở – (hạn)"
    )
    return " ".join(choose.choices(syllables.split(), k=choose.randint(1, 40)))


def test_a_short_name_stands_in_the_subject_and_the_title_in_the_mail() -> None:
    found = DIGESTS["three-days"]
    [item] = found.items
    message = samples.send(replace(found, items=(replace(item, facts=replace(item.facts, short="Báo cáo dân vận")),)))
    assert message.subject == "[Nhắc hạn] Báo cáo dân vận, 6 tháng đầu năm 2023 – còn 3 ngày (trước 15/5/2023)"
    for words in (message.text, message.html):
        assert "Báo cáo kết quả thực hiện công tác dân vận, 6 tháng đầu năm 2023" in words


def test_no_subject_is_altered_on_its_way() -> None:
    for seed in range(300):
        title = vietnamese(seed)
        message = compose_notice(
            OFFICE, ["a@b.example"], title, "x", message_id="<1@b.example>", now=datetime(2023, 5, 9, 8, tzinfo=ZONE)
        )
        raw = message_from_bytes(message.data)["Subject"]
        assert str(make_header(decode_header(re.sub(r"\r\n", "", raw)))) == title
        assert parsed(message.data)["Subject"] == title
        assert max(map(len, message.data.split(b"\r\n"))) <= 76


ANY = st.text(
    st.characters(categories=None) | st.sampled_from("\r\n\t\x00\u2028\u202e=?<>\"',;:%{}&ạ\ud800"), max_size=200
)


@settings(max_examples=150, deadline=None)
@given(title=ANY, name=ANY, spoken=ANY, note=ANY)
def test_whatever_the_words_are_a_mail_stays_whole(title: str, name: str, spoken: str, note: str) -> None:
    unit = Unit("x.y", name, ("a@b.example",), "lead@b.example")
    facts = replace(HALF_YEAR, title=title, spoken=spoken, note=note, form=note, via_name=name, plan_title=title)
    digest = samples.digest("2023-05-09", samples.item(facts, "-3", escalate=True), unit=unit)
    message = samples.send(digest, replace(OFFICE, name=name, sender_name=name), events=EVENTS)
    mail = parsed(message.data)
    plain = parsed(samples.letter("overdue-a-week").data)
    assert set(mail.keys()) <= set(plain.keys())
    assert [p.get_content_type() for p in mail.walk()] == [p.get_content_type() for p in plain.walk()]
    assert message.data.isascii()
    assert max(map(len, message.data.split(b"\r\n"))) <= 76
    assert getaddresses([message_from_bytes(message.data)["To"]])[0][1] == "a@b.example"
    raw = message_from_bytes(message.data)["Subject"]
    assert str(make_header(decode_header(re.sub(r"\r?\n", "", raw)))) == message.subject
    assert [line.rstrip() for line in words(message.data, "plain").splitlines()] == [
        line.rstrip() for line in message.text.splitlines()
    ]
    for value in (title, spoken, note, name):
        assert clean(value) in message.text
    assert not re.search(r"<script|<img|src=|url\(|@import|@font-face|<link", re.sub(r">[^<]*<", "><", message.html))


@given(ANY)
def test_a_header_is_one_line_of_lawful_words(value: str) -> None:
    encoded = unstructured(value)
    assert "\n" not in encoded
    assert "\r" not in encoded
    assert str(make_header(decode_header(encoded))) == clean(value)
    assert all(len(word) <= 75 for word in encoded.split())


def test_addresses_that_smtp_cannot_carry_are_left_out() -> None:
    assert mailboxes([("Một", "a@b.vn\r\nBcc: c@d.vn"), ("Hai", "a b@c.vn"), ("", "e@tuầngiáo.vn"), ("", "@")]) == (
        f"e@{'tuầngiáo'.encode('idna').decode()}.vn"
    )
    assert mailboxes([('A "quoted" name', "a@b.vn"), ("", f"x@{'ẫ' * 80}.vn")]) == '"A \\"quoted\\" name" <a@b.vn>'


@pytest.mark.parametrize("name", DIGESTS)
def test_html_takes_nothing_from_elsewhere_and_says_what_the_text_says(name: str) -> None:
    message = samples.letter(name)
    assert not re.search(r"<img|<link|<script|src=|url\(|@import|@font-face|javascript:", message.html)
    links = set(re.findall(r'href="([^"]+)"', message.html))
    assert all(link in message.text for link in links)
    to_page = re.findall(r'href="https://nhachan[^"#]+#([^"]+)"', message.html)
    assert to_page == [*(i.facts.key for i in DIGESTS[name].items), "calendar"], "one button a report, and the calendar"
    shown = re.sub(r"(?s)<head>.*?</head>|<!--.*?-->|<[^>]+>", " ", message.html)
    shown = shown.replace("đăng ký theo dõi lịch của đơn vị", " ")  # the link itself stands in the text
    assert set(re.findall(r"\w+", unescape(shown))) <= set(re.findall(r"\w+", message.text))
    assert set(re.findall(r"\w+", re.sub(r": https:\S+", "", message.text))) <= set(re.findall(r"\w+", unescape(shown)))


def test_what_would_be_sent_in_three_years_can_be_sent() -> None:
    """Of the real plans, every ninth mail: it can be composed, and speaks of the right number of days."""
    configuration = load(ROOT / "config", date(2023, 1, 1))
    register = configuration.register
    office = office_of(configuration.settings, "nhachan.example", configuration.folder)
    desk = Desk(office, register.units, register.workdays)
    count = 0
    for digest in islice(preview(register, date(2023, 1, 1), date(2025, 12, 31)), 0, None, 9):
        message = desk.compose(
            digest, message_id=f"<{count}@nhachan.example>", now=digest.at(time(8), ZONE), page=samples.PAGE
        )
        count += 1
        assert parsed(message.data)["Subject"] == message.subject
        lead = digest.items[0]
        if len(digest.items) == 1 and lead.rung != SUMMARY and lead.rung.lstrip("-").isdigit() and lead.facts.send_by:
            left = (lead.facts.send_by - digest.day) // timedelta(days=1)
            assert f"còn {left} ngày" in message.subject if left else "hôm nay" in message.subject
    assert count > 100


def test_a_notice_is_plain() -> None:
    message = compose_notice(
        OFFICE,
        ["quantri@nhachan.example"],
        "Cấu hình có lỗi",
        "Một đoạn.\n\nHai đoạn.",
        message_id="<n.1@nhachan.example>",
        now=datetime(2023, 5, 9, 8, tzinfo=ZONE),
    )
    mail = parsed(message.data)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().startswith("Một đoạn.\r\n\r\nHai đoạn.\r\n")
    assert mail["Message-ID"] == "<n.1@nhachan.example>"
