"""How fast a folder is indexed and searched by the shell command, as a user would.

    python -m benchmarks.index.indexing FOLDER [FOLDER ...]

Each folder is indexed anew in a data directory of its own; the query is a simulated imitation of the folder's first
sound. Reported are sounds a second, the index's size, and seconds a search as a whole process and warm in Python.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile

from benchmarks.results import write_result
from menura import Library
from menura.audio.files import read_audio
from menura.audio.kinds import AUDIO_SUFFIXES
from menura.simulate import simulate_imitation

SEED = 0
RUNS = 5


def main() -> None:
    """Measure every folder named and write `docs/results/indexing.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    folders = parser.parse_args().folders
    with tempfile.TemporaryDirectory() as scratch:
        figures = {folder.name: measure(folder, Path(scratch) / str(i)) for i, folder in enumerate(folders)}
    command = shell_command(folders)
    write_result("indexing", data=", ".join(figures), seed=SEED, figures=figures, command=command)


def shell_command(folders: list[Path]) -> str:
    """The command with the folders by name, since where they lie differs from machine to machine."""
    return "python -m benchmarks.index.indexing " + " ".join(f"DATA/{folder.name}" for folder in folders)


def measure(folder: Path, scratch: Path) -> dict[str, Any]:
    """Index and search one folder."""
    environment = {**os.environ, "XDG_DATA_HOME": str(scratch)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed Menura has its bytecode
    sound = next(path for path in sorted(folder.rglob("*")) if path.suffix.lower() in AUDIO_SUFFIXES)
    scratch.mkdir()
    query = scratch / "query.wav"
    soundfile.write(query, simulate_imitation(read_audio(sound, 44_100, duration_s=3.0), 44_100, SEED), 16_000)

    index_s = seconds_of(lambda: run_menura(environment, "index", str(folder)))
    search = ["search", str(query), "--library", str(folder), "--json"]
    shell_s = [seconds_of(lambda: run_menura(environment, *search)) for _ in range(RUNS)]
    results = json.loads(run_menura(environment, *search))["results"]

    with Library.open(folder, data_dir=scratch / "menura") as library:
        info = library.info()
        library.search(query)
        warm_s = [seconds_of(lambda: library.search(query)) for _ in range(RUNS * 4)]
        ranked = [hit.path for hit in library.search(query, top=info.sounds)]
    imitated = sound.relative_to(folder).as_posix()
    return {
        "sounds": info.sounds,
        "segments": info.windows,
        "index_s": round(index_s, 2),
        "sounds_per_s": round(info.sounds / index_s, 1),
        "index_bytes": info.index_bytes,
        "search_from_the_shell_s": round(statistics.median(shell_s), 3),
        "search_warm_ms": round(1_000 * statistics.median(warm_s), 1),
        "imitated": imitated,
        "rank_of_imitated": 1 + ranked.index(imitated),
        "top_ten": [f"{hit['score']:.3f} {hit['path']}" for hit in results[:10]],
    }


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run_menura(environment: dict[str, str], *arguments: str) -> str:
    """Run the shell command and return what it prints."""
    command = [str(Path(sys.executable).with_name("menura")), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
