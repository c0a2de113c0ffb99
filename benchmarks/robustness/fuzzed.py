"""The process that `fuzzing.py` starts for each chunk: it indexes a folder and searches it.

    python -m benchmarks.robustness.fuzzed FOLDER SCRATCH

SCRATCH holds `controls.json`, the queries, and gets the index and `found.json`. A line is printed at every step, so
silence means that it hangs. Between the two times that it indexes, it waits for a line.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path

import numpy as np

from menura import Library
from menura.audio.windows import Windows
from menura.errors import AudioError, MenuraError

RECOMPUTED_FILES = 40
MEMORY_BYTES = 6 << 30  # of addresses; threads and mapped libraries take most of them
PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def main() -> None:
    """Read the command line, and be fuzzed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scratch", type=Path)
    index_and_search(**vars(parser.parse_args()))


def index_and_search(folder: Path, scratch: Path) -> None:
    """Index a folder twice, the second time once it has come to rest, search it, and print what there is to know."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    controls = json.loads((scratch / "controls.json").read_text())
    with Library.open(folder, data_dir=scratch / "data") as library:
        library.index(progress=lambda state: print(state.done, flush=True))
        print("indexed", flush=True)
        sys.stdin.readline()
        report = library.index(progress=lambda state: print(state.done, flush=True))
        print("indexed again", flush=True)
        scores = {}
        for name, query in controls.items():
            hits = library.search(query, top=10**6)
            print(name, flush=True)
            # Copies of one sound are one hit, which names the others.
            scores[name] = {path: hit.score for hit in hits for path in (hit.path, *hit.alike)}
        found = {
            "skipped": dict(report.skipped),
            "scores": scores,
            "wrong_rows": wrong_rows(library, folder),
            "peak_bytes": 1_024 * max(resource.getrusage(who).ru_maxrss for who in PROCESSES),
        }
    (scratch / "found.json").write_text(json.dumps(found))
    print("ended", flush=True)


def wrong_rows(library: Library, folder: Path) -> list[str]:
    """Sounds whose rows are not the projections of their file: all restless and control ones, some others."""
    wrong, front_end = [], library.bundle.spec.recording.front_end
    with library._opened().snapshot() as snapshot:
        table = snapshot.table
        rng = np.random.default_rng(len(table.sound_ids))
        sounds = snapshot.sounds(table.sound_ids)
        chosen = set(rng.permutation(len(sounds))[:RECOMPUTED_FILES].tolist())
        for at, sound in enumerate(sounds):
            if at in chosen or sound.path.startswith(("restless/", "control/")):
                first = int(table.first_rows[at])
                rows = table.projections[first : first + int(table.n_windows[at])]
                try:
                    clips = [w.samples for w in Windows(folder / sound.path, front_end)]
                except AudioError:
                    wrong.append(sound.path)
                    continue
                again = np.concatenate([library.bundle.project_recordings([clip]) for clip in clips])
                if again.shape != rows.shape or not np.allclose(again, rows, rtol=1e-4, atol=1e-4):
                    wrong.append(sound.path)
    return wrong


if __name__ == "__main__":
    try:
        main()
    except MenuraError as error:
        sys.exit(str(error))
