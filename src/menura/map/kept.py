"""The layout as it is kept beside the index: a file that is there whole or not at all.

It knows a sound by its content and not by its number, so that an index made anew keeps its map, and a number that is
given to another sound does not give it the other's place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from menura.index.homes import MAP_FILE
from menura.whole import written_whole

_FORMAT = "1"


@dataclass(frozen=True, eq=False)
class Layout:
    """Places by content.

    Attributes:
        keys: (n,) uint64, ascending: the first 8 bytes of the hashes of what was laid out.
        places: (n, 2) float32 where each lies.
    """

    keys: NDArray[np.uint64]
    places: NDArray[np.float32]

    @classmethod
    def of(cls, keys: NDArray[np.uint64], places: NDArray[np.float32]) -> Layout:
        """The layout of sounds with these keys (n,), of which some may be equal, at these places (n, 2)."""
        ascending, firsts = np.unique(keys, return_index=True)
        return cls(ascending, np.ascontiguousarray(places[firsts]))

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """(m, 2) the places of sounds with these keys (m,), NaN for those that have none."""
        found = np.full((len(keys), 2), np.nan, np.float32)
        if len(self.keys):
            at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            known = self.keys[at] == keys
            found[known] = self.places[at[known]]
        return found


def write_layout(home: Path, layout: Layout, *, seed: int) -> None:
    """Keep a layout in an index's home, in the place of the one that is there.

    Args:
        home: The home.
        layout: The layout.
        seed: The seed that it was made with, which is kept as well.
    """
    with written_whole(home / MAP_FILE) as unfinished:
        save_file({"keys": layout.keys, "places": layout.places}, unfinished, {"format": _FORMAT, "seed": str(seed)})


def read_layout(home: Path) -> Layout | None:
    """The layout that is kept in an index's home; None where there is none, or none that can be read."""
    try:
        kept = load_file(home / MAP_FILE)
        layout = Layout(kept["keys"], kept["places"])
    except (OSError, SafetensorError, KeyError):  # it can always be made anew
        return None
    shapes = layout.keys.shape, layout.places.shape
    whole = shapes == (shapes[0], (*shapes[0], 2)) and len(shapes[0]) == 1
    typed = layout.keys.dtype.str == "<u8" and layout.places.dtype.str == "<f4"
    return layout if whole and typed and bool(np.isfinite(layout.places).all()) else None
