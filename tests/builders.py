"""Small registers for tests, built from the plans' own words."""

from datetime import date, time
from typing import Any

from scheduler.deadlines import wording
from scheduler.deadlines.plans import Due, Ladder, Obligation, Offset, Plan, Register, Unit, Years
from scheduler.deadlines.rules import Policy
from tests.deadlines.conftest import read_workdays

WORKDAYS = read_workdays()
LADDER = Ladder(
    before=tuple(Offset(n) for n in (30, 14, 7, 3, 1, 0)),
    overdue=tuple(Offset(n) for n in (1, 3, 7)),
    escalate=frozenset({"-1", "overdue"}),
    at=time(8),
)
UNITS = {
    "ubnd": Unit("ubnd", "UBND tỉnh"),
    "noi-vu": Unit("noi-vu", "Sở Nội vụ", ("noivu@tinh.example",), "giamdoc.nv@tinh.example", "ubnd"),
    "y-te": Unit("y-te", "Sở Y tế", ("yte@tinh.example",), "giamdoc.yt@tinh.example", "ubnd"),
    "tai-chinh": Unit("tai-chinh", "Sở Tài chính", ("tc@tinh.example", "vt.tc@tinh.example"), "", "ubnd"),
}


def duty(due: dict[str, str], **fields: Any) -> Obligation:
    """An obligation of two offices to the province, through Sở Nội vụ."""
    dues = tuple(Due(key, wording.parse(words), words) for key, words in due.items())
    values: dict[str, Any] = {"id": "ket-qua", "title": "Báo cáo kết quả", "reporters": ("so",), "to": "ubnd"}
    return Obligation(**(values | {"via": "noi-vu", "due": dues, "clause": "III.1"} | fields))


def register(*obligations: Obligation, years: Years | None = None, **fields: Any) -> Register:
    """A register of one plan, "kh"."""
    plan = Plan("kh", "Kế hoạch dân vận", years or Years(2025, 2025), obligations, "12/KH-UBND", "2025", "ubnd")
    values: dict[str, Any] = {"plans": {"kh": plan}, "units": UNITS, "groups": {"so": ("y-te", "tai-chinh")}}
    return Register(**(values | {"policy": Policy(), "workdays": WORKDAYS, "ladder": LADDER} | fields))


def day(text: str) -> date:
    """A day from "20/3" (of 2025) or ISO."""
    if "-" in text:
        return date.fromisoformat(text)
    d, m = text.split("/")
    return date(2025, int(m), int(d))
