"""Warnings about what is no mistake and is hardly meant so; none of them stops a configuration."""

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta

from scheduler.config.load import load
from scheduler.config.problems import ConfigError
from scheduler.config.sizes import count, size_of
from scheduler.deadlines.obligations import readers_of
from scheduler.installation import Installation

BASE = Path(__file__).parent.parent / "bad_config" / "_base"
NHACHAN = Path(__file__).parent.parent.parent / "config" / "nhachan.yaml"
TODAY = date(2026, 11, 20)
MAIL = "mail: {from: noivu@mau.example, host: mail.mau.example, username: noivu, password_file: mail.password}\n"
PLAN = """\
title: Kế hoạch
years: %s
obligations:
  - {id: mot, title: Một, from: mau.phong, to: mau.ubnd, due: %s}
  - {id: hai, title: Hai, from: mau.phong, to: mau.ubnd, due: như mot}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "config"))


def said(folder: Path, **environment: str) -> list[str]:
    return [problem.problem.render("en") for problem in load(folder, TODAY, environment).warnings]


@pytest.fixture
def password(folder: Path) -> Path:
    settings = folder / "nhachan.yaml"
    settings.write_text(settings.read_text() + MAIL)
    file = folder / "mail.password"
    file.write_text("bi-mat\n")
    file.chmod(0o600)
    return file


def test_a_password_file_that_is_as_it_should_be(folder: Path, password: Path) -> None:
    assert said(folder) == []
    password.chmod(0o400)
    assert said(folder) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_password_that_others_can_read(folder: Path, password: Path, mode: int) -> None:
    password.chmod(mode)
    assert said(folder) == ["others can read the password in mail.password"]


@pytest.mark.parametrize("words", ["", "\n", "  \n\n"])
def test_an_empty_password_file(folder: Path, password: Path, words: str) -> None:
    password.write_text(words)
    assert said(folder) == ["mail.password is empty"]


def test_a_password_file_that_is_not_there(folder: Path, password: Path) -> None:
    password.unlink()
    assert said(folder) == ["there is no file mail.password"]
    password.mkdir()
    assert said(folder) == ["mail.password is not a file"]


def test_a_password_that_comes_from_elsewhere(folder: Path, password: Path, tmp_path: Path) -> None:
    password.unlink()
    assert said(folder, NHACHAN_MAIL_PASSWORD="bi-mat") == []
    assert said(folder, CREDENTIALS_DIRECTORY=str(tmp_path)) == ["there is no file mail.password"]
    (tmp_path / "mail.password").write_text("bi-mat")
    assert said(folder, CREDENTIALS_DIRECTORY=str(tmp_path)) == []


def test_a_password_file_that_cannot_be_looked_at(
    folder: Path, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = Path.stat

    def refuse(path: Path, **more: bool) -> object:
        if path.name == "mail.password":
            raise PermissionError(13, "Permission denied")
        return stat(path, **more)

    monkeypatch.setattr(Path, "stat", refuse)
    assert said(folder) == []


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ("public_url: http://127.0.0.1:8080", False),
        ("public_url: http://localhost:8080/lich", False),
        ("public_url: https://lich.mau.example", False),
        ("public_url: http://192.168.1.5:9000", False),
        ("web: {port: 9000}", False),
        ("public_url: http://localhost\nweb: {port: 80}", False),
        ("public_url: http://localhost:9000", True),
        ("public_url: http://[::1]:9000", True),
        ("public_url: http://127.0.0.1", True),
        ("public_url: http://127.0.0.1:8080\nweb: {port: 9000}", True),
    ],
)
def test_the_port_that_people_reach(folder: Path, settings: str, warned: bool) -> None:
    (folder / "nhachan.yaml").write_text(f"{settings}\n")
    assert ["are served on port" in words for words in said(folder)] == [True] * warned


@pytest.mark.parametrize(
    ("years", "due", "problem"),
    [
        ("2026", "{second-half: trước ngày 15/6}", "mot.2026-H2 is due 15/06/2026, before the period begins"),
        ("2026", "{quarter-4: trước ngày 20/9}", "mot.2026-Q4 is due 20/09/2026, before the period begins"),
        ("2026-", "{second-half: {by: 15/6}}", "mot.2026-H2 is due 15/06/2026, before the period begins"),
        ("2026", "{second-half: trước ngày 15/6/2026}", ""),
        ("2026", "{second-half: trước ngày 15/12 năm trước}", ""),
        ("2026", "{second-half: trước ngày 01/7}", ""),
        ("2026", "{second-half: trong tháng 7}", ""),
        ("2026", "{annual: trước ngày 05/01 năm sau}", ""),
        ("2026", "{annual: chậm nhất ngày 30/4 năm sau}", ""),
        (
            "2026",
            "{annual: chậm nhất ngày 01/5 năm sau}",
            "mot.2026 is due 01/05/2027, long after the period has ended",
        ),
        ("2026", "{quarter-1: trong quý IV}", "mot.2026-Q1 is due 31/12/2026, long after the period has ended"),
        (
            "2026-2027",
            "{six-month: trước ngày 15/12/2027}",
            "mot.2027-6M is due 15/12/2027, long after the period has ended",
        ),
        ("2026", "{annual: trong vòng 200 ngày kể từ ngày kết thúc kỳ báo cáo}", ""),
        ("2026", "{week: trước 15 giờ thứ Sáu hằng tuần}", ""),
        ("2026", "{month: ngày 20 của tháng sau liền kề}", ""),
        ("2026", "{six-month: trước ngày 20/6 và 20/12}", ""),
        ("2026", "trước ngày 15/12 năm sau", ""),
        ("2026", "đột xuất", ""),
    ],
)
def test_dates_beside_their_period(folder: Path, years: str, due: str, problem: str) -> None:
    due = due.replace("month: ngày", "month: trước ngày")
    (folder / "plans" / "a.yaml").write_text(PLAN % (years, due))
    found = [words for words in said(folder) if " is due " in words]
    assert found == ([f"a.{problem}"] if problem else [])


def test_both_keys_of_an_obligation_are_named(folder: Path) -> None:
    plan = PLAN % ("2026-2030", "{second-half: trước ngày 15/6, quarter-1: trước ngày 15/12}")
    (folder / "plans" / "a.yaml").write_text(plan)
    found = [problem for problem in load(folder, TODAY).warnings if " is due " in problem.problem.render("en")]
    assert [(problem.line, problem.severity) for problem in found] == [(4, "warning")] * 2


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("kh.yaml.txt", "rename it to kh.yaml, or move it elsewhere"),
        ("kh.YML.txt", "rename it to kh.yaml, or move it elsewhere"),
        ("kh.json", "rename it to kh.yaml, or move it elsewhere"),
        ("kh", "rename it to kh.yaml, or move it elsewhere"),
        ("kh.docx", "move it elsewhere"),
        ("ke-hoach.txt", "move it elsewhere"),  # there is a ke-hoach.yaml
        ("README", ""),
        ("readme.md", ""),
        (".kh.yaml.swp", ""),
        ("kh.yaml~", ""),
        ("#kh.yaml#", ""),
        ("kh.yaml.bak", ""),
        ("~$kh.docx", ""),
        ("Thumbs.db", ""),
    ],
)
def test_files_that_are_overlooked(folder: Path, name: str, advice: str) -> None:
    (folder / "plans" / name).write_text("title: A\n")
    found = [
        (problem.advice.render("en"), Path(problem.file).name, problem.severity)
        for problem in load(folder, TODAY).warnings
    ]
    assert found == ([(advice, name, "warning")] if advice else [])


def test_a_long_name(folder: Path) -> None:
    (folder / "plans" / f"{'a' * 250}.txt").write_text("")
    assert said(folder) == ["only files that end in .yaml are read"]


def test_a_folder_is_no_file(folder: Path) -> None:
    (folder / "plans" / "cu").mkdir()
    assert said(folder) == []


def test_warnings_about_files_stand_beside_mistakes(folder: Path) -> None:
    (folder / "plans" / "kh.txt").write_text("title: A\n")
    (folder / "nhachan.yaml").write_text("language: fr\n")
    with pytest.raises(ConfigError) as caught:
        load(folder, TODAY)
    assert [problem.severity for problem in caught.value.problems] == ["error", "warning"]


def test_an_example_in_the_settings_is_right_once_its_first_sign_is_deleted(folder: Path) -> None:
    settings, line, optional = NHACHAN.read_text().rpartition("-----\n")
    words, examples = re.subn(r"^#(?=[a-z_]+:|  )", "", optional, flags=re.MULTILINE)
    assert examples == 13
    assert not re.search(r"^# *[a-z_]+:", words, flags=re.MULTILINE)
    (folder / "nhachan.yaml").write_text(settings + line + words)
    found = load(folder, TODAY, {"NHACHAN_MAIL_PASSWORD": "bi-mat"})
    assert found.warnings == ()
    assert found.settings.mail
    assert found.settings.mail.username == "noivu"
    assert (found.settings.feeds_public, found.settings.uid_domain) == (True, "nhachan.example")
    assert (found.settings.per_minute, found.settings.brake) == (60, 500)
    assert found.settings.keep_ledger == relativedelta(years=5)
    assert found.settings.database.startswith("postgresql+psycopg://")


def test_a_feed_that_google_would_pass_over_is_told(folder: Path) -> None:
    due = "{week: trước 15 giờ thứ Sáu hằng tuần}"
    duty = f"  - {{id: d%s, title: Báo cáo số %s, from: mau.phong, to: mau.ubnd, due: {due}}}\n"
    plan = "title: Kế hoạch\nyears: 2020-\nobligations:\n"
    (folder / "plans" / "nhieu.yaml").write_text(plan + "".join(duty % (n, n) for n in range(2)))
    assert not [w for w in said(folder) if "Google" in w]
    (folder / "plans" / "nhieu.yaml").write_text(plan + "".join(duty % (n, n) for n in range(6)))
    found = [w for w in said(folder) if "Google" in w]
    units = [f"units/mau.{name}.ics" for name in ("ubnd", "van-phong", "van-hoa")]
    assert [w.partition(" ")[0] for w in found] == ["all.ics", "plans/nhieu.ics", *units]
    (folder / "nhachan.yaml").write_text("feeds: {past: 3 months}\nhorizon: 6 months\n")
    found = [w for w in said(folder) if "Google" in w]
    assert [w.partition(" ")[0] for w in found] == ["plans/nhieu.ics"], "a plan's own feed holds the whole plan"
    (folder / "plans" / "nhieu.yaml").write_text(
        plan.replace("2020-", "2026") + "".join(duty % (n, n) for n in range(6))
    )
    assert not [w for w in said(folder) if "Google" in w]


def test_the_size_of_a_feed_is_foretold_within_a_tenth(tmp_path: Path) -> None:
    config = Path(shutil.copytree(NHACHAN.parent, tmp_path / "config"))
    found = load(config, TODAY)
    installation = Installation.open(found, tmp_path / "state")
    now = datetime(2026, 11, 20, 3, tzinfo=UTC)
    installation.publish(now, tmp_path / "calendars")
    real = (tmp_path / "calendars" / "all.ics").stat().st_size
    start, end = TODAY - found.settings.past, TODAY + found.settings.horizon
    foretold = sum(
        size_of(found.register, plan, reader.obligation, count(reader, start, end))
        for plan in found.register.plans.values()
        for reader in readers_of(found.register, plan)
    )
    assert abs(foretold / real - 1) < 0.1
