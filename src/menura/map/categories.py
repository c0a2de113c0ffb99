"""What the points of a map are coloured by: a category for each sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 2**16


@dataclass(frozen=True, eq=False)
class Categories:
    """A category for each of some sounds.

    Attributes:
        names: What each category is called, the one with the most sounds first.
        codes: (n,) uint16 the number of each sound's category.
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


CATEGORIES: dict[str, Callable[[Sequence[str]], Categories]] = {"folder": by_folder}
"""What there is to colour by."""


def _numbered(names: Sequence[str]) -> Categories:
    counted = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
    numbers = {name: min(number, MOST - 1) for number, (name, _) in enumerate(counted)}
    return Categories(tuple(name for name, _ in counted[:MOST]), np.array([numbers[name] for name in names], np.uint16))
