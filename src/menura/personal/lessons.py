"""What a person's takes say to a model: each as a query, with the sound that it means, among the sounds of a library.

A sound that the library still has stands there by its own windows, and neither it nor its twins compete with it. One
that is gone, or has other content now, stands by the copy that was kept with the take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.windows import Windows
from menura.errors import MenuraError
from menura.index.examine import embedded_windows
from menura.index.snapshot import Snapshot
from menura.model.bundle import Bundle
from menura.model.score import best_windows, logits
from menura.personal.takes import AskedSound, Clip, TaughtTake, TaughtTakes
from menura.search.query import hear_query
from menura.search.ranking import rows_of

MOST_SOUNDS = 2_000
_MOST_WINDOWS = 16  # of a sound: an hour would else outweigh all others
_NOTHING = Clip(np.empty(0, np.float32), 1)


class Ear:
    """What a model makes of takes and of copies of sounds; of each file once, as long as it stays as it is.

    Args:
        bundle: The model.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._known: dict[tuple[str, int, int], NDArray[np.float32]] = {}

    def query(self, file: Path) -> NDArray[np.float32]:
        """(h,) the query that a take is; errors as for `hear_query`."""
        found = self._known.get(key := _key(file))
        if found is None:
            take = hear_query(file, self.bundle.spec.imitation.front_end)
            found = self._known[key] = self.bundle.embed_query(take.heard.samples)
        return found

    def windows(self, file: Path) -> NDArray[np.float32]:
        """(w, h) projections of a recording's windows; errors as for `Windows`."""
        found = self._known.get(key := _key(file))
        if found is None:
            windows = Windows(file, self.bundle.spec.recording.front_end)
            rows = [projection for _, projection in embedded_windows(windows, self.bundle)]
            found = self._known[key] = np.concatenate(rows)
        return found


@dataclass(frozen=True, eq=False)
class Pool:
    """Sounds of a library among which takes are ranked: all of them, or 2,000 that are drawn.

    Attributes:
        sound_ids: (s,) the sounds, one for each group of twins.
        rows: (m, h) projections of their windows, one sound after the other.
        n_windows: (s,) how many each has.
    """

    sound_ids: NDArray[np.int64]
    rows: NDArray[np.float32]
    n_windows: NDArray[np.int64]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Pool:
        """Those of the state of an index; the same state gives the same sounds."""
        table = snapshot.table.distinct
        drawn = np.sort(np.random.default_rng(0).permutation(len(table.sound_ids))[:MOST_SOUNDS])
        n_windows = np.minimum(table.n_windows[drawn], _MOST_WINDOWS)
        rows = [
            table.projections[first + np.linspace(0, n - 1, kept).astype(np.int64)]
            for first, n, kept in zip(table.first_rows[drawn], table.n_windows[drawn], n_windows, strict=True)
        ]
        width = table.projections.shape[1]
        return cls(table.sound_ids[drawn], np.concatenate([np.empty((0, width), np.float32), *rows]), n_windows)


@dataclass(frozen=True, eq=False)
class Lessons:
    """Takes and the sounds that they mean, for one model.

    Attributes:
        takes: The takes.
        queries: (t, h) what they are to the model.
        sounds: (t,) numbers that tell their sounds apart.
        targets: (w, h) the projections of each one's sound.
        pool: The sounds that they are ranked among.
        same: (t, s) which of the pool are the sound itself or its twins.
        window_correction: The model's, as `Bundle` has it.
        unheard: Takes that are left out, each with the reason.
    """

    takes: tuple[TaughtTake, ...]
    queries: NDArray[np.float32]
    sounds: NDArray[np.intp]
    targets: tuple[NDArray[np.float32], ...]
    pool: Pool
    same: NDArray[np.bool_]
    window_correction: float = 0.0
    unheard: tuple[tuple[TaughtTake, str], ...] = ()

    @property
    def n_sounds(self) -> int:
        """How many sounds were imitated."""
        return len(np.unique(self.sounds))

    def ranks(self, queries: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.intp]:
        """(t,) where each take finds its sound, 1 for first, with these queries instead of its own.

        Args:
            queries: (t, h) a query for each take.
            weight: (h,) weights v of FC2.
        """
        found = np.empty(len(queries), np.intp)
        for take, query in enumerate(queries):
            target = logits(query, self.targets[take], weight, 0.0)
            (own,) = best_windows(target, np.array([len(target)]), self.window_correction)
            pool = logits(query, self.pool.rows, weight, 0.0)
            others = best_windows(pool, self.pool.n_windows, self.window_correction)
            found[take] = 1 + np.count_nonzero((others > own) & ~self.same[take])
        return found


def lessons_of(takes: TaughtTakes, snapshot: Snapshot, ear: Ear) -> Lessons:
    """What the takes say, among the sounds of a library.

    Args:
        takes: The takes; those that cannot be heard any more are left out.
        snapshot: The state of the library's index.
        ear: The model's.

    Raises:
        LibraryError: The takes or the index cannot be read.
    """
    pool = Pool.of(snapshot)
    width = pool.rows.shape[1]
    kept, queries, targets, same, unheard = [], [], [], [], []
    for take in takes.all():
        try:
            query = ear.query(takes.imitation(take))
            target, ids = _target(take, takes, snapshot, ear)
        except MenuraError as error:
            unheard.append((take, str(error)))
            continue
        kept.append(take)
        queries.append(query)
        targets.append(target)
        same.append(np.isin(pool.sound_ids, ids))
    numbers: dict[tuple[str, str], int] = {}
    sounds = [numbers.setdefault(take.sound, len(numbers)) for take in kept]
    return Lessons(
        tuple(kept),
        np.array(queries, np.float32).reshape(-1, width),
        np.array(sounds, np.intp),
        tuple(targets),
        pool,
        np.array(same, bool).reshape(-1, len(pool.sound_ids)),
        ear.bundle.window_correction,
        tuple(unheard),
    )


def sounds_taught(takes: Sequence[TaughtTake], snapshot: Snapshot) -> list[int | None]:
    """The id in a library of the sound of each take; None where the library has it no more."""
    return [_known_id(take, snapshot) for take in takes]


def _target(
    take: TaughtTake, takes: TaughtTakes, snapshot: Snapshot, ear: Ear
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The windows of a take's sound, and the ids of it and its twins in the library."""
    sound_id = _known_id(take, snapshot)
    if sound_id is None:
        return ear.windows(takes.recording(take)), np.empty(0, np.int64)
    sound = snapshot.sound(sound_id)
    assert sound is not None  # the snapshot stays as it is
    ids = np.array([sound_id], np.int64)
    twins = snapshot.table.twins
    return rows_of(snapshot.table, sound), ids if twins is None else twins.with_twins(ids)


def _known_id(take: TaughtTake, snapshot: Snapshot) -> int | None:
    if not take.path or take.library != str(snapshot.identity.folder):
        return None
    for sound_id in snapshot.named([take.path]).tolist():
        sound = snapshot.sound(sound_id)
        if sound is None or sound_id not in snapshot.table.sound_ids:  # absent, as on a disk that is away
            continue
        if AskedSound(take.library, take.path, sound.sha256, _NOTHING).recording == take.recording:
            return int(sound_id)
    return None


def _key(file: Path) -> tuple[str, int, int]:
    status = file.stat()
    return str(file), status.st_size, status.st_mtime_ns
