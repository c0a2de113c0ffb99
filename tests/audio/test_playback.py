"""A take in which the sound itself is heard is told from one that imitates it."""

from itertools import pairwise

import numpy as np
import pytest
import soxr

from menura.audio.files import read_audio
from menura.audio.playback import RATE_HZ as PLAYBACK_HZ
from menura.audio.playback import is_playback
from menura.simulate import simulate_imitation

RATE_HZ = 44_100


def clip(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    return soxr.resample(samples, rate_hz, PLAYBACK_HZ).astype(np.float32)


def in_a_room(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """From a dull loudspeaker through a room with an echo into a microphone of another rate, late and noisy."""
    dull = np.convolve(sound, np.hanning(9) / np.hanning(9).sum())
    echo = rng.normal(0, 1, round(0.3 * RATE_HZ)) * np.exp(-np.arange(round(0.3 * RATE_HZ)) / (0.05 * RATE_HZ))
    echo *= 0.5 / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    n = len(dull) + len(echo) - 1
    heard = np.fft.irfft(np.fft.rfft(dull, n) * np.fft.rfft(echo, n), n)
    heard = np.concatenate([np.zeros(round(0.4 * RATE_HZ)), 0.2 * heard])
    heard += rng.normal(0, 0.05 * np.sqrt((heard**2).mean()), len(heard))
    heard = soxr.resample(heard, RATE_HZ * 1.0001, 48_000)  # the clocks of two sound cards
    return clip(heard, 48_000)


@pytest.fixture(scope="module")
def sounds(real_clips):
    return [read_audio(path, RATE_HZ, duration_s=4.0) for path in real_clips]


def test_a_loudspeaker_is_heard(sounds):
    rng = np.random.default_rng(0)
    for sound in sounds:
        assert is_playback(clip(sound, RATE_HZ), clip(sound, RATE_HZ))
        assert is_playback(in_a_room(sound, rng), clip(sound, RATE_HZ))


def test_an_imitation_is_none(sounds):
    for seed in range(3):
        for sound in sounds:
            take = clip(simulate_imitation(sound, RATE_HZ, seed), 16_000)
            assert not is_playback(take, clip(sound, RATE_HZ))


def test_another_sound_is_none(sounds):
    for sound, other in pairwise(sounds):
        assert not is_playback(in_a_room(other, np.random.default_rng(1)), clip(sound, RATE_HZ))


def test_a_hum_of_the_pitch_of_a_tone_is_none():
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 220 * time_s) + 0.5 * np.sin(2 * np.pi * 440 * time_s)
    wavering = 2 * np.pi * 220 * time_s + 0.8 * np.sin(2 * np.pi * 5 * time_s)
    rng = np.random.default_rng(2)
    hum = np.sin(wavering) + 0.3 * np.sin(2 * wavering) + rng.normal(0, 0.01, len(time_s))
    assert not is_playback(clip(hum.astype(np.float32), RATE_HZ), clip(tone.astype(np.float32), RATE_HZ))


def test_silence_is_none(sounds):
    assert not is_playback(clip(np.zeros(8_000, np.float32), 16_000), clip(sounds[0], RATE_HZ))
