"""A model bundle with random weights and small sounds, for tests of all that searches and does not care how well."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from menura.network.iminet import IMINET
from menura.search.runtime import Bundle
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
