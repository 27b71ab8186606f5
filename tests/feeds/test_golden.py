"""The feeds of the five real plans, byte for byte. UPDATE_GOLDEN=1 writes them anew: look at the difference."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scheduler.config.load import load
from scheduler.deadlines.plans import Register
from tests.feeds.test_publish import Keeper

GOLDEN = Path(__file__).parent / "golden"
CONFIG = Path(__file__).parents[2] / "config"
PLANS = ["binh-dinh-2025", "long-khanh-2024", "quang-ngai-2018", "tuan-giao-2023", "xuan-truong-2024"]


@pytest.fixture(scope="module")
def register() -> Register:
    return load(CONFIG, date(2025, 1, 3)).register


@pytest.mark.parametrize("name", [*(f"plans/{plan}" for plan in PLANS), "units/binh-dinh.so-noi-vu"])
def test_feeds_of_the_real_plans(name: str, register: Register, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, datetime(2025, 1, 2, 1, tzinfo=UTC))
    keeper.publish(register)
    found = (keeper.calendars / f"{name}.ics").read_bytes()
    golden = GOLDEN / f"{name.replace('/', '.')}.ics"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(found)
    assert found == golden.read_bytes()


def test_a_deadline_of_each_plan_stands_on_its_day(register: Register, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, datetime(2025, 1, 2, 1, tzinfo=UTC))
    keeper.publish(register)
    stands = {plan: [f"{e.DTSTART:%d/%m/%Y}" for e in keeper.events(f"plans/{plan}")] for plan in PLANS}
    assert stands == {
        "binh-dinh-2025": ["19/03/2025", "19/06/2025", "19/09/2025", "24/11/2025"],
        "long-khanh-2024": ["09/05/2024", "09/10/2024"],
        "quang-ngai-2018": ["28/09/2018", "27/09/2019", "29/09/2020"],
        "tuan-giao-2023": ["12/05/2023", "13/10/2023"],
        "xuan-truong-2024": ["08/11/2024"],
    }
