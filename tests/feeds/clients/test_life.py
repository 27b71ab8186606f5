"""One deadline from created to reinstated, as a subscriber sees it over HTTP at each step."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from icalendar import Calendar

from scheduler.deadlines.plans import Register
from scheduler.feeds.words import Word
from tests.builders import duty, register
from tests.feeds.test_publish import REPORT, Keeper
from tests.web.browser import Browser
from tests.web.conftest import Office


@dataclass
class Seen:
    """What a subscriber knows of the one event of its feed."""

    etag: str
    last_modified: str
    sequence: int
    modified: datetime
    uid: str
    status: str
    summary: str
    day: date


@dataclass
class Subscriber:
    """Thunderbird asks with the tag, Google with none: both hear of each step."""

    client: Browser
    path: str
    seen: list[Seen] = field(default_factory=list)

    def fetch(self) -> Seen:
        headers = {"If-None-Match": self.seen[-1].etag} if self.seen else {}
        answer = self.client.get(self.path, headers)
        assert answer.status_code == 200, "there is something new"
        assert self.client.get(self.path).content == answer.content
        calendar = Calendar.from_ical(answer.content)
        assert isinstance(calendar, Calendar)
        event: Any = calendar.events[0]
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt
        found = Seen(
            answer.headers["etag"],
            answer.headers["last-modified"],
            int(event["SEQUENCE"]),
            event["LAST-MODIFIED"].dt,
            str(event["UID"]),
            str(event["STATUS"]),
            str(event["SUMMARY"]),
            event.DTSTART,
        )
        if self.seen:
            before = self.seen[-1]
            assert found.uid == before.uid, "the same event, for ever"
            assert found.etag != before.etag
            assert found.sequence > before.sequence
            assert found.modified > before.modified
            by_date = self.client.get(self.path, {"If-Modified-Since": before.last_modified})
            assert by_date.content == answer.content, "Apple asks by date alone, and may have asked this very second"
        assert self.client.get(self.path, {"If-None-Match": found.etag}).status_code == 304
        assert self.client.get(self.path, {"If-None-Match": f"W/{found.etag}"}).status_code == 304
        assert self.client.get(self.path, {"If-Modified-Since": found.last_modified}).status_code == 304
        self.seen.append(found)
        return found


def book(words: str, title: str = "Báo cáo kết quả") -> Register:
    return register(duty({"quarter-1": words}, title=title))


def test_each_step_reaches_a_subscriber(office: Office, tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "keeper")
    keeper.calendars = office.calendars
    office.site.clock = lambda: datetime(2100, 1, 1, tzinfo=UTC)  # files have their dates from the real one
    subscriber = Subscriber(office.client(), office.feed("units/y-te"))
    early, late, other = "trước ngày 20/3/2025", "trước ngày 27/3/2025", "Báo cáo khác"

    keeper.publish(book(early))
    created = subscriber.fetch()
    assert (created.status, created.sequence, created.day) == ("CONFIRMED", 0, date(2025, 3, 19))

    keeper.publish(book(late))
    assert subscriber.fetch().day == date(2025, 3, 26)

    keeper.publish(book(late, other))
    assert other in subscriber.fetch().summary

    given = keeper.now + timedelta(hours=2)
    keeper.publish(book(late, other), {REPORT: Word(((given, None),))})
    assert subscriber.fetch().summary.startswith("[ĐÃ NỘP]")

    taken_back = {REPORT: Word(((given, keeper.now + timedelta(hours=2)),))}
    keeper.publish(book(late, other), taken_back)
    assert subscriber.fetch().summary.startswith("Hạn nộp")

    keeper.publish(register(duty({"annual": "theo quy định"})), taken_back)
    withdrawn = subscriber.fetch()
    assert (withdrawn.status, withdrawn.summary[:12]) == ("CANCELLED", "[ĐÃ BÃI BỎ] ")

    keeper.publish(book(late, other), taken_back)
    assert subscriber.fetch().status == "CONFIRMED"

    keeper.now = datetime(2025, 3, 26, 17, tzinfo=keeper.now.tzinfo)
    keeper.publish(book(late, other), taken_back)
    assert subscriber.fetch().summary.startswith("[QUÁ HẠN]")
