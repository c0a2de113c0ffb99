"""How often the first hit is the very sound that was meant, by its word, in libraries of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from menura.evaluation.metrics import target_ranks
from menura.model.score import sigmoid
from menura.model.steps import Steps

SIZES = (30, 119, 300)
_LIBRARIES = 6  # drawn of each size


def kept_promises(logits: NDArray[np.floating], steps: Steps, seed: int) -> list[dict[str, Any]]:
    """What the words of first hits are worth, in libraries drawn from the candidates and among all of them.

    Args:
        logits: (takes, candidates) scores, the i-th take being of the i-th candidate.
        steps: The model's.
        seed: Decides the libraries.
    """
    rng = np.random.default_rng(seed)
    drawn = {size: [rng.choice(len(logits), size, replace=False) for _ in range(_LIBRARIES)] for size in SIZES}
    drawn[len(logits)] = [np.arange(len(logits))]
    return [_in_libraries([logits[np.ix_(one, one)] for one in those], steps, n) for n, those in drawn.items()]


def _in_libraries(libraries: list[NDArray[np.floating]], steps: Steps, n_sounds: int) -> dict[str, Any]:
    first = np.concatenate([sigmoid(of.max(axis=1)) for of in libraries])
    right = np.concatenate([target_ranks(of, np.arange(len(of))) == 1 for of in libraries])
    here = steps.among(n_sounds)
    words = np.array([here.word(score) for score in first.tolist()])
    found: dict[str, Any] = {"sounds": n_sounds, "takes": len(first), "right": round(float(right.mean()), 4)}
    for word in ("close", "likely", "loose"):
        of_word = words == word
        share = round(float(right[of_word].mean()), 4) if of_word.any() else None
        found[word] = {"of takes": round(float(of_word.mean()), 4), "right": share}
    return found
