"""The calendars of everything and of each plan: their links, found by words, a page at a time."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from scheduler.deadlines.plans import Plan, Years
from tests.builders import register
from tests.web.browser import Browser
from tests.web.conftest import Office
from tests.web.large import large_register
from tests.web.test_pages import HOSTILE


def take(office: Office, *plans: Plan) -> None:
    office.take(replace(register(), plans={plan.id: plan for plan in plans}))


def test_every_calendar_with_the_ways_to_use_it(office: Office, admin: Browser) -> None:
    html = admin.get("/office/calendars").text
    for name in ("all", "plans/kh"):
        feed = office.site.links.feed(name)
        assert f"<code>{feed}</code>" in html
        assert f'href="webcal{feed.removeprefix("http")}"' in html
        assert f'href="{feed.rpartition("/")[0]}/in"' in html
    assert "Kế hoạch dân vận – 12/KH-UBND" in html
    assert "How to subscribe to a calendar" in html
    assert 'href="/office/units"' in html


@pytest.mark.parametrize(
    ("words", "found"), [("dan van", ["a"]), ("14/kh", ["b"]), ("2018", ["b"]), ("kế hoạch", ["a", "b"]), ("khong", [])]
)
def test_found_by_title_number_or_year(office: Office, admin: Browser, words: str, found: list[str]) -> None:
    take(
        office,
        Plan("a", "Kế hoạch dân vận", Years(2026, None), (), "/KH-UBND"),
        Plan("b", "Kế hoạch khác", Years(2018, 2020), (), "14/KH-UBND"),
    )
    html = admin.get(f"/office/calendars?q={quote(words)}").text
    assert [id_ for id_ in "ab" if office.site.links.feed(f"plans/{id_}") in html] == found
    assert ("From 2026 on" in html) == ("a" in found)
    assert ("Years: 2018-2020" in html) == ("b" in found), "a plan of past years keeps its calendar"
    assert ("No plan is found" in html) == (not found)
    assert office.site.links.feed("all") in html


def test_nothing_that_was_written_or_asked_runs(office: Office, admin: Browser) -> None:
    take(office, Plan("a", HOSTILE, Years(2025, 2025), (), HOSTILE))
    for query in ("", f"?q={quote(HOSTILE)}", f"?page={quote(HOSTILE)}"):
        html = admin.get(f"/office/calendars{query}").text
        assert "<script" not in html
        assert "49 &amp;" not in html


def test_many_plans_are_shown_a_page_at_a_time(office: Office) -> None:
    office.take(large_register(units=10, plans=120))
    admin = office.admin()
    answer = admin.get("/office/calendars?q=cong+tac")
    assert len(answer.content) < 300_000
    assert answer.text.count("<h3>") == 50
    assert "?q=cong+tac&amp;page=2" in answer.text
    assert admin.get("/office/calendars?page=3").text.count("<h3>") == 20
