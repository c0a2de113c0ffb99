"""What a search over two libraries as one costs, with the twins that they share, at rest and after each commit.

    python -m benchmarks.search.several_libraries [--sounds 50000] [--write]

The libraries are indexes of sounds of one window each, whose projections are random; a tenth of the second one's are
the first one's. Beside the clock stands the processor's time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import write_result
from menura import Bundle, Library
from menura.audio.walk import SoundFile, Stamp
from menura.index.changes import Embedded
from menura.search.ranking import Question
from menura.search.several import Part, Several

SEED = 0
SOUNDS = 50_000
SHARED = 0.1  # of the second library's sounds are in the first one, too
ADDED = 100  # sounds come with a commit
BATCH = 10_000
ROUNDS = 15
COMMITS = 5
PAGE = 30


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=int, default=SOUNDS, help="in each library")
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures = measured(Path(scratch), told.sounds)
    if told.write:
        data = f"two libraries of {told.sounds:,} sounds with random projections, {SHARED:.0%} of one also in the other"
        write_result("several_libraries", data=data, seed=SEED, figures=figures)
    else:
        print(figures)


def measured(scratch: Path, n_sounds: int) -> dict[str, Any]:
    """Milliseconds of the clock and of the processor."""
    rng = np.random.default_rng(SEED)
    bundle = Bundle.load()
    n_shared = round(SHARED * n_sounds)
    shared = rng.standard_normal((n_shared, bundle.spec.n_hidden), dtype=np.float32)
    libraries = []
    for name in ("one", "two"):
        (scratch / name).mkdir()
        library = Library.open(scratch / name, bundle, scratch / "data")
        own = rng.standard_normal((n_sounds - n_shared, bundle.spec.n_hidden), dtype=np.float32)
        fill(library, np.concatenate([shared, own]), 0)
        library._opened().encode(bundle.head.output_weight)
        library.warm()
        libraries.append(library)
    several = Several()

    def search() -> int:
        embedding = rng.standard_normal(bundle.spec.n_hidden, dtype=np.float32)
        parts = [Part(library, Question(embedding)) for library in libraries]
        return several.page(parts, offset=0, limit=PAGE).total

    figures: dict[str, Any] = {"the first search": timed(search), "sounds": search(), "shared": n_shared}
    figures["a search"] = middle([timed(search) for _ in range(ROUNDS)])
    alone = Question(rng.standard_normal(bundle.spec.n_hidden, dtype=np.float32))
    figures["a search of one of them"] = middle(
        [timed(lambda: libraries[0].page(alone, offset=0, limit=PAGE)) for _ in range(ROUNDS)]
    )
    after, without = [], []
    for commit in range(COMMITS):
        new = rng.standard_normal((ADDED, bundle.spec.n_hidden), dtype=np.float32)
        fill(libraries[commit % 2], new, n_sounds + commit * ADDED)
        without.append(timed(lambda library=libraries[commit % 2]: library.page(alone, offset=0, limit=PAGE)))
        after.append(timed(search))
    figures[f"one of them after {ADDED} sounds have come"] = middle(without)
    figures["both after that"] = middle(after)
    return figures


def fill(library: Library, projections: NDArray[np.float32], first: int) -> None:
    """Store sounds of one window each."""
    for start in range(0, len(projections), BATCH):
        rows = projections[start : start + BATCH]
        changes = []
        for number, row in enumerate(rows, first + start):
            file = SoundFile(f"{number // 1_000:04}/{number:07}.wav", Stamp(1, number))
            changes.append(Embedded(file, number.to_bytes(32, "little"), 1.0, np.zeros(1), row[None]))
        library._opened().write(changes)
    library._opened().finish((), ())


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds that some work takes."""
    started, used = time.perf_counter(), time.process_time()
    work()
    spent, processor = time.perf_counter() - started, time.process_time() - used
    return {"ms": round(1_000 * spent, 1), "processor_ms": round(1_000 * processor, 1)}


def middle(times: list[dict[str, float]]) -> dict[str, float]:
    """The median of each."""
    return {name: round(statistics.median(one[name] for one in times), 1) for name in times[0]}


if __name__ == "__main__":
    main()
