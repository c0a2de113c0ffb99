"""Real browsers for the tests of pages: Debian's Chromium and Firefox, driven by Playwright."""

import os
import shlex
import shutil
import subprocess
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


# Firefox records only where it has something to play on: a loudspeaker that nobody hears.
LOUDSPEAKER = [
    "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm", "-n", "--load=module-null-sink",
    "--load=module-native-protocol-unix",
]  # fmt: skip


@pytest.fixture(scope="session")
def loudspeaker(tmp_path_factory):
    """The environment of programs that are to have a loudspeaker, or a skip that says how to get one."""
    if shutil.which("pulseaudio") is None:
        pytest.skip("no pulseaudio here: apt-get install pulseaudio (make test does it where it may)")
    home = tmp_path_factory.mktemp("loudspeaker")
    environment = os.environ | {"XDG_RUNTIME_DIR": str(home)}
    server = subprocess.Popen(LOUDSPEAKER, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield environment | {"PULSE_SERVER": f"unix:{home}/pulse/native"}
    server.kill()
    server.wait()


@pytest.fixture(scope="session")
def firefox(playwright, loudspeaker, tmp_path_factory):
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
        channel="moz-firefox",
        executable_path=program,
        firefox_user_prefs=FIREFOX_CHOICES,
        env=loudspeaker,
        timeout=120_000,
    )
    yield browser
    browser.close()
