"""Whether several takes of one sound find it better than one: ways of combining them, against single takes.

    python -m benchmarks.search.several_takes --data DATA --yardstick YARDSTICK

DATA is the folder that `menura train default` was given, with `more/`. Each held-out recording is imitated three times
by one simulated person, who chooses, speaks and is recorded anew each time; every held-out recording is a candidate.
YARDSTICK is what `corpora/voice_yardstick.py` made: two takes of each sound, mosaics of the voices of two people. The
shipped model scores each take against all candidates, as a search does, and the takes of a sound are combined by

- **mean of the queries**: the embeddings q are averaged, and the library is searched once;
- **mean of the scores**, and **best of the scores**: each sound has the mean, or the greatest, of its logits.

A single take is measured as any one (the mean of the reciprocal ranks of all takes of the sound), as the surest (that
whose own first hit scores highest, which a person sees before deciding), and as the best of them, which only who knows
the answer could pick. Pairs are sounds: intervals are of the mean gain in reciprocal rank by resampling sounds, and p
is that of a sign-flip permutation test. Writes `docs/results/several_takes.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.candidates import Cut
from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.corpora.collections import load_collections
from menura.corpora.plain import load_plain
from menura.corpora.recordings import Split, load_recordings
from menura.evaluation.metrics import target_ranks
from menura.evaluation.ranking import bootstrap_interval, paired_p_value
from menura.inputs.arrays import in_parallel
from menura.inputs.circumstances import heard_of
from menura.inputs.pair_features import imitation_seed
from menura.model.bundle import Bundle
from menura.model.score import sigmoid
from menura.simulate import LISTENED_S
from menura.simulate.choose import choose
from menura.simulate.hear import hear
from menura.simulate.imitator import draw_imitator
from menura.simulate.microphone import record
from menura.simulate.speak import RATE_HZ, speak

N_TAKES = 3
LISTENED_HZ, LONGEST_S = 44_100, 4.0
SEED = 11
Samples = NDArray[np.float32]


Scores = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Asked(NamedTuple):
    """Candidates, and the embeddings of the takes of each: (sounds, takes, h)."""

    paths: list[Path]
    queries: NDArray[np.float32]


def main() -> None:
    """Measure both and write `docs/results/several_takes.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--yardstick", type=Path, required=True)
    arguments = parser.parse_args()
    bundle = Bundle.load()
    by_one, by_two = simulated(arguments.data, bundle), on_yardstick(arguments.yardstick, bundle)
    of_one, of_two = (scores_of(asked.paths, bundle) for asked in (by_one, by_two))
    figures = {
        "two takes of one simulated person": measure(by_one.queries[:, :2], of_one, bundle),
        "three takes of one simulated person": measure(by_one.queries, of_one, bundle),
        "two takes, of two people": measure(by_two.queries, of_two, bundle),
    }
    write_result(
        "several_takes",
        data=f"{len(by_one.paths)} recordings that no training heard, each imitated {N_TAKES} times by a simulated "
        f"person, and the {len(by_two.paths)} recordings of the yardstick, each in two mosaics of real voices",
        seed=SEED,
        figures=figures,
        command="python -m benchmarks.search.several_takes --data DATA --yardstick YARDSTICK",
    )


def simulated(data: Path, bundle: Bundle) -> Asked:
    """All held-out recordings, each with the takes of one simulated person."""
    recordings = [*load_recordings(data, 0), *load_collections(data)[0]]
    paths = [recording.path for recording in recordings if recording.split is Split.HELD_OUT]
    rate_hz = bundle.spec.imitation.front_end.sample_rate_hz
    takes = in_parallel(partial(imitated, rate_hz=rate_hz), paths, "imitating")
    return Asked(paths, np.stack([[bundle.embed_query(take) for take in of_one] for of_one in takes]))


def imitated(path: Path, *, rate_hz: int) -> list[Samples]:
    """What is heard of the takes of a recording by one person."""
    heard = hear(read_audio(path, LISTENED_HZ, duration_s=LISTENED_S), LISTENED_HZ)
    who, *performances = np.random.default_rng(imitation_seed(SEED, path, 0)).spawn(1 + N_TAKES)
    person = draw_imitator(who)
    takes = []
    for what, voice, microphone in (performance.spawn(3) for performance in performances):
        take = record(speak(choose(heard, person, what), person, voice, None), RATE_HZ, microphone)
        takes.append(heard_of(take, RATE_HZ, rate_hz, LONGEST_S))
    return takes


def on_yardstick(folder: Path, bundle: Bundle) -> Asked:
    """The yardstick's recordings, each with its takes."""
    catalogue = load_plain(folder)
    rate_hz = bundle.spec.imitation.front_end.sample_rate_hz
    takes: dict[str, list[NDArray[np.float32]]] = {sound.id: [] for sound in catalogue.sounds}
    for imitation in catalogue.imitations:
        heard = heard_of(read_audio(imitation.path, rate_hz), rate_hz, rate_hz, LONGEST_S)
        takes[imitation.sound_id].append(bundle.embed_query(heard))
    return Asked([sound.path for sound in catalogue.sounds], np.stack(list(takes.values())))


def scores_of(paths: Sequence[Path], bundle: Bundle) -> Scores:
    """What gives queries, (n, h), the logits of all recordings, (n, recordings), each by its best window."""
    cut = Cut.of(paths, bundle)
    return lambda queries: np.stack([cut.scores(query, bundle) for query in queries])


def measure(queries: NDArray[np.float32], scores: Scores, bundle: Bundle) -> dict[str, Any]:
    """Reciprocal ranks of single takes and of combined ones, what combining gains, and what words are worth."""
    n_sounds, n_takes, _ = queries.shape
    of_takes = np.stack([scores(queries[:, take]) for take in range(n_takes)])  # (takes, sounds, candidates)
    single = np.stack([_reciprocal(of_one) for of_one in of_takes])
    surest = single[of_takes.max(axis=2).argmax(axis=0), np.arange(n_sounds)]
    combined = {
        "mean of the queries": scores(queries.mean(axis=1)),
        "mean of the scores": of_takes.mean(axis=0),
        "best of the scores": of_takes.max(axis=0),
    }
    singles = {"any one": single.mean(axis=0), "the surest": surest, "the best, if one knew": single.max(axis=0)}
    return {
        "sounds": n_sounds,
        "takes": n_takes,
        "single": {name: {"mrr": round(float(values.mean()), 4)} for name, values in singles.items()}
        | {"words": _words(of_takes.reshape(-1, of_takes.shape[2]), bundle)},
        "combined": {
            name: _compared(found, singles) | {"words": _words(found, bundle)} for name, found in combined.items()
        },
    }


def _compared(scores: NDArray[np.floating], singles: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    values = _reciprocal(scores)
    gains = {f"against {name}": _gain(values, single) for name, single in singles.items()}
    return {"mrr": round(float(values.mean()), 4), **gains}


def _words(scores: NDArray[np.floating], bundle: Bundle) -> dict[str, Any]:
    """Of the queries whose first hit has each word, how many there are, and the share of them that it is right for."""
    assert bundle.steps is not None
    words = np.array([bundle.steps.word(float(sigmoid(best))) for best in scores.max(axis=1)])
    right = scores.argmax(axis=1) == np.arange(len(scores)) % scores.shape[1]
    return {
        word: {"queries": int((words == word).sum()), "right": round(float(right[words == word].mean()), 3)}
        for word in ("close", "likely", "loose")
        if (words == word).any()
    }


def _reciprocal(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """(sounds,) reciprocal ranks, from (sounds, candidates) in which each sound's own column is the right one."""
    ranks: NDArray[np.float64] = 1 / target_ranks(scores, np.arange(len(scores)))
    return ranks


def _gain(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> dict[str, Any]:
    difference = ours - theirs
    low, high = bootstrap_interval(difference, [str(sound) for sound in range(len(difference))], seed=SEED)
    return {
        "gain": round(float(difference.mean()), 4),
        "interval_95": [round(low, 4), round(high, 4)],
        "p": round(paired_p_value(ours.tolist(), theirs.tolist(), seed=SEED), 4),
    }


if __name__ == "__main__":
    main()
