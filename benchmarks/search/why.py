"""What an explanation by occlusion costs, and how much of what it says is chance.

    python -m benchmarks.search.why DATA --work WORK [--pairs 24] [--write]

Pairs are recordings of DATA/esc10 and DATA/sonic-pi with simulated imitations of them. Each is explained with fewer or
more orders in which tiles are hidden, and with coarser tiles, and held against an explanation with many orders of
another seed: how far the evidence agrees (correlation over blocks, as regions are made of them), and how often the
sentence is the same word for word. What is done already is kept in WORK, and not done again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.audio.walk import sound_files
from menura.explanation import occlusion
from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.match import Match, find_match
from menura.explanation.regions import BLOCKS
from menura.explanation.sentence import sentence_of
from menura.model.bundle import Bundle
from menura.simulate import simulate_imitation

SEED = 0
CORPORA = ("esc10", "sonic-pi")
MANY_ORDERS, OTHER_SEED = 32, 7
VOICE_HZ, RECORDING_HZ = 16_000, 44_100


@dataclass(frozen=True)
class Setting:
    """How an explanation is made: so many orders, over a grid of so many tiles an axis."""

    orders: int
    tiles: int

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.orders} orders of {self.tiles} x {self.tiles} tiles"


SETTINGS = (Setting(8, 6), Setting(6, 6), Setting(4, 6), Setting(8, 4), Setting(6, 4), Setting(4, 4))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    told = parser.parse_args()
    told.work.mkdir(parents=True, exist_ok=True)
    bundle = Bundle.load()
    bundle.warm()
    done = [
        kept(told.work / f"{bundle.fingerprint[:8]}-{number}.json", pair, bundle)
        for number, pair in enumerate(pairs(told.data, told.pairs, told.work))
    ]
    figures = {name: summary([one[name] for one in done]) for name in done[0]} | {"pairs": len(done)}
    if told.write:
        write_result(
            "why", data="recordings of ESC-10 and Sonic Pi, imitated by simulated people", seed=SEED, figures=figures
        )
    else:
        print(json.dumps(figures, indent=2))


def pairs(data: Path, count: int, work: Path) -> Iterator[tuple[Path, Path]]:
    """An imitation and its recording, several times."""
    rng = np.random.default_rng(SEED)
    files = [data / corpus / file.path for corpus in CORPORA for file in sound_files(data / corpus)]
    for number, at in enumerate(rng.permutation(len(files))[:count].tolist()):
        voice = work / f"{number}.wav"
        if not voice.exists():
            soundfile.write(
                voice, simulate_imitation(read_audio(files[at], RECORDING_HZ), RECORDING_HZ, number), VOICE_HZ
            )
        yield voice, files[at]


def kept(file: Path, pair: tuple[Path, Path], bundle: Bundle) -> dict[str, Any]:
    """What was measured of a pair, from the file where it is there."""
    if not file.exists():
        file.write_text(json.dumps(measured(find_match(*pair, bundle), bundle)))
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def measured(match: Match, bundle: Bundle) -> dict[str, Any]:
    """Of each setting its cost, and how it agrees with what many orders say."""
    reference, _ = explained(match, bundle, Setting(MANY_ORDERS, SETTINGS[0].tiles), OTHER_SEED)
    found: dict[str, Any] = {}
    for setting in SETTINGS:
        explanation, spent = explained(match, bundle, setting, SEED)
        sides = [(explanation.query, reference.query), (explanation.recording, reference.recording)]
        found[setting.name] = spent | {
            "agrees": float(np.mean([np.corrcoef(blocks(one), blocks(other))[0, 1] for one, other in sides])),
            "same_sentence": float(sentence_of(explanation) == sentence_of(reference)),
        }
    return found


def explained(match: Match, bundle: Bundle, setting: Setting, seed: int) -> tuple[Explanation, dict[str, float]]:
    """An explanation with this setting, and the seconds that it took."""
    changed = {"N_ORDERS": setting.orders, "TILES_PER_AXIS": setting.tiles, "_SEED": seed}
    with ExitStack() as as_set:
        for name, value in changed.items():
            as_set.enter_context(patch.object(occlusion, name, value))
        started, used = time.perf_counter(), time.process_time()
        explanation = occlusion.explain_by_occlusion(match, bundle)
    return explanation, {"s": time.perf_counter() - started, "processor_s": time.process_time() - used}


def blocks(side: Evidence) -> NDArray[np.float64]:
    """What each block of a side is worth, as regions are made of them."""
    heard = side.attribution[:, : side.clip.n_heard].astype(np.float64)
    edges = [
        np.linspace(0, n, min(n, count) + 1).round().astype(int)[:-1]
        for n, count in zip(heard.shape, BLOCKS, strict=True)
    ]
    return np.add.reduceat(np.add.reduceat(heard, edges[0], axis=0), edges[1], axis=1).ravel()


def summary(found: list[dict[str, float]]) -> dict[str, float]:
    """The mean over the pairs; of times the median."""
    return {
        name: round(
            float((np.median if name.endswith("s") and name != "agrees" else np.mean)([one[name] for one in found])), 3
        )
        for name in found[0]
    }


if __name__ == "__main__":
    main()
