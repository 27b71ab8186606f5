"""The configuration of the contract, section 2, whole; and what is filled in where a file is silent."""

from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta

from scheduler.config.load import Configuration, load
from scheduler.config.problems import ConfigError
from scheduler.config.settings import MailSettings, Settings
from scheduler.deadlines.plans import Due, Extension, Ladder, Obligation, Offset, Plan, Unit, Years
from scheduler.deadlines.rules import (
    BeforeMeans,
    Dated,
    DaysOff,
    InMonth,
    MonthOf,
    Op,
    Policy,
    SameAs,
    Undated,
    Within,
    Yearly,
    YearOf,
)
from scheduler.deadlines.workdays import YearTable

TODAY = date(2025, 1, 10)

SETTINGS = """\
name: Lịch báo cáo dân vận
public_url: http://127.0.0.1:8080/
timezone: Asia/Ho_Chi_Minh
language: vi
before_means: exclusive
days_off: earlier
horizon: 18 months
reminders:
  at: "08:00"
  before: [30, 14, 7, 3, 1, 0]
  overdue: [1, 3, 7]
  escalate: [1, overdue]
mail:
  from: "Phòng Nội vụ <noivu@example.vn>"
  reply_to: noivu@example.vn
  host: mail.example.vn
  port: 587
  security: starttls
  username: noivu
  password_file: mail.password
database: sqlite
calendars: ../calendars
web: {host: 127.0.0.1, port: 8080}
admins: [quantri@example.vn]
"""
UNITS = """\
units:
  tuan-giao.noi-vu:
    name: Phòng Nội vụ huyện Tuần Giáo
    email: [noivu@tuangiao.example]
    lead: chanhvanphong@tuangiao.example
    parent: tuan-giao.ubnd
    since: 2005-01-01
    until: 2025-06-30
    successor: [dien-bien.xa-tuan-giao]
  tuan-giao.ubnd: {name: UBND huyện Tuần Giáo, email: ubnd@tuangiao.example}
  tuan-giao.thi-tran: {name: Thị trấn, email: [a@tuangiao.example, b@tuangiao.example], until: 30/6/2026}
  dien-bien.xa-tuan-giao: {name: Xã Tuần Giáo, parent: tuan-giao.ubnd, since: 1/7/2025}
groups:
  tuan-giao.xa-thi-tran: [tuan-giao.thi-tran]
  tuan-giao.tat-ca: [tuan-giao.xa-thi-tran, tuan-giao.noi-vu]
"""
PLAN = """\
title: Kế hoạch thực hiện công tác dân vận chính quyền năm 2025
number: 12/KH-UBND
issued: 27/3/2025
issuer: tuan-giao.ubnd
years: 2025
obligations:
  - id: ket-qua
    title: Báo cáo kết quả công tác dân vận chính quyền
    from: [tuan-giao.tat-ca]
    to: tuan-giao.ubnd
    via: tuan-giao.noi-vu
    clause: III.1
    form: https://bieumau.example/ket-qua.docx
    cutoff: {six-month: 14/6, annual: {day: 14, month: last}}
    due:
      quarter-1: trước ngày 20/3
      six-month: {before: 20/6}
      annual: chậm nhất ngày 05/01 năm sau
    reminders: {before: [5wd, 10, 0]}
    extensions:
      - {period: 2025-6M, units: tuan-giao.thi-tran, by: 2025-06-25, reason: "Công văn số 12/UBND-NV"}
  - id: tong-hop
    title: Tổng hợp, báo cáo UBND huyện
    from: tuan-giao.noi-vu
    to: tuan-giao.ubnd
    collects: ket-qua
    note: |
      Dòng một.
      Dòng hai.
    due: theo quy định
  - id: nhu
    title: Như trên
    from: tuan-giao.noi-vu
    to: tuan-giao.ubnd
    years: 2025
    cutoff: nd09
    due: {annual: như ket-qua, six-month: trong vòng 05 ngày làm việc sau ket-qua}
"""
WORKDAYS = """\
years:
  2025:
    notice: Thông báo số 6150/TB-BLĐTBXH
    note: Hoán đổi một ngày
    off: [2025-01-01, 27/01/2025, 2025-05-02]
    make_up: [2025-04-26]
  2026: {notice: Thông báo}
"""


def write(folder: Path, **files: str) -> Path:
    for name, words in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words)
    return folder


@pytest.fixture
def whole(tmp_path: Path) -> Configuration:
    folder = write(tmp_path / "config", nhachan=SETTINGS, units__tuan_giao=UNITS, workdays__a=WORKDAYS)
    write(folder / "plans", **{"tuan-giao-2025": PLAN})
    return load(folder, TODAY)


def test_settings(whole: Configuration, tmp_path: Path) -> None:
    assert whole.settings == Settings(
        name="Lịch báo cáo dân vận",
        public_url="http://127.0.0.1:8080",
        timezone=ZoneInfo("Asia/Ho_Chi_Minh"),
        language="vi",
        horizon=relativedelta(months=18),
        past=relativedelta(years=2),
        uid_domain="",
        feeds_public=False,
        mail=MailSettings(
            sender_name="Phòng Nội vụ",
            sender_address="noivu@example.vn",
            reply_to="noivu@example.vn",
            host="mail.example.vn",
            port=587,
            security="starttls",
            username="noivu",
            password_file=tmp_path / "config" / "mail.password",
            ca_file=None,
        ),
        database="sqlite",
        calendars=tmp_path / "calendars",
        web_host="127.0.0.1",
        web_port=8080,
        admins=("quantri@example.vn",),
    )


def test_register(whole: Configuration) -> None:
    register = whole.register
    assert register.policy == Policy(BeforeMeans.EXCLUSIVE, DaysOff.EARLIER)
    days = [Offset(n) for n in (30, 14, 7, 3, 1, 0)]
    assert register.ladder == Ladder(
        tuple(days), (Offset(1), Offset(3), Offset(7)), frozenset({"-1", "overdue"}), time(8)
    )
    assert register.workdays.tables[2025] == YearTable(
        off=frozenset({date(2025, 1, 1), date(2025, 1, 27), date(2025, 5, 2)}),
        make_up=frozenset({date(2025, 4, 26)}),
        notice="Thông báo số 6150/TB-BLĐTBXH",
    )
    assert register.units["tuan-giao.noi-vu"] == Unit(
        id="tuan-giao.noi-vu",
        name="Phòng Nội vụ huyện Tuần Giáo",
        email=("noivu@tuangiao.example",),
        lead="chanhvanphong@tuangiao.example",
        parent="tuan-giao.ubnd",
        since=date(2005, 1, 1),
        until=date(2025, 6, 30),
        successors=("dien-bien.xa-tuan-giao",),
    )
    assert register.units["tuan-giao.ubnd"].email == ("ubnd@tuangiao.example",)
    assert register.groups == {
        "tuan-giao.xa-thi-tran": ("tuan-giao.thi-tran",),
        "tuan-giao.tat-ca": ("tuan-giao.xa-thi-tran", "tuan-giao.noi-vu"),
    }


def test_plan(whole: Configuration) -> None:
    head = ("tuan-giao.noi-vu",), "tuan-giao.ubnd"
    assert whole.register.plans == {
        "tuan-giao-2025": Plan(
            id="tuan-giao-2025",
            title="Kế hoạch thực hiện công tác dân vận chính quyền năm 2025",
            number="12/KH-UBND",
            issued="2025-03-27",
            issuer="tuan-giao.ubnd",
            years=Years(2025, 2025),
            obligations=(
                Obligation(
                    id="ket-qua",
                    title="Báo cáo kết quả công tác dân vận chính quyền",
                    reporters=("tuan-giao.tat-ca",),
                    to="tuan-giao.ubnd",
                    via="tuan-giao.noi-vu",
                    clause="III.1",
                    form="https://bieumau.example/ket-qua.docx",
                    cutoff={"six-month": Yearly(6, 14), "annual": InMonth(14, MonthOf.LAST)},
                    due=(
                        Due("quarter-1", Dated(Op.BEFORE, (Yearly(3, 20),)), "trước ngày 20/3"),
                        Due("six-month", Dated(Op.BEFORE, (Yearly(6, 20),)), "trước ngày 20/6 hằng năm"),
                        Due("annual", Dated(Op.BY, (Yearly(1, 5, YearOf.NEXT),)), "chậm nhất ngày 05/01 năm sau"),
                    ),
                    reminders=Ladder(
                        (Offset(10), Offset(5, working=True), Offset(0)),
                        (Offset(1), Offset(3), Offset(7)),
                        frozenset({"overdue"}),
                        time(8),
                    ),
                    extensions=(
                        Extension("2025-6M", ("tuan-giao.thi-tran",), date(2025, 6, 25), "Công văn số 12/UBND-NV"),
                    ),
                ),
                Obligation(
                    "tong-hop",
                    "Tổng hợp, báo cáo UBND huyện",
                    *head,
                    collects="ket-qua",
                    note="Dòng một.\nDòng hai.",
                    due=(Due("once", Undated("theo quy định"), "theo quy định"),),
                ),
                Obligation(
                    "nhu",
                    "Như trên",
                    *head,
                    years=Years(2025, 2025),
                    cutoff="nd09",
                    due=(
                        Due("annual", SameAs("ket-qua"), "như ket-qua"),
                        Due(
                            "six-month",
                            Within(5, working=True, after="ket-qua"),
                            "trong vòng 05 ngày làm việc sau ket-qua",
                        ),
                    ),
                ),
            ),
        )
    }


def test_nothing_but_settings_is_a_configuration(tmp_path: Path) -> None:
    found = load(write(tmp_path, nhachan="name: Lịch\n"), TODAY)
    assert found.settings.public_url == "http://127.0.0.1:8080"
    assert (found.settings.mail, found.settings.admins, found.settings.language) == (None, (), "vi")
    assert found.settings.calendars == tmp_path.parent / "calendars"
    assert not found.register.plans
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("mail", "port", "security"),
    [
        ("host: mail.mau.example", 587, "starttls"),
        ("host: mail.mau.example, port: 465", 465, "tls"),
        ("host: mail.mau.example, security: tls", 465, "tls"),
        ("host: mail.mau.example, port: 25", 25, "starttls"),
        ("host: localhost, security: none", 25, "none"),
        ("host: 127.0.0.9, security: none, port: 2525", 2525, "none"),
        ('host: "::1", security: none', 25, "none"),
    ],
)
def test_the_port_follows_the_security(tmp_path: Path, mail: str, port: int, security: str) -> None:
    words = f"public_url: https://a.example/lich\nmail: {{from: noivu@mau.example, {mail}}}\n"
    found = load(write(tmp_path, nhachan=words), TODAY).settings.mail
    assert found
    assert (found.sender_name, found.sender_address) == ("", "noivu@mau.example")
    assert (found.port, found.security) == (port, security)
    assert (found.username, found.password_file, found.reply_to) == ("", None, "")


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("18 tháng", relativedelta(months=18)),
        ("2 năm", relativedelta(years=2)),
        ("90 ngày", relativedelta(days=90)),
        ("90 days", relativedelta(days=90)),
        ("1 year", relativedelta(years=1)),
    ],
)
def test_stretches_of_time(tmp_path: Path, words: str, length: relativedelta) -> None:
    folder = write(tmp_path, nhachan=f"horizon: {words}\nfeeds: {{past: {words}, public: true}}\n")
    found = load(folder, TODAY).settings
    assert (found.horizon, found.past, found.feeds_public) == (length, length, True)


def test_an_own_ladder_inherits_what_it_leaves_out(tmp_path: Path) -> None:
    words = 'reminders: {at: "7:30", before: [0, 5wd, 1], escalate: [5wd, 0, +2], overdue: [9, 2]}\n'
    assert load(write(tmp_path, nhachan=words), TODAY).register.ladder == Ladder(
        (Offset(5, working=True), Offset(1), Offset(0)),
        (Offset(2), Offset(9)),
        frozenset({"-5wd", "0", "+2"}),
        time(7, 30),
    )
    assert load(write(tmp_path, nhachan="reminders: {escalate: []}\n"), TODAY).register.ladder == Ladder(
        tuple(Offset(n) for n in (30, 14, 7, 3, 1, 0)), (Offset(1), Offset(3), Offset(7)), frozenset(), time(8)
    )


def test_a_setting_that_is_wrong_does_not_change_how_the_rest_is_checked(tmp_path: Path) -> None:
    folder = write(tmp_path, nhachan="language: fr\nreminders: {before: [2]}\n", units__a="units: {a: {name: A}}\n")
    plan = (
        "title: A\nyears: 2025\nobligations:\n"
        "  - {id: a, title: A, from: a, to: a, due: đột xuất, reminders: {escalate: [2]}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(write(folder, plans__a=plan), TODAY)
    assert len(caught.value.problems) == 1
