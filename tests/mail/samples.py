"""Digests as the daemon would have decided them, of the plan of Tuần Giáo in 2023, and the office that writes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Unit
from scheduler.deadlines.workdays import WorkCalendar, YearTable
from scheduler.mail.message import Desk, Message, Office
from scheduler.reminders.digest import SUMMARY, Digest, Item

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WORKDAYS = WorkCalendar(
    {
        2023: YearTable(frozenset(map(date.fromisoformat, ("2023-05-01", "2023-05-02", "2023-05-03"))), frozenset()),
        2024: YearTable(frozenset(), frozenset()),
    }
)
PAGE = "https://nhachan.example/u/k5vq3mzt7w2d4f6h"
COMMUNES = ("Chiềng Đông", "Chiềng Sinh", "Mùn Chung", "Mường Khong", "Mường Mùn", "Mường Thín", "Nà Sáy")

UNITS = {
    unit.id: unit
    for unit in (
        Unit("tg.ubnd", "UBND huyện Tuần Giáo", ("vanthu@tuangiao.example",)),
        Unit("tg.noi-vu", "Phòng Nội vụ huyện Tuần Giáo", ("noivu@tuangiao.example",), "cvp@tuangiao.example"),
        *(
            Unit(f"tg.xa-{n}", f"UBND xã {name}", (f"xa{n}@tuangiao.example",), f"chutich.xa{n}@tuangiao.example")
            for n, name in enumerate(COMMUNES, 1)
        ),
    )
}
COMMUNE, COLLECTOR = UNITS["tg.xa-2"], UNITS["tg.noi-vu"]

HALF_YEAR = Facts(
    key="tuan-giao-2023.ket-qua.2023-6M",
    plan="tuan-giao-2023",
    obligation="ket-qua",
    period="2023-6M",
    kind="six-month",
    op="before",
    title="Báo cáo kết quả thực hiện công tác dân vận",
    wording="trước ngày 15/5/2023",
    spoken="trước ngày 15/5/2023",
    plan_title="Kế hoạch về tăng cường công tác dân vận của cơ quan Nhà nước trên địa bàn huyện Tuần Giáo năm 2023",
    plan_number="…/KH-UBND",
    clause="III.1",
    reporters=("tg.xa",),
    reporter_names=tuple(f"UBND xã {name}" for name in COMMUNES[:3]),
    reporter_count=7,
    to="tg.ubnd",
    to_name="UBND huyện Tuần Giáo",
    via="tg.noi-vu",
    via_name="Phòng Nội vụ huyện Tuần Giáo",
    stated=date(2023, 5, 15),
    last_day=date(2023, 5, 14),
    send_by=date(2023, 5, 12),
)
MONTHLY = replace(
    HALF_YEAR,
    key="mau.thang.2023-05",
    plan="mau",
    obligation="thang",
    period="2023-05",
    kind="month",
    op="by",
    title="Báo cáo tháng về tiếp công dân",
    wording="chậm nhất ngày 15 hằng tháng",
    spoken="chậm nhất ngày 15 hằng tháng",
    plan_title="Kế hoạch tiếp công dân năm 2023",
    plan_number="12/KH-UBND",
    clause="4",
    stated=date(2023, 5, 15),
    last_day=date(2023, 5, 15),
    send_by=date(2023, 5, 15),
    cutoff=date(2023, 5, 10),
    form="https://tuangiao.example/bieu-mau/tiep-cong-dan.docx",
    note="Gửi bản ký số qua trục liên thông, không gửi bản giấy.",
)
WEEKLY = replace(
    HALF_YEAR,
    key="mau.tuan.2023-W19",
    plan="mau",
    obligation="tuan",
    period="2023-W19",
    kind="week",
    title="Báo cáo nhanh tình hình tuần",
    wording="trước 15 giờ thứ Sáu hằng tuần",
    spoken="trước 15 giờ thứ Sáu hằng tuần",
    plan_title="Công văn về chế độ báo cáo tuần",
    plan_number="",
    clause="",
    stated=date(2023, 5, 12),
    last_day=date(2023, 5, 12),
    send_by=date(2023, 5, 12),
    at=time(15),
    hour=time(15),
)
MOVED = replace(
    HALF_YEAR,
    wording="trước ngày 25/5/2023",
    spoken="trước ngày 25/5/2023",
    stated=date(2023, 5, 25),
    last_day=date(2023, 5, 24),
    send_by=date(2023, 5, 24),
)
QUARTER = replace(
    HALF_YEAR,
    key="tuan-giao-2023.quy.2023-Q2",
    obligation="quy",
    period="2023-Q2",
    kind="quarter-2",
    title="Báo cáo công tác tôn giáo",
    wording="trước ngày 15 tháng cuối quý",
    spoken="trước ngày 15 tháng cuối quý",
    stated=date(2023, 6, 15),
    last_day=date(2023, 6, 14),
    send_by=date(2023, 6, 14),
    provisional=True,
)
EXTENDED = replace(
    HALF_YEAR,
    key=f"{HALF_YEAR.key}.x5f0c1a2b",
    op="by",
    stated=date(2023, 5, 19),
    last_day=date(2023, 5, 19),
    send_by=date(2023, 5, 19),
    reason="Công văn số 12/UBND-NV",
)

OFFICE = Office(
    name="Lịch báo cáo dân vận",
    domain="nhachan.example",
    sender_address="nhachan@tuangiao.example",
    sender_name="Phòng Nội vụ huyện Tuần Giáo",
    reply_to="hotro@tuangiao.example",
)
ENGLISH = replace(OFFICE, name="Reporting calendar", sender_name="Home Affairs Office", language="en")

EVENTS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//nhachan//VI\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\n"
    "UID:tuan-giao-2023.ket-qua.2023-6M@nhachan.example\r\nDTSTAMP:20230301T010000Z\r\n"
    "DTSTART;VALUE=DATE:20230512\r\nDTEND;VALUE=DATE:20230513\r\nSUMMARY:Báo cáo kết quả công tác dân vận\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()


def item(facts: Facts, rung: str, *, escalate: bool = False) -> Item:
    return Item(facts, rung, rung, facts.last_day or date.min, escalate)


def missing(facts: Facts, rung: str, count: int) -> Item:
    units = tuple(f"tg.xa-{n}" for n in range(1, count + 1))
    due = facts.last_day or date.min
    return Item(facts, rung, f"{rung}0", due, missing=units, expected=len(COMMUNES))


def change(kind: str, before: Facts, after: Facts) -> Item:
    return Item(after, kind, f"{kind}:1", after.last_day or date.min, before=before)


def digest(day: str, *items: Item, unit: Unit = COMMUNE) -> Digest:
    copied = any(i.escalate for i in items)
    return Digest(unit, date.fromisoformat(day), unit.email, (unit.lead,) if copied else (), items)


DIGESTS = {
    "first-reminder": digest("2023-04-12", item(HALF_YEAR, "-30")),
    "three-days": digest("2023-05-09", item(HALF_YEAR, "-3")),
    "working-days": digest("2023-04-28", item(HALF_YEAR, "-7wd")),
    "due-today": digest("2023-05-12", item(HALF_YEAR, "0")),
    "due-today-at-an-hour": digest("2023-05-12", item(WEEKLY, "0")),
    "overdue-first-day": digest("2023-05-15", item(HALF_YEAR, "+1", escalate=True)),
    "overdue-a-week": digest("2023-05-22", item(HALF_YEAR, "+7", escalate=True)),
    "several": digest(
        "2023-05-15",
        item(HALF_YEAR, "+1", escalate=True),
        item(MONTHLY, "0"),
        item(EXTENDED, "-3"),
        item(QUARTER, "-30"),
    ),
    "many": digest(
        "2023-05-15",
        item(HALF_YEAR, "+1", escalate=True),
        item(MONTHLY, "0"),
        *(
            item(
                replace(
                    QUARTER,
                    key=f"tuan-giao-2023.quy-{n}.2023-Q2",
                    obligation=f"quy-{n}",
                    title=f"{QUARTER.title}, biểu số {n}",
                ),
                "-30",
            )
            for n in range(1, 10)
        ),
    ),
    "taken-over": digest("2023-05-15", replace(item(QUARTER, "-30"), heir_of=("tg.xa-1", "tg.xa-3"))),
    "summary": digest("2023-05-12", missing(HALF_YEAR, SUMMARY, 5), unit=COLLECTOR),
    "summary-overdue": digest(
        "2023-05-17", missing(HALF_YEAR, SUMMARY, 2), missing(MONTHLY, SUMMARY, 7), unit=COLLECTOR
    ),
    "collecting": digest("2023-05-05", missing(replace(HALF_YEAR, via="", via_name=""), "-7", 4), unit=COLLECTOR),
    "moved": digest("2023-05-04", change("moved", HALF_YEAR, MOVED)),
    "withdrawn": digest("2023-05-04", change("withdrawn", HALF_YEAR, HALF_YEAR)),
    "reinstated": digest("2023-05-05", change("reinstated", HALF_YEAR, HALF_YEAR)),
}
ENGLISH_ONES = ("three-days", "several", "summary", "moved")


def letter(name: str, office: Office = OFFICE) -> Message:
    found = DIGESTS[name]
    return send(found, office, events=b"" if name.startswith(("summary", "withdrawn")) else EVENTS)


def send(
    found: Digest,
    office: Office = OFFICE,
    *,
    events: bytes = b"",
    page: str = PAGE,
    units: Mapping[str, Unit] | None = None,
) -> Message:
    return Desk(office, UNITS | dict(units or {}), WORKDAYS).compose(
        found,
        message_id="<0f3a9c.17@nhachan.example>",
        now=datetime.combine(found.day, time(8), ZONE),
        page=page,
        events=events,
    )
