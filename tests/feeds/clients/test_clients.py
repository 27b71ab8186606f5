"""Our feeds as other programs' parsers read them: the same events, dates, texts and UIDs."""

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.load import load
from scheduler.config.problems import WrongError
from scheduler.config.values import line, prose
from scheduler.feeds.events import Role, State, attachment, description, feed, render_event, summary
from scheduler.installation import Installation
from scheduler.web.alarms import with_alarms
from tests.feeds.clients import readers
from tests.feeds.clients.readers import Read
from tests.feeds.clients.rfc import faults
from tests.feeds.test_events import FACTS, LINK, MOMENT, STYLE

ROOT = Path(__file__).parents[3]
READERS = [
    readers.by_icalendar,
    readers.by_vobject,
    pytest.param(readers.by_ical_js, marks=pytest.mark.system("npm", "node")),
    pytest.param(readers.by_libical, marks=pytest.mark.system("libical.so.3")),
]
Reader = Callable[[Sequence[Path]], list[list[Read]]]

ALPHABETS = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxy ạảãàáằắẵặẳ",
    unicodedata.normalize("NFD", "ạảãàáằắẵặẳ Ứng Hòa, huyện Đắk Nông"),
    ";,:\\\"'n\\n\\N^=&<>{}%|",
    "😀👩\u200d👩\u200d👧🇻🇳️\u200f\u200e",
    "שלום عربى עִבְרִית",
    "漢字仮名🈚 ",
    "\u00ad\u200b\u2028\ufeff\u0301\U000e0001",  # what nobody sees
    "\x00\x07\x0b\x1b\x7f\x85",
    "0123456789 ",
)
WHOLE = ("BEGIN:VEVENT", "END:VCALENDAR", 'a;b,c:d\\e"f', "\\n", "\\\\n", "\\", ";", "ế" * 5000, "😀" * 500, "-", "=x")


def nasty(chance: random.Random) -> str:
    """A text that a person, or a word processor, might have put there."""
    if chance.random() < 0.15:
        return chance.choice(WHOLE)
    alphabets = chance.sample(ALPHABETS, chance.randint(1, 3))
    return "".join(chance.choice(chance.choice(alphabets)) for _ in range(chance.choice((1, 7, 60, 74, 75, 76, 300))))


def taken(check: Callable[[str], str], chance: random.Random) -> str:
    """A nasty text if the configuration takes it, else another: what `check` refuses never gets into a feed."""
    try:
        return check(nasty(chance))
    except WrongError:
        return "khác"


@pytest.fixture(scope="module")
def nasty_feeds(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Read]:
    """Feeds of one event of nasty words, and what each parser should say of it."""
    folder, chance, found = tmp_path_factory.mktemp("nasty"), random.Random(20261124), {}
    for n in range(150):
        one, many = partial(taken, line, chance), partial(taken, prose, chance)
        names: dict[str, Any] = {name: one() for name in ("title", "plan_title", "to_name", "via_name", "clause")}
        facts = replace(FACTS, key=f"kh.ket-qua.{n}", spoken=one(), note=many(), reporter_names=(one(),), **names)
        facts = replace(facts, at=chance.choice((None, time(15))))
        state = State(chance.choice(list(Role)), n, MOMENT, submitted=chance.random() < 0.3)
        file = folder / f"{n}.ics"
        file.write_bytes(feed(one(), many(), [render_event(facts, state, STYLE)], LINK, "Asia/Ho_Chi_Minh"))
        assert facts.send_by is not None
        start: date | datetime = facts.send_by
        end: date | datetime = facts.send_by + timedelta(days=1)
        if facts.at:
            start = datetime.combine(facts.send_by, facts.at, STYLE.zone).astimezone(UTC)
            end = start + timedelta(minutes=30)
        said = "\n".join((*description(facts, "vi"), LINK))
        uid = f"{facts.key}@{STYLE.uid_domain}"
        found[file] = Read(uid, summary(facts, state, "vi"), said, start, end, n, "CONFIRMED", LINK, ("Báo cáo quý",))
    return found


@pytest.mark.parametrize("reader", READERS)
def test_any_words_come_back_the_same(reader: Reader, nasty_feeds: dict[Path, Read]) -> None:
    for [event], expected in zip(reader(list(nasty_feeds)), nasty_feeds.values(), strict=True):
        assert event == replace(expected, categories=event.categories)
        assert len(event.categories) == 1


def test_any_words_keep_the_rules(nasty_feeds: dict[Path, Read]) -> None:
    assert {file.name: found for file in nasty_feeds if (found := faults(file.read_bytes()))} == {}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All feeds of the project's own configuration."""
    folder = tmp_path_factory.mktemp("published")
    now = datetime(2026, 11, 20, 3, tzinfo=UTC)
    installation = Installation.open(load(ROOT / "config", now.date()), folder / "state")
    installation.publish(now - timedelta(days=100), folder)
    installation.publish(now, folder)
    installation.engine.dispose()
    return [*sorted(folder.glob("*/*.ics")), folder / "all.ics"]


def test_all_feeds_keep_the_rules(published: list[Path]) -> None:
    assert len(published) > 250
    for file in published:
        content = file.read_bytes()
        assert faults(content) == [], file.name
        assert faults(with_alarms(content)) == [], f"{file.name} with alarms"


@pytest.mark.parametrize("reader", READERS[1:])
def test_all_feeds_are_read_alike(reader: Reader, published: list[Path]) -> None:
    files = [file for file in published if b"BEGIN:VEVENT" in file.read_bytes()]
    assert reader(files) == readers.by_icalendar(files)


def test_an_attachment_keeps_the_rules() -> None:
    state = State(Role.REPORTS, 0, MOMENT)
    assert faults(attachment([render_event(FACTS, state, STYLE)], LINK)) == []
