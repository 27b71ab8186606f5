"""Pictures of everything that people see: `python -m tests.gallery [FOLDER]` (make gallery), into build/gallery.

Every kind of mail as a phone and a desk show it, by day and by night; a month of a feed; the pages of the real daemon.
"""

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.chromium import DESK, PHONE, Scheme, chromium, page
from tests.daemon.process import Office
from tests.mail.samples import DIGESTS, ENGLISH, ENGLISH_ONES, OFFICE, letter

WIDTHS = {"phone": PHONE, "desk": DESK}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
REPORT = "mau-dinh-ky.tuan.2026-W45"
START, MORNING = "2026-11-02 10:00:00", "2026-11-24 10:00:00"


def mails() -> dict[str, str]:
    """The HTML of every kind of mail."""
    found = {f"mail-{name}": letter(name, OFFICE).html for name in DIGESTS}
    return found | {f"mail-{name}.en": letter(name, ENGLISH).html for name in ENGLISH_ONES}


def shoot(browser: Browser, folder: Path, name: str, source: str, width: int, scheme: Scheme) -> None:
    """One picture, of HTML or of what is at a URL."""
    with page(browser, width, scheme) as shown:
        if source.startswith("http"):
            shown.goto(source)
        else:
            shown.set_content(source)
        shown.screenshot(path=folder / f"{name}.png", full_page=True)


def places(office: Office) -> dict[str, str]:
    """The pages of the daemon that are shown."""
    units = {unit["id"]: unit for unit in json.loads(office.nhachan("units", "--json", moment=MORNING).stdout)}
    reporter, collector = units["mau.kinh-te"], units["mau.van-phong"]
    return {
        "page-office": f"{office.url}/",
        "page-matrix": f"{office.url}/office/matrix",
        "page-units": f"{office.url}/office/units",
        "page-calendars": f"{office.url}/office/calendars",
        "page-mails": f"{office.url}/office/mails",
        "page-kept": f"{office.url}/office/mails/kept",
        "page-trail": f"{office.url}/office/trail",
        "page-configuration": f"{office.url}/office/configuration?diff=1",
        "page-office-deadlines": f"{office.url}/office/deadlines",
        "page-office-day": f"{office.url}/office/deadlines?day=2026-11-23",
        "page-office-report": f"{office.url}/office/reports/{REPORT}",
        "page-login": f"{office.url}/login/{'a' * 32}",
        "page-report": f"{collector['page']}/reports/{REPORT}",
        "page-own-report": f"{reporter['page']}/reports/{REPORT}",
        "page-list": f"{collector['page']}/reports",
        "page-unit": reporter["page"],
        "page-collector": collector["page"],
        "page-print": f"{reporter['feed'].rpartition('/')[0]}/in",
        "page-nothing": f"{office.url}/u/nothing",
    }


def main() -> None:
    """All pictures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/gallery")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with chromium() as browser, tempfile.TemporaryDirectory() as there:
        for name, html in mails().items():
            for device, width in WIDTHS.items():
                for scheme in SCHEMES:
                    shoot(browser, folder, f"{name}-{device}-{scheme}", html, width, scheme)
        office = Office(Path(there))
        with office.running(START):
            pass
        with office.running(MORNING):
            for name, url in places(office).items():
                for device, width in WIDTHS.items():
                    shoot(browser, folder, f"{name}-{device}-light", url, width, "light")
            shoot(browser, folder, "page-unit-phone-dark", places(office)["page-unit"], PHONE, "dark")
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
