"""A server of archives, which can be asked for parts of them."""

import pytest

from range_server import serving_ranges


@pytest.fixture
def server():
    with serving_ranges() as server:
        yield server
