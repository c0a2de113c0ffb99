"""From the scores of windows to ranked sounds, a page at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from menura.audio.windows import window_count, window_start
from menura.index.database import damaged
from menura.index.snapshot import Snapshot, Table
from menura.model.score import best_windows, sigmoid, top_positions
from menura.search.scan import Windows
from menura.specs import FrontEndSpec


class RankedSound(NamedTuple):
    """A sound in a ranking, with its best window.

    Attributes:
        sound_id: Its id in the index.
        path: Where it is, relative to the library folder, with forward slashes.
        duration_s: Its length.
        score: Its similarity with the query, in (0, 1).
        start_s: Where its best window begins in the file, in seconds.
        end_s: Where it ends.
    """

    sound_id: int
    path: str
    duration_s: float
    score: float
    start_s: float
    end_s: float


def ranked_sounds(
    snapshot: Snapshot, table: Table, windows: Windows, front_end: FrontEndSpec, *, offset: int, limit: int
) -> list[RankedSound]:
    """The sounds at places `offset` to `offset + limit` of the ranking; of equal ones the first by path is first.

    Args:
        snapshot: The state of the index that was searched.
        table: The sounds that were looked among.
        windows: Every window that is as good as the best of sound number `offset + limit`, and perhaps others.
        front_end: What the windows were cut for.
        offset: How many sounds to leave out at the top, at least 0.
        limit: How many sounds at most.

    Raises:
        LibraryError: The index is damaged: a sound's duration is not that of its windows.
    """
    owners = np.searchsorted(table.first_rows, windows.rows, side="right") - 1
    sounds, firsts, n_windows = np.unique(owners, return_index=True, return_counts=True)
    best = best_windows(windows.logits, n_windows)
    positions = top_positions(best, offset + limit)
    if offset >= len(positions):
        return []
    # Names, which cost more than scores, are read only of sounds that may be on the page.
    first_logit = -np.partition(-best[positions], offset)[offset]
    n_before = int(np.count_nonzero(best[positions] > first_logit))
    positions = positions[best[positions] <= first_logit]
    found = snapshot.sounds(table.sound_ids[sounds[positions]])
    ranked = sorted(zip(-best[positions], found, positions, strict=True))[offset - n_before :][:limit]
    hits = []
    for logit, sound, position in ranked:
        window = firsts[position] + int(np.argmax(windows.logits[firsts[position] :][: n_windows[position]]))
        start = windows.rows[window] - table.first_rows[sounds[position]]
        n_samples = round(sound.duration_s * front_end.sample_rate_hz)
        if window_count(n_samples, front_end) != table.n_windows[sounds[position]]:
            raise damaged(snapshot.library, f"{sound.path}: its duration is not that of its windows")
        first = window_start(int(start), n_samples, front_end)
        start_s = first / front_end.sample_rate_hz
        end_s = min(first + front_end.n_samples, n_samples) / front_end.sample_rate_hz
        sound_id = int(table.sound_ids[sounds[position]])
        hits.append(RankedSound(sound_id, sound.path, sound.duration_s, float(sigmoid(-logit)), start_s, end_s))
    return hits
