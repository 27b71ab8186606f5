"""A large office for tests of size: a province's communes, each with its rooms, and dozens of plans."""

from dataclasses import replace

from scheduler.deadlines.plans import Plan, Register, Unit, Years
from tests.builders import UNITS, duty, register


def large_register(units: int = 3000, plans: int = 60, groups: int = 6) -> Register:
    """Each plan asks half of the units, by groups that lie side by side."""
    found = dict(UNITS)
    ids = [f"tinh.xa-{n // 10}.phong-{n}" if n % 10 else f"tinh.xa-{n // 10}" for n in range(units)]
    for n, id_ in enumerate(ids):
        name = f"Phòng Kinh tế, Hạ tầng và Đô thị xã số {n}" if n % 10 else f"UBND xã số {n}"
        email = (f"phong{n}@xa.tinh.example", f"vanthu{n}@xa.tinh.example")
        parent = f"tinh.xa-{n // 10}" if n % 10 else "ubnd"
        found[id_] = Unit(id_, name, email, f"truongphong{n}@xa.tinh.example", parent)
    members = {f"nhom-{n}": tuple(ids[n::groups]) for n in range(groups)}
    found_plans = {f"kh-{n}-2024": _plan(n, groups) for n in range(plans)}
    return replace(register(), plans=found_plans, units=found, groups=members)


def _plan(n: int, groups: int) -> Plan:
    asked = tuple(f"nhom-{(n + k) % groups}" for k in range(groups // 2))
    due = {"quarter": "chậm nhất ngày 15 của tháng cuối quý", "six-month": "trước ngày 15/6"}
    title = f"Kế hoạch thực hiện công tác số {n} của các cơ quan nhà nước trên địa bàn tỉnh"
    return Plan(f"kh-{n}-2024", title, Years(2024, None), (duty(due, reporters=asked),), f"{n}/KH-UBND")
