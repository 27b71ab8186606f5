"""Every kind of mail in a real browser: on a phone, by day and by night."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.chromium import PHONE, Scheme, chromium, page
from tests.gallery import mails
from tests.mail.samples import COMMUNE, HALF_YEAR, digest, missing, send
from tests.node import node_modules

pytestmark = pytest.mark.system("chromium")
KINDS = mails()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("name", KINDS)
def test_a_phone_need_not_scroll_sideways(browser: Browser, name: str) -> None:
    with page(browser, PHONE) as shown:
        shown.set_content(KINDS[name])
        wide = "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)"
        assert shown.evaluate(f"{wide}.map(e => e.outerHTML.slice(0, 100))") == []
        assert shown.evaluate("document.scrollingElement.scrollWidth") <= PHONE


LONG = "khôngcókhoảngtrắng" * 20
NASTY = [
    *(LONG, "Báo cáo " + LONG, "<script>alert(1)</script>" + "<b>" * 50, "😀👩\u200d👩\u200d👧" * 60),
    *("שלום עולם " * 30, unicodedata.normalize("NFD", "Báo cáo kết quả dân vận ") * 20, "W" * 5000, "/" * 300),
]


@pytest.mark.parametrize("words", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize("count", [1, 10])
def test_whatever_people_write_fits_a_phone(browser: Browser, words: str, count: int) -> None:
    names = dict.fromkeys(
        ("title", "spoken", "plan_title", "to_name", "via_name", "clause", "note", "plan_number"), words
    )
    found = replace(HALF_YEAR, form=f"https://mau.example/{quote(words)}", **names)  # type: ignore[arg-type]
    items = [replace(missing(replace(found, key=f"kh.{n}.2023-6M"), "-3", 1), missing=("x",)) for n in range(count)]
    unit = replace(COMMUNE, name=words)
    html = send(digest("2023-05-09", *items, unit=unit), units={"x": replace(unit, id="x")}).html
    with page(browser, PHONE) as shown:
        shown.set_content(html)
        assert shown.evaluate("document.scrollingElement.scrollWidth") <= PHONE
        assert shown.evaluate("document.scripts.length") == 0


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_fetched_from_anywhere(browser: Browser, name: str) -> None:
    asked: list[str] = []
    with page(browser, PHONE) as shown:
        shown.on("request", lambda request: asked.append(request.url))
        shown.set_content(KINDS[name])
    assert asked == []


@pytest.mark.system("npm")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", KINDS)
def test_everybody_can_read_it(browser: Browser, name: str, scheme: Scheme) -> None:
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
    with page(browser, PHONE, scheme) as shown:
        shown.set_content(KINDS[name])
        shown.add_script_tag(path=node_modules() / "axe-core" / "axe.min.js")
        found = shown.evaluate("rules => axe.run(document, rules)", rules)
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
    assert len(found["passes"]) > 5, "it was looked at"
