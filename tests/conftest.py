"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

from browser import chromium  # noqa: F401  # fixtures, found here by pytest
from bundles import random_bundle, random_bundle_folder  # noqa: F401

SHARED_DATA = Path(__file__).parents[1] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, or a skip that says where it is looked for."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the folder of real recordings at {SHARED_DATA.resolve()}")
    return SHARED_DATA.resolve()
