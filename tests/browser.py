"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright."""

import shutil

import pytest


@pytest.fixture(scope="session")
def chromium():
    """A headless browser; each test opens its own page in it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here: apt-get install chromium (make test does it where it may)")
    playwright = pytest.importorskip("playwright.sync_api", reason='no Playwright here: pip install -e ".[dev]"')
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
