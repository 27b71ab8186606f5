"""Lists of units as offices really send them, and the units files that they become."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scheduler.config import values
from scheduler.config.load import load
from scheduler.config.reader import read
from scheduler.config.unit_list import ImportNote, Limits, ListError, import_units, slug
from scheduler.config.unit_list.listed import clean
from scheduler.translation import text

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def write(content: str | bytes, name: str = "danh-sach.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def book(tmp_path: Path) -> Make:
    def write(*sheets: Sequence[Sequence[object]], merged: Sequence[str] = (), hidden: Sequence[int] = ()) -> Path:
        made = openpyxl.Workbook()
        for number, rows in enumerate(sheets):
            sheet: Any = made.active if number == 0 else made.create_sheet()
            sheet.title = f"Bảng {number + 1}"
            for row in rows:
                sheet.append(list(row))
            for ref in merged if number == 0 else ():
                sheet.merge_cells(ref)
        for number in hidden:
            made.worksheets[number].sheet_state = "hidden"
        path = tmp_path / "danh-sach.xlsx"
        made.save(path)
        return path

    return write


def imported(path: Path) -> dict[str, Any]:
    """What the units file says, the same for any YAML reader and for the project's own."""
    words = import_units(path)[0]
    data = yaml.safe_load(words)
    file = path.with_name("units.yaml")
    file.write_text(words, encoding="utf-8")
    source = read(file, "units.yaml")
    assert not source.problems
    assert source.data == data
    assert isinstance(data, dict)
    return data


def notes(path: Path) -> list[str]:
    return [str(note).removeprefix(str(path)) for note in import_units(path)[1]]


_LIMITS = Limits()


def problems(path: Path, limits: Limits = _LIMITS) -> list[str]:
    with pytest.raises(ListError) as caught:
        import_units(path, limits)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def names(path: Path) -> list[str]:
    return [unit["name"] for unit in imported(path)["units"].values()]


MESSY = (
    "UBND HUYỆN TUẦN GIÁO;;;;;;;\r\n"
    "DANH SÁCH CÁC ĐƠN VỊ BÁO CÁO;;;;;;;\r\n"
    ";;;;;;;\r\n"
    "STT;Mã;TÊN ĐƠN VỊ;Địa chỉ thư (nếu có);Lãnh đạo;Trực thuộc;Khối;Điện thoại\r\n"
    "1;tuan-giao.ubnd;UBND huyện Tuần Giáo;VanThu@TuanGiao.Example;Nguyễn Văn A;;;0215 386 1234\r\n"
    "I;;Các phòng chuyên môn;;;;;\r\n"
    '2;;\u00a0Phòng  Nội vụ huyện Tuần Giáo ;"mailto:noivu@tuangiao.example; noivu2@tuangiao.example\n'
    'Noivu@TUANGIAO.example";chanhvanphong@tuangiao.example;ubnd HUYEN tuan giao;Khối phòng;\r\n'
    "3;;Phòng Văn hóa, Thể thao huyện Tuần Giáo;không có;;tuan-giao.ubnd;Khối phòng, Khối VĂN XÃ;\r\n"
    ";;;;;;;\r\n"
    "II;;Các xã;;;;;\r\n"
    "4;;Ủy ban nhân dân xã Chiềng Sinh;chiengsinh@tuangiao.example;;dien-bien.ubnd;khoi van xa;\r\n"
    "5;;UBND Xã Chiềng Sinh;chiengsinh2@tuangiao.example;;Bộ Nội vụ;;\r\n"
    ";;Tổng cộng: 5 đơn vị;;;;;\r\n"
)


def test_a_messy_list_becomes_a_units_file(make: Make) -> None:
    assert import_units(make(MESSY))[0] == (
        "# Danh sách đơn vị, lập từ tệp “danh-sach.csv” bằng lệnh `nhachan import-units`.\n"
        "# Xem lại mã, địa chỉ thư, đơn vị cấp trên và nhóm trước khi dùng; kế hoạch nhắc đến đơn vị bằng mã.\n"
        "\n"
        "units:\n"
        "  tuan-giao.ubnd:\n"
        "    name: UBND huyện Tuần Giáo\n"
        "    email: [VanThu@tuangiao.example]\n"
        "\n"
        "  # I Các phòng chuyên môn\n"
        "  phong-noi-vu-huyen-tuan-giao:\n"
        "    name: Phòng Nội vụ huyện Tuần Giáo\n"
        "    email: [noivu@tuangiao.example, noivu2@tuangiao.example]\n"
        "    lead: chanhvanphong@tuangiao.example\n"
        "    parent: tuan-giao.ubnd\n"
        "  phong-van-hoa-the-thao-huyen-tuan-giao:\n"
        "    name: Phòng Văn hóa, Thể thao huyện Tuần Giáo\n"
        "    parent: tuan-giao.ubnd\n"
        "\n"
        "  # II Các xã\n"
        "  xa-chieng-sinh:\n"
        "    name: Ủy ban nhân dân xã Chiềng Sinh\n"
        "    email: [chiengsinh@tuangiao.example]\n"
        "    parent: dien-bien.ubnd\n"
        "  xa-chieng-sinh-2:\n"
        "    name: UBND Xã Chiềng Sinh\n"
        "    email: [chiengsinh2@tuangiao.example]\n"
        "\n"
        "groups:\n"
        "  # Khối phòng\n"
        "  khoi-phong:\n"
        "    - phong-noi-vu-huyen-tuan-giao\n"
        "    - phong-van-hoa-the-thao-huyen-tuan-giao\n"
        "  # Khối VĂN XÃ\n"
        "  khoi-van-xa:\n"
        "    - phong-van-hoa-the-thao-huyen-tuan-giao\n"
        "    - xa-chieng-sinh\n"
    )


def test_what_was_passed_over_or_added_is_noted_by_row(make: Make) -> None:
    assert notes(make(MESSY)) == [
        ":4: columns that are passed over: “STT”, “Điện thoại”",
        ":5: “Nguyễn Văn A” is no address; “UBND huyện Tuần Giáo” has no lead",
        ":6: “I Các phòng chuyên môn” is taken for a section of the list; passed over",
        ":9: “Phòng Văn hóa, Thể thao huyện Tuần Giáo” has no e-mail address: nothing can be sent to it",
        ":11: “II Các xã” is taken for a section of the list; passed over",
        ":12: dien-bien.ubnd is not in this list: another units file must have it",
        ":13: “UBND Xã Chiềng Sinh” gets the id xa-chieng-sinh-2: row 12 has xa-chieng-sinh",
        ":13: “Bộ Nội vụ” is not in this list; “UBND Xã Chiềng Sinh” has no parent",
        ":14: “Tổng cộng: 5 đơn vị” names no unit; passed over",
    ]


def test_the_project_loads_what_is_made(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    (folder / "units").mkdir(parents=True)
    (folder / "nhachan.yaml").write_text("name: Lịch\n", encoding="utf-8")
    words = import_units(make(MESSY.replace("dien-bien.ubnd", "")))[0]
    (folder / "units" / "danh-sach.yaml").write_text(words, encoding="utf-8")
    register = load(folder, date(2025, 1, 2)).register
    assert register.units["phong-noi-vu-huyen-tuan-giao"].parent == "tuan-giao.ubnd"
    assert list(register.groups) == ["khoi-phong", "khoi-van-xa"]


def windows_1258(words: str) -> bytes:
    """Vietnamese in the old encoding: tones are characters of their own, other accents are part of the letter."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    found = ""
    for character in unicodedata.normalize("NFC", words):
        parts = unicodedata.normalize("NFD", character)
        rest = "".join(part for part in parts if part not in tones)
        found += unicodedata.normalize("NFC", rest) + "".join(part for part in parts if part in tones)
    return found.encode("cp1258")


@pytest.mark.parametrize("separator", ["\t", ";", ",", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "NFD"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_encoding_separator_and_line_end_is_read(make: Make, separator: str, encoding: str, end: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator=end)
    writer.writerows([["Tên đơn vị", "Thư điện tử"], ["Sở Y tế, Đắk Lắk; một | hai", "soyte@daklak.example"]])
    words = stream.getvalue()
    if encoding == "NFD":
        raw = unicodedata.normalize("NFD", words).encode()
    else:
        raw = windows_1258(words) if encoding == "cp1258" else words.encode(encoding)
    path = make(raw)
    assert imported(path)["units"] == {
        "so-y-te-dak-lak-mot-hai": {"name": "Sở Y tế, Đắk Lắk; một | hai", "email": ["soyte@daklak.example"]}
    }
    assert bool(notes(path)) == (encoding == "cp1258")


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        ("Mã,Tên đơn vị,Thư điện tử,Lãnh đạo,Đơn vị cấp trên,Nhóm", "a,A,a@a.vn,b@a.vn,c,n"),
        ("ma,ten co quan,dia chi thu,thu truong,truc thuoc,khoi", "a,A,a@a.vn,b@a.vn,c,n"),
        ("GROUPS,PARENT,LEAD,E-MAIL,NAME,ID", "n,c,b@a.vn,a@a.vn,A,a"),
        ("id,Đơn vị (*),Email:,Email lãnh đạo,Cấp trên,Nhóm 1", "a,A,a@a.vn,b@a.vn,c,n"),
        ("MÃ ĐƠN VỊ, TÊN  ĐƠN VỊ ,E.mail,Thủ trưởng đơn vị,Cơ quan chủ quản,Cụm thi đua", "a,A,a@a.vn,b@a.vn,c,n"),
    ],
)
def test_headings_are_understood_in_any_order_and_spelling(make: Make, headings: str, row: str) -> None:
    assert imported(make(f"{headings}\n{row}\n")) == {
        "units": {"a": {"name": "A", "email": ["a@a.vn"], "lead": "b@a.vn", "parent": "c"}},
        "groups": {"n": ["a"]},
    }


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("UBND xã Chiềng Sinh", "xa-chieng-sinh"),
        ("Uỷ ban nhân dân xã Chiềng Sinh", "xa-chieng-sinh"),
        ("Phòng Nội vụ huyện Tuần Giáo", "phong-noi-vu-huyen-tuan-giao"),
        ("Văn phòng Hội đồng nhân dân và Ủy ban nhân dân huyện", "van-phong-hdnd-va-ubnd-huyen"),
        ("UBND", "ubnd"),
        ("Huyện Đắk R'lấp", "huyen-dak-rlap"),
        ("Ðảng ủy phường 12", "dang-uy-phuong-12"),
        ("Phòng Tài chính - Kế hoạch", "phong-tai-chinh-ke-hoach"),
        ("機関", ""),
    ],
)
def test_ids_are_made_from_names(name: str, id_: str) -> None:
    assert slug(name) == id_
    assert slug(unicodedata.normalize("NFD", name)) == id_


def test_long_names_give_ids_cut_between_words() -> None:
    assert slug("Trung tâm " * 20) == "-".join(["trung-tam"] * 6)
    assert slug("a" * 200) == "a" * 60


def test_made_ids_go_around_each_other_and_around_given_ones(make: Make) -> None:
    path = make("id,name\n,Trạm Y tế\n,TRẠM Y TẾ\n,Trạm y tế!\ntram-y-te,Khác\ntram-y-te-3,Khác nữa\n,機\n,関\n")
    assert list(imported(path)["units"]) == [
        *("tram-y-te-2", "tram-y-te-4", "tram-y-te-5", "tram-y-te", "tram-y-te-3", "don-vi", "don-vi-2")
    ]


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("a@x.vn;b@x.vn , c@x.vn", ["a@x.vn", "b@x.vn", "c@x.vn"]),
        ("a@x.vn\nb@x.vn", ["a@x.vn", "b@x.vn"]),
        ("a@x.vn / b@x.vn  c@x.vn", ["a@x.vn", "b@x.vn", "c@x.vn"]),
        ("mailto:a@x.vn?subject=x", ["a@x.vn"]),
        ("Email: A.B@Tinh.Gov.VN.", ["A.B@tinh.gov.vn"]),
        ("Phòng Nội vụ <noivu@x.vn>; Văn thư (vanthu@x.vn)", ["noivu@x.vn", "vanthu@x.vn"]),
        ("a@x.vn (b@x.vn)", ["a@x.vn", "b@x.vn"]),
        ("a @ x.vn", ["a@x.vn"]),
        ("\u200ba@x.vn\u00a0", ["a@x.vn"]),
        ("a@x.vn_x000D_\nA@X.vn", ["a@x.vn"]),
        ("Không có", None),
        ("-", None),
    ],
)
def test_addresses_are_taken_out_of_what_stands_around_them(book: Make, cell: str, addresses: list[str] | None) -> None:
    path = book([["Tên", "Email"], ["A", cell]])
    assert imported(path)["units"]["a"].get("email") == addresses


def test_several_columns_of_addresses_are_one_list(make: Make) -> None:
    path = make("Tên;Email 1;Email 2;Lãnh đạo;Email lãnh đạo\nA;a@x.vn;b@x.vn;Nguyễn Văn B;b@x.vn\n")
    assert imported(path)["units"]["a"] == {"name": "A", "email": ["a@x.vn", "b@x.vn"], "lead": "b@x.vn"}
    assert notes(path) == []
    assert notes(make("Tên;Email;Lãnh đạo\nA;a@x.vn;b@x.vn, c@x.vn\n")) == [
        ":2: “A” has several addresses for its lead: b@x.vn is kept"
    ]


@pytest.mark.parametrize("word", "no on y N yes true Null ~ 12 1e3 0x1F 1_000 2025-06-30 12:30 .5 1.5 = << inf".split())  # noqa: SIM905
def test_no_text_is_read_as_anything_else(make: Make, word: str) -> None:
    id_ = slug(word) or "don-vi"
    found = imported(make(f"Tên;Nhóm\n{word};nhóm {word}\n"))
    assert found["units"] == {id_: {"name": word}}
    assert list(found["groups"].values()) == [[id_]]
    given_ids = imported(make(f"Mã;Tên;Trực thuộc\n{id_};A: b #c;\nx;- \"q\" \\ 'z'\t{{}};{id_}\n"))["units"]
    assert given_ids == {id_: {"name": "A: b #c"}, "x": {"name": "\"q\" \\ 'z' {}", "parent": id_}}


def test_parents_are_found_by_id_and_by_name(make: Make) -> None:
    path = make("Mã;Tên;Trực thuộc\nh;UBND huyện A;UBND huyện A\n;Phòng B;h\n;Phòng C;ủy ban nhân dân HUYEN A\n")
    assert [unit.get("parent") for unit in imported(path)["units"].values()] == [None, "h", "h"]
    assert ":2: “UBND huyện A” is written above itself; it has no parent" in notes(path)


def test_a_group_does_not_take_the_id_of_a_unit(make: Make) -> None:
    path = make("Tên;Nhóm\nXã A;Xã A\nXã B;xa-a, Nhóm xã A\nXã C;Xã A; khối 機\n")
    path.write_text(path.read_text().replace("; khối", ", khối"), encoding="utf-8")
    assert imported(path)["groups"] == {
        "nhom-xa-a-2": ["xa-a", "xa-b", "xa-c"],
        "nhom-xa-a": ["xa-b"],
        "khoi": ["xa-c"],
    }
    assert ":2: the group “Xã A” gets the id nhom-xa-a-2: xa-a is a unit" in notes(path)


def test_a_workbook_with_titles_merged_cells_and_sections(book: Make) -> None:
    path = book(
        [
            ["UBND TỈNH", None, None, None, None, None, "Mẫu số 01"],
            ["DANH SÁCH ĐƠN VỊ"],
            [],
            ["STT", "Tên cơ quan, đơn vị", "Liên hệ", None, "Đơn vị quản lý", "Khối", "Ghi chú"],
            [None, None, "Thư điện tử", "Điện thoại"],
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
            ["I. Các sở"],
            [1, "Sở Nội vụ", "noivu@x.vn", 2153861234, None, "Khối sở"],
            [None, None, "noivu2@x.vn"],
            [2.0, "Sở Y tế", "yte@x.vn", None, "Sở Nội vụ"],
            [3, "Sở Tư pháp", "tuphap@x.vn"],
            ["B", "Các xã"],
            ["STT", "Tên cơ quan, đơn vị", "Liên hệ", None, "Đơn vị quản lý", "Khối", "Ghi chú"],
            [4, 1234, "xa@x.vn"],
            [None, "Người lập biểu"],
            [None, None, None, None, None, None, "Trang 1"],
        ],
        merged=["A2:G2", "A4:A5", "B4:B5", "C4:D4", "A7:G7", "A8:A9", "B8:B9", "F8:F11", "E10:E11"],
    )
    assert imported(path) == {
        "units": {
            "so-noi-vu": {"name": "Sở Nội vụ", "email": ["noivu@x.vn", "noivu2@x.vn"]},
            "so-y-te": {"name": "Sở Y tế", "email": ["yte@x.vn"], "parent": "so-noi-vu"},
            "so-tu-phap": {"name": "Sở Tư pháp", "email": ["tuphap@x.vn"], "parent": "so-noi-vu"},
            "1234": {"name": "1234", "email": ["xa@x.vn"]},
            "nguoi-lap-bieu": {"name": "Người lập biểu"},
        },
        "groups": {"khoi-so": ["so-noi-vu", "so-y-te", "so-tu-phap"]},
    }
    assert notes(path) == [
        "[Bảng 1]:4: columns that are passed over: “STT”, “Điện thoại”, “Ghi chú”",
        "[Bảng 1]:6: the numbers of the columns are passed over",
        "[Bảng 1]:7: “I. Các sở” is taken for a section of the list; passed over",
        "[Bảng 1]:12: “B Các xã” is taken for a section of the list; passed over",
        "[Bảng 1]:13: the headings stand here again; passed over",
        "[Bảng 1]:15: “Người lập biểu” has no e-mail address: nothing can be sent to it",
        "[Bảng 1]:16: “Trang 1” names no unit; passed over",
    ]


def test_one_sheet_is_read_and_the_others_are_mentioned(book: Make) -> None:
    units = [["Tên", "Email"], ["A", "a@x.vn"]]
    path = book([["Bìa"]], [["Tên", "Email"], ["Cũ", "cu@x.vn"]], units, [], units, hidden=[1])
    assert names(path) == ["A"]
    assert notes(path) == ["[Bảng 3]: one sheet is read; these are passed over: “Bảng 1”, “Bảng 2”, “Bảng 5”"]
    assert "trang tính “Bảng 3”" in import_units(path)[0]


def test_rows_that_are_only_numbered_names_are_units(make: Make) -> None:
    path = make("Đơn vị\nI. Các phòng\n1. Phòng Nội vụ\n2) Phòng Y tế\n\n- Phòng Tư pháp\n3. X. Chiềng Sinh\n")
    assert names(path) == ["Phòng Tư pháp"]
    path.write_text(path.read_text().replace("- ", "4. "), encoding="utf-8")
    assert names(path) == ["Phòng Nội vụ", "Phòng Y tế", "Phòng Tư pháp", "X. Chiềng Sinh"]
    assert names(make("Đơn vị;Email\nX. Chiềng Sinh;\nC.ty A;\nI;\nCông an;\nTổng công ty B;\nP. Nội vụ;a@x.vn\n")) == [
        *("X. Chiềng Sinh", "C.ty A", "I", "Công an", "Tổng công ty B", "P. Nội vụ")
    ]


def test_a_backslash_at_which_calendars_break_a_line_becomes_a_slash(make: Make) -> None:
    path = make("Mã;Tên;Email\n;Phòng A\\nội vụ;a@x.vn\n;Phòng B\\\u200brừng;b@x.vn\n;Phòng C\\khác;c@x.vn\n")
    assert names(path) == ["Phòng A/nội vụ", "Phòng B/rừng", "Phòng C\\khác"]


def test_figures_and_bullets_before_a_name_go_and_those_inside_stay(make: Make) -> None:
    path = make(
        "Mã;Tên;Email\n-;1. Phòng Tài chính - Kế hoạch;a@x.vn\n;- Trường số 1. Khu A;a@x.vn\n;12/ 3/2 Park;a@x.vn\n"
        ";1.2) Trạm 2 (cũ);a@x.vn\n;Bệnh viện 19-8;a@x.vn\n"
    )
    assert names(path) == [
        *("Phòng Tài chính - Kế hoạch", "Trường số 1. Khu A", "12/ 3/2 Park", "Trạm 2 (cũ)", "Bệnh viện 19-8")
    ]


def test_an_address_without_a_name_is_never_lost(make: Make, book: Make) -> None:
    (found,) = problems(make("STT;Tên;Email\n1;A;a@x.vn\n;;b@x.vn\n"))
    assert found.startswith(":3:3: this row has no name — ")
    rows = [["STT", "Tên", "Email"], ["I", "Các xã"], [None, None, "b@x.vn"], [1, "A", "a@x.vn"]]
    assert problems(book(rows, merged=["B2:B3"]))[0].startswith("[Bảng 1]:3:3: this row has no name — ")


def test_a_list_without_addresses_says_so_once(make: Make) -> None:
    assert notes(make("Tên\nA\nB\n")) == [":1: no column has e-mail addresses: nothing can be sent to these units"]


def test_everything_that_is_wrong_is_said_at_once(make: Make) -> None:
    path = make(
        "Mã;Tên;Email;Lãnh đạo;Trực thuộc\n"
        "a;A;noivu.x.vn;;\n"
        "a;A1;nộivụ@x.vn;lead@x;\n"
        "Sở-A;Sở A;a@x.vn;;a\n"
        ";;b@x.vn;;\n"
        "b;B;#REF!;;a\n"
        "c;;;;\n"
        f"{'d' * 101};{'D' * 301};a@b@c.vn;;\n"
        "e;Xã E;;;Xã F\nf;Xã F;;;\ng;xa f;;;\n"
    )
    other = "give one of the two another id, or leave its cell empty"
    whole = "write the whole domain after the @, with its dot, as in noivu@example.vn"
    assert problems(path) == [
        ":2:3: “noivu.x.vn” is not an e-mail address — write exactly one @, as in noivu@example.vn",
        ":3:1: the id “a” stands here twice; the first is in row 2 — " + other,
        ":3:3: “nộivụ@x.vn” is not an e-mail address — write it without accents, as in noivu@example.vn",
        ":3:4: “lead@x” is not an e-mail address — " + whole,
        ":4:1: “Sở-A” cannot be an id — write `so-a`, or leave the cell empty: an id is then made from the name",
        ":5:3: this row has no name — write the unit's name, or empty the row",
        ":6:3: the formula of this cell has no result: #REF! — correct it, or write the text itself",
        ":7:1: this row has no name — write the unit's name, or empty the row",
        ":8:1: an id of 101 characters — write it in at most 100 characters",
        ":8:2: a name of 301 characters — write it in at most 300 characters",
        ":8:3: “a@b@c.vn” is not an e-mail address — write exactly one @, as in noivu@example.vn",
        ":9:5: “Xã F” is the name of several units: f, g — write the id of the one that is meant",
    ]


def test_units_cannot_stand_above_one_another(make: Make) -> None:
    path = make("Mã;Tên;Trực thuộc\na;A;b\nb;B;a\n")
    assert problems(path) == [
        ":2:3: these units stand above one another: a → b → a — correct the parent of one of them"
    ]
    rows = "".join(f"u{number};U{number};u{number + 1}\n" for number in range(60))
    assert "too many units above it" in problems(make(f"Mã;Tên;Trực thuộc\n{rows}"))[0]


def test_rows_are_counted_as_editors_count_lines(make: Make) -> None:
    assert problems(make('\n"DANH\nSÁCH"\nTên;Email\n\n"A\nB";"a@x.vn\nb"\n')) == [
        ":6:2: “b” is not an e-mail address — write exactly one @, as in noivu@example.vn"
    ]


OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", ":1:1: this file is empty — "),
        (b"\xef\xbb\xbf\r\n \t", ":1:1: this file is empty — "),
        ("\ufeff \n".encode("utf-16-le"), ":1:1: this file is empty — "),
        (b";;;\n;;;\n", ":1:1: no heading row is found among the first 20 rows — "),
        (b"a;b\nc;d\n", ":1:1: no heading row is found among the first 20 rows — "),
        (b"x\n" * 20 + b"Name;Email\nA;a@x.vn\n", ":1:1: no heading row is found among the first 20 rows — "),
        (b"\nid;email\na;a@x.vn\n", ":2:1: no column has the names of the units — write one of these above the names"),
        (b"name;email\n", ":1:1: there is no unit below the headings — "),
        (b'name;email\n"A;a@x.vn\nB;b@x.vn\n', ":2:1: this line is not well-formed CSV: "),
        (b"name;email\n" + b"A" * 200_000, ":2:1: this line is not well-formed CSV: "),
        (b"\xff\xfename\x00\xd8", ":1:1: this is not text in an encoding that is understood — "),
        (b"name\n\xd2\x00", ":1:1: this is not text in an encoding that is understood — "),
        (OLD_EXCEL, ":1:1: this is the old Excel format (.xls) — save it as .xlsx or as CSV UTF-8"),
        (OLD_EXCEL + "EncryptedPackage".encode("utf-16-le"), ":1:1: this workbook is locked with a password — "),
        (b"%PDF-1.7", ":1:1: this is neither a CSV file nor an XLSX workbook — "),
        (b"\n<html><table>", ":1:1: this is neither a CSV file nor an XLSX workbook — "),
        (b"PK\x03\x04 no workbook", ":1:1: this workbook cannot be read: File is not a zip file — "),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(make: Make, content: bytes, start: str) -> None:
    (found,) = problems(make(content))
    assert found.startswith(start)


def test_the_advice_names_headings_that_are_understood(make: Make) -> None:
    (found,) = problems(make("a;b\n"))
    for heading in ("Tên đơn vị", "Mã", "Thư điện tử", "Thủ trưởng", "Trực thuộc", "Khối", "Groups"):
        assert f"“{heading.lower()}”" in found


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "không có.csv", tmp_path, Path("a\0b")):
        (found,) = problems(path)
        assert ":1:1: this file cannot be read: " in found


def test_workbooks_that_hold_no_list_are_refused(book: Make, tmp_path: Path) -> None:
    assert problems(book([]))[0].startswith(":1:1: this file is empty — ")
    assert problems(book([["Bìa"]]))[0].startswith("[Bảng 1]:1:1: no heading row is found")
    assert problems(book([["Tên", "Email"], ["A", "#N/A"]]))[0].startswith("[Bảng 1]:2:2: the formula of this cell")
    path = tmp_path / "sai.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    assert problems(path)[0].startswith(":1:1: this is a binary workbook (.xlsb) — ")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", b"")
    assert problems(path)[0].startswith(":1:1: this workbook cannot be read: ")


def test_sizes_have_limits(make: Make, book: Make) -> None:
    path = book([["Tên", "Email"], *([f"A{number}", "a@x.vn"] for number in range(9))])
    assert problems(path, Limits(rows=9))[0].startswith("[Bảng 1]:10:1: more than 9 rows — ")
    assert problems(make("Tên\n" + "A\n" * 9), Limits(rows=9))[0].startswith(":10:1: more than 9 rows — ")
    assert problems(path, Limits(unpacked=9))[0].startswith(":1:1: unpacked, this workbook is larger than 0 MiB — ")
    assert problems(path, Limits(file=9))[0].startswith(":1:1: this file is larger than 0 MiB — ")
    written = problems(make("Tên\nA\n"), Limits(written=9))
    assert written[0].startswith(":1:1: the units file would be larger than 0 MiB — ")


def test_notes_speak_without_a_row_too() -> None:
    assert str(ImportNote("a.csv", 0, text("no"))) == "a.csv: no"


CELL = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["A", "a", "UBND", "no", "1. A", "I. A", "Tên", "a@x.vn", "A@X.vn; b@x.vn", "{", "'", "- ", "a\nb", "x" * 400]
    ),
    st.emails(),
)
ROWS = st.lists(st.lists(CELL, max_size=7), max_size=8)
HEADINGS = ["Tên", "Email", "Mã", "Lãnh đạo", "Trực thuộc", "Nhóm", "STT"]


def check(path: Path) -> None:
    """Either a list is refused, or a good units file comes out."""
    try:
        made = import_units(path)[0]
    except ListError as error:
        refused = [str(problem) for problem in error.problems]
    else:
        refused = []
    if refused:
        return
    data = imported(path)
    assert made == import_units(path)[0]
    ids = [*data["units"], *data.get("groups", {})]
    assert len(set(ids)) == len(ids)
    for id_ in ids:
        assert values.identifier(id_) == id_
    for unit in data["units"].values():
        assert all(isinstance(value, str) and value for key, value in unit.items() if key != "email")
        assert values.line(unit["name"]) == unit["name"]
        for address in [*unit.get("email", []), *filter(None, [unit.get("lead")])]:
            assert values.email(address) == address
    for members in data.get("groups", {}).values():
        assert set(members) <= set(data["units"])


@given(rows=ROWS, headings=st.permutations(HEADINGS), separator=st.sampled_from("\t;,|"))
def test_whatever_stands_in_a_csv_list_is_refused_or_made_good(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], headings: list[str], separator: str
) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([headings, *rows])
    path = tmp_path_factory.getbasetemp() / "bat-ky.csv"
    path.write_bytes(stream.getvalue().encode(errors="replace"))
    check(path)


@given(raw=st.binary(max_size=200), before=st.sampled_from([b"", "Tên;Email\n".encode(), b"\xff\xfe", b"PK\x03\x04"]))
def test_whatever_bytes_come_are_refused_or_made_good(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, before: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bat-ky.dat"
    path.write_bytes(before + raw)
    check(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('ref="A2:A3"', 'ref="A3:A2"'),
        ('ref="A2:A3"', 'ref="A:A"'),
        ('ref="A2:A3"', 'ref="2:3"'),
        ('ref="A2:A3"', 'ref="A1:XFD1048576"'),
        ('ref="A2:A3"', 'ref="A2:A9999999999"'),
        ('ref="A2:A3"', 'ref="A2:A3"/><mergeCell ref="A2:A3"/><mergeCell ref="A3:B4"'),
        ('ref="A2:A3"', ""),
        ('<row r="3"', '<row r="99999999999"'),
        ('<row r="3"', '<row r="1048576"'),
        ('<row r="3"', '<row r="2"'),
        ('<row r="3"', '<row r="x"'),
        ('<dimension ref="A1:B3"', '<dimension ref="A1:XFD1048576"'),
        ('r="B3"', 'r="ZZZ3"'),
        ('t="inlineStr"', 't="n"'),
        ('t="inlineStr"', 't="d"'),
        ('t="inlineStr"><is>', 't="s"><v>9999</v><is>'),
        ("</sheetData>", ""),
    ],
)
def test_a_workbook_that_is_not_as_excel_writes_it_is_refused_or_made_good(book: Make, old: str, new: str) -> None:
    path = book([["Tên", "Email"], ["A", "a@x.vn"], [None, "b@x.vn"]], merged=["A2:A3"])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    parts[sheet] = parts[sheet].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    check(path)


@given(place=st.integers(0, 4000), byte=st.integers(0, 255), end=st.integers(1000, 9000))
def test_a_damaged_workbook_is_refused_or_made_good(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int, end: int
) -> None:
    stream = io.BytesIO()
    made = openpyxl.Workbook()
    sheet: Any = made.active
    sheet.append(["Tên", "Email"])
    sheet.append(["A", "a@x.vn"])
    made.save(stream)
    raw = bytearray(stream.getvalue())
    raw[place % len(raw)] = byte
    path = tmp_path_factory.getbasetemp() / "hong.xlsx"
    path.write_bytes(raw[:end])
    check(path)


@given(
    pairs=st.lists(
        st.tuples(st.text(st.characters(min_codepoint=0x20), min_size=1, max_size=40), st.emails()), max_size=9
    )
)
def test_names_and_addresses_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    pairs = [(clean(f"Xã {name}"), email) for name, email in pairs if _keeps(email)]
    stream = io.StringIO()
    csv.writer(stream).writerows([("name", "email"), ("First", "first@x.vn"), *pairs])
    path = tmp_path_factory.getbasetemp() / "di-ve.csv"
    path.write_bytes(stream.getvalue().encode())
    found = imported(path)["units"].values()
    assert [(unit["name"], unit["email"]) for unit in found] == [
        (name.replace("\n", " "), [email.rpartition("@")[0] + "@" + email.rpartition("@")[2].lower()])
        for name, email in [("First", "first@x.vn"), *pairs]
    ]


def _keeps(email: str) -> bool:
    """Whether an address has none of the marks that stand between or around addresses in real lists."""
    return not set(email) & set(";,|/?<>()[]\"'") and email.isascii()
