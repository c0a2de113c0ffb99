"""A person's map (`menura.search.voice`), learned in seconds from a few takes, and kept only where it finds more.

**What is learned first**, where the model knows what is usual: how far all takes of this person lie from that
(`menura.personal.apart`). Five takes tell enough. It is kept where takes of sounds that were left out are found sooner
by it, in the mean of log(before / after).

**What is learned then**, or alone. Each take should find its own sound among a sample of the library, as in the
training of the model: it pays the cross-entropy -log softmax(s / T) of its sound, s being the logits
(`menura.search.feedback` moves a single query by the same loss, whose gradient is cheap and exact). The moved query is
q + b + A (q - m), m being the middle of the takes. The map pays for its size, PULL (|b|^2 + |A|^2) / S^2 with q - m in
units of its length, S being the spread of the library's projections. A is a sum of products, one for each take, so
what no take says stays as it was. Descent begins at the map that changes nothing else, and is stopped early.

**Whether it is kept.** Where to stop, or whether to begin at all, is decided by takes that nothing was learned from:
every sound in turn is left out with all its takes (of more than twenty sounds several at once), the map is learned
from the others, and the takes that were left out are ranked before and after. The mean reciprocal of few ranks is
mostly chance, so what decides is the mean of log(before / after), less its standard error. Where that is not above 0,
or the mean reciprocal rank is no higher, nothing is kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.errors import UsageError
from menura.model.usual import Usual
from menura.personal.apart import apart_from_usual, common_shift
from menura.personal.lessons import Lessons
from menura.search.voice import VoiceMap

FEWEST_SOUNDS = 5
FEWEST_TO_DESCEND = 20
"""Beside what is usual, fewer sounds tell little more, and now and then something wrong."""
TEMPERATURE = 4.0
PULL = 0.1
RATE = 0.3
MOMENTUM = 0.9
STOPS = (4, 8, 16)
"""After how many steps the descent may stop."""

_MOST_FOLDS = 20
_SAMPLE = 256  # sounds that a take is held against
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of learning.

    Attributes:
        map: The map; None where none is better than none.
        before: (t,) where each take found its sound.
        after: (t,) where it finds it by a map that was learned without that sound; of no map, as before.
        n_among: How many sounds a take is ranked among.
        steps: Where the descent stopped; 0 where nothing was learned.
        seconds: How long it took.
    """

    map: VoiceMap | None
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    n_among: int
    steps: int
    seconds: float


def learn(lessons: Lessons, weight: NDArray[np.float32], usual: Usual | None = None) -> Learned:
    """Learn a map, if takes that it was not learned from say that it is better than none.

    Args:
        lessons: The takes.
        weight: (h,) weights v of FC2.
        usual: What takes of a sound usually are to the model, where it knows.

    Raises:
        UsageError: There are takes of fewer than five sounds, or too few sounds to find them among.
    """
    started = time.perf_counter()
    n_among = len(lessons.pool.sound_ids)
    if lessons.n_sounds < FEWEST_SOUNDS or n_among < FEWEST_SOUNDS:
        raise UsageError(
            f"takes of {lessons.n_sounds} sounds, among {n_among}: to learn from and to judge by, it takes "
            f"{FEWEST_SOUNDS} of each at least"
        )
    before = lessons.ranks(lessons.queries, weight)
    apart = None if usual is None else apart_from_usual(lessons, usual)
    learned, after = None, before
    if apart is not None:
        shifted = lessons.ranks(_shifted_without(lessons, apart), weight)
        if _gains(before, shifted, lessons.sounds).mean() > 0:
            learned, after = _shift_map(lessons, common_shift(apart, lessons.sounds)), shifted
    steps = 0
    if usual is None or lessons.n_sounds >= FEWEST_TO_DESCEND:
        learned, after, steps = _descended(lessons, weight, apart if learned else None, learned, after)
    return Learned(learned, before, after, n_among, steps, time.perf_counter() - started)


def _descended(
    lessons: Lessons,
    weight: NDArray[np.float32],
    apart: NDArray[np.float32] | None,
    learned: VoiceMap | None,
    reached: NDArray[np.intp],
) -> tuple[VoiceMap | None, NDArray[np.intp], int]:
    """A further map, where it is surely better than what there is, with the ranks that it reaches and its steps."""
    held_out = _held_out(lessons, weight, apart)
    worth = {stop: sure_gain(reached, ranks, lessons.sounds) for stop, ranks in held_out.items()}
    best = max(worth, key=lambda stop: worth[stop])
    if not (worth[best] > 0 and (1 / held_out[best]).mean() > (1 / reached).mean()):
        return learned, reached, 0
    everything = np.ones(len(reached), bool)
    return _descents(lessons, everything, weight, apart)[best], held_out[best], best


def _folds(lessons: Lessons) -> NDArray[np.intp]:
    """(t,) with which others each take is left out: with those of its sound, and of many sounds with some more."""
    order = np.random.default_rng(0).permutation(lessons.n_sounds)
    folds: NDArray[np.intp] = order[lessons.sounds] % min(lessons.n_sounds, _MOST_FOLDS)
    return folds


def _shifted_without(lessons: Lessons, apart: NDArray[np.float32]) -> NDArray[np.float32]:
    """(t, h) each take moved by what takes of other sounds have in common."""
    moved, folds = lessons.queries.copy(), _folds(lessons)
    for fold in np.unique(folds):
        out = folds == fold
        moved[out] += common_shift(apart[~out], lessons.sounds[~out])
    return moved


def _shift_map(lessons: Lessons, shift: NDArray[np.float32]) -> VoiceMap:
    width = len(shift)
    return VoiceMap(lessons.queries.mean(axis=0), shift, np.zeros((width, width), np.float32))


def _held_out(
    lessons: Lessons, weight: NDArray[np.float32], apart: NDArray[np.float32] | None
) -> dict[int, NDArray[np.intp]]:
    """For each place to stop, (t,) the rank of each take by a map that was learned without its sound."""
    folds = _folds(lessons)
    moved = {stop: lessons.queries.copy() for stop in STOPS}
    for fold in np.unique(folds):
        out = folds == fold
        for stop, learned in _descents(lessons, ~out, weight, apart).items():
            moved[stop][out] = [learned.moved(query) for query in lessons.queries[out]]
    return {stop: lessons.ranks(queries, weight) for stop, queries in moved.items()}


def _gains(before: NDArray[np.intp], after: NDArray[np.intp], sounds: NDArray[np.intp]) -> NDArray[np.float64]:
    """(sounds,) the mean of log(before / after) of each sound's takes."""
    gains: NDArray[np.float64] = np.bincount(sounds, np.log(before / after)) / np.bincount(sounds)
    return gains


def sure_gain(before: NDArray[np.intp], after: NDArray[np.intp], sounds: NDArray[np.intp]) -> float:
    """The mean over sounds of log(before / after), less its standard error.

    Args:
        before: (t,) the rank of each take's sound.
        after: (t,) and another.
        sounds: (t,) numbers from 0 that tell the sounds apart, two at least.
    """
    gains = _gains(before, after, sounds)
    return float(gains.mean() - gains.std(ddof=1) / np.sqrt(len(gains)))


def _descents(
    lessons: Lessons,
    used: NDArray[np.bool_],
    weight: NDArray[np.float32],
    apart: NDArray[np.float32] | None = None,
) -> dict[int, VoiceMap]:
    """The maps at all places to stop, learned from some of the takes; `apart`, after the shift that it tells."""
    shift = np.zeros(len(weight), np.float32)
    if apart is not None:
        shift = common_shift(apart[used], lessons.sounds[used])
    queries, rivals = lessons.queries[used] + shift, _Rivals.of(lessons, used)
    spread = np.float32(max(float(rivals.rows.std(axis=0).mean()), _LEAST_SPREAD))
    centre = queries.mean(axis=0)
    reach = np.float32(max(float(np.sqrt(((queries - centre) ** 2).sum(axis=1).mean())), _LEAST_SPREAD))
    away = (queries - centre) / reach
    # A = parts^T away / reach: as many directions as there are takes. The first row of all is the shift.
    parts = np.zeros((len(queries) + 1, queries.shape[1]), np.float32)
    pace = np.zeros_like(parts)
    of_parts = np.column_stack([np.ones(len(queries), np.float32), away @ away.T])
    maps = {}
    for step in range(1, max(STOPS) + 1):
        moved = (queries + of_parts @ parts).astype(np.float32)
        pulls = rivals.gradient(moved, weight) / np.float32(len(queries))
        pace = MOMENTUM * pace + np.vstack([pulls.sum(axis=0), pulls]) + PULL * parts / spread**2
        parts = (parts - RATE * spread**2 * pace).astype(np.float32)
        if step in STOPS:
            turn = (parts[1:].T @ away / reach).astype(np.float32)
            maps[step] = VoiceMap(centre - shift, shift + parts[0], turn)
    return maps


@dataclass(frozen=True, eq=False)
class _Rivals:
    """What takes are held against: (m, h) windows of a sample of the library, and (t, m) which are a take's own."""

    rows: NDArray[np.float32]
    own: NDArray[np.bool_]
    targets: list[NDArray[np.float32]]

    @classmethod
    def of(cls, lessons: Lessons, used: NDArray[np.bool_]) -> _Rivals:
        rng = np.random.default_rng(0)
        pool = lessons.pool
        drawn = np.sort(rng.permutation(len(pool.sound_ids))[:_SAMPLE])
        firsts = np.cumsum(pool.n_windows) - pool.n_windows
        rows = pool.rows[firsts[drawn] + rng.integers(pool.n_windows[drawn])]
        return cls(rows, lessons.same[used][:, drawn], [lessons.targets[take] for take in np.flatnonzero(used)])

    def gradient(self, moved: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """(t, h) the gradient of each take's loss by its moved query, (t, h)."""
        hidden = moved[:, None] + self.rows
        scores = np.maximum(hidden, 0) @ weight / TEMPERATURE
        scores[self.own] = -np.inf
        own_hidden = np.stack([_best(query + rows, weight) for query, rows in zip(moved, self.targets, strict=True)])
        own = np.maximum(own_hidden, 0) @ weight / TEMPERATURE
        highest = np.maximum(scores.max(axis=1), own)
        shares, own_share = np.exp(scores - highest[:, None]), np.exp(own - highest)
        total = shares.sum(axis=1) + own_share
        pulls = np.einsum("tm,tmh->th", shares / total[:, None], (hidden > 0).astype(np.float32), optimize=True)
        pulls += (own_share / total - 1)[:, None] * (own_hidden > 0)
        found: NDArray[np.float32] = (pulls * (weight / TEMPERATURE)).astype(np.float32)
        return found


def _best(hidden: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """The row of (w, h) that scores highest."""
    row: NDArray[np.float32] = hidden[(np.maximum(hidden, 0) @ weight).argmax()]
    return row
