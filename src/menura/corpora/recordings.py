"""Folders of real recordings to train a model on, and which of them no training may see.

`load_recordings` reads a data folder with one sub-folder a corpus, as `TRAINING_CORPORA` lists them. The recordings
held out are ESC-10's published fold 5 and a seeded fifth of every other corpus; a seeded tenth of the rest is set aside
to watch a training by. The split is by source recording: every imitation of a sound is on the side of its sound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from menura.audio.kinds import AUDIO_SUFFIXES
from menura.corpora.esc import esc10_fold
from menura.corpora.layout import held_by
from menura.corpora.registry import CORPORA
from menura.errors import DataError, UsageError

ESC10_HELD_OUT_FOLD = 5


class Split(StrEnum):
    """What a recording may be used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    HELD_OUT = "held out"


@dataclass(frozen=True)
class Recording:
    """One recording: its file, corpus folder, label (class, instrument or kind of effect) and split."""

    path: Path
    corpus: str
    label: str
    split: Split


TRAINING_CORPORA = tuple(
    CORPORA[name] for name in ("esc10", "sonic-pi", "philharmonia", "freedoom", "minetest", "kenney")
)

VOICES = CORPORA["fsdd"]
"""Real people's speech; no recording of it is a sound to be found."""


def load_recordings(data: Path, seed: int) -> list[Recording]:
    """Every recording under `data`, in a fixed order, with its split.

    Args:
        data: The folder that holds the corpora's folders; those that are absent are left out.
        seed: Decides the split; the same files and seed give the same split.

    Raises:
        UsageError: There is no such folder.
        DataError: None of the corpora is there.
    """
    recordings: list[Recording] = []
    for corpus in TRAINING_CORPORA:
        root = data / corpus.folder
        paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
        splits = _esc10_splits(paths, seed) if corpus.folder == "esc10" else _seeded_splits(len(paths), 0.2, seed)
        recordings += [
            Recording(path, corpus.folder, _label(corpus.folder, path), split)
            for path, split in zip(paths, splits, strict=True)
        ]
    if not recordings:
        folders = ", ".join(corpus.folder for corpus in TRAINING_CORPORA)
        if not data.is_dir():
            raise UsageError(f"{data}: no such folder; name one with at least one of the folders {folders}")
        raise DataError(f"{data}: no recordings here; expected at least one of the folders {folders}; {held_by(data)}")
    return recordings


def _esc10_splits(paths: list[Path], seed: int) -> list[Split]:
    rest = iter(_seeded_splits(sum(esc10_fold(path) != ESC10_HELD_OUT_FOLD for path in paths), 0.0, seed))
    return [Split.HELD_OUT if esc10_fold(path) == ESC10_HELD_OUT_FOLD else next(rest) for path in paths]


def _seeded_splits(n: int, held_out: float, seed: int) -> list[Split]:
    order = np.random.default_rng(seed).permutation(n)
    n_held_out = round(held_out * n)
    n_validation = round(0.1 * (n - n_held_out))
    splits = [Split.TRAIN] * n
    for index in order[:n_held_out]:
        splits[index] = Split.HELD_OUT
    for index in order[n_held_out : n_held_out + n_validation]:
        splits[index] = Split.VALIDATION
    return splits


def _label(corpus: str, path: Path) -> str:
    """What kind of sound a file holds, read off its name as its corpus names things."""
    match corpus:
        case "esc10":
            return path.parent.name.partition(" - ")[2]
        case "philharmonia":
            return path.parent.name
        case "sonic-pi":
            return path.stem.partition("_")[0]
        case _:
            return plain_label(path)


def plain_label(path: Path) -> str:
    """A file's name without the number that tells it from others of its kind."""
    return re.sub(r"[._-]?\d+$", "", path.stem)
