"""The office's first page: what needs somebody today, and no more."""

import html
from datetime import UTC, datetime

from scheduler.reminders import addresses, brake
from scheduler.state.database import transaction
from scheduler.state.tables import Mail
from tests.builders import duty, register
from tests.web.browser import Browser
from tests.web.conftest import Office


def mail(number: int, state: str, error: str = "") -> Mail:
    now = datetime(2025, 6, 11, 1, tzinfo=UTC)
    return Mail(unit=f"u-{number}", day=now.date(), message_id=str(number), state=state, created=now, error=error)


def test_nothing_is_the_matter(office: Office, admin: Browser) -> None:
    for unit in ("y-te", "tai-chinh"):
        office.submit(unit, "2025-Q1", "19/3")
    page = admin.get("/office").text
    assert 'role="alert"' not in page
    assert "No report is overdue." in page
    assert "six months" in page.partition("The coming two weeks")[2]
    assert "year 2025" not in page.partition("The coming two weeks")[2]
    office.site.clock = lambda: datetime(2025, 7, 1, tzinfo=UTC)
    assert "No deadline is coming in these two weeks." in office.admin().get("/office").text


def test_what_is_the_matter_with_mails(office: Office, admin: Browser) -> None:
    with transaction(office.site.engine) as session:
        session.add_all([mail(1, "failed"), mail(2, "failed"), mail(3, "sent"), mail(4, "due")])
        brake.hold(session, "Đang <kiểm> tra", "quantri@example.vn", office.site.clock())
        addresses.mark(session, ["yte@tinh.example", "nobody@tinh.example"], office.site.clock())
    office.site.health = lambda: "the disk is full"
    office.site.mail = lambda: "the mail server is away"
    page = html.unescape(admin.get("/office").text)
    for words in (
        "The work stands still:</strong> the disk is full",
        "the mail server is away",
        "Sending is held.</strong> Đang <kiểm> tra",
        "or not to everybody: 2",
        "Sở Y tế</a> (yte@tinh.example)",
    ):
        assert words in page
    assert 'href="/office/mails"' in page
    assert "nobody@tinh.example" not in page, "an address that nobody has any more"


def test_what_passed_lately_comes_first_and_no_more_than_can_be_phoned(office: Office, admin: Browser) -> None:
    duties = [duty({"month": f"chậm nhất ngày {n}"}, id=f"bao-cao-{n}") for n in range(1, 6)]
    office.take(register(*duties))
    page = admin.get("/office").text
    overdue = page[page.index("<h2>Overdue") : page.index("<h2>The coming two weeks")]
    assert overdue.count('<tr role="row">') == 1 + 20
    assert '<a href="/office/deadlines?state=overdue">All that are overdue: 29</a>' in overdue
    assert overdue.index("bao-cao-1.2025-06") < overdue.index("bao-cao-5.2025-05")
    assert "Sở Y tế; Sở Tài chính" in overdue


def test_of_two_full_weeks_the_first_are_shown(office: Office, admin: Browser) -> None:
    duties = [duty({"once": "chậm nhất ngày 19/6/2025"}, id=f"bao-cao-{n}") for n in range(30)]
    office.take(register(*duties))
    coming = admin.get("/office").text.partition("<h2>The coming two weeks")[2]
    assert coming.count('<tr role="row">') == 1 + 20
    assert '<a href="/office/deadlines?state=coming">' in coming
