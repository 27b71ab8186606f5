"""What machines ask."""

import re
from dataclasses import replace
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from scheduler.config.problems import Problem
from scheduler.reminders import brake
from scheduler.state.database import transaction
from scheduler.state.tables import Mail
from scheduler.translation import text
from tests.builders import day
from tests.conftest import ROOT
from tests.web.browser import Browser
from tests.web.conftest import Office


def test_health(office: Office, client: Browser) -> None:
    good = client.get("/healthz")
    assert good.status_code == 200
    assert good.json() == {"status": "ok", "mail": "ok", "configuration": "ok", "version": "1.2.3"}
    assert client.head("/healthz").status_code == 200
    office.site.health = lambda: "no beat for 7 minutes"
    bad = client.get("/healthz")
    assert bad.status_code == 503
    assert bad.json()["reason"] == "no beat for 7 minutes"


def test_a_kept_configuration_is_told_and_is_no_failure(office: Office, client: Browser) -> None:
    office.site.problems = (Problem("plans/kh.yaml", 12, 7, text("unknown key"), text("leave it out")),)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["configuration"] == "kept last good"
    assert "plans/kh.yaml" not in answer.text
    office.set(public_url="http://127.0.0.1:8080")
    near = office.client(near=True, base="http://127.0.0.1:8080").get("/healthz")
    assert near.json()["problems"] == ["plans/kh.yaml:12:7: unknown key — leave it out"]


def test_a_mail_server_that_is_away_is_told_and_is_no_failure(office: Office, client: Browser) -> None:
    office.site.mail = lambda: "the mail server 10.0.0.7 does not answer"
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["mail"] == "waiting for the mail server"
    assert "10.0.0.7" not in answer.text
    page = office.admin().get("/office").text
    assert "the mail server 10.0.0.7 does not answer" in page


def test_a_health_check_that_fails_is_bad_health(office: Office, client: Browser) -> None:
    def broken() -> str:
        raise RuntimeError("secret")

    office.site.health = broken
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "RuntimeError"


def test_metrics(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    with transaction(office.site.engine) as session:
        now = office.site.clock()
        session.add(Mail(unit="y-te", day=day("12/6"), message_id="<a@x>", state="sent", created=now))
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in (
        'nhachan_build_info{version="1.2.3"} 1',
        "nhachan_deadlines 3",
        "nhachan_units 4",
        "nhachan_feeds 6",
        "nhachan_mail_longest_wait_seconds 0",
        "nhachan_submissions 1",
        'nhachan_mails{state="sent"} 1',
        'nhachan_mails{state="failed"} 0',
        "nhachan_config_last_reload_successful 1",
        "nhachan_up 1",
    ):
        assert line in lines
    problem = Problem("a", 1, 1, text("a"), text("b"))
    office.site.problems = (problem, replace(problem, line=2))
    assert "nhachan_config_last_reload_successful 0" in client.get("/metrics").text.splitlines()


def test_metrics_are_what_prometheus_reads_and_what_is_documented(office: Office, client: Browser) -> None:
    now = office.site.clock()
    office.site.version = 'a"b\\c\nd'
    office.site.last_beat = lambda: now - timedelta(seconds=42)
    office.site.reloaded = now
    with transaction(office.site.engine) as session:
        for number, state in enumerate(("due", "sending", "failed")):
            created = now - timedelta(hours=number + 1)
            session.add(Mail(unit=state, day=day("12/6"), message_id=state, state=state, created=created))
    page = client.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(page)}
    values = {name: family.samples[0].value for name, family in families.items()}
    assert families["nhachan_build_info"].samples[0].labels == {"version": office.site.version}
    assert values["nhachan_last_beat_age_seconds"] == 42
    assert values["nhachan_config_last_reload_success_timestamp_seconds"] == now.timestamp()
    assert values["nhachan_mail_longest_wait_seconds"] == 7200
    mails = {sample.labels["state"]: sample.value for sample in families["nhachan_mails"].samples}
    assert mails == {"due": 1, "sending": 1, "sent": 0, "failed": 1, "stale": 0, "empty": 0}
    for family in families.values():
        assert family.type == "gauge"
        assert family.documentation
    documented = re.findall(r"^\| `(nhachan_\w+)", (ROOT / "MONITORING.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(documented) == sorted(families)


def test_metrics_tell_a_hold(office: Office, client: Browser) -> None:
    """A hold is no trouble: alarms for mails that wait must be able to tell it from a mail server that is away."""

    def held() -> float:
        page = client.get("/metrics").text
        return next(f.samples[0].value for f in text_string_to_metric_families(page) if f.name == "nhachan_held")

    now = office.site.clock()
    assert held() == 0
    with transaction(office.site.engine) as session:
        brake.hold(session, "", "cli", now)
    assert held() == 1
    with transaction(office.site.engine) as session:
        brake.release(session, "cli", now, now.date())
    assert held() == 0


def test_metrics_ask_the_database_three_times_at_most(office: Office, client: Browser) -> None:
    asked: list[str] = []
    event.listen(office.site.engine, "before_cursor_execute", lambda *found: asked.append(found[2]))
    assert client.get("/metrics").status_code == 200
    assert len(asked) == 3


def test_robots_may_read_feeds_alone(client: Browser) -> None:
    assert client.get("/robots.txt").text.splitlines() == ["User-agent: *", "Allow: /feeds/", "Disallow: /"]
