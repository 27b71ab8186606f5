"""Names, titles, notes and document numbers are words, whatever they look like: they shape no page, feed or mail."""

import email
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scheduler.config.load import load
from scheduler.config.problems import ConfigError
from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import facts_of
from scheduler.deadlines.plans import Register
from scheduler.feeds.events import attachment
from scheduler.mail.message import Desk
from scheduler.mail.message import Office as Sender
from scheduler.reminders.digest import SUMMARY, Digest, Item
from tests.builders import UNITS, duty, register
from tests.feeds.test_publish import Keeper
from tests.web.conftest import ZONE, Office

PAYLOADS = {
    "plain": "plain words",
    "script": "<script>alert(1)</script>",
    "attribute": "\" onmouseover=alert(1) x='",
    "single quote": "' onmouseover='alert(1)",
    "element": "--></title></textarea></style><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "entity": "&lt;script&gt;&#60;b&#62;",
    "template": "{{ 7 * 191 }}{% include 'base.html' %}{# #}${7*191}",
    "format": "{name} {0} {0.__class__.__init__.__globals__} {site} %(name)s %s",
    "header": "x\r\nBcc: evil@evil.example\r\nX-Evil: 1\r\n\r\nbody",
    "newline": "x\nBcc: evil@evil.example",
    "return": "x\rBcc: evil@evil.example\rX-Evil:1",
    "other newlines": "x\x0bBcc: a\x0cb\x1cc\x1dd\x1ee\x85f\u2028g\u2029Bcc: h",
    "encoded word": "=?utf-8?q?x=0D=0ABcc:_evil@evil.example?= =?utf-8?b?DQpCY2M6IGV2aWw=?=",
    "address": 'x" <evil@evil.example>, "y',
    "property": "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nATTACH:http://evil.example",
    "escaped property": "x\\nATTACH:http://evil.example\\, \\; \\\\n",
    "parameter": 'x;VALUE=URI:"http://evil.example',
    "boundary": "\r\n--=_\r\nContent-Type: text/html\r\n\r\n<script>",
    "nul": "a\0b",
    "direction": "\u202egnp.exe\u2066",
    "half a character": "x\ud800y",
    "long": "x" * 5000,
    "sql": "'; DROP TABLE mail; --",
}
HOSTILE = [pytest.param(words, id=name) for name, words in PAYLOADS.items() if name != "plain"]
INVISIBLE = ("other newlines", "nul", "half a character", "return")
"""What no file may hold, so that it never reaches a feed."""
KEYS = ("office", "unit", "title", "duty", "number", "clause", "note", "reason")


def book(words: str) -> Register:
    """A plan in which everything that somebody writes is these words."""
    found = register(
        duty(
            {"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025"},
            title=words,
            note=words,
            clause=words,
            form=words,
        ),
        duty({"once": "theo quy định"}, id="tong-hop", title=words, reporters=("noi-vu",), via="", collects="ket-qua"),
    )
    plan = replace(found.plans["kh"], title=words, number=words)
    return replace(found, plans={"kh": plan}, units={id_: replace(unit, name=words) for id_, unit in UNITS.items()})


class Skeleton(HTMLParser):
    """A page without its words: elements with the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.bones: list[object] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.bones.append((tag, [name for name, _ in attrs]))
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_endtag(self, tag: str) -> None:
        self.bones.append(tag)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self.bones.append("comment")


def same_bones(page: str, plain: str) -> None:
    found = Skeleton(page)
    assert found.bones == Skeleton(plain).bones
    harmless = r"(https?://|/|mailto:|webcal:|#|data:image/svg\+xml;)"
    assert all(re.match(harmless, link) for link in found.links), found.links
    assert "1337" not in page
    assert " object at 0x" not in page
    assert "<function" not in page


def pages(office: Office, words: str) -> list[str]:
    """All pages about a book of these words."""
    office.take(book(words))
    office.set(name=words, public_url="http://lich.example.vn")
    office.site.submissions_changed = lambda: None
    client = office.client()
    client.post(office.page("y-te"), office.form("y-te", reference=words.encode("utf-8", "replace").decode()))
    paths = ["/", "/nothing", *(office.page(unit) for unit in ("y-te", "noi-vu", "ubnd"))]
    admin = office.admin()
    answers = [*map(client.get, paths), *map(admin.get, ("/office", "/office/deadlines"))]
    assert [a.status_code for a in answers] == [200, 404, 200, 200, 200, 200, 200]
    return [a.text for a in answers]


@pytest.mark.parametrize("words", [p for p in HOSTILE if "half" not in str(p.id)])
def test_pages_keep_their_shape(office: Office, tmp_path: Path, words: str) -> None:
    plain = pages(office, PAYLOADS["plain"])
    for page, expected in zip(pages(office, words), plain, strict=True):
        same_bones(page, expected)


def lines(feed: bytes) -> list[str]:
    """The names of a feed's lines, also for readers that take any newline for one."""
    whole = feed.decode().replace("\r\n ", "")
    return [re.split("[:;]", line)[0] for line in whole.splitlines()]


def written(folder: Path, key: str, words: str) -> Path:
    """A configuration with these words, escaped as YAML escapes them, under one key."""
    said = {name: json.dumps(words if name == key else "plain") for name in KEYS}
    for name in ("units", "plans"):
        (folder / name).mkdir(parents=True)
    (folder / "nhachan.yaml").write_text(f"name: {said['office']}\n")
    (folder / "units" / "u.yaml").write_text(f"units:\n  a: {{name: {said['unit']}}}\n  b: {{name: B}}\n")
    (folder / "plans" / "p.yaml").write_text(
        f"title: {said['title']}\nnumber: {said['number']}\nissued: 2025\nissuer: b\nyears: 2025\nobligations:\n"
        f"  - {{id: o, title: {said['duty']}, from: [a], to: b, clause: {said['clause']}, note: {said['note']}, "
        f"due: {{six-month: trước ngày 20/6}}, extensions: "
        f"[{{period: 2025-6M, units: [a], by: 2025-06-25, reason: {said['reason']}}}]}}\n"
    )
    return folder


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", INVISIBLE)
def test_files_may_hold_no_invisible_characters(tmp_path: Path, name: str, key: str) -> None:
    load(written(tmp_path / "good", key, "plain"), date(2025, 1, 10))
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path / "bad", key, PAYLOADS[name]), date(2025, 1, 10))
    assert all(problem.render("en").isprintable() for problem in error.value.problems)


@pytest.mark.parametrize("words", [p for p in HOSTILE if p.id not in INVISIBLE])
def test_feeds_keep_their_shape(tmp_path: Path, words: str) -> None:
    found: list[dict[str, bytes]] = []
    for some in (PAYLOADS["plain"], words):
        keeper = Keeper(tmp_path / str(len(found)))
        keeper.publish(book(some))
        keeper.publish(replace(book(some), plans={}))  # and withdrawn
        found.append(keeper.bytes())
    plain, hostile = found
    assert hostile.keys() == plain.keys()
    for name, content in hostile.items():
        assert lines(content) == lines(plain[name]), name


def mail(words: str, rung: str) -> bytes:
    """A mail in which everything is these words."""
    found = book(words)
    first, *_ = (d for d in expand(found, date(2025, 1, 1), date(2025, 12, 31)) if d.send_by)
    facts = facts_of(first, found)
    missing = ("y-te", "tai-chinh") if rung == SUMMARY else ()
    item = Item(facts, rung, rung, first.last_day or date.min, missing=missing, expected=2, before=facts)
    unit = found.units["noi-vu"]
    sender = Sender(words, "lich.example.vn", "lich@example.vn", words)
    message = Desk(sender, found.units, found.workdays).compose(
        Digest(unit, date(2025, 3, 12), unit.email, (unit.lead,), (item,)),
        message_id="<1@lich.example.vn>",
        now=datetime.combine(date(2025, 3, 12), time(8), ZONE),
        page="http://lich.example.vn/u/x",
        events=attachment([], "http://lich.example.vn/u/x"),
    )
    assert message.recipients == ("noivu@tinh.example", "giamdoc.nv@tinh.example")
    assert "\n" not in message.subject
    return message.data


@pytest.mark.parametrize("rung", ["-7", SUMMARY, "moved"])
@pytest.mark.parametrize("words", HOSTILE)
def test_mails_keep_their_shape(words: str, rung: str) -> None:
    plain, hostile = (email.message_from_bytes(mail(w, rung), policy=default) for w in (PAYLOADS["plain"], words))
    assert hostile.keys() == plain.keys()
    assert [p.get_content_type() for p in hostile.walk()] == [p.get_content_type() for p in plain.walk()]
    assert not hostile.defects
    assert plain["Cc"] is not None
    for name in ("From", "To", "Cc"):
        assert [a.addr_spec for a in hostile[name].addresses] == [a.addr_spec for a in plain[name].addresses]
    html, expected = (m.get_body(("html",)) for m in (hostile, plain))
    assert html is not None
    assert expected is not None
    same_bones(html.get_content(), expected.get_content())


@pytest.mark.parametrize("words", [p for p in HOSTILE if "half" not in str(p.id)])
def test_document_numbers_are_one_line_of_words(office: Office, words: str) -> None:
    fields = office.form("y-te", reference=words)
    assert office.client().post(office.page("y-te"), fields).status_code == 303
    [row] = office.standing().values()
    assert row.reference.isprintable()
    assert len(row.reference) <= 100
    assert row.recorded_at <= datetime(2025, 6, 12, 2, 0, tzinfo=UTC)
