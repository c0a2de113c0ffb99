"""Fixtures that several test modules share."""

# ruff: noqa: E402
from side_by_side import arrange, cache_apart, keep_to_one_thread

keep_to_one_thread()
cache_apart()

from pathlib import Path

import numpy as np
import pytest

from browser import chromium, firefox, loudspeaker, playwright  # noqa: F401  # fixtures, found here by pytest
from bundles import random_bundle, random_bundle_folder  # noqa: F401
from menura.audio import containers, kinds
from one_process import in_one_process  # noqa: F401
from page_tools import (  # noqa: F401
    axe,
    hearing,
    npm_tools,
    pictures,
    served_menura,
    small_library,
    synthetic_library,
    voice,
)
from small_disk import small_disk  # noqa: F401

CLIPS = Path(__file__).with_name("clips")
SHARED_DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
SHARED_FIELD = Path(__file__).parents[1] / ".." / "shared" / "field"
SHARED_MN04 = Path(__file__).parents[1] / ".." / "shared" / "models" / "mn04_as"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", help="keep the tests' pictures of the page in this folder")


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    arrange(items)


@pytest.fixture(scope="session")
def real_clips() -> list[Path]:
    """The few real recordings that are kept with the tests: ten in FLAC, one of them in stereo, and one in WAV."""
    return sorted(path for path in CLIPS.iterdir() if path.suffix in {".flac", ".wav"})


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, or a skip that says where it is looked for."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the folder of real recordings at {SHARED_DATA.resolve()}")
    return SHARED_DATA.resolve()


@pytest.fixture(scope="session")
def shared_field() -> Path:
    """The folder of inputs as people report them, or a skip that says where it is looked for."""
    if not SHARED_FIELD.is_dir():
        pytest.skip(f"needs the folder of odd inputs at {SHARED_FIELD.resolve()}")
    return SHARED_FIELD.resolve()


@pytest.fixture
def without_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where PyAV is not installed."""
    for module in (kinds, containers):
        monkeypatch.setattr(module, "has_formats", lambda: False)


@pytest.fixture(scope="session")
def mn04_weights() -> Path:
    """mn04 as it was published, or a skip that says where it is looked for."""
    if not SHARED_MN04.is_dir():
        pytest.skip(f"needs the weights of mn04 at {SHARED_MN04.resolve()}")
    return SHARED_MN04.resolve() / "weights.safetensors"


@pytest.fixture(scope="session")
def mn04_reference(mn04_weights: Path) -> dict[str, np.ndarray]:
    """A sound put through the original of mn04: its samples, log-mel spectrogram, layers, embedding and logits."""
    with np.load(mn04_weights.parent / "reference.npz") as stored:
        return dict(stored)
