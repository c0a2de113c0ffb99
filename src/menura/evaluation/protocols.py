"""In which parts a corpus is ranked, and among which candidates, as published figures have it.

- `paper` (Zhang and Duan, section 3.3): the testing halves of several splits, each imitation among the recordings of
  its own category.
- `whole`: every imitation among all recordings, once.
- `qvim` (AES challenge 2025): the same; nDCG and class-wise MRR are by class, and `similarities.json` is what the
  challenge's evaluator reads.
- `folds` (Greif et al., DCASE 2024, coarse-grained): ten folds of recordings, each imitation among those of its
  fold; the figure is the mean over folds. Their folds are published with their code as `foldN/test.csv`, tab-separated,
  with the imitations' file names: name that folder. Without it ten folds are drawn, and the figures are not theirs.
- `fine` (the same, fine-grained): each imitation among the recordings of its own class alone; the figure is the mean
  over classes, each of which is a run. Recordings that nobody imitated are candidates too. A class with one recording
  has nothing to tell apart, and is left out. Their corpus is the Vocal Imitation Set.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from menura.corpora import vocal_imitation_set
from menura.corpora.catalogue import Catalogue
from menura.corpora.layout import held_by, read_rows
from menura.errors import DataError, UsageError

PROTOCOLS = ("paper", "whole", "qvim", "folds", "fine")
N_FOLDS = 10


def own_protocol(catalogue: Catalogue) -> str:
    """That by which the corpus's published figures are made."""
    if catalogue.name.startswith("QVIM"):
        return "qvim"
    if catalogue.name == vocal_imitation_set.NAME and catalogue.imitated != catalogue:
        return "fine"  # but for its first version, which has one recording of each class
    return "paper" if catalogue.ranked_within_category else "whole"


def parts_of(catalogue: Catalogue, protocol: str, *, runs: int, folds: Path | None = None) -> list[Catalogue]:
    """The parts that are ranked, one a run; each says whether it is ranked within categories.

    Args:
        catalogue: The corpus.
        protocol: One of `PROTOCOLS`.
        runs: How many splits, for `paper`.
        folds: The folder of published folds, for `folds`.

    Raises:
        UsageError: There is no such protocol.
        DataError: A fold has fewer than two recordings, or no class has several.
    """
    if protocol == "paper":
        within = replace(catalogue, ranked_within_category=True)
        return [within.split_half(run)[1] for run in range(runs)]
    if protocol in {"whole", "qvim"}:
        return [replace(catalogue, ranked_within_category=False)]
    if protocol == "folds":
        return _folds(replace(catalogue, ranked_within_category=False), folds)
    if protocol == "fine":
        return _classes(catalogue)
    raise UsageError(f"{protocol}: no such protocol; the names are {', '.join(PROTOCOLS)}")


def _folds(catalogue: Catalogue, folder: Path | None) -> list[Catalogue]:
    fold_of = _drawn_folds(catalogue) if folder is None else _published_folds(catalogue, folder)
    parts = [catalogue.of_sounds({sound for sound, fold in fold_of.items() if fold == n}) for n in range(N_FOLDS)]
    for number, part in enumerate(parts):
        if len(part.sounds) < 2:
            raise DataError(f"{catalogue.name}: fold {number} has {len(part.sounds)} recordings here; each needs two")
    return parts


def _drawn_folds(catalogue: Catalogue) -> dict[str, int]:
    order = np.random.default_rng(0).permutation(len(catalogue.sounds))
    return {catalogue.sounds[index].id: place % N_FOLDS for place, index in enumerate(order)}


def _published_folds(catalogue: Catalogue, folder: Path) -> dict[str, int]:
    """The fold of each sound whose imitations a fold's test set names; the others are in none."""
    files = [folder / f"fold{number}" / "test.csv" for number in range(N_FOLDS)]
    if absent := [file for file in files if not file.is_file()]:
        raise DataError(f"{folder}: {absent[0].relative_to(folder)} is not here; {held_by(folder)}")
    sound_of = {item.path.name: item.sound_id for item in catalogue.imitations}
    return {
        sound_of[name]: number
        for number, file in enumerate(files)
        for row in read_rows(file, ("filename", "scene_label"), delimiter="\t")
        if (name := Path(row["filename"]).name) in sound_of
    }


def _classes(catalogue: Catalogue) -> list[Catalogue]:
    """A part for each class that has several recordings."""
    ids: dict[str, set[str]] = {}
    for sound in catalogue.sounds:
        ids.setdefault(sound.label, set()).add(sound.id)
    parts = [
        part for label in sorted(ids) if len(ids[label]) > 1 and (part := catalogue.of_sounds(ids[label])).imitations
    ]
    if not parts:
        raise DataError(f"{catalogue.name}: no class has several recordings, so none is told from others of its kind")
    return [replace(part, ranked_within_category=False) for part in parts]
