"""A model bundle with random weights and small sounds, for tests of all that searches and does not care how well."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from menura.model.bundle import Bundle
from menura.network.iminet import IMINET
from menura.training.export import export_bundle


def random_network(seed: int = 0) -> IMINET:
    """The network with random weights."""
    torch.manual_seed(seed)
    return IMINET().eval()


@pytest.fixture(scope="session")
def random_bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported `random_network()`; read-only by agreement, so copy it to damage it."""
    folder = tmp_path_factory.mktemp("models") / "random"
    return export_bundle(random_network(), folder, name="random", training={}, scores={})


@pytest.fixture(scope="session")
def random_bundle(random_bundle_folder: Path) -> Bundle:
    """The same bundle, loaded."""
    return Bundle.load(random_bundle_folder)


def write_sound(path: Path, seed: int = 0, *, duration_s: float = 0.3, rate_hz: int = 44_100) -> Path:
    """Write a noise with a slow pulse, another one for each seed, in the format of the path's suffix."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    sound = rng.normal(0, 0.1, len(time_s)) * np.sin(2 * np.pi * rng.uniform(0.5, 4) * time_s)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate_hz)
    return path


def edit_card(folder: Path, **values: object) -> None:
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | values))


def resign(folder: Path, name: str) -> None:
    """Make `model.json` vouch for what a file now holds, so that the hash does not hide the deeper check."""
    card = json.loads((folder / "model.json").read_text())
    card["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(card))


def clips(n: int, n_samples: int) -> list[np.ndarray]:
    return list(np.random.default_rng(n).normal(0, 0.1, (n, n_samples)).astype(np.float32))
