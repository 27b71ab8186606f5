"""The real daemon's pages in a real browser: walked by click and by keyboard, read by axe, opened by mail scanners."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import DESK, PHONE, Scheme, chromium, page
from tests.daemon.process import ROOT, Office, wait_for
from tests.gallery import MORNING, START, places
from tests.node import node_modules

pytestmark = pytest.mark.system("chromium", "faketime")
PAGES = (
    *("page-office", "page-office-deadlines", "page-office-day", "page-matrix", "page-units", "page-calendars"),
    *("page-office-report", "page-login", "page-mails", "page-kept", "page-trail", "page-configuration"),
    *("page-unit", "page-collector", "page-report", "page-own-report", "page-list", "page-print", "page-nothing"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The project's own plans on a day on which some reports are overdue."""
    found = Office(tmp_path_factory.mktemp("office"))
    with found.running(START):
        pass
    with found.running(MORNING):
        yield found


@pytest.fixture(scope="module")
def urls(office: Office) -> dict[str, str]:
    return places(office)


def unfold(shown: Page) -> None:
    shown.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")


def everybody_can_use(shown: Page, width: int) -> None:
    """What axe finds on a page, which must not scroll sideways either."""
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
    # The page's own policy lets no script of others in; what a debugger evaluates it cannot forbid.
    shown.evaluate((node_modules() / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = shown.evaluate("rules => axe.run(document, rules)", rules)
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"]] == []
    assert len(found["passes"]) > 5, "it was looked at"
    assert shown.evaluate("document.scrollingElement.scrollWidth") <= width, "it scrolls sideways"


@pytest.mark.system("npm")
@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESK, "light")])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_it(browser: Browser, urls: dict[str, str], name: str, width: int, scheme: Scheme) -> None:
    with page(browser, width, scheme) as shown:
        shown.goto(urls[name])
        unfold(shown)
        everybody_can_use(shown, width)


@pytest.mark.system("npm")
@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_a_plan_is_tried(browser: Browser, urls: dict[str, str], width: int, scheme: Scheme) -> None:
    good = (ROOT / "config" / "plans" / "mau-dinh-ky.yaml").read_text("utf-8")
    with page(browser, width, scheme) as shown:
        shown.goto(urls["page-configuration"].partition("?")[0])
        for plan, words in (
            (good.replace("mau.ubnd", "mau.ubn"), "plans/mau-dinh-ky.yaml:"),
            (good, "Kế hoạch đọc được, không có lỗi."),
        ):
            shown.get_by_label("Tên tệp").fill("mau-dinh-ky")
            shown.get_by_label("Nội dung tệp (YAML)").fill(plan)
            with shown.expect_navigation():
                shown.get_by_role("button", name="Kiểm tra").press("Enter")
            expect(shown.locator("#check")).to_contain_text(words)
            expect(shown.get_by_label("Nội dung tệp (YAML)")).to_have_value(plan)
            everybody_can_use(shown, width)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_asks_anybody_else_or_complains(
    browser: Browser, office: Office, urls: dict[str, str], name: str
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    with page(browser, DESK) as shown:
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("console", lambda message: complaints.append(message.text))
        shown.goto(urls[name])
    assert {url for url in asked if not url.startswith((office.url, "data:image/"))} == set()
    assert [c for c in complaints if "404" not in c] == []


def submitted(office: Office) -> int:
    with sqlite3.connect(office.state / "nhachan.db") as database:
        return int(database.execute("SELECT count(*) FROM submission WHERE withdrawn IS NULL").fetchone()[0])


@pytest.mark.parametrize("javascript", [True, False])
def test_submitted_by_click_and_taken_back(
    browser: Browser, office: Office, urls: dict[str, str], *, javascript: bool
) -> None:
    before = submitted(office)
    with page(browser, PHONE, javascript=javascript) as shown:
        shown.goto(urls["page-unit"])
        card = shown.locator("article.card").first
        title = card.locator("h3").inner_text()
        card.get_by_label("Số, ký hiệu văn bản (nếu có)").fill("12/BC-KT")
        card.get_by_role("button", name="Đã nộp").click()
        done = shown.locator("article.card", has_text="12/BC-KT")
        expect(done.locator("h3")).to_have_text(title)
        expect(done).to_be_in_viewport()
        assert submitted(office) == before + 1
        done.get_by_role("button", name="Rút lại").click()
        expect(shown.locator("article.card", has_text="12/BC-KT")).to_have_count(0)
        assert submitted(office) == before


def test_submitted_by_keyboard_alone(browser: Browser, office: Office, urls: dict[str, str]) -> None:
    before = submitted(office)
    with page(browser, DESK) as shown:
        shown.goto(urls["page-unit"])
        shown.keyboard.press("Tab")
        expect(shown.locator(":focus")).to_have_text("Chuyển đến nội dung chính")
        shown.keyboard.press("Enter")
        for _ in range(60):
            shown.keyboard.press("Tab")
            if shown.evaluate("document.activeElement.name") == "reference":
                break
        shown.keyboard.type("34/BC-KT")
        shown.keyboard.press("Enter")
        done = shown.locator("article.card", has_text="34/BC-KT")
        expect(done).to_have_count(1)
        assert submitted(office) == before + 1
        done.get_by_role("button", name="Rút lại").focus()
        shown.keyboard.press("Enter")
        expect(shown.locator("article.card", has_text="34/BC-KT")).to_have_count(0)
    assert submitted(office) == before


def test_a_collector_marks_a_unit_and_takes_it_back(browser: Browser, office: Office, urls: dict[str, str]) -> None:
    before = submitted(office)
    with page(browser, DESK) as shown:
        shown.goto(urls["page-collector"])
        name = shown.get_by_role("button", name="Đã nhận báo cáo của").first.get_attribute("aria-label") or ""
        unit = name.removeprefix("Đã nhận báo cáo của ")
        with shown.expect_navigation():
            shown.get_by_role("button", name=name).first.click()
        assert submitted(office) == before + 1
        shown.goto(urls["page-report"])
        with shown.expect_navigation():
            shown.get_by_role("link", name="Đơn vị đã nộp: 1").click()
        with shown.expect_navigation():
            shown.get_by_role("button", name=f"Rút lại ghi nhận đã nhận báo cáo của {unit}").click()
        assert submitted(office) == before


def sent_by_hand(office: Office) -> int:
    with sqlite3.connect(office.state / "nhachan.db") as database:
        wanted = "SELECT count(*) FROM mail WHERE turn > 0 AND state = 'sent'"
        return int(database.execute(wanted).fetchone()[0])


def test_a_collector_reminds_by_keyboard_alone(browser: Browser, office: Office, urls: dict[str, str]) -> None:
    with page(browser, PHONE, javascript=False) as shown:
        shown.goto(urls["page-report"])
        one = shown.get_by_role("button", name="Nhắc ngay Phòng Văn hóa - Xã hội xã Mẫu")
        one.focus()
        with shown.expect_navigation():
            shown.keyboard.press("Enter")
        row = shown.get_by_role("row", name="Phòng Văn hóa - Xã hội xã Mẫu")
        expect(row).to_contain_text("Đã nhắc: 10:0")
        expect(one).to_have_count(0)
        with shown.expect_navigation():
            shown.get_by_role("button", name="Nhắc tất cả đơn vị chưa nộp").press("Enter")
        expect(shown.get_by_role("button", name="Nhắc ngay")).to_have_count(0)
    wait_for(lambda: sent_by_hand(office) == 3, "the mails")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_day_in_the_picture_of_the_year_leads_to_its_list(browser: Browser, urls: dict[str, str], width: int) -> None:
    with page(browser, width, javascript=False) as shown:
        shown.goto(urls["page-office"])
        november = shown.get_by_role("group", name="Tháng 11")
        overdue = november.get_by_role("link", name=re.compile(r"^thứ .+ \d+.11.2026: \d thời hạn, \d quá hạn$"))
        name = (overdue.first.locator("title").text_content() or "").partition(":")[0]
        overdue.first.click()
        expect(shown.get_by_role("heading", name=name)).to_be_visible()
        expect(shown.locator("tbody tr").first).to_contain_text("Chưa nộp:")
        shown.go_back()
        for _ in range(90):
            shown.keyboard.press("Tab")
            if shown.locator("a:focus title", has_text=name).count():
                break
        shown.keyboard.press("Enter")
        expect(shown.get_by_role("heading", name=name)).to_be_visible()
        shown.get_by_role("link", name="Bỏ lọc").click()
        shown.get_by_label("Đơn vị").fill("văn phòng")
        shown.get_by_label("Đơn vị").press("Enter")
        expect(shown).to_have_url(re.compile("unit=v"))


def test_the_link_is_copied_or_can_be_marked(browser: Browser, urls: dict[str, str]) -> None:
    with page(browser, DESK) as shown:
        shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
        shown.goto(urls["page-unit"])
        shown.get_by_role("button", name="Sao chép liên kết").click()
        expect(shown.get_by_role("status")).to_have_text("Đã sao chép")
        assert shown.evaluate("navigator.clipboard.readText()") == shown.locator("#feed-link").inner_text()
    with page(browser, DESK, javascript=False) as shown:
        shown.goto(urls["page-unit"])
        expect(shown.get_by_role("button", name="Sao chép liên kết")).to_have_count(0)


def every_link(shown: Page, office: Office) -> set[str]:
    absolute = "a => new URL(a.getAttribute('href'), document.baseURI).href"  # one in a picture has no plain `href`
    links = shown.evaluate(f"[...document.querySelectorAll('a[href]')].map({absolute})")
    one_day = (re.sub(r"day=[0-9-]+", "day=2026-11-20", link) for link in links)  # of a year's days one is enough
    return {link.partition("#")[0] for link in one_day if link.startswith(office.url)}


def everything(file: Path) -> list[str]:
    with sqlite3.connect(file) as database:
        return [line for line in database.iterdump() if "last-beat" not in line]


def test_mail_scanners_that_open_every_link_change_nothing(
    browser: Browser, office: Office, urls: dict[str, str]
) -> None:
    before = everything(office.state / "nhachan.db")
    found: set[str] = set(urls.values())
    with page(browser, DESK) as shown:  # one that runs JavaScript
        for url in urls.values():
            shown.goto(url)
            found |= every_link(shown, office)
        pages = [url for url in sorted(found) if not url.endswith((".ics", ".csv", ".xlsx"))][:20]
        for url in pages:
            shown.goto(url)
    assert len(found) > 20
    with httpx.Client() as client:  # one that does not
        for url in sorted(found)[:80]:
            for method in ("GET", "HEAD", "OPTIONS"):
                assert client.request(method, url).status_code < 500
    assert everything(office.state / "nhachan.db") == before


def test_one_units_link_does_not_open_anothers_page(office: Office, urls: dict[str, str]) -> None:
    units = json.loads(office.nhachan("units", "--json", moment=MORNING).stdout)
    own, other = units[0], units[1]
    token = own["page"].rpartition("/")[2]
    assert httpx.get(own["page"]).status_code == 200
    for path in (
        f"/feeds/{token}/in",
        f"/u/{token}x",
        f"/u/{token[:-1]}",
        f"/u/{token}/../{other['id']}",
    ):
        assert httpx.get(f"{office.url}{path}").status_code == 404, path
    feed = own["feed"].replace(own["id"], other["id"])
    assert httpx.get(feed).status_code == 404


@pytest.mark.system("npm")
@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_mails_and_trail_with_lines(
    browser: Browser, office: Office, urls: dict[str, str], width: int, scheme: Scheme
) -> None:
    with page(browser, width, scheme) as shown:
        shown.goto(urls["page-office-report"])
        remind = shown.get_by_role("button", name="Nhắc tất cả đơn vị chưa nộp")
        if remind.count():
            with shown.expect_navigation():
                remind.click()
        wait_for(lambda: sent_by_hand(office) > 0, "the mails")
        for name, words in (
            ("page-mails", "Nhắc theo yêu cầu của"),
            ("page-kept", "xamau.example"),
            ("page-trail", "Gửi thư nhắc"),
        ):
            shown.goto(urls[name])
            # What a style makes of the first letter is not in the text.
            expect(shown.locator("tbody")).to_contain_text(words[1:])
            everybody_can_use(shown, width)


def test_an_administrator_logs_in_by_the_mailed_link_and_out(browser: Browser, office: Office) -> None:
    admin = "quantri@nhachan.example"
    with page(browser, PHONE, javascript=False) as shown:
        shown.set_extra_http_headers({"X-Forwarded-For": "192.0.2.7"})  # as through a proxy: not at this machine
        shown.goto(f"{office.url}/office/mails")
        expect(shown).to_have_url(f"{office.url}/login")
        shown.get_by_label("Địa chỉ thư điện tử").fill(admin)
        shown.keyboard.press("Enter")
        expect(shown.get_by_role("status")).to_contain_text("Liên kết dùng được một lần")
        wait_for(lambda: any(mail["To"] == admin for mail in office.mails()), "the link")
        mail = next(mail for mail in office.mails() if mail["To"] == admin)
        (url,) = re.findall(r"http://\S+/login/\w+", mail.get_content())
        for _ in range(2):
            shown.goto(url)
        with shown.expect_navigation():
            shown.get_by_role("button", name="Đăng nhập").click()
        expect(shown).to_have_url(f"{office.url}/office")
        with shown.expect_navigation():
            shown.get_by_role("button", name="Đăng xuất").click()
        shown.goto(f"{office.url}/office")
        expect(shown).to_have_url(f"{office.url}/login")
