"""What the tests of the page share: libraries, a server, browsers that hear a voice, and the page's npm tools."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.web.driving import ServedMenura, hearing_browser, voice_of
from benchmarks.web.driving import drop as drop  # noqa: PLC0414  # for the tests of pages
from menura.corpora.synthetic import synthesise_library

PAGE = Path(__file__).parents[1] / "page"
IMITATED = "barks/bark_04.wav"
# What moves without end, such as a spinner, is not waited for, nor for longer than two seconds what has been stopped.
SETTLED = """() => Promise.race([
  new Promise(late => setTimeout(late, 2_000)),
  Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().endTime < Infinity)
    .map(one => one.finished.catch(() => {}))).then(() => {}),
])"""


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


class Pictures:
    """Pictures of the page, taken for whoever wants to look at them: in the folder named with --pictures."""

    def __init__(self, folder: str | None) -> None:
        self._folder = Path(folder) if folder else None

    def take(self, page, name: str, **options) -> None:
        """Takes one, where they are wanted."""
        if self._folder is not None:
            page.screenshot(path=self._folder / name, **options)

    def looks(self, widths, schemes=("light", "dark")) -> list[tuple[int, str]]:
        """All widths in both schemes where pictures are wanted; otherwise the first in both, the others by turns."""
        if self._folder is not None:
            return [*itertools.product(widths, schemes)]
        first, *rest = widths
        return [*((first, scheme) for scheme in schemes), *zip(rest, itertools.cycle(schemes[::-1]))]


@pytest.fixture
def pictures(request):
    return Pictures(request.config.getoption("--pictures"))


def uploaded(page, act) -> bytes:
    """The take that the page sends when something is done; Playwright itself does not see the content of files."""
    page.evaluate(
        """() => {
          const ask = window.fetch;
          window.fetch = (url, init) => {
            if (url === 'api/takes') window.sent = init.body;
            return ask(url, init);
          };
        }"""
    )
    with page.expect_response(lambda answer: answer.url.endswith("/api/takes")):
        act()
    return bytes(page.evaluate("async () => [...new Uint8Array(await window.sent.arrayBuffer())]"))


def complaints(page, axe: str) -> list[str]:
    """What axe finds that is serious or critical, once nothing fades or slides any more."""
    page.evaluate(SETTLED)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
