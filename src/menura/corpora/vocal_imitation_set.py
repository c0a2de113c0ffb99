"""The Vocal Imitation Set (Kim, Ghei, Pardo and Duan, DCASE 2018): 302 classes of AudioSet, several recordings of each.

In each class one recording, the reference, was imitated; the others are there to be mistaken for it, which is what
fine-grained search is measured by. The names of recordings and of their folders begin with three digits, the class:

    vocal_imitations.txt                               separated by tabs
    original_recordings/reference/NNN*.wav             one a class
    original_recordings/non_reference/NNN*/*.wav       the others
    vocal_imitations/included/*.wav

Version 1.0 has `reference_recordings/` and `included/` instead, and no other recordings. The table says which
imitations count, those that are included and neither draft nor training. Its participants' numbers went through a
spreadsheet, which rounded them. Zenodo 1340763.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from menura.corpora.catalogue import Catalogue, Imitation, Sound, pair
from menura.corpora.layout import corpus_root, is_true, read_rows

NAME = "Vocal Imitation Set"
TABLE = "vocal_imitations.txt"

_REFERENCES = ("original_recordings/reference", "reference_recordings")
_OTHERS = "original_recordings/non_reference"
_IMITATIONS = ("vocal_imitations/included", "included")
_CLASS_DIGITS = 3
_DEPTHS = tuple(f"category_d{depth}" for depth in range(1, 7))
_COLUMNS = ("imitation_filename", "reference_filename", *_DEPTHS, "included", "draft", "training", "participant_id")


def load_vocal_imitation_set(folder: Path) -> Catalogue:
    """The imitations that count, and all recordings of their classes, in either version.

    A sound's id is its path in the corpus, its label the number and the name of its class, and its category AudioSet's
    topmost: several classes are called hiss.

    Args:
        folder: The folder with `vocal_imitations.txt`, or the one above it.

    Raises:
        UsageError: No such folder.
        DataError: The table or a column is missing, or no pair is complete.
    """
    root = corpus_root(folder, TABLE)
    references, takes = (_first_there(root, names) for names in (_REFERENCES, _IMITATIONS))
    sounds: dict[str, Sound] = {}
    imitations: list[Imitation] = []
    for row in read_rows(root / TABLE, _COLUMNS, delimiter="\t"):
        if not is_true(row["included"]) or is_true(row["draft"]) or is_true(row["training"]):
            continue
        name, original = row["imitation_filename"], row["reference_filename"]
        number, path = original[:_CLASS_DIGITS], [row[depth].strip() for depth in _DEPTHS if row[depth].strip()]
        imitated = f"{references}/{original}"
        sounds[number] = Sound(imitated, root / imitated, " ".join([number, *path[-1:]]), (path or [NAME])[0])
        imitations.append(Imitation(name, root / takes / name, imitated, row["participant_id"]))
    others = [
        replace(reference, id=path.relative_to(root).as_posix(), path=path)
        for path in sorted((root / _OTHERS).glob("*/*.wav"))
        if (reference := sounds.get(path.parent.name[:_CLASS_DIGITS]))
    ]
    return pair(NAME, root, [*sounds.values(), *others], imitations, ranked_within_category=False, keep_unimitated=True)


def _first_there(root: Path, folders: tuple[str, ...]) -> str:
    return next((folder for folder in folders if (root / folder).is_dir()), folders[0])
