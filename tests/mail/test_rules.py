"""The rules of those who check HTML mails, for every kind of mail: what Outlook, Gmail and phones drop is not used.

Outlook for Windows lays out with Word: tables, widths as attributes, colours as attributes. Gmail cuts a mail off after
102 KB, and drops a `<style>` that it cannot read; everything must stand without it.
"""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import pytest

from scheduler.deadlines.plans import Unit
from scheduler.reminders.digest import SUMMARY, Item
from tests.mail.samples import (
    COLLECTOR,
    DIGESTS,
    ENGLISH,
    ENGLISH_ONES,
    HALF_YEAR,
    OFFICE,
    digest,
    item,
    letter,
    missing,
    send,
)

MAILS = {name: letter(name, OFFICE) for name in DIGESTS} | {
    f"{name}.en": letter(name, ENGLISH) for name in ENGLISH_ONES
}
VOID = {"meta", "br", "hr", "img"}
ALLOWED = {"html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "a", "b", "br", "span"}
# What Word's engine knows, and two that others need and it passes over without harm.
STYLES = {
    "background-color",
    "border",
    "border-color",
    "border-top",
    "color",
    "font-family",
    "font-size",
    "font-weight",
}
STYLES |= {"line-height", "margin", "padding", "text-decoration", "width"} | {"max-width", "word-break"}
CUT_OFF = 102 * 1024


class Elements(HTMLParser):
    """All elements with their attributes, and the text of links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.links: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.found.append((tag, values))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append((values.get("href", ""), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if "a" in self.open:
            href, words = self.links.pop()
            self.links.append((href, words + data))


@pytest.fixture(params=MAILS)
def html(request: pytest.FixtureRequest) -> str:
    return MAILS[request.param].html


def styles(values: dict[str, str]) -> dict[str, str]:
    pairs = (part.partition(":") for part in values.get("style", "").split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def test_elements_and_styles_are_those_that_every_program_knows(html: str) -> None:
    elements = Elements(html)
    assert elements.open == []
    assert {tag for tag, _ in elements.found} <= ALLOWED
    for tag, values in elements.found:
        assert styles(values).keys() <= STYLES, (tag, values)
        assert not re.search(r"url\(|expression|@import|var\(|calc\(", values.get("style", ""))
        assert not any(name.startswith("on") for name in values)


def test_tables_lay_out_as_outlook_wants_it(html: str) -> None:
    for tag, values in Elements(html).found:
        if tag == "table":
            assert (values.get("cellpadding"), values.get("cellspacing"), values.get("border")) == ("0", "0", "0")
            assert values.get("role") == "presentation"
        colour = styles(values).get("background-color")
        if colour:
            assert values.get("bgcolor", colour if tag == "body" else "") == colour, "Word reads the attribute"
        width = styles(values).get("width")
        assert width is None or values.get("width") == width
    assert '<!--[if mso]><table role="presentation" width="600"' in html, "Word knows no max-width"


def test_it_stands_without_its_style_sheet(html: str) -> None:
    found = Elements(html).found
    for tag, values in found:
        if tag in ("td", "p") and values.get("class", "").split()[:1] in (["ink"], ["soft"], ["warn"]):
            assert "color" in styles(values), (tag, values)
    sheet = html[html.index("<style>") : html.index("</style>")]
    assert "@media (prefers-color-scheme: dark)" in sheet
    assert sheet.count("{") == sheet.count("}")
    assert html.count("<style>") == 1


def test_words_are_at_least_as_large_as_a_phone_needs(html: str) -> None:
    sizes = [
        int(styles(v)["font-size"].removesuffix("px")) for _, v in Elements(html).found if "font-size" in styles(v)
    ]
    assert min(sizes) >= 13
    assert max(sizes) <= 24


def test_the_head_tells_what_readers_need(html: str) -> None:
    head = {values.get("name", ""): values.get("content", "") for tag, values in Elements(html).found if tag == "meta"}
    assert re.match(r'<!DOCTYPE html>\s*<html lang="(vi|en)">', html.strip())
    assert head["viewport"] == "width=device-width, initial-scale=1"
    assert head["color-scheme"] == head["supported-color-schemes"] == "light dark"
    assert re.search(r"<title>[^<]+</title>", html)


def test_links_lead_somewhere_and_say_where(html: str) -> None:
    links = Elements(html).links
    assert links
    for href, words in links:
        assert href.startswith(("https://", "mailto:"))
        assert words.strip()


UNITS = {f"u{n}": Unit(f"u{n}", f"Ủy ban nhân dân xã số {n}, huyện Tuần Giáo") for n in range(3000)}
MISSING = replace(missing(HALF_YEAR, SUMMARY, 0), missing=tuple(UNITS), expected=4000)
NAMES = {n: replace(HALF_YEAR, key=f"{HALF_YEAR.key}.{n}", title=f"{HALF_YEAR.title}, phần {n}") for n in range(60)}


@pytest.mark.parametrize(
    "items",
    [
        [item(facts, "-3") for facts in NAMES.values()],
        [MISSING],
        [replace(MISSING, facts=facts) for facts in NAMES.values()],
    ],
    ids=["sixty reports", "three thousand missing", "sixty times three thousand"],
)
def test_gmail_does_not_cut_it_off(items: list[Item]) -> None:
    message = send(digest("2023-05-09", *items, unit=COLLECTOR), units=UNITS)
    assert len(message.html.encode()) < CUT_OFF
    for one in items:
        assert f"#{one.facts.key}" in message.html
        assert f"#{one.facts.key}" in message.text
    assert "Trân trọng" in message.html


@pytest.mark.parametrize("name", MAILS)
def test_the_message_is_as_servers_want_it(name: str) -> None:
    data = MAILS[name].data
    assert len(data) < CUT_OFF
    lines = data.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 998
    head = data[: data.index(b"\r\n\r\n")]
    assert max(len(line) for line in head.split(b"\r\n")) <= 78, "RFC 5322, 2.1.1"
    assert head.isascii()
    message = message_from_bytes(data, policy=default)
    alternatives = [part.get_content_type() for part in message.walk()]
    assert alternatives.index("text/plain") < alternatives.index("text/html"), "the best comes last (RFC 2046, 5.1.4)"
    for part in message.walk():
        assert not part.defects
        if part.get_content_maintype() == "text":
            assert part.get_content_charset() == "utf-8"
