"""Months to print and pin on the wall."""

import html
import re
import subprocess
from pathlib import Path

import pytest

from scheduler.deadlines.plans import Years
from scheduler.web.server import Server
from tests.builders import duty, register
from tests.web.browser import Browser
from tests.web.conftest import Office


def cells(page: str) -> dict[str, str]:
    """The text of each day that has something, by its date."""
    found = re.findall(r'<td class="[^"]*\bhas\b[^"]*"><time datetime="([^"]+)">(.*?)</td>', page, re.DOTALL)
    return {day: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", words)).split()) for day, words in found}


def printed(office: Office, name: str) -> str:
    return office.feed(name).rpartition("/")[0] + "/in"


def test_each_report_stands_on_the_day_to_send_it_by(office: Office, client: Browser) -> None:
    answer = client.get(printed(office, "units/y-te"))
    assert answer.status_code == 200
    found = cells(answer.text)
    assert list(found) == ["2025-06-19", "2025-11-24"]
    assert "Báo cáo kết quả" in found["2025-06-19"]
    assert "before 20 June" in found["2025-06-19"]
    assert "To collect" not in found["2025-06-19"]
    assert answer.text.count("<caption>") == 2, "months without anything take no paper"


def test_other_months_and_other_roles(office: Office, client: Browser) -> None:
    found = cells(client.get(printed(office, "units/noi-vu") + "?from=2025-01").text)
    assert list(found) == ["2025-03-19", "2025-06-19", "2025-11-24"]
    assert all("To collect:" in words for words in found.values())
    assert "To receive:" in cells(client.get(printed(office, "units/ubnd")).text)["2025-06-19"]
    assert list(cells(client.get(printed(office, "plans/kh") + "?from=2025-01").text)) == list(found)
    assert list(cells(client.get(printed(office, "all") + "?from=2025-01").text)) == list(found)


def test_a_units_months_say_how_it_stands(office: Office, client: Browser) -> None:
    office.submit("y-te", "2025-6M", "10/6")
    found = cells(client.get(printed(office, "units/y-te") + "?from=2025-01").text)
    signs = [re.findall(r"\[[A-Z]+\]", words) for words in found.values()]
    assert signs == [["[OVERDUE]"], ["[SUBMITTED]"], []]
    others = cells(client.get(printed(office, "units/tai-chinh") + "?from=2025-06").text)
    assert "[" not in "".join(others.values()), "one unit's word is no other's"
    everybody = cells(client.get(printed(office, "plans/kh") + "?from=2025-01").text)
    assert "[" not in "".join(everybody.values())
    assert all("2 units" in words for words in everybody.values())


def pages_on_paper(office: Office, path: str, folder: Path) -> list[str]:
    """What a browser prints, page by page."""
    server = Server(office.site, "127.0.0.1", 0)
    server.start()
    sheet = folder / "sheet.pdf"
    browser = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}")
    try:
        url = f"http://127.0.0.1:{server.port}{path}"
        subprocess.run([*browser, f"--print-to-pdf={sheet}", url], check=True, capture_output=True, timeout=120)
    finally:
        server.stop()
    said = subprocess.run(["pdftotext", str(sheet), "-"], check=True, capture_output=True, text=True).stdout
    return said.rstrip("\f").split("\f")


@pytest.mark.system("chromium", "pdftotext")
def test_a_month_on_paper_takes_a_page_and_tells_no_secret(office: Office, tmp_path: Path) -> None:
    path = printed(office, "units/y-te")
    pages = pages_on_paper(office, f"{path}?from=2025-01", tmp_path)
    assert [page.count("Monday") for page in pages] == [1, 1, 1], "March, June, November"
    assert ["Month 3/2025" in pages[0], "Month 6/2025" in pages[1], "Month 11/2025" in pages[2]] == [True] * 3
    assert "Báo cáo kết quả" in " ".join(pages[0].split())
    assert path.split("/")[2] not in "".join(pages), "the wall must not tell the link"


@pytest.mark.system("chromium", "pdftotext")
def test_a_crowded_month_takes_one_page_too(office: Office, tmp_path: Path) -> None:
    title = "Báo cáo kết quả thực hiện công tác dân vận chính quyền và quy chế dân chủ ở cơ sở"
    office.take(register(*(duty({"annual": f"trước ngày {20 + n % 3}/11"}, id=f"{n}", title=title) for n in range(36))))
    [page] = pages_on_paper(office, printed(office, "units/y-te"), tmp_path)
    assert "Month 11/2025" in page
    assert " ".join(page.split()).count("dân vận") == 36


@pytest.mark.parametrize("since", ["x", "2025-13", "0000-01", "9999-12", "2025-06-01", "0001-01"])
def test_a_month_that_is_none(office: Office, client: Browser, since: str) -> None:
    assert client.get(printed(office, "all") + f"?from={since}").status_code == 200


def test_a_plan_of_long_ago_begins_where_it_has_something(office: Office) -> None:
    office.take(register(duty({"annual": "trước ngày 25/11"}), years=Years(2018, 2020)))
    client = office.client()
    path = printed(office, "plans/kh")
    assert list(cells(client.get(path).text)) == ["2020-11-24"]
    assert list(cells(client.get(f"{path}?from=2018-01").text)) == ["2018-11-23"]
    assert cells(client.get(printed(office, "units/y-te")).text) == {}


def test_days_off_are_marked(office: Office, client: Browser) -> None:
    page = client.get(printed(office, "all") + "?from=2025-06").text
    assert re.search(r'<td class="off[^"]*"><time datetime="2025-06-15">', page)
    assert not re.search(r'<td class="off[^"]*"><time datetime="2025-06-16">', page)


def test_its_link_is_as_secret_as_the_feeds(office: Office, client: Browser) -> None:
    good = printed(office, "units/y-te")
    assert client.get("/feeds/nothing/in").status_code == 404
    assert client.get(f"/feeds/{office.page('y-te').rpartition('/')[2]}/in").status_code == 404
    assert client.get("/feeds/all/in").status_code == client.get("/feeds/plans/kh/in").status_code == 404
    office.set(feeds_public=True)
    assert client.get("/feeds/all/in").status_code == client.get("/feeds/plans/kh/in").status_code == 200
    assert client.get("/feeds/plans/other/in").status_code == 404
    office.revoke("units/y-te")
    assert client.get(good).status_code == 410


def test_pages_lead_to_it(office: Office, client: Browser) -> None:
    links = re.findall(r'href="([^"]+/in)"', client.get(office.page("y-te")).text)
    assert [link.removeprefix("http://lich.example.vn") for link in links] == [printed(office, "units/y-te")]
    office.set(feeds_public=True)
    front = re.findall(r'href="http://lich.example.vn([^"]+/in)"', client.get("/").text)
    assert front == ["/feeds/all/in", "/feeds/plans/kh/in"]
    assert all(client.get(link).status_code == 200 for link in front)


def test_reading_it_changes_nothing(office: Office, client: Browser) -> None:
    before = office.rows()
    client.get(printed(office, "units/y-te"))
    assert office.rows() == before
