"""Whether whole blocks of a library could be skipped by a bound over the box that their rows lie in.

    python -m benchmarks.search.block_bounds --data DATA

In a box with corners low and high no row scores more than sum_j max(v_j, 0) relu(q_j + high_j) + min(v_j, 0)
relu(q_j + low_j). A block is skipped if that is less than the twentieth best score. Counted is the share of rows that
are left to read, for imitations of some of the sounds: with the rows as they come, and sorted into blocks of their like
by halving along the direction in which they differ most. The boxes have to be read too: two rows for each block.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import write_result
from benchmarks.search.real_windows import imitations, mixtures, project_recordings
from menura import Bundle
from menura.model.score import logits

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

SEED = 0
QUERIES = 40
TOP = 20
MIXTURES = 100_000
BLOCK_ROWS = (16, 64, 256)
POWER_STEPS = 15


def main() -> None:
    """Measure and write `docs/results/block_bounds.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="what `menura train default` is given")
    bundle, rng = Bundle.load(), np.random.default_rng(SEED)
    windows, sounds = project_recordings(parser.parse_args().data, bundle)
    queries = imitations(sounds, bundle, QUERIES, rng)
    libraries = {"windows": windows, "mixtures": mixtures(windows, MIXTURES, rng)}
    figures = {
        name: {
            "rows": len(rows),
            "left_to_read": {
                str(size): {
                    "as_they_come": left_to_read(rows, in_order(len(rows), size), queries, bundle),
                    "sorted": left_to_read(
                        rows, sorted_blocks(rows * np.abs(bundle.output_weight), size), queries, bundle
                    ),
                    "boxes": round(2 / size, 3),
                }
                for size in BLOCK_ROWS
            },
        }
        for name, rows in libraries.items()
    }
    data = f"{len(windows):,} windows of {len(sounds):,} recordings; mixtures of them; simulated imitations"
    command = "python -m benchmarks.search.block_bounds --data DATA"
    write_result("block_bounds", data=data, seed=SEED, figures=figures, command=command)


def in_order(count: int, size: int) -> list[Rows]:
    """Blocks of rows as they come."""
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]


def sorted_blocks(weighted: Floats, size: int) -> list[Rows]:
    """Blocks of rows that are alike, of `size` rows but for the last; rows are to be weighted as the score does it."""

    def halve(rows: Rows) -> list[Rows]:
        if len(rows) <= size:
            return [rows]
        centred = weighted[rows] - weighted[rows].mean(axis=0)
        spread = centred.T @ centred
        direction = np.ones(len(spread))
        for _ in range(POWER_STEPS):
            direction = spread @ direction
            direction /= max(float(np.linalg.norm(direction)), 1e-30)
        ranked = rows[np.argsort(centred @ direction)]
        middle = -(-(len(rows) // 2) // size) * size
        return halve(ranked[:middle]) + halve(ranked[middle:])

    return halve(np.arange(len(weighted)))


def left_to_read(rows: Floats, blocks: list[Rows], queries: Floats, bundle: Bundle) -> float:
    """The median share of rows, over the queries, in blocks that cannot be skipped."""
    high = np.array([rows[block].max(axis=0) for block in blocks])
    low = np.array([rows[block].min(axis=0) for block in blocks])
    counts = np.array([len(block) for block in blocks])
    weight = bundle.output_weight
    shares = []
    for query in queries:
        least = np.partition(logits(query, rows, weight, 0.0), -TOP)[-TOP]
        most = np.maximum(query + high, 0) @ np.maximum(weight, 0) + np.maximum(query + low, 0) @ np.minimum(weight, 0)
        shares.append(counts[most >= least].sum() / len(rows))
    return round(float(np.median(shares)), 3)


if __name__ == "__main__":
    main()
