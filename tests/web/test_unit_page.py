"""The lower half of a unit's page: how to subscribe, who gets the mails, which reminders come next."""

import html
import re
from datetime import UTC, datetime

from scheduler.reminders import addresses
from scheduler.state.database import transaction
from tests.web.browser import Browser
from tests.web.conftest import Office


def section(page: str, start: str) -> str:
    """From a mark to the end of its section, without tags."""
    part = page[page.index(start) :].partition("</section>")[0]
    return html.unescape(re.sub(r"<[^>]+>", " ", part))


def test_every_program_gets_its_link_and_the_phone_a_code(office: Office, client: Browser) -> None:
    page = client.get(office.page("y-te")).text
    feed = office.site.links.feed("units/y-te")
    links = re.findall(r'href="([^"]+)"', page)
    assert feed in html.unescape(page)
    assert "webcal" + feed.removeprefix("http") in links
    assert any(link.startswith("https://outlook.office.com/") and "addfromweb" in link for link in links)
    assert any(link.startswith("https://calendar.google.com/") for link in links)
    assert re.search(r'<img src="data:image/svg\+xml[^"]+" width="180" height="180" alt="[^"]+"', page)


def test_no_link_to_another_site_takes_a_referrer_along(office: Office, client: Browser) -> None:
    page = client.get(office.page("y-te")).text
    outside = re.findall(r'<a [^>]*href="https://(?:outlook|calendar)[^>]*>', page)
    assert outside
    assert all('rel="noreferrer noopener"' in link for link in outside)


def test_a_unit_sees_who_gets_its_mails(office: Office, client: Browser) -> None:
    office.set(admins=("quantri@tinh.example",))
    said = section(client.get(office.page("y-te")).text, 'id="mails"')
    unit = office.site.register.units["y-te"]
    assert all(address in said for address in unit.email)
    assert "quantri@tinh.example" in said


def test_a_refused_address_is_named_and_who_stands_in(office: Office, client: Browser) -> None:
    unit = office.site.register.units["y-te"]
    with transaction(office.site.engine) as session:
        addresses.mark(session, unit.email, office.site.clock())
    said = section(client.get(office.page("y-te")).text, 'id="mails"')
    assert "They go to: giamdoc.yt@tinh.example" in said
    assert "yte@tinh.example was refused" in said


def test_the_next_reminders_are_those_of_what_is_not_submitted(office: Office, client: Browser) -> None:
    before = section(client.get(office.page("y-te")).text, "The next reminders")
    assert "six months" in before
    office.submit("y-te", "2025-6M", "11/6")
    after = section(client.get(office.page("y-te")).text, "The next reminders")
    assert "six months" not in after
    assert after != before


def test_todays_mail_is_to_come_until_its_hour(office: Office, client: Browser) -> None:
    office.site.clock = lambda: datetime(2025, 6, 12, 0, 59, tzinfo=UTC)
    early = section(client.get(office.page("y-te")).text, "The next reminders")
    office.site.clock = lambda: datetime(2025, 6, 12, 1, 0, tzinfo=UTC)
    late = section(client.get(office.page("y-te")).text, "The next reminders")
    assert "12 June 2025" in early
    assert "12 June 2025" not in late
