"""Files that cannot be read, or are no files: each is a problem of its own, and hides no other."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from scheduler.config.files import files_of
from scheduler.config.load import load
from scheduler.config.problems import ConfigError

BASE = Path(__file__).parent.parent / "bad_config" / "_base"
TODAY = date(2026, 11, 20)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(BASE, tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return Path("config")


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, TODAY)
    return [problem.render("en") for problem in caught.value.problems]


def test_no_folder(tmp_path: Path) -> None:
    assert problems(tmp_path / "nothing") == [
        (
            f"{tmp_path}/nothing:1:1: there is no such folder — "
            "name the folder of the configuration with --config or $NHACHAN_CONFIG"
        )
    ]


def test_a_file_in_place_of_the_folder(folder: Path) -> None:
    assert problems(folder / "nhachan.yaml")[0].startswith("config/nhachan.yaml:1:1: this is not a folder — ")


def test_no_settings(folder: Path) -> None:
    (folder / "nhachan.yaml").rename(folder / "nhachan.yml")
    assert problems(folder) == ["config/nhachan.yaml:1:1: this file is missing — rename nhachan.yml to nhachan.yaml"]
    (folder / "nhachan.yml").unlink()
    assert problems(folder)[0].startswith("config/nhachan.yaml:1:1: this file is missing — write it, such as")


def test_a_large_file_is_refused_without_reading_it(folder: Path) -> None:
    with (folder / "units" / "large.yaml").open("wb") as file:
        file.truncate(50 * 2**20)
    assert problems(folder) == [
        "config/units/large.yaml:1:1: this file is larger than 8 MiB — divide it among several files in the same folder"
    ]


def test_a_file_that_may_not_be_read(folder: Path) -> None:
    path = folder / "units" / "secret.yaml"
    path.write_text("units: {}\n")
    path.chmod(0)
    reason = "Permission denied"
    if os.access(path, os.R_OK):  # root may read everything but this
        path.unlink()
        path.symlink_to("/proc/self/mem")
        reason = "Input/output error"
    assert problems(folder) == [
        f"config/units/secret.yaml:1:1: this file cannot be read: {reason} — let the account that runs nhachan read it"
    ]


def test_a_link_that_leads_nowhere(folder: Path) -> None:
    (folder / "plans" / "link.yaml").symlink_to("nowhere.yaml")
    assert problems(folder) == [
        (
            "config/plans/link.yaml:1:1: this link leads to a file that does not exist: nowhere.yaml — "
            "put the file there, or remove the link"
        )
    ]


def test_links_in_a_circle(folder: Path) -> None:
    (folder / "plans" / "a.yaml").symlink_to("b.yaml")
    (folder / "plans" / "b.yaml").symlink_to("a.yaml")
    assert [line.split(" — ")[0] for line in problems(folder)] == [
        "config/plans/a.yaml:1:1: this link leads to a file that does not exist: b.yaml",
        "config/plans/b.yaml:1:1: this link leads to a file that does not exist: a.yaml",
    ]


def test_a_folder_and_a_pipe_named_like_files(folder: Path) -> None:
    (folder / "plans" / "a.yaml").mkdir()
    os.mkfifo(folder / "plans" / "b.yaml")
    assert [line.split(" — ")[0] for line in problems(folder)] == [
        "config/plans/a.yaml:1:1: this is a folder, not a file",
        "config/plans/b.yaml:1:1: this is not a file",
    ]


def test_a_file_named_like_a_folder(folder: Path) -> None:
    shutil.rmtree(folder / "workdays")
    (folder / "workdays").write_text("years: {}\n")
    assert problems(folder) == [
        "config/workdays:1:1: this is not a folder — make it a folder with files named ….yaml in it"
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"units:\n  mau.them: {name: Ph\xf2ng}\n", "2:22: this is not UTF-8 text"),
        ("units: {}\n".encode("utf-16"), "1:1: this is not UTF-8 text"),
        (b"units:\n  mau.them: {name: a\x00b}\n", "2:21: an invisible character (U+0000) stands here"),
        (b"units:\r\n  mau.them: {name: a\x1bb}\r\n", "2:21: an invisible character (U+001B) stands here"),
        (b"units:\n  mau.them: {name: a\xe2\x80\xa8b}\n", "2:21: an invisible character (U+2028) stands here"),
        (b"", "1:1: this file is empty"),
        (b"---\n", "1:1: this file is empty"),
        (b"~\n", "1:1: this file is empty"),
    ],
)
def test_bytes_that_are_no_text(folder: Path, raw: bytes, said: str) -> None:
    (folder / "units" / "them.yaml").write_bytes(raw)
    assert [line.split(" — ")[0] for line in problems(folder)] == [f"config/units/them.yaml:{said}"]


def test_a_byte_order_mark_and_other_line_ends_are_good(folder: Path) -> None:
    for path in files_of(folder):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(folder, TODAY).register.units["mau.ubnd"].name == "UBND xã Mẫu"


def test_files_are_read_directly_inside_and_without_those_of_editors(folder: Path) -> None:
    for name in (".#mau.yaml", ".mau.yaml.swp", "mau.yaml~", "#mau.yaml#", "readme.md", ".hidden.yaml"):
        (folder / "units" / name).write_text("no: [yaml")
    (folder / "units" / "deeper").mkdir()
    (folder / "units" / "deeper" / "khac.yaml").write_text("no: [yaml")
    assert [str(path) for path in files_of(folder)] == [
        "config/nhachan.yaml",
        "config/units/mau.yaml",
        "config/plans/ke-hoach.yaml",
        "config/workdays/2026.yaml",
    ]
    load(folder, TODAY)


def test_a_file_name_that_is_no_text(folder: Path) -> None:
    name = os.fsdecode(b"k\xe9.yaml")
    try:
        (folder / "plans" / name).write_text((folder / "plans" / "ke-hoach.yaml").read_text())
    except OSError:
        pytest.skip("this file system takes no such names")
    assert problems(folder) == [
        (
            "config/plans/k�.yaml:1:1: the file's name is the plan's id, but “k�” cannot be an id — "
            "rename the file to k.yaml, or write `id: k` in it"
        )
    ]


def test_the_digest_follows_names_and_bytes(folder: Path) -> None:
    first = load(folder, TODAY).digest
    assert load(folder.absolute(), date(2026, 11, 21)).digest == first
    (folder / "units" / "mau.yaml").rename(folder / "units" / "khac.yaml")
    second = load(folder, TODAY).digest
    (folder / "nhachan.yaml").write_text((folder / "nhachan.yaml").read_text() + "# ghi chú\n")
    assert len({first, second, load(folder, TODAY).digest}) == 3


def test_all_problems_are_reported_at_once(folder: Path) -> None:
    (folder / "nhachan.yaml").write_text("name: Lịch\nlanguage: fr\ntimezone: Mars\nadmins: [a]\n")
    (folder / "units" / "hong.yaml").write_text("units:\n  mau.hong: {name: 'Đơn vị}\n")
    (folder / "units" / "them.yaml").write_text("units:\n  mau.them: {email: a}\n  mau.bot: {name: Bớt, parent: x.y}\n")
    (folder / "plans" / "mot.yaml").write_text(
        "years: 2026\nobligations:\n"
        "  - {id: a, title: A, from: mau.hong, to: mau.them, due: trước ngày 31/6, note: ''}\n"
        "  - {id: b, title: B, from: mau.ubnd, to: mau.ubnd, due: như a}\n"
        "  - {id: c, title: C, from: mau.khong-co, to: mau.ubnd, due: {annual: trước ngày 29/02}}\n"
    )
    assert [line.split(" — ")[0] for line in problems(folder)] == [
        "config/nhachan.yaml:2:11: “language” cannot be “fr”",
        "config/nhachan.yaml:3:11: “Mars” is not the name of a time zone",
        "config/nhachan.yaml:4:10: “a” is not an e-mail address",
        "config/plans/mot.yaml:1:1: “title” is missing",
        "config/plans/mot.yaml:3:69: month 6 has no day 31",
        "config/plans/mot.yaml:3:81: the text is empty",
        "config/plans/mot.yaml:5:29: there is no unit or group “mau.khong-co”",
        "config/plans/mot.yaml:5:71: month 2/2026 has no day 29",
        "config/units/hong.yaml:2:20: a quotation mark is opened here and never closed",
        "config/units/them.yaml:2:3: “name” is missing",
        "config/units/them.yaml:2:21: “a” is not an e-mail address",
        "config/units/them.yaml:3:32: there is no unit “x.y”",
    ]


def test_a_broken_file_does_not_make_what_stands_in_it_unknown(folder: Path) -> None:
    path = folder / "units" / "mau.yaml"
    path.write_text(path.read_text() + "\tmau.hong: 1\n")
    assert len(problems(folder)) == 1
    path.write_text(path.read_text().replace("units:", "unit:").replace("\tmau.hong: 1\n", ""))
    assert [line.split(" — ")[0] for line in problems(folder)] == ["config/units/mau.yaml:1:1: unknown key “unit”"]
    path.write_bytes(b"\xff" + path.read_bytes())
    assert len(problems(folder)) == 1
