"""The recordings that a training hears, for its model to carry: see `menura.model.heard`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from menura.corpora.fsdd import load_fsdd
from menura.corpora.recordings import VOICES, Recording, Split
from menura.corpora.voices import load_speakers
from menura.inputs.digest import content_digests
from menura.model.heard import CHOSEN, TRAINED, Heard


def heard_files(trained: Iterable[Path], chosen: Iterable[Path], cache: Path) -> Heard:
    """The hashes of the files that a model was trained on, and of those it was chosen and calibrated by."""
    return Heard.of(
        {
            TRAINED: content_digests(list(trained), cache),
            CHOSEN: content_digests(list(chosen), cache),
        }
    )


def heard_by_default(recordings: Sequence[Recording], voices: Path, cache: Path) -> Heard:
    """What the default model hears: the recordings that are not held out, and the people that its mosaics are made of.

    Args:
        recordings: With their splits.
        voices: The folder of people; it may be absent.
        cache: Where digests of contents are kept.
    """
    spoken = load_speakers(voices, Split.TRAIN) if voices.is_dir() else []
    clips = [clip for person in spoken for clip in person.clips]
    return heard_files([*_of(recordings, Split.TRAIN), *clips], _of(recordings, Split.VALIDATION), cache)


def heard_by_recipe(
    recordings: Sequence[Recording], data: Path, *, environment: bool, speech: bool, cache: Path
) -> Heard:
    """What a recipe for the paper's towers hears, its pre-trainings on ESC-10 and on speech included.

    Args:
        recordings: With their splits.
        data: The folder of corpora.
        environment: Whether the recording tower was pre-trained.
        speech: Whether real people's speech was heard.
        cache: Where digests of contents are kept.
    """
    pretrained = [r.path for r in recordings if r.corpus == "esc10" and r.split is not Split.HELD_OUT]
    folder = data / VOICES.folder
    clips = [clip.path for clip in load_fsdd(folder).clips] if speech and folder.is_dir() else []
    trained = [*_of(recordings, Split.TRAIN), *(pretrained if environment else ()), *clips]
    return heard_files(trained, _of(recordings, Split.VALIDATION), cache)


def _of(recordings: Sequence[Recording], split: Split) -> list[Path]:
    return [recording.path for recording in recordings if recording.split is split]
