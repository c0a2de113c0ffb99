"""The pictures of the page in the docs: of a library of real sounds, asked by a real voice.

    python -m benchmarks.web.pictures DATA --work WORK [--out docs/pictures]

The library has the sounds of DATA that are in the public domain or under CC0, so that what is seen of them, names and
spectrograms, may be shown: Sonic Pi's samples, drum machines, body percussion, Kenney's interface sounds. The voice is
a recording of a person's own noises, under the MIT licence (talon-noise). WORK keeps the library and its index.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.results import DOCS
from benchmarks.web.driving import PATIENCE_MS, ServedMenura, hearing_browser, opened, record
from menura.audio.files import read_audio
from menura.audio.walk import sound_files

CORPORA = {
    "Sonic Pi": "sonic-pi",
    "Drum machines": "more/drum-machines",
    "Body percussion": "more/body-percussion",
    "Interface": "kenney",
}
VOICE = "voices/talon-noise"
VOICE_HZ = 48_000
SETTLED_MS = 1_200  # pictures of rows come one after the other
INDEXED_S = 1_800.0
NARROW = {"width": 360, "height": 740}


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="a folder to keep the library in: 100 MB")
    parser.add_argument("--out", type=Path, default=DOCS / "pictures")
    parser.add_argument("--noise", default="tss", help="which of the voice's noises is recorded")
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    work = told.work.resolve()
    library, voice = gathered(told.data, work / "Samples"), voice_in(told.data / VOICE, told.noise, work)
    server = ServedMenura([library], work / "home", patience_s=INDEXED_S).start()
    try:
        with sync_playwright() as playwright:
            browser = hearing_browser(playwright, voice)
            take_pictures(browser, server, told.out)
    finally:
        server.kill()


def gathered(data: Path, library: Path) -> Path:
    """The sounds of the corpora, in folders of their own; `__` in a name was a folder at its source."""
    for name, corpus in CORPORA.items():
        for file in sound_files(data / corpus):
            to = library / name / Path(*file.path.removeprefix("Samples__").split("__"))
            if not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(data / corpus / file.path, to)
    return library


def voice_in(folder: Path, noise: str, work: Path) -> Path:
    """A wav file with the first recording of a noise, between silences."""
    first = min(file.path for file in sound_files(folder) if noise in file.path)
    samples = read_audio(folder / first, VOICE_HZ)
    silence = np.zeros(VOICE_HZ, np.float32)
    path = work / "voice.wav"
    soundfile.write(
        path, np.concatenate([silence, 0.7 * samples / np.abs(samples).max(), np.tile(silence, 8)]), VOICE_HZ
    )
    return path


def take_pictures(browser: Browser, server: ServedMenura, out: Path) -> None:
    """Results, light and dark; why; the map; a telephone."""
    with opened(browser, server) as page:
        asked(page)
        page.screenshot(path=out / "page-results.png")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("w")
        page.wait_for_selector(".why .sentence", timeout=10 * PATIENCE_MS)
        page.locator(".why .sentence").scroll_into_view_if_needed()
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=out / "page-why.png")
    with opened(browser, server) as page:
        page.keyboard.press("m")
        page.wait_for_selector(".map-stage[data-points]:not([data-points='0'])", timeout=10 * PATIENCE_MS)
        page.wait_for_selector(".map-state:empty", state="attached", timeout=10 * PATIENCE_MS)
        asked(page)
        page.screenshot(path=out / "page-map.png")
    with opened(browser, server, color_scheme="dark") as page:
        asked(page)
        page.screenshot(path=out / "page-dark.png")
    with opened(browser, server, color_scheme="dark") as page:
        page.set_viewport_size(NARROW)
        asked(page)
        page.screenshot(path=out / "page-narrow-dark.png")


def asked(page: Page) -> None:
    """Records, and waits until what was found is drawn."""
    record(page)
    page.wait_for_selector(".row.drawn")
    page.wait_for_timeout(SETTLED_MS)
    page.mouse.move(0, 0)


if __name__ == "__main__":
    main()
