"""How long the page takes from the end of a recording to its first result, and from a key to sound; and what it weighs.

    python -m benchmarks.web.page --work WORK

A headless Chromium, whose microphone plays a simulated imitation, and `menura serve` share this machine. The page notes
the moments itself: when the recording has ended (its last 0.8 s are the silence that ends it), when the first results
have been painted, when play was pressed, and when the audio element says that it is playing. Then a hundred takes, no
two alike, are dropped on the page and searched for, and what the server and the page hold of memory is looked at before
and after. Weight is what a visit loads as it comes over the wire. WORK keeps the libraries.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.sync_api import Page, sync_playwright

from benchmarks.results import write_result
from benchmarks.web.driving import ServedMenura, drop, hearing_browser, opened, record, until, voice_of
from menura import Bundle
from menura.audio.walk import SoundFile, Stamp
from menura.corpora.synthetic import synthesise_library
from menura.index.changes import Embedded
from menura.index.identity import ModelIdentity
from menura.index.store import LibraryIndex
from menura.inputs.counted import counted

SEED = 0
SYNTHESISED = 17  # libraries of 60
PLACEHOLDERS = 100_000
PLACEHOLDER_S = 0.5
RATE_HZ = 22_050
BATCH = 5_000
ROUNDS = 8
SEARCHES = 100
DATA = (
    f"{60 * SYNTHESISED:,} synthesised sounds, indexed as ever; and {PLACEHOLDERS:,} files of {PLACEHOLDER_S} s of "
    "noise whose projections are standard normal instead of the network's"
)


def main() -> None:
    """Measure, and write `docs/results/page.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder to keep the libraries in: 3 GB")
    work = parser.parse_args().work.resolve()
    home = work / "home"
    small = synthesised(work / "synthesised")
    large = placeholders(work / "placeholders", home)
    voice = voice_of(next(small.rglob("bark_04.wav")), work / "voice.wav")
    figures: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = hearing_browser(playwright, voice)
        for folder in (small, large):
            server = ServedMenura([folder], home, "--no-music").start()
            try:
                with opened(browser, server) as page:
                    figures["weight_kb"] = weight(page)
                    figures[page.locator(".tally").inner_text().split()[0].replace(",", "")] = {
                        **measured(page),
                        "memory_mb": memory(page, server, small),
                    }
            finally:
                server.kill()
        browser.close()
    write_result("page", data=DATA, seed=SEED, figures=figures, command="python -m benchmarks.web.page --work WORK")


def synthesised(folder: Path) -> Path:
    """The same twelve kinds of sound over and over, each time with another seed."""
    for seed in range(SYNTHESISED):
        synthesise_library(folder / f"{seed:02}", seed)
    return folder


def placeholders(folder: Path, home: Path, count: int = PLACEHOLDERS) -> Path:
    """Files that can be drawn and played, and an index of them that no network has made."""
    rng = np.random.default_rng(SEED)
    n_samples = round(PLACEHOLDER_S * RATE_HZ)
    pool = (3_000 * rng.standard_normal(50 * n_samples)).astype("<i2")
    stream = io.BytesIO()
    soundfile.write(stream, pool[:n_samples], RATE_HZ, format="WAV", subtype="PCM_16")
    header = stream.getvalue()[: -2 * n_samples]
    bundle = Bundle.load()
    index = LibraryIndex.open(folder, home / "menura", ModelIdentity.of(bundle))
    if index.info().sounds == count:
        return folder
    for first in counted(range(0, count, BATCH), "writing files", count // BATCH):
        changes = []
        (folder / f"{first // BATCH:02}").mkdir(parents=True, exist_ok=True)
        for number in range(first, min(count, first + BATCH)):
            start = int(rng.integers(len(pool) - n_samples))
            content = header + pool[start : start + n_samples].tobytes()
            path = folder / f"{first // BATCH:02}" / f"noise {number:06}.wav"
            path.write_bytes(content)
            status = path.stat()
            file = SoundFile(path.relative_to(folder).as_posix(), Stamp.of(status))
            projection = rng.standard_normal((1, bundle.spec.n_hidden), dtype=np.float32)
            changes.append(Embedded(file, hashlib.sha256(content).digest(), PLACEHOLDER_S, np.zeros(1), projection))
        index.write(changes)
    index.finish((), ())
    index.encode(bundle.head.output_weight)
    return folder


def measured(page: Page) -> dict[str, Any]:
    """Rounds of recording, looking and listening; the first is not counted."""
    painted, server, heard = [], [], []
    for _ in counted(range(ROUNDS + 1), "recording and listening", ROUNDS + 1):
        page.evaluate("performance.clearMarks()")
        with page.expect_response(lambda answer: "/search?take=" in answer.url) as answered:
            record(page)
        until(page, "performance.getEntriesByName('menura:results-painted').length > 0")
        painted.append(between(page, "recording-ended", "results-painted"))
        server.append(answered.value.json()["ms"]["total"])
        page.wait_for_timeout(500)  # as long as one looks at the list at least
        for key in ("Space", "ArrowDown", "ArrowDown"):
            page.evaluate("['pressed', 'heard'].forEach((what) => performance.clearMarks(`menura:play-${what}`))")
            page.keyboard.press(key)
            if not page.evaluate("performance.getEntriesByName('menura:play-pressed').length"):
                page.keyboard.press("Space")  # the sound before it was over, so the list went on in silence
            until(page, "performance.getEntriesByName('menura:play-heard').length > 0")
            heard.append(between(page, "play-pressed", "play-heard"))
        page.keyboard.press("Escape")
    return {
        "recording_to_result_ms": summary(painted[1:]),
        "of_which_search_ms": summary(server[1:]),
        "key_to_sound_ms": summary(heard[3:]),
    }


def between(page: Page, earlier: str, later: str) -> float:
    """Milliseconds between two marks."""
    times = [page.evaluate(f"performance.getEntriesByName('menura:{name}')[0].startTime") for name in (earlier, later)]
    return float(times[1] - times[0])


def summary(ms: list[float]) -> dict[str, float]:
    """Median and worst."""
    return {"median": round(statistics.median(ms), 1), "worst": round(max(ms), 1), "n": len(ms)}


def memory(page: Page, server: ServedMenura, sounds: Path) -> dict[str, float]:
    """Megabytes that the server and the page hold before and after a hundred takes."""
    session = page.context.new_cdp_session(page)
    rng = np.random.default_rng(SEED)
    files = sorted(sounds.rglob("*.wav"))

    def held() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        assert server.process is not None
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
        resident = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return {"server": round(int(resident) / 1_000, 1), "page": round(heap / 1e6, 1)}

    before = held()
    for number in counted(range(SEARCHES), "searching for takes", SEARCHES):
        samples, rate_hz = soundfile.read(files[number % len(files)], dtype="float32")
        stream = io.BytesIO()
        soundfile.write(stream, samples * rng.uniform(0.3, 0.9), rate_hz, format="WAV")
        with page.expect_response(lambda answer: "/search?take=" in answer.url):
            drop(page, f"{number}.wav", stream.getvalue())
        page.wait_for_selector(".grid:not(.stale)")
    after = held()
    session.detach()
    return {
        f"{who}_{when}": mb for when, all_of in (("before", before), ("after", after)) for who, mb in all_of.items()
    }


def weight(page: Page) -> dict[str, float]:
    """Kilobytes of all that a visit loads, as it is and as it was sent; the map is loaded when it is first opened."""
    loaded = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter((one) => !one.name.includes('/api/')).map((one) => [one.decodedBodySize, one.encodedBodySize])"""
    raw, sent = np.array(page.evaluate(loaded)).sum(axis=0) / 1_000
    return {"raw": round(float(raw), 1), "gzip": round(float(sent), 1)}


if __name__ == "__main__":
    main()
