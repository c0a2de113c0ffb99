"""What a query costs, stage by stage, over libraries of ten thousand to a million sounds, and from the shell.

    python -m benchmarks.search.latency [--largest 1000000]

The query is a wav of 4 s at 44.1 kHz. The libraries are indexes of sounds of one window each, whose projections are
random; they are filled and searched as any other. Everything is warm, and the medians are reported. `whole` is a call
of `Library.search`. From the shell, the whole command is timed, on the smallest library.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.results import write_result
from menura import Bundle, Library
from menura.audio.features import network_input
from menura.audio.walk import SoundFile, Stamp
from menura.index.changes import Embedded
from menura.model.score import top_positions
from menura.search.ranking import rank

SEED = 0
SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 41
SHELL_RUNS = 9
WARMING = 6_000_000  # windows asked for, after which the compiled passes are loaded
BATCH = 10_000
TOP = 20


def main() -> None:
    """Measure, and write `docs/results/latency.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=SIZES[-1], choices=SIZES)
    sizes = [size for size in SIZES if size <= parser.parse_args().largest]
    figures: dict[str, Any] = {"ms": {}}
    with tempfile.TemporaryDirectory() as scratch:
        query = write_query(Path(scratch) / "query.wav")
        for size in sizes:
            home = Path(scratch) / str(size)
            library = filled(size, home)
            figures["ms"][str(size)] = {name: round(ms, 3) for name, ms in stages(library, query).items()}
            if size == sizes[0]:
                figures["shell_s"] = from_the_shell(query, home)
            library.close()
    write_result("latency", data="random projections; a query of 4 s of noise and tones", seed=SEED, figures=figures)


def write_query(path: Path) -> Path:
    """Four seconds of sound."""
    rng, at_s = np.random.default_rng(SEED), np.arange(4 * 44_100) / 44_100
    tones = sum(np.sin(2 * np.pi * hz * at_s + 5 * np.sin(3 * at_s)) for hz in rng.uniform(100, 2_000, 5))
    soundfile.write(path, 0.1 * tones + 0.02 * rng.standard_normal(len(at_s)), 44_100)
    return path


def filled(count: int, home: Path) -> Library:
    """A library of so many sounds, in folders of a hundred."""
    (home / "sounds").mkdir(parents=True)
    bundle = Bundle.load()
    library = Library.open(home / "sounds", bundle, home / "menura")
    index = library._opened()
    for batch in batches(count, bundle.spec.n_hidden):
        index.write(batch)
    index.finish([], [])
    index.encode(bundle.output_weight)
    return library


def batches(count: int, width: int) -> Iterator[list[Embedded]]:
    """The sounds, a batch at a time."""
    rng = np.random.default_rng(SEED)
    for start in range(0, count, BATCH):
        rows = rng.standard_normal((min(BATCH, count - start), 1, width), dtype=np.float32)
        yield [
            Embedded(
                SoundFile(f"{i // 100:05}/{i:07}.wav", Stamp(i, i)), i.to_bytes(32, "little"), 1.0, np.zeros(1), row
            )
            for i, row in enumerate(rows, start)
        ]


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
    )


def medians(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median milliseconds of each, over rounds in which each has its turn."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
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
