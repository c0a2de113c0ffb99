"""What "more like this one" and "not this" are worth: the ranking of a class before and after a person has said so.

    python -m benchmarks.search.feedback --data DATA

DATA is the folder of corpora that `menura train default` is given. Simulated people imitate recordings; the shipped
model ranks all recordings of a set; somebody likes the first one of the imitated class, or dislikes the first ones of
other classes; the set is ranked again. nDCG is that of the class among the recordings that nobody judged, before and
after. The constants of `menura.search.feedback` were chosen on the recordings that the model was trained on; what
counts is the other set, of recordings that neither the training nor that choice has seen. Writes
`docs/results/feedback.json`.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.audio.windows import Windows
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.errors import AudioError
from menura.evaluation.metrics import ndcg
from menura.model.bundle import Bundle
from menura.model.score import best_windows, logits
from menura.search.feedback import Feedback, refine
from menura.simulate import simulate_imitation
from menura.specs import IMITATION_FRONT_END

SEED = 0
N_QUERIES = 300
LEAST_IN_CLASS = 4
SEEN = 24  # a person looks at the first page
BOOTSTRAPS = 2_000


@dataclass(frozen=True)
class Pool:
    """Recordings ranked against each other: labels (n,), windows each (n,), projections of all windows, embeddings."""

    labels: NDArray[np.str_]
    n_windows: NDArray[np.int64]
    projections: NDArray[np.float32]
    queries: NDArray[np.int64]
    embeddings: NDArray[np.float32]

    def windows_of(self, sound: int) -> NDArray[np.float32]:
        """The (n, h) projections of one recording."""
        first = int(self.n_windows[:sound].sum())
        return self.projections[first : first + self.n_windows[sound]]


Judge = Callable[[NDArray[np.int64], NDArray[np.bool_]], tuple[list[int], list[int]]]
"""The ranking (n,) and whether each recording is of the class (n,) to the liked and the disliked recordings."""


def like_first(ranking: NDArray[np.int64], right: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """The first recording of the class is liked."""
    return [int(i) for i in ranking[:SEEN] if right[i]][:1], []


def like_two(ranking: NDArray[np.int64], right: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """The first two of the class are liked."""
    return [int(i) for i in ranking[:SEEN] if right[i]][:2], []


def unlike_first(ranking: NDArray[np.int64], right: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """The first two recordings of other classes are disliked."""
    return [], [int(i) for i in ranking[:SEEN] if not right[i]][:2]


def like_and_unlike(ranking: NDArray[np.int64], right: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Both."""
    return like_first(ranking, right)[0], unlike_first(ranking, right)[1]


JUDGES: dict[str, Judge] = {
    "one liked": like_first,
    "two liked": like_two,
    "two disliked": unlike_first,
    "one liked, two disliked": like_and_unlike,
}


def main() -> None:
    """Measure on both sets and write `docs/results/feedback.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    recordings = load_recordings(parser.parse_args().data, SEED)
    bundle = Bundle.load()
    held_out = [recording for recording in recordings if recording.split is Split.HELD_OUT]
    others = [recording for recording in recordings if recording.split is not Split.HELD_OUT]
    figures = {
        name: measure(make_pool(chosen, bundle), bundle)
        for name, chosen in (("held_out", held_out), ("constants_chosen_on", others))
    }
    write_result(
        "feedback",
        data="recordings of the corpora, those held out from the model's training and the others; each query is a "
        "simulated imitation of one of them, and its class has at least 4 recordings in the set",
        seed=SEED,
        figures=figures,
        command="python -m benchmarks.search.feedback --data DATA",
    )


def make_pool(recordings: list[Recording], bundle: Bundle) -> Pool:
    """Embed recordings, and imitations of some of them; a library would have none that is silent."""
    front_end = bundle.spec.recording.front_end
    heard, parts = [], []
    for recording in recordings:
        with suppress(AudioError):
            parts.append(bundle.project_recordings([w.samples for w in Windows(recording.path, front_end)]))
            heard.append(recording)
    recordings = heard
    labels = np.array([f"{recording.corpus}/{recording.label}" for recording in recordings])
    sizes = Counter(labels.tolist())
    of_a_class = np.flatnonzero([sizes[label] >= LEAST_IN_CLASS for label in labels.tolist()])
    rng = np.random.default_rng(SEED)
    queries = np.sort(rng.permutation(of_a_class)[:N_QUERIES])
    embeddings = []
    for query in queries.tolist():
        samples = read_audio(recordings[query].path, 44_100, duration_s=5.0)
        take = simulate_imitation(samples, 44_100, SEED + 1_000 + query)
        heard_hz = bundle.spec.imitation.front_end.sample_rate_hz
        embeddings.append(bundle.embed_query(soxr.resample(take, IMITATION_FRONT_END.sample_rate_hz, heard_hz)))
    n_windows = np.array([len(part) for part in parts])
    return Pool(labels, n_windows, np.concatenate(parts), queries, np.stack(embeddings))


def measure(pool: Pool, bundle: Bundle) -> dict[str, Any]:
    """What each kind of feedback does to the ranking."""
    rng = np.random.default_rng(SEED)
    sample = pool.projections[np.sort(rng.permutation(len(pool.projections))[:512])]
    figures: dict[str, Any] = {"recordings": len(pool.labels), "queries": len(pool.queries)}
    for name, judge in JUDGES.items():
        figures[name] = _compared(pool, bundle, sample, judge)
    figures["one liked, without the imitation"] = _compared(pool, bundle, sample, like_first, with_take=False)
    figures["two disliked, beside one liked"] = _compared(pool, bundle, sample, like_and_unlike, likes_before=True)
    return figures


def _compared(
    pool: Pool,
    bundle: Bundle,
    sample: NDArray[np.float32],
    judge: Judge,
    *,
    with_take: bool = True,
    likes_before: bool = False,
) -> dict[str, Any]:
    """What judgements do to the rankings; with `likes_before`, beside what the likes among them do."""
    before, after, spent, obeyed = [], [], [], []
    for query, embedding in zip(pool.queries.tolist(), pool.embeddings, strict=True):
        right = pool.labels == pool.labels[query]
        scores = _scores(embedding, pool, bundle)
        liked, unliked = judge(np.argsort(-scores, kind="stable"), right)
        if (not liked and not unliked) or (likes_before and not (liked and unliked)):
            continue
        feedback = Feedback([pool.windows_of(i) for i in liked], [pool.windows_of(i) for i in unliked], sample)
        started = time.perf_counter()
        moved = refine(embedding if with_take else None, feedback, bundle.output_weight)
        spent.append(time.perf_counter() - started)
        if likes_before:
            scores = _scores(refine(embedding, replace(feedback, unliked=[]), bundle.output_weight), pool, bundle)
        moved_scores = _scores(moved, pool, bundle)
        obeyed += [(moved_scores > moved_scores[i]).sum() > (scores > scores[i]).sum() for i in unliked]
        rest = np.setdiff1d(np.arange(len(right)), [*liked, *unliked])
        before.append(ndcg(scores[None, rest], right[None, rest]))
        after.append(ndcg(moved_scores[None, rest], right[None, rest]))
    gain = np.subtract(after, before)
    means = gain[np.random.default_rng(SEED).integers(0, len(gain), (BOOTSTRAPS, len(gain)))].mean(axis=1)
    return {
        "queries": len(gain),
        "ndcg_before": round(float(np.mean(before)), 4),
        "ndcg_after": round(float(np.mean(after)), 4),
        "gain_interval_95": [round(float(limit), 4) for limit in np.percentile(means, [2.5, 97.5])],
        "better": round(float((gain > 0).mean()), 3),
        "worse": round(float((gain < 0).mean()), 3),
        "disliked_moved_down": round(float(np.mean(obeyed)), 3) if obeyed else None,
        "ms": round(1_000 * float(np.median(spent)), 2),
    }


def _scores(embedding: NDArray[np.float32], pool: Pool, bundle: Bundle) -> NDArray[np.float32]:
    """(n,) logits of all recordings, each by its best window."""
    windows = logits(embedding, pool.projections, bundle.output_weight, bundle.output_bias)
    return best_windows(windows, pool.n_windows, bundle.window_correction)


if __name__ == "__main__":
    main()
