"""What the points of a map are coloured by: a category for each sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = 2**16 - 1
"""The number of a sound that has no category."""


@dataclass(frozen=True, eq=False)
class Categories:
    """A category for each of some sounds.

    Attributes:
        names: What each category is called, the one with the most sounds first.
        codes: (n,) uint16 the number of each sound's category; `NONE` for one that has none.
    """

    names: tuple[str, ...]
    codes: NDArray[np.uint16]


def by_folder(paths: Sequence[str]) -> Categories:
    """The folder that each sound is in: as far down as there are several, and no further.

    Args:
        paths: Where the sounds are, relative to their library. One beside all folders is in "".
    """
    folders = [path.split("/")[:-1] for path in paths]
    depth = 0
    while folders and all(len(folder) > depth for folder in folders) and len({f[depth] for f in folders}) == 1:
        depth += 1
    return _numbered(["/".join(folder[: depth + 1]) for folder in folders])


def by_kind(
    ids: NDArray[np.int64], sounds: NDArray[np.int64], kinds: NDArray[np.int64], names: Sequence[str]
) -> Categories:
    """The likely kind of each sound, of several the one that the fewest sounds are: a kick is a drum as well.

    Args:
        ids: (n,) the sounds on the map.
        sounds: (m,) sounds, one entry for each of their likely kinds.
        kinds: (m,) these kinds.
        names: What each kind is called.
    """
    n_likely = np.bincount(kinds, minlength=len(names))
    order = np.lexsort((kinds, n_likely[kinds], sounds))
    known, firsts = np.unique(sounds[order], return_index=True)
    at = np.minimum(np.searchsorted(known, ids), max(0, len(known) - 1))
    has_one = known[at] == ids if len(known) else np.zeros(len(ids), bool)
    own = kinds[order][firsts][at[has_one]]
    counts = np.bincount(own, minlength=len(names))
    by_count = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    numbers = np.full(len(names), NONE, np.uint16)
    numbers[by_count] = np.arange(len(by_count))
    codes = np.full(len(ids), NONE, np.uint16)
    codes[has_one] = numbers[own]
    return Categories(tuple(names[kind] for kind in by_count.tolist()), codes)


def _numbered(names: Sequence[str]) -> Categories:
    counted = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
    numbers = {name: min(number, NONE - 1) for number, (name, _) in enumerate(counted)}
    return Categories(tuple(name for name, _ in counted[:NONE]), np.array([numbers[name] for name in names], np.uint16))
