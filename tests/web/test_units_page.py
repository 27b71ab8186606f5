"""The list of all units: found by words, those without an address or with a refused one, and their links."""

import re
from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest

from scheduler.deadlines.plans import Unit
from scheduler.reminders.addresses import mark
from scheduler.state.database import transaction
from tests.builders import UNITS, duty, register
from tests.web.browser import Browser
from tests.web.conftest import Office
from tests.web.large import large_register
from tests.web.test_pages import HOSTILE

DUE = {"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025"}


def entries(html: str) -> dict[str, str]:
    """The rows of the table by the unit's id."""
    parts = html.partition("<tbody")[2].partition("</tbody>")[0].split("<tr")[1:]
    return {re.findall(r"<code>([^<]*)</code>", part)[0]: part for part in parts}


def test_every_unit_with_what_it_owes_and_its_links(office: Office, admin: Browser) -> None:
    office.submit("y-te", "2025-Q1", "19/3")
    html = admin.get("/office/units").text
    found = entries(html)
    assert list(found) == list(UNITS)
    for id_, unit in UNITS.items():
        for words in (unit.name, *unit.email, unit.lead):
            assert words in found[id_]
        for link in (office.site.links.page(f"units/{id_}"), office.site.links.feed(f"units/{id_}")):
            assert link in found[id_]
    assert "under UBND tỉnh" in found["y-te"]
    assert 'href="/office/deadlines?unit=tai-chinh">1<' in found["tai-chinh"]
    assert "/office/deadlines" not in found["y-te"]
    assert "Each link is a secret of its unit" in html
    assert "nhachan revoke ID" in html


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("q=so+y+te", ["y-te"]),
        ("q=noi-vu", ["noi-vu"]),
        ("q=vt.tc%40", ["tai-chinh"]),
        ("q=giamdoc", ["noi-vu", "y-te"]),
        ("q=khong", []),
        ("state=no-address", ["ubnd"]),
        ("state=no-address&q=so", []),
        ("state=refused", ["y-te"]),
        ("state=nonsense&page=7", list(UNITS)),
    ],
)
def test_filters(office: Office, admin: Browser, query: str, ids: list[str]) -> None:
    with transaction(office.site.engine) as session:
        mark(session, ["giamdoc.yt@tinh.example"], office.site.clock())
    html = admin.get(f"/office/units?{query}").text
    assert list(entries(html)) == ids
    assert ("No unit is found" in html) == (not ids)
    assert "Units without any address: 1" in html


def test_an_address_that_was_refused_of_late_is_marked(office: Office, admin: Browser) -> None:
    assert "refused of late" not in admin.get("/office/units").text
    with transaction(office.site.engine) as session:
        mark(session, ["vt.tc@tinh.example", "somebody@else.example"], office.site.clock())
    html = admin.get("/office/units").text
    assert "refused of late: 1" in html
    assert html.count("refused by its mail server") == 1
    marked = entries(html)["tai-chinh"].partition("refused by its mail server")[0]
    assert marked.rindex("vt.tc@tinh.example") > marked.rindex(">tc@tinh.example")


def test_a_unit_that_has_ended(office: Office, admin: Browser) -> None:
    ended = replace(UNITS["y-te"], email=(), lead="", since=date(2005, 1, 1), until=date(2025, 5, 31))
    units = UNITS | {"y-te": replace(ended, successors=("tai-chinh",)), "ubnd": replace(ended, id="ubnd")}
    units["ubnd"] = replace(units["ubnd"], name="UBND huyện", successors=("tai-chinh", "noi-vu"))
    office.take(register(duty(DUE), units=units))
    html = admin.get("/office/units").text
    found = entries(html)
    assert "since 1 January 2005 until 31 May 2025" in found["y-te"]
    assert "followed by Sở Tài chính" in found["y-te"]
    assert "followed by 2 units" in found["ubnd"]
    assert "<li>Sở Nội vụ</li>" in found["ubnd"]
    assert 'unit=y-te">1<' in found["y-te"], "it still owes what fell due in its time"
    assert "without any address: " not in html, "who is no more needs no address"


def test_nothing_that_was_written_or_asked_runs(office: Office, admin: Browser) -> None:
    units = UNITS | {"y-te": Unit("y-te", HOSTILE, ('"><script>@x.example',), "javascript:alert(1)@x", "tai-chinh")}
    office.take(register(duty(DUE), units=units | {"tai-chinh": replace(UNITS["tai-chinh"], name=HOSTILE)}))
    for query in ("", f"?q={quote(HOSTILE)}", f"?state={quote(HOSTILE)}", f"?page={quote(HOSTILE)}"):
        html = admin.get(f"/office/units{query}").text
        assert "<script" not in html
        assert 'href="javascript' not in html
        assert "49 &amp;" not in html


def test_a_page_of_thousands_of_units_is_short(office: Office) -> None:
    office.take(large_register())
    admin = office.admin()
    answer = admin.get("/office/units?q=phong")
    assert len(answer.content) < 300_000
    assert len(entries(answer.text)) == 50
    assert "?q=phong&amp;page=2" in answer.text
    assert list(entries(admin.get("/office/units?q=xa+so+2999").text)) == ["tinh.xa-299.phong-2999"]
