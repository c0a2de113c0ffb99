"""Real browsers for the tests of pages: Debian's Chromium and Firefox, driven by Playwright."""

import shlex
import shutil
import sys
from pathlib import Path

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


# A microphone that hums without end and is never asked about; sounds play without a click; nothing moves by itself.
FIREFOX_CHOICES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "ui.prefersReducedMotion": 1,
}


@pytest.fixture(scope="session")
def firefox(playwright, tmp_path_factory):
    """A headless Firefox whose microphone hums, or a skip that says how to get it."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip("no Firefox here: apt-get install firefox-esr (make test does it where it may)")
    pytest.importorskip("aiohttp", reason='no aiohttp here: pip install -e ".[dev]"')
    program = tmp_path_factory.mktemp("firefox") / "firefox"
    command = shlex.join([sys.executable, str(Path(__file__).with_name("firefox_wire.py")), found])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=program, firefox_user_prefs=FIREFOX_CHOICES, timeout=120_000
    )
    yield browser
    browser.close()
