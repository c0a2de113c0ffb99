"""The Free Spoken Digit Dataset: real people who say the ten digits (Jackson et al.).

`DIGIT_SPEAKER_TAKE.wav`, 8 kHz. Of its speakers, some may be heard in training; the others are kept for the yardstick.
"""

from __future__ import annotations

import re
from pathlib import Path

from menura.corpora.classes import ClassCatalogue, Clip, collect
from menura.errors import DataError, UsageError

TRAINING_SPEAKERS = ("george", "jackson")
"""Whoever else speaks there, no training of ours has heard."""

_NAME = re.compile(r"(\d)_([a-z]+)_\d+\.wav")


def load_fsdd(folder: Path, speakers: tuple[str, ...] | None = TRAINING_SPEAKERS) -> ClassCatalogue:
    """The digits that some people say; a class is a digit.

    Args:
        folder: The folder with `recordings/`.
        speakers: Whose; None for everybody's.

    Raises:
        UsageError: No such folder.
        DataError: No recording of these speakers is there.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of the Free Spoken Digit Dataset")
    clips = []
    for path in (folder / "recordings").glob("*.wav"):
        named = _NAME.fullmatch(path.name)
        if named and (speakers is None or named[2] in speakers):
            clips.append(Clip(path, named[1], speaker=named[2]))
    if not clips:
        whose = "" if speakers is None else f" of {' and '.join(speakers)}"
        raise DataError(f"{folder}: no recordings{whose} named DIGIT_SPEAKER_TAKE.wav in recordings/; get it again")
    return collect("FSDD", folder, clips)
