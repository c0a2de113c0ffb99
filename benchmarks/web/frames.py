"""How many frames a second the page draws: its map while it is moved, its list while it is scrolled.

    python -m benchmarks.web.frames --work WORK [--sounds 100000]

A headless Chromium draws; the results name what it drew with, which on a machine without a graphics processor is a
program. Beside the frames stands the processor's time that the page's own thread took for each, which another program
on the machine disturbs less. The map has made-up points, and is moved without rest. The list is that of so many files,
by path and by a take, and is scrolled as by a wheel that turns without rest, from the top and again where thousands are
loaded. WORK keeps the libraries.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Route, sync_playwright
from safetensors.numpy import save

from benchmarks.results import write_result
from benchmarks.web.driving import WIDE, ServedMenura, hearing_browser, opened, record, until, voice_of
from benchmarks.web.page import PLACEHOLDERS, placeholders

SEED = 0
SECONDS = 8.0
DEEP = 3_000  # sounds that are loaded before the list is scrolled once more
CATEGORIES = 25
MOVE = """(now) => {
  const stage = document.querySelector('.map-stage');
  const box = stage.getBoundingClientRect();
  stage.setPointerCapture = () => undefined;
  const at = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, bubbles: true, shiftKey: true, clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse'}));
  if (!window.moves) at('pointerdown', 200, 100);
  window.moves = true;
  at('pointermove', 200 + 100 * Math.sin(now / 200), 100 + 60 * Math.cos(now / 200));
}"""
SCROLL = """() => {
  const scrolled = [...document.querySelectorAll('*')].find((one) =>
    one.contains(document.querySelector('.grid-body')) && one.scrollHeight > one.clientHeight + 50 &&
    ['auto', 'scroll'].includes(getComputedStyle(one).overflowY)) ?? document.scrollingElement;
  scrolled.scrollTop += 40;
}"""  # pixels a frame: some forty rows a second
COUNT = """async ([step, seconds]) => {
  const does = eval(step);
  const times = [];
  await new Promise((done) => {
    const next = (now) => {
      times.push(now);
      does(now);
      if (now - times[0] < 1000 * seconds) requestAnimationFrame(next);
      else done();
    };
    requestAnimationFrame(next);
  });
  return times.slice(1).map((time, i) => time - times[i]);
}"""
RENDERER = """(() => {
  const gl = document.createElement('canvas').getContext('webgl');
  const told = gl.getExtension('WEBGL_debug_renderer_info');
  return gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
})()"""


def main() -> None:
    """Measure, and write `docs/results/frames.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder to keep the libraries in: 3 GB")
    parser.add_argument("--sounds", type=int, default=PLACEHOLDERS)
    parser.add_argument("--only", choices=("map", "list"), help="measure that alone, and write nothing")
    told = parser.parse_args()
    work = told.work.resolve()
    library = placeholders(work / f"placeholders-{told.sounds}", work / "home", told.sounds)
    voice = voice_of(next(library.rglob("*.wav")), work / "noise.wav")
    figures: dict[str, Any] = {}
    server = ServedMenura([library], work / "home", "--no-music").start()
    try:
        with sync_playwright() as playwright:
            browser = hearing_browser(playwright, voice)
            with opened(browser, server) as page:
                figures["renderer"] = page.evaluate(RENDERER)
                if told.only != "map":
                    figures["list"] = of_list(page)
            if told.only != "list":
                with opened(browser, server) as page:
                    figures["map"] = of_map(page, told.sounds)
    finally:
        server.kill()
    figures |= {"sounds": told.sounds, "load": round(os.getloadavg()[0], 1)}
    if told.only:
        print(figures)
    else:
        data = f"{WIDE['width']} x {WIDE['height']} pixels; files of noise, and made-up points"
        write_result("frames", data=data, seed=SEED, figures=figures)


def of_list(page: Page) -> dict[str, Any]:
    """Frames while the list is scrolled."""
    found = {"by path": frames(page, SCROLL)}
    record(page)
    found["by a take"] = frames(page, SCROLL)
    page.locator(".grid").focus()
    while reached(page) < DEEP:
        page.keyboard.press("End")
        page.wait_for_timeout(20)
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    return found | {f"where {DEEP:,} are loaded": frames(page, SCROLL)}


def reached(page: Page) -> int:
    """How far down the list goes that is loaded."""
    height = "document.querySelector('.grid-body').clientHeight / document.querySelector('.row').clientHeight"
    return round(page.evaluate(height))


def of_map(page: Page, size: int) -> dict[str, Any]:
    """Frames while the map of so many made-up points is moved: the page's server is made to have them."""
    rng = np.random.default_rng(SEED)
    at = rng.standard_normal((200, 2)) * 40
    points = {
        "places": (at[rng.integers(200, size=size)] + 4 * rng.standard_normal((size, 2))).astype(np.float32),
        "ids": np.arange(size, dtype=np.uint32),
        "categories": rng.integers(CATEGORIES, size=size).astype(np.uint16),
    }
    body = save(points, {str(number): f"kind {number}" for number in range(CATEGORIES)})
    state = {"made": True, "stale": False, "sounds": size, "placed": size, "colours": ["kind", "folder"]}
    state |= dict.fromkeys(("progress", "error", "advice"))
    page.route("**/map", lambda route: route.fulfill(json=state))
    page.route("**/map/points?*", answer_with(body))
    started = time.perf_counter()
    page.keyboard.press("m")
    page.wait_for_selector(f".map-stage[data-points='{size}']")
    opened_s = time.perf_counter() - started
    until(page, "document.querySelector('.map-stage canvas').width > 300")
    painter = "document.querySelector('.map-stage canvas').getContext('2d') ? 'pixel by pixel' : 'WebGL'"
    return {"opened_s": round(opened_s, 2), "drawn": page.evaluate(painter), **frames(page, MOVE)}


def answer_with(body: bytes) -> Callable[[Route], None]:
    """An answer with these points, in the place of the server's."""
    return lambda route: route.fulfill(body=body, content_type="application/octet-stream")


def frames(page: Page, step: str) -> dict[str, float]:
    """Frames a second while a script moves something at each; their worst; and what each took of the processor."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(COUNT, [step, 1.0])

    def spent_s() -> float:
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return float(metrics["TaskDuration"])

    before_s = spent_s()
    gaps = np.array(page.evaluate(COUNT, [step, SECONDS]))
    processor_ms = 1_000 * (spent_s() - before_s) / len(gaps)
    session.detach()
    return {
        "frames_per_s": round(1_000 / float(gaps.mean()), 1),
        "median_ms": round(float(np.median(gaps)), 1),
        "slowest_of_100_ms": round(float(np.quantile(gaps, 0.99)), 1),
        "processor_ms_a_frame": round(processor_ms, 2),
    }


if __name__ == "__main__":
    main()
