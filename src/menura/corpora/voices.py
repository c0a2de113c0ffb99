"""Folders of real people's voices, and which of the people no training may hear.

A folder is a person: letters, syllables, words or announcements in one language, or noises of the mouth. Who reads one
list of words in a language may well read another, so people are kept apart by language. `talon-noise` is kept apart
whole: its noises have names, by which a model can be measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from menura.audio.kinds import AUDIO_SUFFIXES
from menura.corpora.recordings import Split
from menura.errors import DataError, UsageError

NOISES = "talon-noise"
"""The person whose mouth noises are named: hiss, pop, motorcycle ..."""

HELD_OUT_LANGUAGES = frozenset({"ca", "da", "el", "he", "hu", "lt", "pt", "pt_br", "sl"})
VALIDATION_LANGUAGES = frozenset({"gl", "uk", "wa"})


@dataclass(frozen=True)
class Speaker:
    """One person's clips, in order, with the language that is spoken ('' for mouth noises) and the split."""

    name: str
    language: str
    clips: tuple[Path, ...]
    split: Split


def load_speakers(folder: Path, split: Split | None = None) -> list[Speaker]:
    """The people in a folder of voices, by name.

    Args:
        folder: Holds one sub-folder a person, named SOURCE-LANGUAGE.
        split: Only these people; None for everybody.

    Raises:
        UsageError: No such folder.
        DataError: Nobody of that split is there.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder with one sub-folder a person")
    speakers = [_speaker(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    chosen = [speaker for speaker in speakers if speaker.clips and split in {None, speaker.split}]
    if not chosen:
        raise DataError(f"{folder}: no voices{'' if split is None else f' for {split}'} in folders SOURCE-LANGUAGE")
    return chosen


def _speaker(folder: Path) -> Speaker:
    clips = tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in AUDIO_SUFFIXES))
    language = "" if folder.name == NOISES else folder.name.partition("-")[2]
    return Speaker(folder.name, language, clips, _split(folder.name, language))


def _split(name: str, language: str) -> Split:
    if name == NOISES or language in HELD_OUT_LANGUAGES:
        return Split.HELD_OUT
    return Split.VALIDATION if language in VALIDATION_LANGUAGES else Split.TRAIN
