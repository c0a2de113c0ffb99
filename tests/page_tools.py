"""What the tests of the page share: a server, a voice, browsers that hear it, and the page's npm tools."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from browser import FLAGS, program
from menura.corpora.synthetic import synthesise_library
from menura.simulate import simulate_imitation

PAGE = Path(__file__).parents[1] / "page"
IMITATED = "barks/bark_04.wav"
VOICE_HZ = 16_000
PATIENCE_MS = 40_000
WIDE = {"width": 1280, "height": 800}


class ServedMenura:
    """`menura serve` as a process of its own, on a port that stays the same when it is started again."""

    def __init__(self, folders: list[Path], home: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-c", "from menura.cli import main; main()", "serve", *map(str, folders)]
        self._command += ["--port", str(self.port), "--no-open", *options]
        self._env = os.environ | {"XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home), "HOME": str(home)}
        self.process: subprocess.Popen | None = None

    def start(self) -> ServedMenura:
        """Starts it, and waits until everything is indexed."""
        self.process = subprocess.Popen(
            self._command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/api/libraries") as answer:
                    if all(library["state"] == "ready" for library in json.load(answer)):
                        return self
            except OSError:
                pass
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"menura serve did not get ready: {self.process.communicate()[0]}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def voice_of(recording: Path, path: Path, *, seed: int = 3) -> Path:
    """A wav file with a simulated imitation of a recording, between silences."""
    samples, rate_hz = soundfile.read(recording, dtype="float32")
    imitation = simulate_imitation(samples, rate_hz, seed)
    silence = np.zeros(VOICE_HZ, np.float32)  # time for a slow machine to begin listening
    voice = 0.7 * imitation / np.abs(imitation).max()
    soundfile.write(path, np.concatenate([silence, voice, np.tile(silence, 10)]), VOICE_HZ)
    return path


def hearing_browser(playwright, voice: Path, *, asks: bool = False):
    """A browser whose microphone is this wav file, from its beginning whenever it is opened.

    With `asks`, only pages that were granted the microphone get it.
    """
    flags = ["--use-fake-device-for-media-stream", *([] if asks else ["--use-fake-ui-for-media-stream"])]
    flags += [f"--use-file-for-fake-audio-capture={voice}%noloop", "--autoplay-policy=no-user-gesture-required"]
    return playwright.chromium.launch(executable_path=program(), args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def synthetic_library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("libraries") / "Synthesised"
    synthesise_library(folder)
    return folder


@pytest.fixture(scope="session")
def small_library(synthetic_library):
    """A recording of 12 s with a bell in it late, a sound beside it, and two files that are no sounds."""
    folder = synthetic_library.parent / "Field recordings"
    folder.mkdir()
    bell, rate_hz = soundfile.read(synthetic_library / "bells" / "bell_02.wav", dtype="float32")
    long = 0.01 * np.random.default_rng(0).standard_normal(12 * rate_hz).astype(np.float32)
    long[8 * rate_hz : 8 * rate_hz + len(bell)] += bell
    soundfile.write(folder / "harbour, a bell at night.wav", long, rate_hz)
    shutil.copy(synthetic_library / "winds" / "wind_01.wav", folder / "wind.wav")
    (folder / "notes.wav").write_text("no sound at all")
    (folder / "empty.flac").write_bytes(b"")
    return folder


@pytest.fixture(scope="session")
def served_menura(synthetic_library, small_library, tmp_path_factory):
    pytest.importorskip("uvicorn", reason='no web extra here: pip install -e ".[web]"')
    server = ServedMenura([synthetic_library, small_library], tmp_path_factory.mktemp("home")).start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def voice(synthetic_library, tmp_path_factory):
    return voice_of(synthetic_library / IMITATED, tmp_path_factory.mktemp("voice") / "bark.wav")


@pytest.fixture(scope="session")
def hearing(playwright, voice):
    """A browser that hears an imitation of three barks."""
    browser = hearing_browser(playwright, voice)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def npm_tools(tmp_path_factory):
    """A copy of page/ with the packages of its lock file beside a copy of nothing else: what `npm ci` makes anew."""
    if shutil.which("npm") is None:
        pytest.skip("no npm here: apt-get install npm (make test does it where it may)")
    copy = tmp_path_factory.mktemp("page") / "page"
    shutil.copytree(PAGE, copy, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=copy, capture_output=True, text=True, check=False
    )
    if done.returncode and "network" in done.stderr.lower():
        pytest.skip(f"npm does not reach its registry: run this with a network\n{done.stderr[-500:]}")
    assert done.returncode == 0, done.stderr
    return copy


@pytest.fixture(scope="session")
def axe(npm_tools):
    """The source of axe-core."""
    return (npm_tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def pictures(request, tmp_path):
    """Where pictures of the page go: a temporary folder, or the one named with --pictures."""
    folder = request.config.getoption("--pictures")
    return Path(folder) if folder else tmp_path


def complaints(page, axe: str) -> list[str]:
    """What axe finds that is serious or critical."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def until(page, expression: str) -> None:
    """Waits until something is true in the page, whose policy forbids Playwright's own way of asking."""
    give_up = time.monotonic() + PATIENCE_MS / 1_000
    while not page.evaluate(expression):
        assert time.monotonic() < give_up, f"never true: {expression}"
        page.wait_for_timeout(20)


@contextmanager
def opened(browser, server, *, expected: tuple[str, ...] = (), **options):
    """The page once the first sounds are drawn.

    Nothing may go wrong on its console, except what holds one of `expected`.
    """
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", **{"color_scheme": "light", **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(server.url)
    page.wait_for_selector(".row.drawn")
    yield page
    unexpected = [words for words in wrong if not any(one in words for one in expected)]
    assert unexpected == []
    context.close()


def record(page):
    page.keyboard.press("r")
    page.wait_for_selector(".record.on")
    page.wait_for_selector(".record:not(.on)")
    page.wait_for_selector(".row .figure")
    page.wait_for_selector(".grid:not(.stale)")
