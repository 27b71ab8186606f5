"""The commands as CONTRACT, section 4, promises them: what they print, where, and with which exit code."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scheduler.cli.group import nhachan
from scheduler.state.database import StateError, open_database
from tests.daemon.process import ROOT

import scheduler.cli  # isort: skip # noqa: F401 -- adds the commands to the group

PLANS = {"binh-dinh-2025", "long-khanh-2024", "mau-dinh-ky", "quang-ngai-2018", "tuan-giao-2023", "xuan-truong-2024"}


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def call(*words: str, config: Path | str = ROOT / "config") -> Result:
        return CliRunner().invoke(nhachan, ["--config", str(config), "--state", str(tmp_path / "state"), *words])

    return call


def rows(run: Any, *words: str) -> list[dict[str, Any]]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert isinstance(found, list)
    return found


def test_check_is_good_and_warns_on_stderr(run: Any) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout == "Good. Plans: 6, duties: 41, units: 261.\n"
    assert "provisional" in result.stderr


def test_a_folder_that_is_not_there(run: Any, tmp_path: Path) -> None:
    result = run("check", config=tmp_path / "nowhere")
    assert result.exit_code == 1
    assert f"{tmp_path / 'nowhere'}" in result.stderr
    assert result.stdout == ""


def test_the_deadlines_of_the_five_plans(run: Any) -> None:
    found = rows(run, "deadlines", "--from", "2018-01-01", "--to", "2025-12-20")
    dated = {
        (d["plan"], d["period"]): (d["op"], d["stated"], d["last_day"], d["send_by"])
        for d in found
        if d["send_by"] and d["plan"] != "mau-dinh-ky"
    }
    assert dated == {
        ("binh-dinh-2025", "2025-Q1"): ("before", "2025-03-20", "2025-03-19", "2025-03-19"),
        ("binh-dinh-2025", "2025-6M"): ("before", "2025-06-20", "2025-06-19", "2025-06-19"),
        ("binh-dinh-2025", "2025-9M"): ("before", "2025-09-20", "2025-09-19", "2025-09-19"),
        ("binh-dinh-2025", "2025"): ("before", "2025-11-25", "2025-11-24", "2025-11-24"),
        ("long-khanh-2024", "2024-6M"): ("before", "2024-05-10", "2024-05-09", "2024-05-09"),
        ("long-khanh-2024", "2024"): ("before", "2024-10-10", "2024-10-09", "2024-10-09"),
        ("quang-ngai-2018", "2018"): ("before", "2018-09-30", "2018-09-29", "2018-09-28"),
        ("quang-ngai-2018", "2019"): ("before", "2019-09-30", "2019-09-29", "2019-09-27"),
        ("quang-ngai-2018", "2020"): ("before", "2020-09-30", "2020-09-29", "2020-09-29"),
        ("tuan-giao-2023", "2023-6M"): ("before", "2023-05-15", "2023-05-14", "2023-05-12"),
        ("tuan-giao-2023", "2023"): ("before", "2023-10-15", "2023-10-14", "2023-10-13"),
        ("xuan-truong-2024", "2024"): ("before", "2024-11-09", "2024-11-08", "2024-11-08"),
    }
    undated = [d for d in found if not d["send_by"]]
    assert {d["plan"] for d in undated} == PLANS - {"mau-dinh-ky"}
    assert all(d["op"] == "undated" and d["stated"] is d["last_day"] is d["time"] is None for d in undated)
    assert all(d["units"] for d in found), "somebody has to report"


def test_both_ends_of_the_window_count(run: Any) -> None:
    one = rows(run, "deadlines", "--from", "12/5/2023", "--to", "2023-05-12")
    assert [d["period"] for d in one if d["send_by"]] == ["2023-6M"]
    assert [d for d in rows(run, "deadlines", "--from", "2023-05-13", "--to", "2023-05-14") if d["send_by"]] == []


def test_deadlines_of_one_unit_and_one_plan(run: Any) -> None:
    window = ("--from", "2023-01-01", "--to", "2025-12-31")
    found = rows(run, "deadlines", *window, "--plan", "tuan-giao-2023", "--unit", "tuan-giao.xa-chieng-sinh")
    assert [d["period"] for d in found] == ["2023-6M", "2023"]
    wrong = run("deadlines", "--unit", "tuan-giao.xa-chieng-sin")
    assert wrong.exit_code == 1
    assert "tuan-giao.xa-chieng-sinh" in wrong.stderr
    assert run("deadlines", "--plan", "nowhere").exit_code == 1


def test_what_is_no_day_is_a_usage_error(run: Any) -> None:
    result = run("deadlines", "--from", "31/6/2025")
    assert result.exit_code == 2
    assert "31/6/2025" in result.stderr
    assert run("preview").exit_code == 2
    assert run("nonsense").exit_code == 2
    assert run("deadlines", "--from", "2025-02-01", "--to", "2025-01-01").exit_code == 1


def test_preview_of_a_week(run: Any) -> None:
    mails = rows(run, "preview", "--from", "2025-03-17", "--to", "2025-03-20", "--unit", "binh-dinh.so-y-te")
    assert mails[0] == {
        "at": "2025-03-18T08:00:00+07:00",
        "unit": "binh-dinh.so-y-te",
        "to": ["soyte@binhdinh.example"],
        "cc": ["lanhdao.soyte@binhdinh.example"],
        "items": [{"plan": "binh-dinh-2025", "obligation": "ket-qua", "period": "2025-Q1", "rung": "-1"}],
    }
    assert [m["items"][0]["rung"] for m in mails] == ["-1", "0", "+1"]
    collector = rows(run, "preview", "--from", "2025-03-17", "--to", "2025-03-20", "--unit", "binh-dinh.so-noi-vu")
    assert [(m["at"][:10], m["items"][0]["rung"]) for m in collector] == [
        ("2025-03-19", "summary"),
        ("2025-03-20", "summary"),
    ]


def test_preview_shows_subjects_and_with_text_the_mails(run: Any) -> None:
    window = ("--from", "2025-03-18", "--to", "2025-03-18", "--unit", "binh-dinh.so-y-te")
    [line] = run("preview", *window).stdout.splitlines()
    assert line.endswith("– còn 1 ngày (trước 20/3/2025)")
    written = run("preview", *window, "--text").stdout
    assert "Kính gửi: Sở Y tế tỉnh Bình Định" in written
    assert "giamdoc" not in written


def test_nothing_to_say_is_said_on_stderr_when_piped(run: Any) -> None:
    result = run("deadlines", "--from", "2015-01-01", "--to", "2015-12-31")
    assert result.stdout == ""
    assert "No deadlines" in result.stderr


def test_the_framework_speaks_vietnamese_too() -> None:
    office_command = [sys.executable, "-m", "scheduler", "deadlines", "--from", "x"]
    environment = os.environ | {"NHACHAN_LANG": "vi", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(office_command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "Error" not in result.stderr
    assert "Usage" not in result.stderr
    assert "“x”" in result.stderr
    command = [sys.executable, "-m", "scheduler", "--help"]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "Hiện phiên bản rồi thoát." in shown
    assert "and exit" not in shown


def test_a_driver_that_is_missing_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"not installed|cannot be opened"):
        open_database(tmp_path, "postgresql+pg8000://nobody@127.0.0.1:1/none")


def test_preview_needs_no_database(run: Any, tmp_path: Path) -> None:
    assert run("preview", "--from", "2025-03-17", "--to", "2025-03-20").exit_code == 0
    assert not (tmp_path / "state").exists()


def test_build_diff_and_build_again(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "calendars"
    assert {d["change"] for d in rows(run, "diff")} == {"added"}
    assert "feeds written" in run("build", "--calendars", str(folder)).stdout
    assert {f.stem for f in (folder / "plans").iterdir()} == PLANS
    assert run("build", "--calendars", str(folder)).stdout.startswith("0 feeds written")
    assert rows(run, "diff") == []


def test_units_have_links_of_their_own(run: Any) -> None:
    units = rows(run, "units")
    assert {tuple(u) for u in units} == {("id", "name", "email", "feed", "page", "until")}
    assert len({u["feed"] for u in units}) == len({u["page"] for u in units}) == len(units)
    ended = next(u for u in units if u["id"] == "tuan-giao.ubnd")
    assert ended["until"] == "2025-06-30"


def test_a_submission_is_recorded_once_and_can_be_withdrawn(run: Any) -> None:
    report = ("binh-dinh-2025", "ket-qua", "2025-Q1", "binh-dinh.so-y-te")
    done = run("submit", *report, "--ref", "15/BC-SYT", "--on", "20/3/2025")
    assert done.exit_code == 0
    assert "on the stated day" in done.stdout
    assert run("submit", *report).exit_code == 1
    assert run("unsubmit", *report).exit_code == 0
    assert run("unsubmit", *report).exit_code == 1
    assert "late" in run("submit", *report, "--on", "2025-03-21").stdout


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (("binh-dinh", "ket-qua", "2025-Q1", "binh-dinh.so-y-te"), "binh-dinh-2025"),
        (("binh-dinh-2025", "ket", "2025-Q1", "binh-dinh.so-y-te"), "ket-qua"),
        (("binh-dinh-2025", "ket-qua", "2025-Q2", "binh-dinh.so-y-te"), "2025-6M"),
        (("binh-dinh-2025", "ket-qua", "2025-Q1", "binh-dinh.so-noi-vu"), "binh-dinh.so-y-te"),
        (("binh-dinh-2025", "ket-qua", "2025-Q1", "so-y-te"), "binh-dinh.so-y-te"),
    ],
)
def test_a_report_that_is_not_owed_is_refused_with_what_there_is(run: Any, report: tuple[str, ...], told: str) -> None:
    result = run("submit", *report)
    assert result.exit_code == 1
    assert told in result.stderr


def test_nobody_submits_tomorrow(run: Any) -> None:
    result = run("submit", "mau-dinh-ky", "tong-ket-nam", "2026", "mau.ubnd", "--on", "2099-01-01")
    assert result.exit_code == 1
    assert "future" in result.stderr


def test_status_has_its_parts(run: Any) -> None:
    result = run("status", "--json")
    found = json.loads(result.stdout)
    assert set(found) == {"held", "next", "mails", "failures", "missing"}
    assert found["next"]
    assert found["held"] == []
    said = run("status")
    assert (said.exit_code, "held" in said.output) == (0, False)


def test_status_says_first_that_sending_is_held(run: Any) -> None:
    assert run("hold", "we look at the plan").exit_code == 0
    [held] = json.loads(run("status", "--json").stdout)["held"]
    assert (held["reason"], held["by"]) == ("we look at the plan", "cli")
    assert run("status").output.startswith("held\t")
    run("release")
    assert json.loads(run("status", "--json").stdout)["held"] == []


def test_the_reason_of_a_hold_is_one_line_of_words(run: Any) -> None:
    assert run("hold", "we look\n\x1b[2J at\u202e the plan").exit_code == 0
    [held] = json.loads(run("status", "--json").stdout)["held"]
    assert held["reason"] == "we look [2J at the plan"


def test_send_test_without_a_server_says_what_to_add(run: Any) -> None:
    result = run("send-test", "a@b.example")
    assert result.exit_code == 1
    assert "`mail:`" in result.stderr


def test_schema_is_for_editors(run: Any) -> None:
    found = json.loads(run("schema").stdout)
    assert set(found) == {"nhachan.yaml", "units", "plan", "workdays"}


def test_import_units(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "ds.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["STT", "Tên đơn vị", "Email"], ["1", "UBND xã Mường Lay", "vt@ml.example"]])
    result = run("import-units", str(file))
    assert result.exit_code == 0
    assert "vt@ml.example" in result.stdout
    target = tmp_path / "units.yaml"
    assert run("import-units", str(file), "--output", str(target)).exit_code == 0
    good = target.read_text("utf-8")
    assert "vt@ml.example" in good
    target.write_text("mine\n", "utf-8")
    refused = run("import-units", str(file), "--output", str(target))
    assert (refused.exit_code, target.read_text("utf-8")) == (1, "mine\n"), "nobody's work is written over unasked"
    assert "--force" in refused.stderr
    assert run("import-units", str(file), "--output", str(target), "--force").exit_code == 0
    assert target.read_text("utf-8") == good
    file.write_text("nothing,useful\n")
    assert run("import-units", str(file), "--output", str(target), "--force").exit_code == 1
    assert target.read_text("utf-8") == good, "a bad list touches nothing"
    failed = run("import-units", str(file))
    assert failed.exit_code == 1
    assert "ds.csv:" in failed.stderr
    assert failed.stdout == ""


def test_a_backup_is_written_over_an_older_one_and_over_nothing_else_unless_told_to(run: Any, tmp_path: Path) -> None:
    assert run("units").exit_code == 0
    file = tmp_path / "backup.tar"
    file.touch()  # as mktemp leaves it
    assert run("backup", str(file)).exit_code == 0
    assert run("backup", str(file)).exit_code == 0
    file.write_bytes(b"something else")
    refused = run("backup", str(file))
    assert (refused.exit_code, file.read_bytes()) == (1, b"something else")
    assert refused.stderr == f"{file} is there already: name a new file, or add --force to write over it.\n"
    assert run("backup", str(file), "--force").exit_code == 0
    assert file.read_bytes() != b"something else"


def test_a_folder_that_takes_no_backup_is_named(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("units").exit_code == 0
    missing = run("backup", str(tmp_path / "nowhere" / "backup.tar"))
    assert missing.exit_code == 1
    assert missing.stderr == f"There is no folder {tmp_path / 'nowhere'}: make it first, or name another.\n"
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)  # tests may run as root
    closed = run("backup", str(tmp_path / "backup.tar"))
    assert closed.exit_code == 1
    assert closed.stderr.startswith(f"Nothing may be written in {tmp_path}: ")
    assert not (tmp_path / "backup.tar").exists()


def test_help_teaches(run: Any) -> None:
    for command in (
        "check",
        "deadlines",
        "preview",
        "build",
        "diff",
        "run",
        "units",
        "import-units",
        "submit",
        "status",
    ):
        result = run(command, "--help")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4


def test_a_table_for_people_and_lines_for_programs(run: Any) -> None:
    lines = run(
        "deadlines", "--from", "2023-01-01", "--to", "2023-12-31", "--plan", "tuan-giao-2023"
    ).stdout.splitlines()
    assert lines[0].split("\t")[:2] == ["Friday, 12 May 2023", "14 May 2023"]
    assert lines[-1].startswith("undated\t")


def test_the_key_of_a_program_is_shown_once_and_taken_away(run: Any) -> None:
    made = run("api-key", "so-noi-vu")
    assert made.exit_code == 0
    assert re.fullmatch(r"nhachan_[\w-]{43}\n", made.stdout), "the key alone, for `> file`"
    run("api-key", "bao-cao", "--read-only")
    assert [(k["name"], k["records"]) for k in rows(run, "api-keys")] == [("bao-cao", False), ("so-noi-vu", True)]
    assert made.stdout.strip() not in run("api-keys").output
    assert run("api-key", "so-noi-vu").stdout != made.stdout
    assert len(rows(run, "api-keys")) == 2
    assert run("api-key", "so-noi-vu", "--remove").exit_code == 0
    assert [k["name"] for k in rows(run, "api-keys")] == ["bao-cao"]
    again = run("api-key", "so-noi-vu", "--remove")
    assert (again.exit_code, again.stderr) == (1, "“so-noi-vu” has no key.\n")


@pytest.mark.parametrize("name", ["", "Sở Nội vụ", "a b", "a\nb", "-a", "a_b"])
def test_a_name_that_no_key_can_have(run: Any, name: str) -> None:
    assert run("api-key", "--", name).exit_code == 1
    assert rows(run, "api-keys") == []
