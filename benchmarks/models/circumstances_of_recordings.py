"""The same recordings as they lie in people's folders: how much of the MRR is left.

    python -m benchmarks.models.circumstances_of_recordings --yardstick YARDSTICK [--sounds 96]
        [--model MODEL] [--write]

As `benchmarks.models.circumstances`, but it is the recording that is meant that stands in a circumstance: in silence,
with an offset, soft, in opposite channels. All others stay as they are, and so does the imitation. With `--write`,
writes `docs/results/circumstances_of_recordings.json`.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.models.candidates import Cut
from benchmarks.models.circumstances import Query, embedded, parsed, queries_of, setting_of
from benchmarks.results import write_result
from menura.audio.hear import hear
from menura.audio.windows import Windows
from menura.errors import AudioError
from menura.model.bundle import Bundle

RATE_HZ = 44_100
Samples = NDArray[np.float64]


def silence(before_s: float, after_s: float) -> Callable[[Samples], Samples]:
    """Digital silence on both sides."""
    return lambda sound: np.pad(sound, (round(before_s * RATE_HZ), round(after_s * RATE_HZ)))


CIRCUMSTANCES: dict[str, Callable[[Samples], Samples]] = {
    "as it is": lambda sound: sound,
    "1 s of silence first": silence(1, 0),
    "3.9 s of silence first": silence(3.9, 0),
    "10 s of silence first": silence(10, 0),
    "3.9 s of silence on both sides": silence(3.9, 3.9),
    "10 s of silence after": silence(0, 10),
    "an offset of 0.1": lambda sound: 0.8 * sound + 0.1,
    "an offset of 0.5": lambda sound: 0.4 * sound + 0.5,
    "a tenth of the level": lambda sound: 0.1 * sound,
    "a hundredth of the level": lambda sound: 0.01 * sound,
    "opposite channels": lambda sound: np.stack([sound, -sound], axis=1),
}


def main() -> None:
    """Measure, print, and write if asked to."""
    arguments = parsed(__doc__)
    bundle = Bundle.load(arguments.model)
    setting = setting_of(arguments.yardstick, arguments.sounds, bundle)
    ranks: dict[str, list[float]] = defaultdict(list)
    for name in track(setting.chosen, "Recordings in circumstances"):
        queries = list(queries_of(name, setting))
        recording = setting.yardstick / "recordings" / name
        for circumstance, found in ranks_of(recording, queries, setting.library, bundle).items():
            ranks[circumstance] += found
    figures = shares(ranks, n_sounds=len(setting.chosen), n_candidates=len(setting.names))
    for circumstance, share in figures["shares"].items():
        print(f"{circumstance:32} {share:6.1%}")
    if arguments.write:
        write_result(
            "circumstances_of_recordings",
            data=setting.described,
            seed=0,
            figures=figures,
            command="python -m benchmarks.models.circumstances_of_recordings --yardstick YARDSTICK --write",
        )


def ranks_of(recording: Path, queries: list[Query], library: Cut, bundle: Bundle) -> dict[str, list[float]]:
    """The reciprocal ranks of a recording's imitations, in each circumstance of the recording."""
    heard = [hear(query.samples, 16_000, longest_s=bundle.spec.imitation.front_end.duration_s) for query in queries]
    embeddings = [embedded(take.heard.samples, bundle) for take in heard]
    others = []
    for embedding, query in zip(embeddings, queries, strict=True):
        others.append(np.delete(library.scores(embedding, bundle), query.target))
    sound, rate_hz = soundfile.read(recording)
    assert rate_hz == RATE_HZ
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for circumstance, change in CIRCUMSTANCES.items():
            file = Path(scratch) / "changed.wav"
            soundfile.write(file, change(sound), RATE_HZ, subtype="FLOAT")
            own = [best_logit(embedding, file, bundle) for embedding in embeddings]
            found[circumstance] = [
                1 / (1 + float((rest >= best).sum())) for rest, best in zip(others, own, strict=True)
            ]
    return found


def best_logit(embedding: NDArray[np.float32], file: Path, bundle: Bundle) -> float:
    """The logit of a query with the best window of a file; of one that is refused, the worst."""
    try:
        windows = [window.samples for window in Windows(file, bundle.spec.recording.front_end)]
    except AudioError:
        return -np.inf
    cut = Cut(bundle.project_recordings(windows), np.array([len(windows)]))
    return float(cut.scores(embedding, bundle)[0])


def shares(ranks: dict[str, list[float]], *, n_sounds: int, n_candidates: int) -> dict[str, Any]:
    """MRR of the recordings as they are, and that in each circumstance as a share of it."""
    mrr = {circumstance: float(np.mean(found)) for circumstance, found in ranks.items()}
    clean = mrr.pop("as it is")
    return {
        "sounds": n_sounds,
        "candidates": n_candidates,
        "clean_mrr": round(clean, 4),
        "shares": {circumstance: round(found / clean, 3) for circumstance, found in mrr.items()},
    }


if __name__ == "__main__":
    main()
