"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright."""

import pytest

from benchmarks.web.driving import FLAGS, program
from menura.errors import UsageError


@pytest.fixture(scope="session")
def playwright():
    """Playwright, of which one process has one; a skip that says how to get it, or Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason='no Playwright here: pip install -e ".[dev]"')
    try:
        program()
    except UsageError as missing:
        pytest.skip(f"{missing} (make test does it where it may)")
    with api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright):
    """A headless browser; each test opens its own page in it."""
    browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
    yield browser
    browser.close()
