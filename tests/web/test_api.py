"""The JSON API, as the province's report system would use it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from scheduler.deadlines.expand import expand
from scheduler.deadlines.listing import listed
from scheduler.state import api_keys
from scheduler.state.database import transaction
from scheduler.web.app import make_app
from scheduler.web.limits import Limits, Rate
from tests.builders import day
from tests.web.browser import Browser
from tests.web.conftest import PUBLIC, Office

REPORT = {"plan": "kh", "obligation": "ket-qua", "period": "2025-6M", "unit": "y-te"}
ONE = "/api/submissions/kh/ket-qua/2025-6M/y-te"


class Program:
    """A program with a key."""

    def __init__(self, office: Office, *, records: bool = True, limits: Limits | None = None) -> None:
        self.browser = Browser(make_app(office.site, limits), PUBLIC, "192.0.2.9")
        with transaction(office.site.engine) as session:
            self.key = api_keys.make(session, "tinh", office.site.clock(), "cli", records=records)

    def ask(self, method: str, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key if key is None else key}", "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        return self.browser.request(method, path, headers, content)


@pytest.fixture
def program(office: Office) -> Program:
    return Program(office)


def test_deadlines_are_those_of_the_command(office: Office, program: Program) -> None:
    answer = program.ask("GET", "/api/deadlines?from=2025-01-01&to=2025-12-31")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    expected = [listed(d) for d in expand(office.site.register, day("1/1"), day("31/12"))]
    assert answer.json() == expected
    assert expected
    less = program.ask("GET", "/api/deadlines?from=2025-01-01&to=2025-12-31&unit=noi-vu").json()
    assert less == [d for d in expected if "noi-vu" in d["units"]]
    assert program.ask("GET", "/api/deadlines?from=1/6/2025&to=30/6/2025&plan=kh").json()


def test_what_arrived_is_recorded_once_and_seen_on_the_page(office: Office, program: Program) -> None:
    told: list[str] = []
    office.site.submissions_changed = lambda: told.append("changed")
    body = REPORT | {"submitted_on": "2025-06-11", "reference": "12/BC-SYT\r\nX-Injected: 1"}
    first, second = program.ask("POST", "/api/submissions", body), program.ask("POST", "/api/submissions", REPORT)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["timeliness"] == "on-time"
    assert first.json()["reference"] == "12/BC-SYT X-Injected: 1"
    assert first.json()["recorded_by"] == "api:tinh"
    assert told
    assert "12/BC-SYT" in office.client().get(office.page("y-te")).text
    assert program.ask("GET", "/api/submissions?unit=y-te").json() == [first.json()]
    assert program.ask("GET", "/api/submissions?unit=tai-chinh").json() == []


def test_a_submission_is_withdrawn_once(office: Office, program: Program) -> None:
    program.ask("POST", "/api/submissions", REPORT)
    assert program.ask("DELETE", ONE).status_code == 204
    assert office.standing() == {}
    assert program.ask("DELETE", ONE).status_code == 404


@pytest.mark.parametrize(("on", "timeliness"), [("2025-06-19", "on-time"), ("20/6/2025", "on-stated-day")])
def test_timeliness_is_the_states(office: Office, program: Program, on: str, timeliness: str) -> None:
    office.site.clock = lambda: datetime(2025, 6, 25, 3, tzinfo=UTC)
    assert program.ask("POST", "/api/submissions", REPORT | {"submitted_on": on}).json()["timeliness"] == timeliness


@pytest.mark.parametrize("key", ["", "nhachan_", "nhachan_wrong", "other", "nhachan_" + "x" * 5000])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/deadlines"), ("GET", "/api/submissions"), ("POST", "/api/submissions"), ("DELETE", ONE)],
)
def test_without_a_key_nothing_is_told_and_nothing_done(
    office: Office, program: Program, key: str, method: str, path: str
) -> None:
    before = office.rows()
    answer = program.ask(method, path, REPORT if method == "POST" else None, key)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert office.rows() == before


def test_a_removed_or_replaced_key_is_refused(office: Office, program: Program) -> None:
    old, new = program.key, Program(office).key
    assert program.ask("GET", "/api/submissions", key=old).status_code == 401
    assert program.ask("GET", "/api/submissions", key=new).status_code == 200
    with transaction(office.site.engine) as session:
        assert api_keys.remove(session, "tinh", office.site.clock(), "cli")
        assert not api_keys.remove(session, "tinh", office.site.clock(), "cli")
    assert program.ask("GET", "/api/submissions", key=new).status_code == 401


def test_the_database_never_holds_a_key(office: Office, program: Program) -> None:
    assert program.key not in repr(office.rows())
    assert program.key.removeprefix("nhachan_") not in repr(office.rows())


def test_a_key_that_may_read_alone_records_nothing(office: Office) -> None:
    reader = Program(office, records=False)
    assert reader.ask("GET", "/api/deadlines").status_code == 200
    assert reader.ask("POST", "/api/submissions", REPORT).status_code == 403
    assert reader.ask("DELETE", ONE).status_code == 403
    assert office.standing() == {}


WRONG: list[tuple[object, int, str]] = [
    (b"", 400, "JSON object"),
    (b"{", 400, "JSON object"),
    (b"\xff\xfe", 400, "JSON object"),
    (b"[" * 10_000, 400, "JSON object"),
    ([], 400, "JSON object"),
    ({}, 404, "no plan"),
    (REPORT | {"plan": 7}, 400, "“plan” must be a text"),
    (REPORT | {"plan": "khac"}, 404, "no plan “khac”"),
    (REPORT | {"obligation": "khac"}, 404, "it has: ket-qua"),
    (REPORT | {"period": "2025-Q3"}, 404, "2025-Q1, 2025-6M, 2025"),
    (REPORT | {"unit": "noi-vu"}, 404, "y-te, tai-chinh"),
    (REPORT | {"submitted_on": "hôm qua"}, 400, "submitted_on"),
    (REPORT | {"submitted_on": "2025-06-13"}, 400, "has not come"),
    (REPORT | {"submitted_on": "2025-02-30"}, 400, "submitted_on"),
    (REPORT | {"reference": "x" * 20_000}, 413, "too long"),
]


@pytest.mark.parametrize(("body", "status", "words"), WRONG)
def test_what_will_not_do_is_told_in_words(
    office: Office, program: Program, body: object, status: int, words: str
) -> None:
    answer = program.ask("POST", "/api/submissions", body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert words in answer.json()["detail"]
    assert office.standing() == {}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=x", 400),
        ("from=2025-06-02&to=2025-06-01", 400),
        ("from=1900-01-01", 400),
        ("unit=khac", 404),
        ("plan=khac", 404),
    ],
)
def test_a_window_that_will_not_do(program: Program, query: str, status: int) -> None:
    assert program.ask("GET", f"/api/deadlines?{query}").status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/api/nothing", 404, None),
        ("GET", ONE, 405, {"DELETE"}),
        ("PUT", "/api/submissions", 405, {"GET", "HEAD", "POST"}),
    ],
)
def test_programs_are_answered_as_programs(
    program: Program, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    answer = program.ask(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if allow:
        assert set(answer.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize("name", [*REPORT, "submitted_on", "reference"])
def test_half_a_character_is_no_text(office: Office, program: Program, name: str) -> None:
    answer = program.ask("POST", "/api/submissions", REPORT | {name: "a\ud800"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert name in answer.json()["detail"]
    assert office.standing() == {}


def test_who_tries_keys_too_often_waits_and_those_with_one_do_not(office: Office) -> None:
    program = Program(office, limits=Limits(strangers=Rate(3, 0.001)))
    answers = [program.ask("GET", "/api/submissions", key="nhachan_no").status_code for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]
    assert program.ask("GET", "/api/submissions").status_code == 200


def test_the_description_is_openapi_and_names_what_there_is(program: Program) -> None:
    found: Mapping[str, Any] = program.ask("GET", "/api/openapi.json", key="").json()
    validate(found)
    for path, methods in found["paths"].items():
        for method in methods:
            answer = program.ask(
                method.upper(), path.replace("{", "").replace("}", ""), {} if method == "post" else None
            )
            assert str(answer.status_code) in methods[method]["responses"], (method, path)


def test_a_form_cannot_use_the_api(office: Office, program: Program) -> None:
    answer = program.browser.post("/api/submissions", REPORT, {"Origin": "https://evil.example"})
    assert answer.status_code == 401
    assert office.standing() == {}
