"""How fast an index fills with the likely kinds of its sounds, and without them.

    python -m benchmarks.index.kinds_filling DATA/sonic-pi [--rounds 3] [--write]

Kinds are read off what an index keeps of a sound anyway; whoever first asks for them works them out. So with kinds is:
filled, and asked for the kinds of all. Beside the clock stands the processor's time, that of helpers included.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.results import write_result
from menura import Bundle, Library
from menura.search.ranking import Question


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    told = parser.parse_args()
    bundle = Bundle.load()
    bundle.warm()
    spent: dict[str, list[dict[str, float]]] = {"with kinds": [], "without kinds": []}
    n_sounds = n_kinds = 0
    for _ in range(told.rounds):
        for name, model in (("with kinds", bundle), ("without kinds", replace(bundle, kinds=None))):
            with tempfile.TemporaryDirectory() as scratch, Library.open(told.folder, model, scratch) as library:
                n_kinds = max(n_kinds, spent_on(library, spent[name]))
                n_sounds = library.info().sounds
    figures = {
        name: {what: round(n_sounds / statistics.median(one[what] for one in times), 1) for what in times[0]}
        for name, times in spent.items()
    } | {"sounds": n_sounds, "kinds found": n_kinds}
    if told.write:
        command = f"python -m benchmarks.index.kinds_filling DATA/{told.folder.name} --rounds {told.rounds} --write"
        write_result("kinds_filling", data=told.folder.name, seed=None, figures=figures, command=command)
    else:
        print(figures)


def spent_on(library: Library, spent: list[dict[str, float]]) -> int:
    """Fills the library and counts its kinds, and notes the seconds; how many kinds there are."""
    kinds: dict[str, int] = {}

    def filled() -> None:
        library.index()
        kinds.update(library.kind_counts(Question()))

    spent.append(seconds_of(filled))
    return len(kinds)


def seconds_of(work: Callable[[], object]) -> dict[str, float]:
    """By which the sounds are divided: seconds of the clock, and of the processor with all that it started."""
    started, used = time.perf_counter(), processor_s()
    work()
    return {"sounds_per_s": time.perf_counter() - started, "sounds_per_processor_s": processor_s() - used}


def processor_s() -> float:
    """Of this process and of those that it has started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
