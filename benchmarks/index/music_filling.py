"""How fast an index fills with the pitch and tempo of its sounds, with what names tell of it, and without.

    python -m benchmarks.index.music_filling --data DATA --work WORK [--rounds 3] [--write]

Names alone are read where `menura[music]` is not installed. Libraries are short sounds made from a seed, and recordings
of 5 s, which could all be loops. Beside the clock stands the processor's time, that of helpers included.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import patch

from benchmarks.corpora.short_files import make_short_files
from benchmarks.index.kinds_filling import seconds_of
from benchmarks.results import write_result
from menura import Bundle, Library
from menura.audio import music

_SHORT = 1_000


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    told = parser.parse_args()
    make_short_files(told.work / "short", _SHORT)
    libraries = {
        "wav of 0.2 to 1 s": told.work / "short",
        "Sonic Pi, flac": told.data / "sonic-pi",
        "ogg of 5 s": told.data / "esc10",
    }
    bundle = Bundle.load()
    bundle.warm()
    figures = {name: filled(folder, bundle, told.rounds) for name, folder in libraries.items()}
    if told.write:
        command = f"python -m benchmarks.index.music_filling --data DATA --work WORK --rounds {told.rounds} --write"
        data = "short sounds made from a seed, Sonic Pi, ESC-10"
        write_result("music_filling", data=data, seed=0, figures=figures, command=command)
    else:
        print(figures)


def filled(folder: Path, bundle: Bundle, rounds: int) -> dict[str, float]:
    """Sounds a second, and milliseconds of the processor a sound, in each of the three ways."""
    ways: dict[str, tuple[bool, AbstractContextManager[object]]] = {
        "without": (False, nullcontext()),
        "names alone": (True, patch.object(music, "has_music", lambda: False)),
        "with": (True, nullcontext()),
    }
    spent: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    n_sounds = 0
    for _ in range(rounds):
        for way, (wanted, patched) in ways.items():
            with (
                tempfile.TemporaryDirectory() as scratch,
                Library.open(folder, bundle, scratch, music=wanted) as library,
            ):
                with patched:
                    spent[way].append(seconds_of(library.index))
                n_sounds = library.info().sounds
    figures = {"sounds": float(n_sounds)}
    for way, times in spent.items():
        seconds, used = (statistics.median(one[what] for one in times) for what in times[0])
        figures |= {
            f"{way}: sounds a second": round(n_sounds / seconds, 1),
            f"{way}: ms": round(1_000 * used / n_sounds, 2),
        }
    return figures


if __name__ == "__main__":
    main()
