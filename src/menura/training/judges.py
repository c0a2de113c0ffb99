"""How well a model finds one library's sounds: imitations by people that no training heard, among all its sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.evaluation.ranking import ALL, Ranked, rank_within_categories
from menura.evaluation.scoring import Comparing, score_all
from menura.inputs.pair_features import PairFeatures, load_pair_features
from menura.simulate.voices import RealVoices


@dataclass(frozen=True)
class Mrr:
    """MRR of imitations by people that no training heard, among all sounds of the library.

    Attributes:
        library: Of all its sounds, as many of them learned from and unseen as there are.
        learned: Of sounds that the adaptation learns from.
        unseen: Of sounds that are kept out of it.
    """

    library: float
    learned: float
    unseen: float


@dataclass(frozen=True)
class Judges:
    """Simulated people, some to choose a model by, others to report by.

    Attributes:
        tested: The sounds that are measured, those kept out of the training first, with as many imitations by the one
            people as by the other.
        others: (n, mel, time) recordings of the library that are candidates only.
        n_held_out: How many of the tested sounds are kept out.
    """

    tested: PairFeatures
    others: NDArray[np.floating]
    n_held_out: int

    @classmethod
    def load(
        cls,
        paths: Sequence[Path],
        n_held_out: int,
        others: NDArray[np.floating],
        *,
        n_imitations: int,
        seed: int,
        cache: Path,
        voices: RealVoices | None = None,
    ) -> Judges:
        """Have the sounds at `paths` imitated `n_imitations` times each for choosing, and as often for reporting."""
        tested = load_pair_features(paths, n_imitations=2 * n_imitations, seed=seed, cache=cache, voices=voices)
        return cls(tested, others, n_held_out)

    def rank(self, network: Comparing, *, choosing: bool = False) -> list[Ranked]:
        """All imitations of one kind, ranked among all sounds."""
        scores, target = self.scores(network, choosing=choosing)
        ids = [str(index) for index in range(scores.shape[1])]
        return rank_within_categories(scores, target, ids, [ALL] * len(ids), ids)

    def scores(self, network: Comparing, *, choosing: bool = False) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Logits (imitations, sounds) of all imitations of one kind with all sounds, and each row's right column."""
        half = self.tested.imitations.shape[1] // 2
        imitations = self.tested.imitations[:, :half] if choosing else self.tested.imitations[:, half:]
        n, takes = imitations.shape[:2]
        candidates = np.concatenate([self.tested.recordings, self.others])
        scores = score_all(network, imitations.reshape(n * takes, *imitations.shape[2:]), candidates)
        return scores, np.repeat(np.arange(n), takes)

    def mrr(self, ranked: Sequence[Ranked]) -> Mrr:
        """The MRR of what `rank` returned."""
        is_held_out = np.array([int(item.sound_id) < self.n_held_out for item in ranked])
        reciprocal = np.array([1 / item.rank for item in ranked])
        learned, unseen = float(reciprocal[~is_held_out].mean()), float(reciprocal[is_held_out].mean())
        share = self.n_held_out / (len(self.tested) + len(self.others))
        return Mrr((1 - share) * learned + share * unseen, learned, unseen)

    def held_out(self) -> PairFeatures:
        """The sounds that are kept out, with all their imitations."""
        return PairFeatures(self.tested.recordings[: self.n_held_out], self.tested.imitations[: self.n_held_out])
