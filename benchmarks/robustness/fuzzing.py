"""Indexes and searches folders of damaged, lying and absurd files, and looks for harm.

    python -m benchmarks.robustness.fuzzing --files 100000 --work WORK

Files are made in chunks from a seed (`hostile.py`), with control sounds among them, things that are no files, and
restless files: cut, lengthened, replaced, deleted and turned into pipes while they are read. Each chunk is indexed and
searched by a process of its own, whose memory is limited and which is killed when nothing moves any more; then the file
at fault is looked for by halving. What has to hold of a chunk is in `chunks.py`. Stopped, the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.results import write_result
from benchmarks.robustness.chunks import CHUNK_FILES, CONTROLS_HZ, SEED, fuzz_chunk, make_controls
from menura.errors import MenuraError
from menura.whole import written_whole


def main() -> None:
    """Fuzz, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000, help="damaged files in all")
    parser.add_argument("--work", type=Path, default=Path("fuzzing"), help="for chunks and the state")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    state_file = arguments.work / "state.json"
    state = json.loads(state_file.read_text()) if state_file.exists() else {"chunks": []}
    controls = make_controls(arguments.work / "controls")
    n_chunks = -(-arguments.files // CHUNK_FILES)
    started, before = time.monotonic(), len(state["chunks"])
    while (done := len(state["chunks"])) < n_chunks:
        state["chunks"].append(fuzz_chunk(done, arguments.work, controls))
        with written_whole(state_file) as unfinished:
            unfinished.write_text(json.dumps(state))
        left_s = (time.monotonic() - started) / (done + 1 - before) * (n_chunks - done - 1)
        faults = [fault for chunk in state["chunks"] for fault in chunk["faults"]]
        print(f"{done + 1} of {n_chunks} chunks, {len(faults)} faults, {left_s / 60:.0f} min left", file=sys.stderr)
    write_result(
        "fuzzing",
        data="Files made by benchmarks/robustness/hostile.py from whole ones of every format that is read",
        seed=SEED,
        figures=summary(state["chunks"][:n_chunks]),
        command=f"python -m benchmarks.robustness.fuzzing --files {arguments.files} --work WORK",
    )


def summary(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of all chunks."""
    reasons: Counter[str] = Counter()
    for chunk in chunks:
        reasons.update(chunk["reasons"])
    faults = Counter(fault["kind"] for chunk in chunks for fault in chunk["faults"])
    return {
        "files": sum(chunk["files"] for chunk in chunks),
        "chunks": len(chunks),
        "searches": len(CONTROLS_HZ) * len(chunks),
        "control_first_of_all": sum(chunk["firsts"] for chunk in chunks),
        "highest_memory_mb": round(max(chunk["peak_bytes"] for chunk in chunks) / 1e6),
        "faults": dict(faults),
        "kinds": added(chunk["outcomes"] for chunk in chunks),
        "containers": added(chunk["containers"] for chunk in chunks),
        "reasons": dict(reasons.most_common()),
    }


def added(outcomes: Iterable[dict[str, int]]) -> dict[str, dict[str, int]]:
    """How many files of each kind, in all chunks, became what."""
    total: Counter[str] = Counter()
    for one in outcomes:
        total.update(one)
    kinds: dict[str, dict[str, int]] = {}
    for name, number in sorted(total.items()):
        kind, _, what = name.rpartition(": ")
        kinds.setdefault(kind, {})[what] = number
    return kinds


if __name__ == "__main__":
    try:
        main()
    except MenuraError as error:
        sys.exit(str(error))
