"""How long a map takes to lay out, how steady it is when sounds are added, and how many frames a second it is drawn at.

    python -m benchmarks.web.map --work WORK

Layouts are made as the server makes them: one thread, one process. What is laid out is made up: points about many
centres, of which some are near each other, as the sounds of a library are. Frames are counted by a headless Chromium
while the map of 100,000 such points is moved without rest; where there is no graphics processor, as on the machine that
the results name, all is drawn in software, and the page leaves points out of a movement's frames so that these come in
time: the share that it draws is told, too. WORK keeps a small library.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, Route, sync_playwright
from safetensors.numpy import save

from benchmarks.results import write_result
from benchmarks.web.driving import FLAGS, WIDE, ServedMenura, opened, program
from menura.corpora.synthetic import synthesise_library
from menura.map.layout import SEED, lay_out

SIZES = (10_000, 100_000)
WIDTH = 108
ADDED = 0.02  # of the sounds come later
FRAMES_S = 5
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
DATA = (
    f"made-up projections of {WIDTH} numbers about centres that lie about fewer centres; frames: {WIDE['width']} x "
    f"{WIDE['height']} pixels"
)
MOVE = """async (seconds) => {
  const stage = document.querySelector('.map-stage');
  const box = stage.getBoundingClientRect();
  const at = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, bubbles: true, shiftKey: true, clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse'}));
  stage.setPointerCapture = () => undefined;
  at('pointerdown', 200, 100);
  const began = performance.now();
  const times = [];
  let shares = 0;
  await new Promise((done) => {
    const step = (now) => {
      times.push(now);
      shares += Number(stage.dataset.share);
      at('pointermove', 200 + 100 * Math.sin(now / 200), 100 + 60 * Math.cos(now / 200));
      if (now - began < 1000 * seconds) requestAnimationFrame(step);
      else done();
    };
    requestAnimationFrame(step);
  });
  at('pointerup', 200, 100);
  const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  return {frames: gaps.length, seconds: (times.at(-1) - times[0]) / 1000, slowest_ms: gaps.at(-1),
    share: shares / times.length};
}"""
RENDERER = """(() => {
  const gl = document.createElement('canvas').getContext('webgl');
  const told = gl.getExtension('WEBGL_debug_renderer_info');
  return gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
})()"""


def main() -> None:
    """Measure, and write `docs/results/map.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="a folder to keep a small library in")
    parser.add_argument("--layouts-of", type=int, help=argparse.SUPPRESS)  # the process that lays out one size
    told = parser.parse_args()
    if told.layouts_of is not None:
        print(json.dumps(layouts(told.layouts_of)))
        return
    if told.work is None:
        parser.error("name a folder with --work")
    figures: dict[str, Any] = {"layout": {str(size): in_one_thread(size) for size in SIZES}}
    figures["frames"] = frames(told.work.resolve(), SIZES[-1])
    write_result("map", data=DATA, seed=SEED, figures=figures, command="python -m benchmarks.web.map --work WORK")


def in_one_thread(size: int) -> dict[str, float]:
    """`layouts` in a process that has one thread, as the server's."""
    command = [sys.executable, "-m", "benchmarks.web.map", "--layouts-of", str(size)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def layouts(size: int) -> dict[str, float]:
    """Seconds for a layout from nothing, and for one that goes on when a few sounds have come; how far others move."""
    features = sounds(size)
    n_old = round((1 - ADDED) * size)
    places, seconds, processor_s = timed(features[:n_old], None)
    known = np.full((size, 2), np.nan, np.float32)
    known[:n_old] = places
    after, going_on_s, going_on_processor_s = timed(features, known)
    moved = np.linalg.norm(after[:n_old] - places, axis=1) / np.ptp(places, axis=0).max()
    return {
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor_s, 1),
        "going_on_seconds": round(going_on_s, 1),
        "going_on_processor_seconds": round(going_on_processor_s, 1),
        "moved_median_of_width": round(float(np.median(moved)), 4),
        "moved_95_percent_of_width": round(float(np.quantile(moved, 0.95)), 4),
    }


def timed(features: NDArray[np.float32], known: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], float, float]:
    """A layout, and the seconds and the processor's seconds that it took."""
    started, used = time.perf_counter(), time.process_time()
    places = lay_out(features, known)
    return places, time.perf_counter() - started, time.process_time() - used


def sounds(size: int) -> NDArray[np.float32]:
    """(size, 108) as the sounds of a library lie: about kinds, which lie about families."""
    rng = np.random.default_rng(SEED)
    families = rng.standard_normal((20, WIDTH))
    kinds = families[rng.integers(20, size=size // 100)] + 0.5 * rng.standard_normal((size // 100, WIDTH))
    spread = rng.uniform(0.1, 0.6, (size, 1))
    own = kinds[rng.integers(len(kinds), size=size)] + spread * rng.standard_normal((size, WIDTH))
    found: NDArray[np.float32] = own.astype(np.float32)
    return found


def frames(work: Path, size: int) -> dict[str, Any]:
    """Frames a second while the map of so many points is moved."""
    library = work / "synthesised"
    if not library.exists():
        synthesise_library(library)
    server = ServedMenura([library], work / "home").start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
            with opened(browser, server) as page:
                return measured(page, size)
    finally:
        server.kill()


def measured(page: Page, size: int) -> dict[str, Any]:
    """The same of a page, whose server is made to have so many points."""
    rng = np.random.default_rng(SEED)
    at = rng.standard_normal((200, 2)) * 40
    points = {
        "places": (at[rng.integers(200, size=size)] + 4 * rng.standard_normal((size, 2))).astype(np.float32),
        "ids": np.arange(size, dtype=np.uint32),
        "categories": rng.integers(14, size=size).astype(np.uint16),
    }
    body = save(points, {str(number): f"folder {number}" for number in range(14)})
    state = {"made": True, "stale": False, "sounds": size, "placed": size}
    state |= dict.fromkeys(("progress", "error", "advice"))
    page.route("**/map", lambda route: route.fulfill(json=state))
    page.route("**/map/points?*", lambda route: answer(route, body))
    started = time.perf_counter()
    page.keyboard.press("m")
    page.wait_for_selector(f".map-stage[data-points='{size}']")
    opened_s = time.perf_counter() - started
    page.evaluate(MOVE, 1)
    moved = page.evaluate(MOVE, FRAMES_S)
    return {
        "points": size,
        "frames_per_s": round(moved["frames"] / moved["seconds"], 1),
        "share_of_points_drawn": round(moved["share"], 2),
        "slowest_frame_ms": round(moved["slowest_ms"], 1),
        "opened_s": round(opened_s, 2),
        "renderer": page.evaluate(RENDERER),
    }


def answer(route: Route, body: bytes) -> None:
    """The points, in the place of the server's."""
    route.fulfill(body=body, content_type="application/octet-stream")


if __name__ == "__main__":
    main()
