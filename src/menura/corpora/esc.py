"""ESC-50 and ESC-10 (Piczak, ACM MM 2015): environmental recordings of 5 s, 40 a class, in five published folds.

ESC-50 comes as `meta/esc50.csv` and `audio/`; ESC-10, ten of its classes under a freer licence, also by itself, a
folder a class.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from menura.audio.kinds import AUDIO_SUFFIXES
from menura.corpora.classes import ClassCatalogue, Clip, collect, fold_number
from menura.corpora.layout import corpus_root, held_by, read_rows
from menura.errors import DataError, UsageError

TABLE = "meta/esc50.csv"
CLASSES_OF_ESC10 = 10
CLIPS_A_CLASS = 40
ESC10_FOLDERS = "[0-9]* - *"


def load_esc50(folder: Path, *, esc10_only: bool = False) -> ClassCatalogue:
    """All clips with their published folds, 1 to 5.

    Args:
        folder: The folder with `meta/` and `audio/`, or the one above it.
        esc10_only: The ten classes of ESC-10 alone.

    Raises:
        UsageError: No such folder.
        DataError: The table or a column is missing, a fold is not a number, or no clip is there.
    """
    root = corpus_root(folder, TABLE)
    clips = [
        Clip(root / "audio" / row["filename"], row["category"], fold_number(root / TABLE, row["filename"], row["fold"]))
        for row in read_rows(root / TABLE, ("filename", "fold", "category", "esc10"))
        if not esc10_only or row["esc10"].lower() == "true"
    ]
    return collect("ESC-10" if esc10_only else "ESC-50", root, clips)


def load_esc10(folder: Path) -> ClassCatalogue:
    """ESC-10 as published by itself: `NNN - Class/FOLD-CLIPID-TAKE.ogg`.

    Args:
        folder: The folder with the ten class folders.

    Raises:
        UsageError: No such folder.
        DataError: No class folder, or a file whose name states no fold.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of ESC-10")
    paths = [path for path in folder.glob(f"{ESC10_FOLDERS}/*") if path.suffix.lower() in AUDIO_SUFFIXES]
    if not paths:
        raise DataError(
            f"{folder}: no folders like '001 - Dog bark' with clips here; {held_by(folder)}; name the folder of ESC-10"
        )
    clips = [Clip(path, path.parent.name.partition(" - ")[2], esc10_fold(path)) for path in paths]
    there = Counter(clip.label for clip in clips)
    missing = [
        f"{label}: {CLIPS_A_CLASS - n} of {CLIPS_A_CLASS} clips not on disk"
        for label, n in sorted(there.items())
        if n < CLIPS_A_CLASS
    ]
    if len(there) < CLASSES_OF_ESC10:
        missing.insert(0, f"classes not on disk: {CLASSES_OF_ESC10 - len(there)} of {CLASSES_OF_ESC10}")
    return collect("ESC-10", folder, clips, missing=missing)


def esc10_fold(path: Path) -> int:
    """The published cross-validation fold (1 to 5) of an ESC-10 file named FOLD-CLIPID-TAKE.ogg."""
    fold, _, _ = path.name.partition("-")
    if fold not in {"1", "2", "3", "4", "5"}:
        raise DataError(f"{path}: an ESC-10 file is named FOLD-CLIPID-TAKE with FOLD from 1 to 5; get the corpus again")
    return int(fold)
