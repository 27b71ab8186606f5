"""Whatever characters people write: each parser gives back the same, or `check` refuses them."""

import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from scheduler.config.problems import WrongError
from scheduler.config.source import as_text
from scheduler.config.values import line, prose
from scheduler.feeds.events import description, feed, render_event, summary
from scheduler.web.alarms import with_alarms
from scheduler.web.server import Server
from tests.feeds.clients.readers import Read, by_icalendar
from tests.feeds.clients.rfc import faults
from tests.feeds.clients.test_clients import READERS, WHOLE
from tests.feeds.clients.test_subscription import Desk
from tests.feeds.test_events import FACTS, LINK, STATE, STYLE
from tests.web.conftest import Office

VIETNAMESE = "Báo cáo kết quả thực hiện công tác dân vận; Đắk Nông, “Ủy ban” – ngõ 12\\3"
LETTERS = st.characters(codec="utf-8")  # all of Unicode but half characters: controls, marks, planes that nobody uses
TEXTS = st.one_of(
    st.text(LETTERS, max_size=200),
    st.text(st.sampled_from(VIETNAMESE + unicodedata.normalize("NFD", VIETNAMESE)), max_size=300),
    st.text(st.sampled_from(";,:\"\\nN\n\t^'= %{}"), max_size=80),
    st.text(st.sampled_from("😀👩\u200d👧🇻🇳\ufe0f\u200f\u202eשלוםعربى\u0301"), max_size=100),
    st.sampled_from(WHOLE),
    st.builds(lambda part, many: (part * many)[:5000], st.text(LETTERS, min_size=1, max_size=20), st.just(5000)),
)
Reader = Callable[[Sequence[Path]], list[list[Read]]]


def taken(check: Callable[[str], str], written: str) -> str | None:
    """A text as the configuration takes it; None where it refuses it."""
    try:
        return check(as_text(written))
    except WrongError:
        event("refused")
        return None


def rendered(texts: list[tuple[str, str]]) -> tuple[bytes, dict[str, tuple[str, str]]]:
    """A feed of an event for each title and note that are taken, and what is to be read: by UID, summary and text."""
    events, expected = [], {}
    for number, (written, wordy) in enumerate(texts):
        title, note = taken(line, written), taken(prose, wordy)
        if title is None or note is None:
            continue
        facts = replace(FACTS, key=f"kh.{number}.2025-Q1", title=title, spoken=title, note=note, to_name=title)
        events.append(render_event(facts, STATE, STYLE))
        said = "\n".join((*description(facts, "vi"), LINK))
        assert title in said
        assert note in said
        expected[f"{facts.key}@{STYLE.uid_domain}"] = (summary(facts, STATE, "vi"), said)
    return feed("Lịch", "Nhắc hạn", events, LINK, "Asia/Ho_Chi_Minh"), expected


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@example([("ế" * 5000, "😀\n" * 2000), ("a\u0301" * 2500, unicodedata.normalize("NFD", VIETNAMESE))])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=12))
def test_any_unicode_comes_back_the_same_or_is_refused(reader: Reader, texts: list[tuple[str, str]]) -> None:
    content, expected = rendered(texts)
    assert faults(content) == faults(with_alarms(content)) == []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "feed.ics"
        for bytes_ in (content, with_alarms(content)):
            file.write_bytes(bytes_)
            [events] = reader([file]) if expected else [[]]
            assert {found.uid: (found.summary, found.description) for found in events} == expected


@pytest.fixture
def subscribed(office: Office, tmp_path: Path) -> Iterator[tuple[Desk, Path]]:
    """A calendar program that subscribes to a unit's feed at the real server, and that feed's file."""
    file = office.publish("units/y-te", b"")
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    yield Desk(tmp_path / "home", f"http://127.0.0.1:{server.port}{office.feed('units/y-te')}"), file
    server.stop()


@pytest.mark.system("vdirsyncer", "khal")
def test_any_words_come_through_a_subscription(subscribed: tuple[Desk, Path]) -> None:
    """vdirsyncer names what it fetches over HTTP by its content, so there are no UIDs to compare here."""
    desk, file = subscribed
    decomposed = unicodedata.normalize("NFD", f"{VIETNAMESE}, huyện Sơn Tây")
    good = [word for word in WHOLE if "\\n" not in word]  # khal with icalendar before 6 breaks the line there
    words = [VIETNAMESE, decomposed, "👩\u200d👩\u200d👧 🇻🇳", "שלום, عربى", *good]
    content, expected = rendered([(word, f"{word}\n{word}") for word in words])
    assert len(expected) == len(words)
    file.write_bytes(content)
    desk.fetch(first=True)
    kept = by_icalendar(sorted((desk.home / "calendar").glob("*.ics")))
    assert sorted((one.summary, one.description) for [one] in kept) == sorted(expected.values())
    shown = " ".join(" ".join(row.split(" ", 1)[-1] for row in desk.agenda("2025-03-19", "2025-03-19")).split())
    for said, _ in expected.values():
        assert " ".join(said.split()) in shown
    assert shown.count("Hạn nộp: ") == len(words)
