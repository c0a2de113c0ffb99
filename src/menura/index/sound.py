"""A sound: what an index has of it, and what a search finds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.audio.walk import Stamp

COLUMNS = "id, path, duration_s, size, mtime_ns, sha256, first_row, n_rows"
"""The columns of the table `sounds` that make a `Sound`, in this order."""


class Music(NamedTuple):
    """What is sure of a sound: its pitch in Hz and its tempo in beats a minute; None where it is not."""

    pitch_hz: float | None = None
    tempo_bpm: float | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of a library, as its index has it.

    Attributes:
        id: Its number in the index, which another index of the same folder need not share.
        path: Where it is, relative to the library folder, with forward slashes.
        duration_s: Its length.
        stamp: Size and time of change of the file that was indexed.
        sha256: The hash of its content.
        first_row: The first of its rows among the projections.
        n_rows: How many rows it has, one a window.
        kinds: What kinds of sound it likely is, the surest first; an index does not hold them.
        music: Its pitch and tempo, as far as they were measured.
    """

    id: int
    path: str
    duration_s: float
    stamp: Stamp
    sha256: bytes = field(repr=False)
    first_row: int = field(repr=False, compare=False)  # a compaction changes it, and nothing else
    n_rows: int = field(repr=False)
    kinds: tuple[str, ...] = field(default=(), compare=False)
    music: Music = field(default=Music(), compare=False)

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Sound:
        """The sound of a row of `COLUMNS`."""
        sound_id, path, duration_s, size, changed_ns, *rest = row
        return cls(sound_id, os.fsdecode(path), duration_s, Stamp(size, changed_ns), *rest)

    @property
    def name(self) -> str:
        """The name of its file."""
        return PurePosixPath(self.path).name

    @property
    def folder(self) -> str:
        """The folder that it is in, relative to the library; "" for the library itself."""
        parent = PurePosixPath(self.path).parent
        return str(parent) if parent.parts else ""


def leaves_folder(path: str) -> bool:
    """Whether a path that should lie within a folder does not, as none does that an indexing found."""
    pure = PurePosixPath(path)
    return pure.is_absolute() or not pure.parts or ".." in pure.parts or "\0" in path


def packed_starts(starts_s: NDArray[np.float64]) -> bytes:
    """Where windows begin, in seconds, as the column `starts_s` keeps it: little-endian float64.

    Of a single window that begins with the file, as most short sounds have it, there is nothing to keep.
    """
    return starts_s.astype("<f8").tobytes() if starts_s.any() or len(starts_s) > 1 else b""


def unpacked_starts(found: object, sound: Sound) -> NDArray[np.float64] | None:
    """(n,) where a sound's windows begin, from its column; None where that cannot be, as in a damaged index."""
    if found == b"" and sound.n_rows == 1:
        return np.zeros(1)
    if not isinstance(found, bytes) or len(found) != 8 * sound.n_rows:
        return None
    starts_s = np.frombuffer(found, "<f8")
    inside = starts_s[0] >= 0 and starts_s[-1] < sound.duration_s
    return starts_s if inside and (np.diff(starts_s) > 0).all() else None
