"""Loudness is that of the recommendation, and of what is heard."""

import numpy as np
import pytest
from scipy.signal import sosfilt, sosfreqz

from menura.audio.loudness import SILENT_LUFS, _filtered, _k_weighting, loudness_lufs


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz).astype(np.float32)


def test_the_filters_are_those_of_the_recommendation():
    """BS.1770-5, tables 1 and 2: the coefficients at 48 kHz."""
    shelf, high_pass = _k_weighting(48_000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585], abs=1e-6
    )
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-6)
    at_hz = np.array([60.0, 997.0, 10_000.0])
    for rate_hz in (32_000, 44_100, 96_000):
        _, wanted = sosfreqz(_k_weighting(48_000), at_hz, fs=48_000)
        _, found = sosfreqz(_k_weighting(rate_hz), at_hz, fs=rate_hz)
        assert 20 * np.log10(np.abs(found)) == pytest.approx(20 * np.log10(np.abs(wanted)), abs=0.3)


@pytest.mark.parametrize(("rate_hz", "n"), [(50, 40), (2_000, 3_000), (44_100, 30_000), (96_000, 200_001)])
def test_filtering_is_scipys(rate_hz, n):
    noise = np.random.default_rng(0).uniform(-1, 1, (n, 2)).astype(np.float32)
    sections = _k_weighting(rate_hz)
    np.testing.assert_allclose(_filtered(noise, sections, rate_hz), sosfilt(sections, noise, axis=0), atol=1e-6)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
def test_a_tone_of_full_scale_has_the_loudness_that_the_recommendation_says(rate_hz):
    """-3.01 LKFS at 997 Hz in one of two channels; from both speakers it is 3.01 dB more, in one file or two."""
    mono = tone(997, rate_hz)
    silent = np.zeros_like(mono)
    assert loudness_lufs(np.stack([mono, silent], axis=1), rate_hz) == pytest.approx(-3.01, abs=0.05)
    assert loudness_lufs(np.stack([mono, mono], axis=1), rate_hz) == pytest.approx(0.0, abs=0.05)
    assert loudness_lufs(mono, rate_hz) == pytest.approx(0.0, abs=0.05)
    assert loudness_lufs(0.1 * mono, rate_hz) == pytest.approx(-20.0, abs=0.05)


def test_a_tail_makes_nothing_softer_and_a_click_is_softer_than_what_lasts():
    hit = 0.5 * tone(500, 44_100, 0.4)
    with_tail = np.concatenate([hit, np.zeros(3 * 44_100, np.float32)])
    assert loudness_lufs(with_tail, 44_100) == pytest.approx(loudness_lufs(hit, 44_100), abs=0.2)
    click = 0.5 * tone(500, 44_100, 0.04)
    assert loudness_lufs(click, 44_100) == pytest.approx(loudness_lufs(hit, 44_100) - 10, abs=0.7)


def test_silence_and_odd_rates():
    assert loudness_lufs(np.zeros(0, np.float32), 44_100) == SILENT_LUFS
    assert loudness_lufs(np.zeros(5_000, np.float32), 44_100) == SILENT_LUFS
    assert np.isfinite(loudness_lufs(tone(300, 2_000), 2_000))
    assert np.isfinite(loudness_lufs(np.ones((40, 5), np.float32), 50))
