"""Bundles that know three kinds: those whose first number is high, low, and whose second is wide of zero."""

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from bundles import resign
from indexes import contents
from menura import Library

STATED = [
    {"name": "high", "words": [], "threshold": 0.8},
    {"name": "low", "words": ["deep", "far below"], "threshold": 0.4},
    {"name": "wide", "words": [], "threshold": 0.9},
]


def kind_tensors(first: float = 1.0, centre: float = 0.0) -> dict[str, np.ndarray]:
    """Weights that say so: of the first number less `centre`, times `first`."""
    hidden = np.zeros((4, 108), np.float32)
    hidden[:2, 0] = (first, -first)
    hidden[2:, 1] = (first, -first)
    bias = np.array([-first * centre, first * centre, 0, 0], np.float32)
    weight = np.array([[4, -4, 0, 0], [-4, 4, 0, 0], [0, 0, 4, 4]], np.float32)
    return {"hidden_weight": hidden, "hidden_bias": bias, "weight": weight, "bias": np.full(3, -8, np.float32)}


def put_kinds(folder: Path, first: float = 1.0, centre: float = 0.0) -> Path:
    """Give a bundle these kinds."""
    save_file(kind_tensors(first, centre), folder / "kinds.safetensors")
    resign(folder, "kinds.safetensors")
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | {"kinds": STATED}))
    return folder


def copy_that_tells_halves(bundle: Path, sounds: Path, home: Path) -> Path:
    """A copy of a bundle, in `home`, by which about half of these sounds are "high" and the others "low"."""
    with Library.open(sounds, bundle, home / "other data") as library:
        library.index()
        firsts = [rows[:, 0].mean() for rows in contents(library).values()]
    return put_kinds(shutil.copytree(bundle, home / "model"), 100_000, float(np.median(firsts)))
