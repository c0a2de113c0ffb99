"""The Vocal Imitation Set (Kim, Ghei, Pardo and Duan, DCASE 2018): 302 classes of AudioSet, several recordings of each.

In each class one recording, the reference, was imitated; the others are there to be mistaken for it, which is what
fine-grained search is measured by. Names begin with three digits, the class:

    original_recordings/reference/NNN*.wav             one a class
    original_recordings/non_reference/NNN*/*.wav       some ten a class
    vocal_imitations/NNN*.wav, or vocal_imitations/included/NNN*.wav

Zenodo 1340763. Laid out as the code of Greif et al. (DCASE 2024) reads it.
"""

from __future__ import annotations

from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import corpus_root

NAME = "Vocal Imitation Set"
MARKER = "original_recordings/reference"
_CLASS_DIGITS = 3


def load_vocal_imitation_set(folder: Path) -> Catalogue:
    """All imitations and all recordings of their classes; a sound's id is its path below `original_recordings`.

    Args:
        folder: The folder with `original_recordings/` and `vocal_imitations/`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: No pair is complete.
    """
    root = corpus_root(folder, MARKER)
    home = root / "original_recordings"
    references = {_class(path.name): _id(path, home) for path in sorted((home / "reference").glob("*.wav"))}
    others = sorted((home / "non_reference").glob("*/*.wav"))
    sounds = [Sound(sound_id, home / sound_id, label, NAME) for label, sound_id in references.items()]
    sounds += [Sound(_id(path, home), path, _class(path.parent.name), NAME) for path in others]
    takes = root / "vocal_imitations"
    included = takes / "included" if (takes / "included").is_dir() else takes
    imitations = [
        Imitation(path.name, path, references[_class(path.name)])
        for path in sorted(included.glob("*.wav"))
        if _class(path.name) in references
    ]
    return pair(NAME, root, sounds, imitations, ranked_within_category=False, keep_unimitated=True)


def _class(name: str) -> str:
    return name[:_CLASS_DIGITS]


def _id(path: Path, home: Path) -> str:
    return path.relative_to(home).as_posix()
