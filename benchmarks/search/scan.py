"""What one query costs over libraries of ten thousand to ten million windows, beside the other ways to go about it.

    python -m benchmarks.search.scan --data DATA [--largest 10000000]

Everything is measured in one run over the same rows, in rounds in which each contender has its turn; medians are
reported. Projections and queries are random, the weights the shipped model's. Menura's own scan is measured once more
over a million mixtures of the projections of real recordings, which lie as real ones do, and with imitations of them.
DATA is the folder that `menura train default` is given. The rows are stored as a library stores them, in a temporary
folder: 5.6 GB for ten million.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

from benchmarks.results import DOCS, write_result
from benchmarks.search.real_windows import imitations, mixtures, project_recordings
from benchmarks.search.scan_contenders import (
    PAIRS,
    WHOLE,
    Contenders,
    check,
    contenders,
    ours,
    pair_by_pair,
    whole_network,
)
from menura import Bundle
from menura.index.codes import Codes, CodesFile, update_codes
from menura.index.database import FORMAT, Meta
from menura.index.identity import IndexIdentity, ModelIdentity
from menura.index.projections import ProjectionsFile, create_projections
from menura.index.snapshot import Table

matplotlib.use("Agg")
import matplotlib.pyplot as plt

Floats = NDArray[np.float32]

SEED = 0
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
ROUNDS = {10_000: 41, 100_000: 31, 1_000_000: 21, 10_000_000: 5}
BATCH = 16
CHUNK = 100_000
MIXTURES = 1_000_000


def main() -> None:
    """Measure, write `docs/results/scan.json` and draw `docs/pictures/scan.png`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="what `menura train default` is given")
    parser.add_argument("--largest", type=int, default=SIZES[-1], choices=SIZES, help="windows of the largest library")
    options = parser.parse_args()
    bundle, rng = Bundle.load(), np.random.default_rng(SEED)
    sizes = [size for size in SIZES if size <= options.largest]
    figures: dict[str, Any] = {}

    def normal(count: int) -> Floats:
        return rng.standard_normal((count, bundle.spec.n_hidden), dtype=np.float32)

    with tempfile.TemporaryDirectory() as scratch:
        library, figures["storing"] = stored(map(normal, chunks(sizes[-1])), sizes[-1], bundle, Path(scratch))
        queries = normal(BATCH)
        figures["ms"] = {}
        for size in sizes:
            table = first(library, size)
            check(table, queries, bundle)
            figures["ms"][str(size)] = timed(contenders(table, queries, bundle), ROUNDS[size])
    figures["ms_a_sound"] = one_at_a_time(bundle, rng)
    figures["ms_mixtures"], data = measure_mixtures(options.data, min(MIXTURES, sizes[-1]), bundle, rng)
    draw(figures, DOCS / "pictures" / "scan.png")
    write_result(
        "scan",
        data=f"standard normal projections and queries; and {data}",
        seed=SEED,
        figures=figures,
        command="python -m benchmarks.search.scan --data DATA"
        + ("" if sizes == list(SIZES) else f" --largest {options.largest}"),
    )


def measure_mixtures(
    data: Path, count: int, bundle: Bundle, rng: np.random.Generator
) -> tuple[dict[str, dict[str, float]], str]:
    """Menura's own scan over rows that lie as real ones do: milliseconds a query, and what the rows are, in words."""
    windows, recordings = project_recordings(data, bundle)
    queries = imitations(recordings, bundle, BATCH, rng)
    with tempfile.TemporaryDirectory() as scratch:
        rows = (mixtures(windows, chunk, rng) for chunk in chunks(count))
        library, _ = stored(rows, count, bundle, Path(scratch))
        check(library, queries, bundle)
        taken = timed(ours(library, queries, bundle), ROUNDS[count])
    words = f"mixtures of {len(windows):,} windows of {len(recordings):,} recordings, queried by simulated imitations"
    return {str(count): taken}, words


def chunks(count: int) -> Iterable[int]:
    """Sizes of the chunks in which rows are made."""
    return (min(CHUNK, count - start) for start in range(0, count, CHUNK))


def stored(rows: Iterable[Floats], count: int, bundle: Bundle, home: Path) -> tuple[Table, dict[str, float]]:
    """A library of sounds of one window each, written and mapped as an index does it; and what that took."""
    name = create_projections(home)
    meta = Meta(FORMAT, bundle.fingerprint, bundle.name, "", bundle.spec.n_hidden, name, 0, 0, "complete")
    identity = IndexIdentity(home, ModelIdentity.of(bundle))
    ProjectionsFile.of(meta, home, identity).append(rows)
    meta = meta._replace(rows=count)
    started = time.perf_counter()
    meta = meta._replace(**update_codes(meta, home, identity, bundle.output_weight))
    coding_s = time.perf_counter() - started
    started = time.perf_counter()
    file = CodesFile.of(meta, home)
    projections = ProjectionsFile.of(meta, home, identity).mapped()
    assert file is not None
    codes = file.mapped(meta.coded_rows)
    figures = {
        "coding_s": round(coding_s, 2),
        "mapping_ms": round(1_000 * (time.perf_counter() - started), 2),
        "bytes_a_window": codes.quantiser.width + 4 * meta.width,
    }
    number = np.arange(count)
    return Table(number, number, np.ones(count, np.int64), projections, codes), figures


def first(library: Table, count: int) -> Table:
    """The library of the first sounds."""
    assert library.codes is not None
    blocks = library.codes.blocks
    codes = Codes(library.codes.quantiser, blocks[: count // blocks.shape[2]])
    number = library.first_rows[:count]
    return Table(number, number, library.n_windows[:count], library.projections[:count], codes)


def timed(named: Contenders, rounds: int) -> dict[str, float]:
    """Median milliseconds a query of each, over rounds in which each has its turn."""
    seconds: dict[str, list[float]] = {name: [] for name in named}
    for run in named.values():
        run()
    for _ in range(rounds):
        for name, run in named.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return {
        name: round(1_000 * statistics.median(taken) / (BATCH if name.endswith("at once") else 1), 3)
        for name, taken in seconds.items()
    }


def one_at_a_time(bundle: Bundle, rng: np.random.Generator) -> dict[str, float]:
    """Milliseconds a sound of what grows in proportion to their number and is too slow to wait for."""
    runs: Contenders = {
        "network head, pair by pair": pair_by_pair(bundle, rng),
        "whole network": whole_network(bundle, rng),
    }
    taken = timed(runs, 7)
    return {name: taken[name] / count for name, count in zip(runs, (PAIRS, WHOLE), strict=True)}


def draw(figures: dict[str, Any], picture: Path) -> None:
    """Milliseconds a query against windows, both logarithmic."""
    sizes = [int(size) for size in figures["ms"]]
    figure, axes = plt.subplots(figsize=(8, 5.5), layout="constrained")
    lines: dict[str, list[float]] = {
        name: [per_sound * size for size in sizes] for name, per_sound in figures["ms_a_sound"].items()
    }
    for name in figures["ms"][str(sizes[0])]:
        lines[name] = [figures["ms"][str(size)].get(name, np.nan) for size in sizes]
    colours = matplotlib.colormaps["tab20"].colors
    for (name, ms), colour in zip(lines.items(), colours, strict=False):
        style = "--" if name.startswith("reading") else "-" if name.startswith("Menura") else ":"
        axes.loglog(sizes, ms, style, color=colour, label=name, marker=".", linewidth=2.5 if style == "-" else 1.5)
    axes.set_xlabel("windows in the library")
    axes.set_ylabel("ms a query")
    axes.grid(which="major", alpha=0.3)
    figure.legend(loc="outside right upper", fontsize=8)
    figure.savefig(picture, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
