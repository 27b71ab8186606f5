"""The state of the configuration as the office sees it, and a plan tried before anybody saves it."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from scheduler.config.load import load
from scheduler.config.problems import ConfigError, Problem
from scheduler.deadlines.expand import expand
from scheduler.deadlines.facts import facts_of
from scheduler.deadlines.workdays import WorkCalendar
from scheduler.feeds.publish import Difference
from scheduler.translation import text
from tests.config.test_trial import PLAN, content
from tests.web.browser import Browser
from tests.web.conftest import PUBLIC, Office
from tests.web.test_mails import lines
from tests.web.test_pages import HOSTILE

ROOT = Path(__file__).parents[2]
PAGE = "/office/configuration"
TODAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def folder(office: Office) -> Path:
    """The project's own configuration, in force and on disk."""
    found = shutil.copytree(ROOT / "config", office.calendars.parent / "config")
    office.site.clock = lambda: TODAY
    office.site.configuration = replace(load(found, TODAY.date()), folder=found)
    register = office.site.register
    office.site.deadlines = tuple(expand(register, TODAY.date().replace(2024), TODAY.date().replace(2028)))
    office.set(language="en", public_url=PUBLIC)
    return found


@pytest.fixture
def admin(office: Office, folder: Path) -> Browser:
    return office.admin()


def check(admin: Browser, plan: str, name: str = "thu-2027", **more: str) -> str:
    """The page's answer to a plan."""
    found = re.search(r'name="csrf" value="(\w+)">\s*<label>Name of the file', admin.get(PAGE).text)
    assert found is not None
    answer = admin.post(PAGE, {"csrf": found[1], "name": name, "plan": plan} | more)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_when_it_was_taken_and_what_is_in_it(office: Office, folder: Path, admin: Browser) -> None:
    office.site.reloaded = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    html = admin.get(PAGE).text
    assert "08:30 24 November 2026" in html
    assert str(folder) in html
    plans = len(list(folder.glob("plans/*.yaml")))
    assert f"{plans}, in {plans} files" in html
    assert "Check a plan" in html


def test_what_is_wrong_and_what_may_be(office: Office, admin: Browser) -> None:
    wrong = Problem(
        f"{office.site.configuration.folder}/plans/kh.yaml", 12, 7, text("unknown key"), text("leave it out")
    )
    office.site.problems = (wrong,) * 130
    warning = replace(wrong, file="workdays", severity="warning")
    office.site.configuration = replace(office.site.configuration, warnings=(warning,) * 70)
    html = admin.get(PAGE).text
    assert html.count("plans/kh.yaml:12:7</strong> unknown key – leave it out") == 100
    assert "and 30 more; nhachan check lists all" in html
    assert html.count("workdays:12:7") == 50
    assert "Warnings of the configuration: 70" in html
    assert admin.get(f"{PAGE}?page=2").text.count("workdays:12:7") == 20


def test_years_whose_days_off_are_not_ordered(office: Office, admin: Browser) -> None:
    html = unescape(admin.get(PAGE).text)
    [section] = re.findall(r"<h2>Years whose days off are not ordered yet</h2>.*?</section>", html, re.DOTALL)
    assert re.search(r"<strong>2028</strong>: \d+ deadlines depend on it – its file says “provisional”", section)
    assert "<strong>2025</strong>" not in section
    assert re.search(r"Years with ordered days off</dt><dd>[\d, ]*2025", html)
    bare = replace(office.site.register, workdays=WorkCalendar({}))
    office.site.configuration = replace(office.site.configuration, register=bare)
    assert re.search(r"<strong>2028</strong>: \d+ deadlines depend on it – it has no file yet", admin.get(PAGE).text)
    office.site.deadlines = ()
    assert "not ordered yet" not in admin.get(PAGE).text


def test_what_the_next_reload_would_change(office: Office, admin: Browser) -> None:
    asked: list[int] = []
    dated = [facts_of(d, office.site.register) for d in office.site.index.deadlines if d.send_by]
    assert dated[1].send_by

    def next_reload() -> list[Difference]:
        asked.append(1)
        moved = replace(dated[1], send_by=dated[1].send_by.replace(2031) if dated[1].send_by else None)
        return [Difference("added", "a", None, dated[0]), Difference("moved", "b", dated[1], moved), *gone]

    gone = [Difference("withdrawn", "c", dated[2], dated[2])] * 200
    office.site.next_reload = next_reload
    assert "Deadlines that would change" not in admin.get(PAGE).text
    assert not asked, "it is not read at every view"
    html = unescape(admin.get(f"{PAGE}?diff=1").text)
    assert "Deadlines that would change: 202" in html
    assert "and 102 more; nhachan diff lists all" in html
    assert "added" in html
    assert re.search(r"<del>[^<]*</del> \d+ \w+ 2031<", html)
    gone.clear()
    office.site.next_reload = list
    assert "No deadline would change." in admin.get(f"{PAGE}?diff=1").text


def test_a_configuration_on_disk_that_would_not_be_taken(office: Office, folder: Path, admin: Browser) -> None:
    def next_reload() -> list[Difference]:
        raise ConfigError([Problem(f"{folder}/plans/kh.yaml", 3, 4, text("unknown key"), text("leave it out"))])

    office.site.next_reload = next_reload
    html = admin.get(f"{PAGE}?diff=1").text
    assert "It would not be taken." in html
    assert ">plans/kh.yaml:3:4</strong> unknown key – leave it out" in html


def test_a_good_plan_shows_what_it_gives(folder: Path, admin: Browser) -> None:
    before = content(folder)
    html = check(admin, PLAN.replace("annual: trước ngày 15/12", "annual: trước ngày 15/12, six-month: theo quy định"))
    assert "The plan is good." in html
    assert "It would be a new plan." in html
    assert "Deadlines from today on: 2" in html
    [dated, undated] = lines(html)
    assert "Deadlines, all of them past: 1" in check(admin, PLAN.replace("2027", "2020"))
    for words in ("Báo cáo kết quả – year 2027", "<q>trước ngày 15/12</q>", "Tuesday, 14 December 2027", "15 December"):
        assert words in dated
    assert "without a date" in undated
    assert "Friday, 12 November 2027</dt>" in html
    assert "reminder 30 days before:</span> Báo cáo kết quả – year 2027 (1 units)" in html
    assert 'name="name" value="thu-2027"' in html
    assert "title: Kế hoạch thử\nyears: 2027\n" in html
    assert content(folder) == before


def test_the_first_reminder_of_a_plan_that_comes_late(admin: Browser) -> None:
    late = PLAN.replace("2027", "2026").replace("15/12", "02/12")
    assert (
        re.search(r"Tuesday, 24 November 2026</dt><dd>.*?reminder 14 days before", check(admin, late), re.DOTALL)
        is None
    )
    html = check(admin, late)
    first = html.split('<dl class="coming">')[1].split("</dt>")[0]
    assert "25 November 2026" in first, "the newest rung that was missed is told at once; the 24th is a day off"
    assert "reminder 7 days before" in html
    known = check(admin, late, "mau-dinh-ky")
    assert "It would take the place of the file of that name." in known
    assert "reminder 7 days before" not in known, "it was told already"


def test_a_bad_plan_shows_each_problem_with_its_line(folder: Path, admin: Browser) -> None:
    written = PLAN.replace("mau.kinh-te", "mau.kinh-tee").replace("15/12", "31/2")
    html = check(admin, written)
    assert "To be mended: 2" in html
    assert re.search(r"plans/thu-2027\.yaml:6:\d+</strong> [^<]+ – [^<]+<br><code>from: \[mau\.kinh-tee\]</code>", html)
    assert re.search(
        r"plans/thu-2027\.yaml:8:\d+</strong> [^<]+<br><code>due: \{annual: trước ngày 31/2\}</code>", html
    )
    assert "31/2}\n</textarea>" in html
    assert not (folder / "plans" / "thu-2027.yaml").exists()
    (folder / "units" / "hong.yaml").write_text("units: {\n", "utf-8")
    html = check(admin, written)
    assert html.index("plans/thu-2027.yaml:8") < html.index("units/hong.yaml:")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("", "there is no plan here"),
        (" \n\t", "there is no plan here"),
        ("\0\x01\xff", "an invisible character"),
        ("%PDF-1.7 \ufffd\ufffd", "plans/thu-2027.yaml:1:"),
        ("a: &a [x]\nb: *a\n", "references are not understood here"),
        ("[" * 9000, "levels, one inside the other"),
        ("title: " + "x" * 9000 + "\nxyz: 1\n", "unknown key"),
        ("x" * 9000, "plans/thu-2027.yaml:1:"),
        ("\n".join(f"k{n}: 1" for n in range(300)), "more; nhachan check lists all"),
    ],
)
def test_whatever_is_pasted(admin: Browser, plan: str, words: str) -> None:
    html = check(admin, plan)
    assert words in html
    assert "The plan is good." not in html
    assert "<code>" + "x" * 200 not in html


def test_a_plan_that_is_too_large(admin: Browser) -> None:
    found = re.search(r'name="csrf" value="(\w+)">', admin.get(PAGE).text)
    assert found
    good = {"csrf": found[1], "name": "x", "plan": PLAN + "# " + "x" * 50_000}
    assert admin.post(PAGE, good).status_code == 200
    answer = admin.post(PAGE, good | {"plan": "x" * 70_000})
    assert answer.status_code == 413
    assert "too long" in answer.text


@pytest.mark.parametrize("name", ["../nhachan", "/etc/passwd", "a/b", "", "x" * 200])
def test_no_other_file_is_meant(folder: Path, admin: Browser, name: str) -> None:
    before = content(folder)
    assert "this is no name of a plan’s file – write one such as" in check(admin, PLAN, name)
    assert content(folder) == before


def test_one_at_a_time(office: Office, admin: Browser) -> None:
    with office.site.reading:
        assert "another plan is being checked just now" in check(admin, PLAN)
        assert "being read for somebody else" in admin.get(f"{PAGE}?diff=1").text
    assert "The plan is good." in check(admin, PLAN)
    check(admin, "[")
    assert not office.site.reading.locked()


def test_not_without_the_pages_own_form(office: Office, admin: Browser) -> None:
    assert admin.post(PAGE, {"name": "x", "plan": PLAN}).status_code == 403
    assert office.client().post(PAGE, {"name": "x", "plan": PLAN}).headers["location"] == "/login"
    assert office.client().get(PAGE).headers["location"] == "/login"


def test_reading_and_checking_change_nothing(office: Office, folder: Path, admin: Browser) -> None:
    rows, files = office.rows(), content(folder)
    admin.get(PAGE)
    admin.get(f"{PAGE}?diff=1&page=2")
    admin.head(f"{PAGE}?diff=1")
    check(admin, PLAN)
    check(admin, PLAN, "mau-dinh-ky")
    check(admin, "x")
    assert (office.rows(), content(folder)) == (rows, files)


def test_nothing_that_was_written_runs(office: Office, admin: Browser) -> None:
    found = re.search(r'name="csrf" value="(\w+)">', admin.get(PAGE).text)
    assert found
    office.site.problems = (Problem(HOSTILE, 1, 1, text("{x}", x=HOSTILE), text("{x}", x=HOSTILE)),)
    title = HOSTILE.replace('"', '\\"').replace("{", "(").replace("}", ")")
    for plan, name in (
        (f"{HOSTILE}</textarea>", HOSTILE),
        (PLAN.replace("Kế hoạch thử", f'"{title}"').replace("Báo cáo kết quả", f'"{title}"'), "x"),
        (f"</textarea>{HOSTILE}: 1\n{PLAN}", "thu"),
    ):
        html = admin.post(PAGE, {"csrf": found[1], "name": name, "plan": plan}).text
        assert "<script" not in html
        assert "49 &amp;" not in html
        assert html.count("</textarea>") == 1
        assert "alert(&#39;x&#39;)" in html
