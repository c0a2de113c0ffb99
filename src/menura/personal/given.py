"""A person's takes of the sounds of one library, for a training to learn from: those whose sound is still there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from menura.corpora.plain import TABLE
from menura.errors import UsageError
from menura.index.sound import leaves_folder
from menura.personal.takes import AskedSound, Clip, TaughtTake, TaughtTakes
from menura.personal.telling import FEWEST_SOUNDS

_NOTHING = Clip(np.empty(0, np.float32), 1)


@dataclass(frozen=True)
class GivenTake:
    """A take.

    Attributes:
        file: Where it is.
        sound: The path of its sound in the library, with forward slashes.
    """

    file: Path
    sound: str


def given_takes(folder: Path, library: Path) -> list[GivenTake]:
    """The takes of a folder whose sound is in a library, as it was when it was imitated.

    Args:
        folder: The takes, as `TaughtTakes` keeps them.
        library: The folder of sounds, resolved.

    Raises:
        UsageError: There are none, or they are of too few of the library's sounds.
        LibraryError: The table cannot be read.
    """
    takes = TaughtTakes(folder)
    if not (folder / TABLE).is_file():
        raise UsageError(
            f"{folder}: no takes here; the page of `menura serve` keeps those that are taught under /teach"
        )
    every = takes.all()
    found = [GivenTake(takes.imitation(take), take.path) for take in every if _is_there(take, library)]
    n_sounds, n_elsewhere = len({take.sound for take in found}), len(every) - len(found)
    if n_sounds < FEWEST_SOUNDS:
        others = f", and {n_elsewhere} takes of sounds that are not there as they were" if n_elsewhere else ""
        raise UsageError(
            f"{folder}: takes of {n_sounds} sounds of {library}{others}; "
            f"to learn from and to judge by, it takes {FEWEST_SOUNDS} sounds at least"
        )
    return found


def _is_there(take: TaughtTake, library: Path) -> bool:
    if not take.path or leaves_folder(take.path) or take.library != str(library):
        return False
    try:
        with (library / take.path).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return False
    return AskedSound(take.library, take.path, content, _NOTHING).recording == take.recording
