"""A deadline's life in the feeds, from added to reinstated; files replaced in one step."""

import os
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from icalendar import Calendar
from sqlmodel import Session, select

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.plans import Register, Years
from scheduler.feeds.builder import FeedBuilder
from scheduler.feeds.calendars import Feed, Written, replace_file, write_feeds
from scheduler.feeds.events import Style, writing
from scheduler.feeds.links import Links, link_names, secret_key
from scheduler.feeds.publish import reconcile
from scheduler.feeds.words import SILENT, Word
from scheduler.state.database import open_database, transaction
from scheduler.state.tables import Change, Publication
from tests.builders import duty, register

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2025, 1, 2, 1, tzinfo=UTC)
SECRET = b"k" * 32


class Said:
    """Words by (plan.obligation.period, unit)."""

    def __init__(self, words: dict[tuple[str, str], Word]) -> None:
        self._of: dict[str, dict[str, Word]] = {}
        for (report, unit), word in words.items():
            self._of.setdefault(unit, {})[report] = word

    @property
    def versions(self) -> dict[str, object]:
        return dict(self._of)

    def of(self, unit: str) -> dict[str, Word]:
        return self._of.get(unit, {})

    def word(self, unit: str, facts: Facts) -> Word:
        return self.of(unit).get(f"{facts.plan}.{facts.obligation}.{facts.period}", SILENT)


@dataclass
class Keeper:
    """A state folder, published to again and again."""

    state: Path
    now: datetime = START
    language: str = "vi"

    def __post_init__(self) -> None:
        self.engine = open_database(self.state)
        self.calendars = self.state / "calendars"

    def publish(self, book: Register, words: dict[tuple[str, str], Word] | None = None) -> list[str]:
        self.now += timedelta(days=1)
        with transaction(self.engine) as session:
            style = Style(self.language, ZONE, "d.example")
            how = writing(style, "http://127.0.0.1:8080")
            published = reconcile(session, book, relativedelta(months=18), self.now, ZONE, how)
        links = Links(SECRET, "http://127.0.0.1:8080", link_names(book.plans, book.units))
        builder = FeedBuilder(
            book,
            published,
            style,
            links,
            "Lịch",
            "http://127.0.0.1:8080",
            self.now.astimezone(ZONE).date(),
            relativedelta(years=2),
            Said(words or {}),
        )
        return write_feeds(self.calendars, builder.feeds(self.now))[1]

    def event(self, feed: str = "units/y-te") -> Any:
        [event] = self.events(feed)
        return event

    def events(self, feed: str) -> list[Any]:
        calendar = Calendar.from_ical((self.calendars / f"{feed}.ics").read_bytes())
        assert isinstance(calendar, Calendar)
        return list(calendar.events)

    def bytes(self) -> dict[str, bytes]:
        return {str(f.relative_to(self.calendars)): f.read_bytes() for f in sorted(self.calendars.rglob("*.ics"))}


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def book(words: str = "trước ngày 20/3/2025", **fields: str) -> Register:
    return register(duty({"quarter-1": words}, **fields))


def test_the_life_of_a_deadline(keeper: Keeper) -> None:
    first = keeper.publish(book())
    assert set(first) == {"all", "plans/kh", "units/ubnd", "units/noi-vu", "units/y-te", "units/tai-chinh"}
    event = keeper.event()
    uid = event["UID"]
    assert (event["SEQUENCE"], event["LAST-MODIFIED"].dt) == (0, keeper.now)

    assert keeper.publish(book()) == [], "nothing changed, nothing is written"
    assert keeper.event()["LAST-MODIFIED"].dt == keeper.now - timedelta(days=1)

    keeper.publish(book("trước ngày 27/3/2025"))
    event = keeper.event()
    assert (event["UID"], event["SEQUENCE"], event["LAST-MODIFIED"].dt) == (uid, 1, keeper.now)
    assert date(2025, 3, 26) == event.DTSTART

    keeper.publish(book("trước ngày 27/3/2025", title="Báo cáo khác"))
    event = keeper.event()
    assert (event["SEQUENCE"], "Báo cáo khác" in event["SUMMARY"]) == (2, True)

    done = {("kh.ket-qua.2025-Q1", "y-te"): Word(((keeper.now + timedelta(hours=1), None),))}
    assert keeper.publish(book("trước ngày 27/3/2025", title="Báo cáo khác"), done) == ["units/y-te"]
    event = keeper.event()
    assert event["SEQUENCE"] == 3
    assert event["SUMMARY"].startswith("[ĐÃ NỘP]")
    assert not keeper.event("units/tai-chinh")["SUMMARY"].startswith("[")

    gone = register(duty({"annual": "theo quy định"}))
    keeper.publish(gone, done)
    event = keeper.event()
    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (uid, "CANCELLED", 4)

    keeper.publish(book("trước ngày 27/3/2025"), done)
    event = keeper.event()
    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (uid, "CONFIRMED", 5)

    with Session(keeper.engine) as session:
        assert [c.kind for c in session.exec(select(Change))] == ["moved", "withdrawn", "reinstated"]


REPORT = ("kh.ket-qua.2025-Q1", "y-te")
LAPSES = datetime(2025, 3, 19, 17, tzinfo=UTC)  # midnight after the last day, in Viet Nam


def test_who_has_not_reported_sees_it_overdue_from_midnight_on(keeper: Keeper) -> None:
    keeper.publish(book())
    keeper.now = LAPSES - timedelta(days=1, seconds=1)
    assert keeper.publish(book()) == []
    keeper.now = LAPSES - timedelta(days=1)
    assert set(keeper.publish(book())) == {"units/y-te", "units/tai-chinh"}, "plans and collectors see no state"
    event = keeper.event()
    assert (event["SEQUENCE"], event["LAST-MODIFIED"].dt, event["DTSTAMP"].dt) == (1, LAPSES, LAPSES)
    assert event["SUMMARY"] == "[QUÁ HẠN] Hạn nộp: Báo cáo kết quả – quý I/2025 (trước 20/3)"

    late = LAPSES + timedelta(days=2)
    assert keeper.publish(book(), {REPORT: Word(((late, None),))}) == ["units/y-te"]
    event = keeper.event()
    assert (event["SEQUENCE"], event["LAST-MODIFIED"].dt) == (2, late)
    assert event["SUMMARY"].startswith("[ĐÃ NỘP]")
    keeper.publish(book(), {REPORT: Word(((late, late + timedelta(hours=1)),))})
    event = keeper.event()
    assert (event["SEQUENCE"], event["SUMMARY"][:9]) == (3, "[QUÁ HẠN]")


def test_who_reported_in_time_never_sees_it_overdue(keeper: Keeper) -> None:
    keeper.publish(book())
    done = {REPORT: Word(((LAPSES - timedelta(days=5), None),))}
    keeper.now = LAPSES - timedelta(days=5)
    keeper.publish(book(), done)
    before = keeper.bytes()["units/y-te.ics"]
    keeper.now = LAPSES
    keeper.publish(book(), done)
    assert keeper.bytes()["units/y-te.ics"] == before
    taken_back = {REPORT: Word(((LAPSES - timedelta(days=5), LAPSES + timedelta(days=1)),))}
    keeper.publish(book(), taken_back)
    event = keeper.event()
    assert (event["SEQUENCE"], event["SUMMARY"][:9]) == (2, "[QUÁ HẠN]")


def test_what_had_passed_before_anybody_knew_is_not_overdue(keeper: Keeper) -> None:
    keeper.now = LAPSES + timedelta(days=1)
    keeper.publish(book())
    assert keeper.event()["SUMMARY"].startswith("Hạn nộp")


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_sequence_and_last_modified_move_with_the_event_and_never_back(
    keeper: Keeper, seed: int
) -> None:
    chance = random.Random(seed)
    keeper.now = LAPSES - timedelta(days=20)
    stretches: list[tuple[datetime, datetime | None]] = []
    current, before = book(), None
    for _ in range(25):
        keeper.now += timedelta(hours=chance.choice((0, 5, 24, 60)))
        match chance.randrange(5):
            case 0:
                current = book(f"trước ngày {chance.choice((15, 20, 25, 30))}/3/2025")
            case 1:
                current = chance.choice((register(duty({"annual": "theo quy định"})), book(title="Khác"), book()))
            case 2 if stretches and stretches[-1][1] is None:
                stretches[-1] = (stretches[-1][0], keeper.now + timedelta(minutes=1))
            case 2 | 3 if not stretches or stretches[-1][1] is not None:
                stretches.append((keeper.now + timedelta(minutes=1), None))
        keeper.publish(current, {REPORT: Word(tuple(stretches))} if stretches else {})
        found = keeper.events("units/y-te")
        if not found:  # it was never published, or was withdrawn thirty days ago
            continue
        [event] = found
        said = {name: event[name].to_ical() for name in ("SUMMARY", "STATUS", "DTSTART", "DESCRIPTION")}
        number, modified = int(event["SEQUENCE"]), event["LAST-MODIFIED"].dt
        if before is not None:
            changed = said != before[0]
            assert (number > before[1]) == changed, (said, before)
            assert (modified > before[2]) == changed
        assert event["DTSTAMP"].dt == modified
        before = said, number, modified


def test_a_withdrawn_deadline_goes_after_thirty_days(keeper: Keeper) -> None:
    keeper.publish(book())
    gone = register(duty({"annual": "theo quy định"}))
    keeper.publish(gone)
    keeper.now += timedelta(days=29)
    keeper.publish(gone)
    assert keeper.event("plans/kh")["STATUS"] == "CANCELLED"
    keeper.now += timedelta(days=2)
    keeper.publish(gone)
    assert keeper.events("plans/kh") == keeper.events("all") == keeper.events("units/y-te") == []


def test_the_same_state_gives_the_same_bytes(keeper: Keeper, tmp_path: Path) -> None:
    keeper.publish(book())
    other = Keeper(tmp_path / "other")
    other.publish(book())
    assert keeper.bytes() == other.bytes()


def test_roles_in_the_feeds(keeper: Keeper) -> None:
    keeper.publish(book())
    said = {feed: keeper.event(f"units/{feed}")["SUMMARY"].split(":")[0] for feed in ("y-te", "noi-vu", "ubnd")}
    assert said == {"y-te": "Hạn nộp", "noi-vu": "Hạn tổng hợp", "ubnd": "Hạn nhận"}
    assert "/u/" in keeper.event()["URL"]
    assert keeper.event("all")["URL"] == keeper.event("plans/kh")["URL"] == "http://127.0.0.1:8080/"


def test_a_plans_feed_holds_the_whole_plan_and_a_units_two_years_back(keeper: Keeper) -> None:
    keeper.now = datetime(2026, 10, 1, tzinfo=UTC)
    years = Years(2018, None)
    keeper.publish(register(duty({"annual": "trước ngày 30/9 hằng năm"}), years=years))
    starts = [e.DTSTART.year for e in keeper.events("plans/kh")]
    assert starts == list(range(2018, 2028))
    assert [e.DTSTART.year for e in keeper.events("units/y-te")] == [2025, 2026, 2027]
    assert len(keeper.events("all")) == 3


def test_a_clock_set_back_withdraws_nothing(keeper: Keeper) -> None:
    open_ended = register(duty({"annual": "trước ngày 30/9 hằng năm"}), years=Years(2025, None))
    keeper.publish(open_ended)
    before = keeper.bytes()
    keeper.now -= timedelta(days=700)
    assert keeper.publish(open_ended) == []
    assert keeper.bytes() == before


def test_last_modified_goes_forward_whatever_the_clock_does(keeper: Keeper) -> None:
    keeper.publish(book())
    before = keeper.event()["LAST-MODIFIED"].dt
    keeper.now -= timedelta(days=30)
    keeper.publish(book("trước ngày 27/3/2025"))
    assert keeper.event()["LAST-MODIFIED"].dt > before


def test_events_in_another_language_are_other_events(keeper: Keeper) -> None:
    keeper.publish(book())
    before = keeper.event()
    keeper.language = "en"
    keeper.publish(book())
    after = keeper.event()
    assert after["UID"] == before["UID"]
    assert after["SUMMARY"].startswith("Report due:")
    assert (after["SEQUENCE"], after["LAST-MODIFIED"].dt) == (before["SEQUENCE"] + 1, keeper.now)
    assert keeper.publish(book()) == [], "once"
    with Session(keeper.engine) as session:
        assert session.exec(select(Change)).all() == [], "nobody is mailed for it"


def test_a_plan_that_is_gone_takes_its_file_with_it_but_strangers_stay(keeper: Keeper) -> None:
    keeper.publish(book())
    stranger = keeper.calendars / "plans" / "other.ics"
    stranger.write_bytes(b"BEGIN:VCALENDAR\r\nPRODID:-//somebody//else//\r\nEND:VCALENDAR\r\n")
    leftover = keeper.calendars / "units" / ".y-te.ics.abc"
    leftover.write_bytes(b"half")
    keeper.now += timedelta(days=1)
    other = register(duty({"annual": "theo quy định"}))
    empty = Register({}, other.units, other.groups, other.policy, other.workdays, other.ladder)
    keeper.publish(empty)
    assert (keeper.calendars / "plans" / "kh.ics").exists(), "it shows the withdrawn deadline for thirty days"
    keeper.now += timedelta(days=40)
    keeper.publish(empty)
    assert not (keeper.calendars / "plans" / "kh.ics").exists()
    assert stranger.exists()
    assert not leftover.exists()


def test_a_file_is_replaced_in_one_step_and_only_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.ics"
    assert replace_file(file, b"one")
    stamp = file.stat()
    assert not replace_file(file, b"one")
    assert file.stat().st_mtime_ns == stamp.st_mtime_ns
    reader = file.open("rb")
    assert replace_file(file, b"two")
    assert reader.read() == b"one", "who reads the old file reads it to its end"
    reader.close()
    assert file.stat().st_ino != stamp.st_ino
    assert [f.name for f in tmp_path.iterdir()] == ["a.ics"]


def test_units_feeds_with_their_secret_links_are_for_nobody_else_on_the_machine(keeper: Keeper) -> None:
    """Folders and files of a release before are brought there too; `all` and `plans` another web server may serve."""

    def modes() -> dict[str, int]:
        found = (keeper.calendars / name for name in ("units", "units/y-te.ics", "plans", "plans/kh.ics", "all.ics"))
        return {str(path.relative_to(keeper.calendars)): path.stat().st_mode & 0o777 for path in found}

    expected = {"units": 0o700, "units/y-te.ics": 0o600, "plans": 0o755, "plans/kh.ics": 0o644, "all.ics": 0o644}
    mask = os.umask(0o022)
    try:
        keeper.publish(book())
        assert modes() == expected
        (keeper.calendars / "units").chmod(0o755)
        for file in (keeper.calendars / "units").iterdir():
            file.chmod(0o644)
        assert keeper.publish(book()) == [], "nothing changed"
        assert modes() == expected
    finally:
        os.umask(mask)
    for name, content in keeper.bytes().items():
        secret = b"/u/" in content.replace(b"\r\n ", b"")
        assert secret == name.startswith("units/"), name


def test_facts_of_another_version_are_read(keeper: Keeper) -> None:
    keeper.publish(book())
    with transaction(keeper.engine) as session:
        row = session.exec(select(Publication)).one()
        row.facts = row.facts | {"a_field_of_tomorrow": 1}
        row.facts.pop("plan_title")
    keeper.publish(register(duty({"annual": "theo quy định"})))
    assert keeper.event()["STATUS"] == "CANCELLED"


def test_links_are_secret_apart_and_revocable(tmp_path: Path) -> None:
    names = link_names(["kh"], ["y-te", "tai-chinh"])
    links = Links(SECRET, "http://h", names)
    tokens = {links.token(kind, name) for kind in ("feed", "page") for name in names}
    assert len(tokens) == 2 * len(names)
    assert all(len(t) == 32 for t in tokens), "160 bits in base 32"
    old = links.token("feed", "units/y-te")
    target = links.resolve(old)
    assert target is not None
    assert (target.kind, target.name, target.live) == ("feed", "units/y-te", True)
    renewed = Links(SECRET, "http://h", names, {"units/y-te": 1})
    was = renewed.resolve(old)
    assert was is not None
    assert not was.live
    assert renewed.feed("units/y-te") != links.feed("units/y-te")
    assert renewed.feed("units/tai-chinh") == links.feed("units/tai-chinh")
    assert links.resolve("x") is None
    assert links.feed("units/y-te").endswith("/y-te.ics")
    key = secret_key(tmp_path)
    assert secret_key(tmp_path) == key
    assert len(key) == 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_another_web_server_finds_each_feed_by_its_live_link_where_that_is_wanted(tmp_path: Path) -> None:
    contents = {"all": b"1", "plans/kh": b"2", "units/y-te": b"3"}
    feeds = [Feed(name, content, lambda content=content: content) for name, content in contents.items()]  # type: ignore[misc]
    known: Written = {}
    links = Links(b"key", "https://lich.example.vn", contents)
    mask = os.umask(0o022)
    try:
        write_feeds(tmp_path, feeds, known, links)
    finally:
        os.umask(mask)

    def modes() -> list[int]:
        return [(tmp_path / name).stat().st_mode & 0o777 for name in ("units", "units/y-te.ics")]

    def found() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (tmp_path / "links").iterdir()}

    def wanted(links: Links) -> dict[str, bytes]:
        named = {name: f"{links.token('feed', name)}.{name.rpartition('/')[2]}.ics" for name in contents}
        return {named[name]: content for name, content in contents.items()}

    assert found() == wanted(links)
    assert modes() == [0o750, 0o640], "its group may read what stands there"
    renewed = Links(b"key", "https://lich.example.vn", links, {"units/y-te": 1})
    write_feeds(tmp_path, feeds, known, renewed)
    assert found() == wanted(renewed)
    assert wanted(links) != wanted(renewed)
    write_feeds(tmp_path, feeds, known)
    assert found() == {}
    assert modes() == [0o700, 0o600]
    write_feeds(tmp_path, feeds, known, renewed)
    assert modes() == [0o750, 0o640], "wanted again"


def test_what_is_known_to_be_in_place_is_made_again_only_when_somebody_touched_it(tmp_path: Path) -> None:
    made: list[bytes] = []

    def feed(sign: bytes, content: bytes) -> Feed:
        def make() -> bytes:
            made.append(content)
            return content

        return Feed("all", sign, make)

    known: Written = {}
    file = tmp_path / "all.ics"
    assert write_feeds(tmp_path, [feed(b"1", b"one")], known) == (["all"], ["all"])
    assert write_feeds(tmp_path, [feed(b"1", b"one")], known) == (["all"], [])
    assert made == [b"one"], "the second time it was only looked at"
    file.write_bytes(b"own")
    assert write_feeds(tmp_path, [feed(b"1", b"one")], known) == (["all"], ["all"])
    assert file.read_bytes() == b"one"
    file.unlink()
    assert write_feeds(tmp_path, [feed(b"1", b"one")], known) == (["all"], ["all"])
    assert write_feeds(tmp_path, [feed(b"2", b"two")], known) == (["all"], ["all"])
    assert file.read_bytes() == b"two"
