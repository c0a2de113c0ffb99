"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

from browser import chromium, playwright  # noqa: F401  # fixtures, found here by pytest
from bundles import random_bundle, random_bundle_folder  # noqa: F401
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

SHARED_DATA = Path(__file__).parents[1] / ".." / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", help="keep the tests' pictures of the page in this folder")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, or a skip that says where it is looked for."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the folder of real recordings at {SHARED_DATA.resolve()}")
    return SHARED_DATA.resolve()
