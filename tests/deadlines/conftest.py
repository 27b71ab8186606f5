from pathlib import Path

import pytest
import yaml

from scheduler.deadlines.workdays import WorkCalendar, YearTable

CONFIG = Path(__file__).parents[2] / "config"


def read_workdays() -> WorkCalendar:
    from datetime import date

    def days(values: list[object]) -> frozenset[date]:
        return frozenset(v if isinstance(v, date) else date.fromisoformat(str(v)) for v in values)

    tables = {}
    for file in sorted(CONFIG.glob("workdays/*.yaml")):
        for year, table in yaml.safe_load(file.read_text("utf-8"))["years"].items():
            off = table.get("off", table.get(False, []))
            tables[int(year)] = YearTable(
                days(off), days(table.get("make_up", [])), table.get("notice", ""), bool(table.get("provisional"))
            )
    return WorkCalendar(tables)


@pytest.fixture(scope="session")
def workdays() -> WorkCalendar:
    """The working days of the project's own config/workdays."""
    return read_workdays()
