"""A small library and a query, for a call of the command line."""

import pytest

from cli_calls import write_sounds, write_tone


@pytest.fixture
def sounds(tmp_path):
    return write_sounds(tmp_path / "sounds")


@pytest.fixture
def hum(tmp_path):
    return write_tone(tmp_path / "hum.wav", 440)
