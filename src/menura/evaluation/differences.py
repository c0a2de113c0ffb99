"""Which methods differ, as a whole and in each category, and how sure that is after so many questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from menura.evaluation.ranking import ALL, Ranked, paired_p_value

Runs = Sequence[Sequence[Ranked]]
"""The ranks of one method, run by run."""


@dataclass(frozen=True)
class Difference:
    """A test of one method against another.

    Attributes:
        one: A method.
        other: Another.
        category: In which category; `all` for all together.
        mrr: By how much the first one's mean reciprocal rank is higher, a sound counting once.
        p_value: Of sign flips over sounds.
        corrected: The same after Holm's correction for the number of tests made together.
    """

    one: str
    other: str
    category: str
    mrr: float
    p_value: float
    corrected: float


def differences(ranked: Mapping[str, Runs], compared: Iterable[tuple[str, str]]) -> tuple[Difference, ...]:
    """A test of each pair, over all sounds and in each category; Holm's correction is over all of them."""
    found = []
    for one, other in compared:
        ours, theirs = by_sound(ranked[one]), by_sound(ranked[other])
        categories = sorted({category for category, _ in ours})
        for category in [ALL] if len(categories) == 1 else [ALL, *categories]:
            sounds = [key for key in ours if category in {ALL, key[0]}]
            pairs = [ours[key] for key in sounds], [theirs[key] for key in sounds]
            mrr = float(np.mean(pairs[0]) - np.mean(pairs[1]))
            found.append(Difference(one, other, category, mrr, paired_p_value(*pairs, seed=0), 1.0))
    corrected = holm([difference.p_value for difference in found])
    return tuple(replace(difference, corrected=p) for difference, p in zip(found, corrected, strict=True))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number by Holm's step-down method (1979), in the same order."""
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected


def by_sound(runs: Runs) -> dict[tuple[str, str], float]:
    """Mean reciprocal rank of each sound, by its category and id, over all runs that it was tested in."""
    every: dict[tuple[str, str], list[float]] = {}
    for item in (item for ranked in runs for item in ranked):
        every.setdefault((item.category, item.sound_id), []).append(1 / item.rank)
    return {key: float(np.mean(values)) for key, values in every.items()}
