"""A real browser for tests and for the gallery: Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

PHONE, DESK = 360, 1280
Scheme = Literal["light", "dark"]
# What Chromium would do on its own in the background: nothing of it is wanted, and a closed network refuses it anyway.
_QUIET = ("background-networking", "component-update", "default-apps", "extensions", "quic", "sync")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{name}" for name in _QUIET)]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page(browser: Browser, width: int, scheme: Scheme = "light", *, javascript: bool = True) -> Iterator[Page]:
    """A page of a width in pixels, as somebody in Viet Nam sees it."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        java_script_enabled=javascript,
    )
    try:
        yield context.new_page()
    finally:
        context.close()
