"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright."""

import shutil

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu"]


def program():
    """The path of Chromium, or a skip that says how to get it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium (make test does it where it may)")
    return found


@pytest.fixture(scope="session")
def playwright():
    """Playwright, of which one process has one."""
    api = pytest.importorskip("playwright.sync_api", reason='no Playwright here: pip install -e ".[dev]"')
    with api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright):
    """A headless browser; each test opens its own page in it."""
    browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
    yield browser
    browser.close()
