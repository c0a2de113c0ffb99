"""How many bytes an index takes for a sound of one window, part by part, and how few its projections could take.

    python -m benchmarks.index.size FOLDER [--largest 100000]

The indexes are of made-up sounds, so that only their number and the lengths of their paths count: 10,000, and 100,000,
which have codes. What the parts of the database take is SQLite's own account, pages that are not full included. Of the
projections of FOLDER's sounds, of the shipped model, the entropy of their bytes is taken, each of the four bytes of a
number by itself: no packing that keeps every bit, and knows no more of them, takes less.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.index.made_up import SEED, made_up, short_path
from benchmarks.results import write_result
from menura import Library

COUNTS = (10_000, 100_000)
_PARTS = {
    "the sounds themselves": ("sounds",),
    "by path": ("sqlite_autoindex_sounds_1",),
    "by row": ("sounds_by_row",),
    "by cell, for twins": ("sounds_by_cell", "sounds_by_group"),
    "words": ("words_data", "words_idx", "words_config"),
}


def main() -> None:
    """Measure, and write `docs/results/index_size.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="sounds whose projections are looked at, such as DATA/esc10")
    parser.add_argument("--largest", type=int, default=COUNTS[-1], choices=COUNTS, help="sounds of the largest index")
    options = parser.parse_args()
    folder = options.folder
    figures: dict[str, Any] = {}
    for name, path_of in {"short paths": short_path, "long paths": long_path}.items():
        for count in (count for count in COUNTS if count <= options.largest):
            figures[f"{count} {name}"] = size_of(count, path_of)
            print(count, name, figures[f"{count} {name}"], flush=True)
    figures["packed_projection"] = packed(folder)
    less = "" if options.largest == COUNTS[-1] else f" --largest {options.largest}"
    command = f"python -m benchmarks.index.size DATA/{folder.name}{less}"
    write_result("index_size", data=f"made-up sounds, and {folder.name}", seed=SEED, figures=figures, command=command)


def long_path(number: int) -> str:
    """A path such as sample packs have."""
    return f"Packs/Drums Vol {number // 2_000}/Kits/Kit {number // 100:05}/Analogue Kick {number:07}.wav"


def size_of(count: int, path_of: Callable[[int], str]) -> dict[str, Any]:
    """Bytes a window of an index's parts."""
    with tempfile.TemporaryDirectory() as scratch, made_up(count, Path(scratch), path_of) as library:
        info = library.info()
        with closing(sqlite3.connect(info.home / "index.sqlite")) as db:
            pages = dict(db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        database = (info.home / "index.sqlite").stat().st_size
    parts = {part: sum(pages[name] for name in names) for part, names in _PARTS.items()}
    parts["all else"] = database - sum(parts.values())
    projections = 4 * library.bundle.spec.n_hidden * count
    every = {"projections": projections, "codes": info.index_bytes - database - projections} | parts
    return {
        "sounds": count,
        "path_bytes": round(float(np.mean([len(path_of(number)) for number in range(count)])), 1),
        "bytes_a_window": round(info.index_bytes / count, 1),
        "database": round(database / count, 1),
        "parts": {name: round(n_bytes / count, 1) for name, n_bytes in every.items()},
    }


def packed(folder: Path) -> dict[str, Any]:
    """The bytes that a projection of real sounds would take at least."""
    with tempfile.TemporaryDirectory() as scratch, Library.open(folder, data_dir=Path(scratch)) as library:
        library.index()
        with library._opened().snapshot() as snapshot:
            rows = np.array(snapshot.table.projections)
    places = rows.astype("<f4").view(np.uint8).reshape(*rows.shape, 4)
    bits = [entropy(places[..., place]) for place in range(4)]
    return {"folder": folder.name, "windows": len(rows), "bytes": round(rows.shape[1] * sum(bits) / 8, 1)}


def entropy(found: NDArray[np.uint8]) -> float:
    """Bits of a byte that is drawn from these."""
    shares = np.bincount(found.ravel(), minlength=256) / found.size
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


if __name__ == "__main__":
    main()
