"""A small office over HTTP: one plan, three units, real SQLite, feeds as files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from sqlmodel import Session, SQLModel, col, select

from scheduler.config.load import Configuration
from scheduler.config.settings import Settings
from scheduler.deadlines.expand import expand
from scheduler.deadlines.plans import Register
from scheduler.feeds.links import Links, link_names
from scheduler.reminders.digest import Report
from scheduler.reminders.submissions import submit
from scheduler.state import logins
from scheduler.state.database import open_database, transaction
from scheduler.state.tables import Publication, Submission
from scheduler.web.app import make_app
from scheduler.web.entrance import COOKIE
from scheduler.web.site import Site
from tests.builders import day, duty, register
from tests.web.browser import Browser

SECRET = b"s" * 32
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PUBLIC = "http://lich.example.vn"
ADMIN = "quantri@example.vn"
Q1, Q2 = "kh.ket-qua.2025-Q1", "kh.ket-qua.2025-6M"


def settings(calendars: Path) -> Settings:
    return Settings(
        name="Lịch báo cáo",
        public_url=PUBLIC,
        timezone=ZONE,
        language="en",
        horizon=relativedelta(months=18),
        past=relativedelta(years=2),
        uid_domain="lich.example.vn",
        feeds_public=False,
        mail=None,
        database="sqlite",
        calendars=calendars,
        web_host="127.0.0.1",
        web_port=8080,
        admins=(),
    )


@dataclass
class Office:
    """A site and what a test does with it."""

    site: Site
    calendars: Path

    def client(self, *, near: bool = False, base: str = PUBLIC) -> Browser:
        """A browser; `near`: at this very machine."""
        return Browser(make_app(self.site), base, "127.0.0.1" if near else "192.0.2.7")

    def admin(self) -> Browser:
        """The browser of an administrator who has logged in."""
        self.set(admins=(ADMIN,))
        with transaction(self.site.engine) as session:
            link = logins.make_link(session, ADMIN, self.site.clock(), "cli")
            cookie, _ = logins.log_in(session, link, self.site.clock())
        return Browser(make_app(self.site), PUBLIC, "192.0.2.8", f"{COOKIE}={cookie}")

    def take(self, book: Register) -> None:
        """Another configuration, its deadlines known since the beginning of 2025."""
        self.site.configuration = replace(self.site.configuration, register=book)
        self.site.deadlines = tuple(expand(book, date(2024, 1, 1), date(2026, 12, 31)))
        self.site.links = Links(SECRET, PUBLIC, link_names(book.plans, book.units))
        with transaction(self.site.engine) as session:
            for deadline in self.site.deadlines:
                if deadline.send_by and session.get(Publication, deadline.key) is None:
                    seen = datetime(2025, 1, 2, tzinfo=UTC)
                    session.add(Publication(key=deadline.key, digest="", facts={}, first_seen=seen, modified=seen))

    def set(self, **values: object) -> None:
        """Other settings."""
        old = self.site.configuration
        self.site.configuration = replace(old, settings=replace(old.settings, **values))  # type: ignore[arg-type]

    def revoke(self, name: str) -> None:
        """Renew the links of a name."""
        book = self.site.register
        self.site.links = Links(SECRET, PUBLIC, link_names(book.plans, book.units), {name: 1})

    def page(self, unit: str) -> str:
        """The path of a unit's page."""
        return self.site.links.page(f"units/{unit}").removeprefix(PUBLIC)

    def feed(self, name: str) -> str:
        """The path of a feed."""
        return self.site.links.feed(name).removeprefix(PUBLIC)

    def publish(self, name: str, content: bytes) -> Path:
        """Put a feed's file in its place."""
        file = self.calendars / f"{name}.ics"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def form(self, actor: str, **fields: str) -> dict[str, str]:
        """The fields that an actor's page would send."""
        return {
            "csrf": self.site.links.sign(f"act:{actor}"),
            "action": "submit",
            "deadline": Q2,
            "unit": actor,
        } | fields

    def submit(self, unit: str, period: str, on: str) -> None:
        """A submission that stands already."""
        with transaction(self.site.engine) as session:
            submit(session, Report("kh", "ket-qua", period, unit), day(on), "", unit, self.site.clock())

    def standing(self) -> dict[Report, Submission]:
        """The submissions that stand."""
        with Session(self.site.engine) as session:
            rows = session.exec(select(Submission).where(col(Submission.withdrawn).is_(None)))
            return {Report(row.plan, row.obligation, row.period, row.unit): row for row in rows}

    def rows(self) -> dict[str, list[object]]:
        """Everything in the database."""
        with self.site.engine.connect() as connection:
            tables = SQLModel.metadata.sorted_tables
            return {table.name: [tuple(row) for row in connection.execute(table.select())] for table in tables}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """On Thursday 12/6/2025: the first quarter's report is overdue, the half-year's due in a week."""
    found = made(tmp_path)
    yield found
    found.site.engine.dispose()


def made(folder: Path, database: str = "sqlite") -> Office:
    """The office of the fixture, on any database."""
    book = register(
        duty({"quarter-1": "trước ngày 20/3/2025", "six-month": "trước ngày 20/6/2025", "annual": "trước ngày 25/11"}),
        duty(
            {"once": "theo quy định"},
            id="tong-hop",
            title="Tổng hợp",
            reporters=("noi-vu",),
            via="",
            collects="ket-qua",
        ),
    )
    calendars = folder / "calendars"
    engine = open_database(folder / "state", database)
    site = Site(
        configuration=Configuration(settings(calendars), book, folder, (), ""),
        deadlines=(),
        links=Links(SECRET, PUBLIC, ()),
        engine=engine,
        clock=lambda: datetime(2025, 6, 12, 2, 0, tzinfo=UTC),
        version="1.2.3",
    )
    found = Office(site, calendars)
    found.take(book)
    return found


@pytest.fixture
def admin(office: Office) -> Browser:
    """An administrator's browser."""
    return office.admin()


@pytest.fixture
def client(office: Office) -> Browser:
    """A browser somewhere in the net."""
    return office.client()
