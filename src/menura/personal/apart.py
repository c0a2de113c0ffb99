"""How far a person's way of imitating lies from what is usual, told by a few takes of known sounds.

A query is what was imitated, how this person imitates, and chance. What a model expects of the sound
(`menura.model.usual`) takes the first away, and the mean over sounds most of the last. What remains is the same for all
takes of a person, and no training heard it. Of few takes the mean is mostly chance still: it is taken as far as it is
larger than chance alone would make it (James and Stein, *Estimation with quadratic loss*, 1961).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from menura.model.usual import Usual
from menura.personal.lessons import Lessons


def apart_from_usual(lessons: Lessons, usual: Usual) -> NDArray[np.float32]:
    """(t, h) what each take is beside the usual query for its sound."""
    firsts = np.stack([target[0] for target in lessons.targets])
    apart: NDArray[np.float32] = lessons.queries - usual.queries(firsts)
    return apart


def common_shift(apart: NDArray[np.float32], sounds: NDArray[np.intp]) -> NDArray[np.float32]:
    """(h,) what leads from a person's queries to usual ones.

    Args:
        apart: (t, h) of takes, see `apart_from_usual`.
        sounds: (t,) numbers that tell their sounds apart; each sound counts once.
    """
    _, numbers, counts = np.unique(sounds, return_inverse=True, return_counts=True)
    by_sound = np.zeros((len(counts), apart.shape[1]), np.float64)
    np.add.at(by_sound, numbers.reshape(-1), apart)
    by_sound /= counts[:, None]
    mean = by_sound.mean(axis=0)
    size, chance = float(np.square(mean).mean()), 0.0
    if len(counts) > 1:
        chance = float(by_sound.var(axis=0, ddof=1).mean()) / len(counts)
    share = max(0.0, 1.0 - chance / size) if size > 0 and len(counts) > 1 else 0.0
    shift: NDArray[np.float32] = (-share * mean).astype(np.float32)
    return shift
