"""A loudspeaker that plays the sound is told from a voice that imitates it."""

import numpy as np
import pytest

from menura.audio.playback import RATE_HZ, is_playback, playback_peak
from menura.simulate import simulate_imitation
from menura.simulate.microphone import record


@pytest.fixture(scope="module")
def bark():
    """A noise that swells, with a tone in it."""
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE_HZ) / RATE_HZ
    sound = (rng.normal(0, 0.3, RATE_HZ) + np.sin(2 * np.pi * 700 * time_s)) * np.exp(-((time_s - 0.4) ** 2) / 0.02)
    return (0.4 * sound).astype(np.float32)


def test_what_a_loudspeaker_played_is_heard_in_any_room(bark):
    for seed in range(5):
        take = record(np.concatenate([np.zeros(3_000, np.float32), bark]), RATE_HZ, np.random.default_rng(seed))
        assert is_playback(take, bark)


def test_an_imitation_is_none(bark):
    for seed in range(5):
        assert not is_playback(simulate_imitation(bark, RATE_HZ, seed), bark)


def test_another_sound_and_silence_are_none(bark):
    assert not is_playback(np.random.default_rng(5).normal(0, 0.1, 20_000).astype(np.float32), bark)
    assert playback_peak(np.zeros(1_000, np.float32), bark) == 0.0
