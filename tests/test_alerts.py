"""The alerts for Prometheus: it takes them, they ask for figures that are served, and they tell what they should.

promtool comes with Prometheus, which nobody wants to start for `make test`. Where it is, it is used.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.daemon.process import ROOT, Office
from tests.test_docs import PAGES, blocks

ALERTS = ROOT / "docs" / "alerts.yml"


def test_every_figure_of_the_alerts_is_served(tmp_path: Path) -> None:
    with Office(tmp_path).running() as daemon:
        figures = daemon.get("/metrics").text
    for rule in alerts():
        names = set(re.findall(r"\bnhachan_\w+", rule["expr"]))
        assert names
        for name in names:
            assert re.search(rf"^{name}[ {{]", figures, re.MULTILINE), name
        assert rule["annotations"].keys() == {"summary", "summary_vi"}


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_prometheus_takes_what_the_pages_give_it(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool")
    for page in PAGES:
        (whole,) = (block for block in blocks(page, "yaml") if "scrape_configs" in block)
        assert yaml.safe_load(whole)["scrape_configs"][0]["job_name"] == "nhachan"
        there = "/etc/prometheus/nhachan.yml"
        assert f"docs/{ALERTS.name} {there}\n" in "".join(blocks(page, "sh"))
        (tmp_path / "prometheus.yml").write_text(whole.replace(there, str(ALERTS)), "utf-8")
        promtool("check", "config", str(tmp_path / "prometheus.yml"))


def test_a_hold_keeps_the_alarm_for_waiting_mails_quiet_and_is_told_after_a_day(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool")
    waiting = {"nhachan_up": "1x2000", "nhachan_mail_longest_wait_seconds": "0+60x2000", "nhachan_held": "0x2000"}
    cases = [
        (waiting, "3h", "NhachanMailWaits"),
        (waiting | {"nhachan_held": "1x2000"}, "3h", ""),
        (waiting | {"nhachan_held": "1x2000"}, "30h", "NhachanHeld"),
        ({"nhachan_up": "0x2000"}, "1h", "NhachanDown"),
        ({}, "1h", "NhachanDown"),
    ]
    tests = []
    for figures, at, name in cases:
        expected = [
            {
                "eval_time": at,
                "alertname": rule["alert"],
                "exp_alerts": [{"exp_annotations": rule["annotations"]}] if rule["alert"] == name else [],
            }
            for rule in alerts()
        ]
        series = [{"series": figure, "values": values} for figure, values in figures.items()]
        tests.append({"interval": "1m", "input_series": series, "alert_rule_test": expected})
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": tests}, allow_unicode=True), "utf-8")
    promtool("test", "rules", str(file))


def promtool(*words: str) -> None:
    result = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
