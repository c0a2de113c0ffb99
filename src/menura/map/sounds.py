"""What a map needs to know of the sounds of a library: what they are to the model, and which are the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Table

_AT_ONCE = 4_096


def features_of(table: Table) -> NDArray[np.float32]:
    """(s, h) the mean of the projections of each sound's windows, in the order of the table."""
    features = np.empty((len(table.sound_ids), table.projections.shape[1]), np.float32)
    for first in range(0, len(features), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        n_windows = table.n_windows[part]
        begins = np.cumsum(n_windows) - n_windows
        rows = np.repeat(table.first_rows[part] - begins, n_windows) + np.arange(int(n_windows.sum()))
        sums = np.add.reduceat(table.projections[rows].astype(np.float64), begins, axis=0)
        features[part] = sums / n_windows[:, None]
    return np.nan_to_num(features)


def shown_by(table: Table) -> NDArray[np.int64]:
    """(s,) for each sound of the table the position of the one that stands for it among `table.distinct`."""
    distinct = table.distinct.sound_ids
    order = np.argsort(distinct)
    standing = table.sound_ids.copy()
    if table.twins is not None:
        firsts = np.flatnonzero(table.twins.is_first)
        leaders = table.twins.ids[firsts[np.cumsum(table.twins.is_first) - 1]]
        by_id = np.argsort(table.twins.ids)
        at = np.minimum(np.searchsorted(table.twins.ids[by_id], standing), len(by_id) - 1)
        is_twin = table.twins.ids[by_id][at] == standing
        standing[is_twin] = leaders[by_id][at[is_twin]]
    found: NDArray[np.int64] = order[np.searchsorted(distinct[order], standing)]
    return found
