"""What a query costs, stage by stage, over libraries of ten thousand to a million sounds, and from the shell.

    python -m benchmarks.search.latency [--largest 1000000] [--work WORK]

The query is a wav of 4 s at 44.1 kHz. The libraries are indexes of sounds of one window each, whose projections are
random; they are filled and searched as any other, and in WORK they are kept. Ten million sounds take 8 GB, and an hour
to fill. Everything is warm, and the medians are reported. `whole` is a call of `Library.search`; after a commit, it has
to read anew which sounds there are. From the shell, the whole command is timed, on the smallest library.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.index.made_up import SEED, made_up
from benchmarks.results import write_result
from menura import Library
from menura.audio.features import network_input
from menura.model.score import top_positions
from menura.search.ranking import rank

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
ROUNDS = 41
FEW_ROUNDS = 5
SHELL_RUNS = 9
WARMING = 6_000_000  # windows asked for, after which the compiled passes are loaded
TOP = 20


def main() -> None:
    """Measure, and write `docs/results/latency.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=SIZES[2], choices=SIZES)
    parser.add_argument("--work", type=Path, help="where libraries are kept; by default they are deleted again")
    options = parser.parse_args()
    sizes = [size for size in SIZES if size <= options.largest]
    figures: dict[str, Any] = {"ms": {}}
    with tempfile.TemporaryDirectory() as scratch:
        query = write_query(Path(scratch) / "query.wav")
        for size in sizes:
            home = (options.work or Path(scratch)) / str(size)
            library = made_up(size, home)
            figures["ms"][str(size)] = {name: round(ms, 3) for name, ms in stages(library, query).items()}
            if size == sizes[0]:
                figures["shell_s"] = from_the_shell(query, home)
            library.close()
    data = "random projections; a query of 4 s of noise and tones"
    command = "python -m benchmarks.search.latency" + (f" --largest {sizes[-1]}" if sizes[-1] != SIZES[2] else "")
    write_result("latency", data=data, seed=SEED, figures=figures, command=command)


def write_query(path: Path) -> Path:
    """Four seconds of sound."""
    rng, at_s = np.random.default_rng(SEED), np.arange(4 * 44_100) / 44_100
    tones = sum(np.sin(2 * np.pi * hz * at_s + 5 * np.sin(3 * at_s)) for hz in rng.uniform(100, 2_000, 5))
    soundfile.write(path, 0.1 * tones + 0.02 * rng.standard_normal(len(at_s)), 44_100)
    return path


def stages(library: Library, query: Path) -> dict[str, float]:
    """Median milliseconds of each stage of a query, and of all in one."""
    bundle, scanner = library.bundle, library.scanner
    spec, weight = bundle.spec.imitation.front_end, bundle.head.imitation_weight
    for _ in range(2 + WARMING // library.info().sounds):
        library.search(query, top=TOP)
    samples = library.hear(query).heard.samples
    mel = network_input(samples, spec)[None, None]
    features = bundle.imitation_features(mel)
    embedding = bundle.embed_query(samples)
    with library._opened().snapshot() as snapshot:
        table = snapshot.table
    (found,) = scanner.best(embedding[None], table, TOP)

    window_s = bundle.spec.recording.front_end.duration_s

    def hits() -> object:
        with library._opened().snapshot() as snapshot:
            return rank(snapshot, snapshot.table, found, window_s, steps=bundle.steps, offset=0, limit=TOP)

    return medians(
        {
            "decode": lambda: library.hear(query),
            "log-mel": lambda: network_input(samples, spec),
            "tower": lambda: bundle.imitation_features(mel),
            "projection": lambda: np.einsum("nf,hf->nh", features, weight),
            "scan": lambda: scanner.best(embedding[None], table, TOP),
            "top-k": lambda: top_positions(found.logits, TOP),
            "hits": hits,
            "whole": lambda: library.search(query, top=TOP),
        }
    ) | medians({"whole, after a commit": lambda: after_a_commit(library, query)}, FEW_ROUNDS)


def after_a_commit(library: Library, query: Path) -> object:
    """A search that finds nothing kept from the last one."""
    library._opened().release()
    return library.search(query, top=TOP)


def medians(work: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median milliseconds of each, over rounds in which each has its turn."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            started = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - started)
    return {name: 1_000 * statistics.median(seconds) for name, seconds in taken.items()}


def from_the_shell(query: Path, home: Path) -> dict[str, float]:
    """Median seconds of whole commands: `menura search` as a table and as JSON, and what any command takes at least."""
    environment = {**os.environ, "XDG_DATA_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed Menura has its bytecode
    menura = str(Path(sys.executable).with_name("menura"))
    search = [menura, "search", str(query), "--library", str(home / "sounds")]
    commands = {"search": search, "search --json": [*search, "--json"], "--version": [menura, "--version"]}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(SHELL_RUNS):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, env=environment, check=True, capture_output=True)
            taken[name].append(time.perf_counter() - started)
    return {name: round(statistics.median(seconds), 3) for name, seconds in taken.items()}


if __name__ == "__main__":
    main()
