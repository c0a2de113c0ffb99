"""The front end of mn04 is its definition's, and that of a sound put through the original."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from menura.audio.features import band_of, log_mel, mel_centres_hz, mel_filterbank, network_input
from menura.audio.kaldi import kaldi_input
from menura.specs import mn04_front_end

SPEC = mn04_front_end(3.0)
SHORT = mn04_front_end(0.5)


def as_defined(samples, spec):
    """The definition, frame by frame and band by band, in double precision."""
    clip = np.zeros(spec.n_samples)
    clip[: min(len(samples), spec.n_samples)] = samples[: spec.n_samples]
    n_heard = min(len(samples), spec.n_samples)
    emphasised = np.zeros(spec.n_samples + 2 * 1_024)
    for n in range(n_heard - 1):
        emphasised[1_024 + n] = clip[n + 1] - 0.97 * clip[n]
    window = np.zeros(1_024)
    window[112:912] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 799)

    def mel(hz):
        return 1_127 * np.log(1 + hz / 700)

    edges = np.linspace(mel(0), mel(15_000), 130)
    bins = mel(np.arange(513) * 31.25)
    levels = np.empty((128, spec.n_frames))
    for frame in range(spec.n_frames):
        centre = 1_024 + frame * 320
        power = np.abs(np.fft.rfft(emphasised[centre - 512 : centre + 512] * window)) ** 2
        for band in range(128):
            levels[band, frame] = power @ np.interp(bins, edges[band : band + 3], [0, 1, 0])
    return (np.log(levels + 1e-5) + 4.5) / 5


def test_a_real_sound_is_heard_as_by_the_original(mn04_reference):
    heard = kaldi_input(mn04_reference["samples"], SPEC)
    assert heard.shape == (128, 300)
    np.testing.assert_allclose(heard, mn04_reference["log_mel"], atol=1e-4, rtol=0)


def cases():
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, SHORT.n_samples).astype(np.float32)
    click = np.zeros(SHORT.n_samples, np.float32)
    click[5_000] = 1
    return {
        "noise": noise,
        "click": click,
        "sine": (0.5 * np.sin(np.arange(SHORT.n_samples) * 0.3)).astype(np.float32),
        "very quiet": 1e-4 * noise,
        "shorter": noise[:777],
        "longer": np.concatenate([noise, noise[:1_000]]),
        "one sample longer": np.concatenate([noise, noise[:1]]),
        "two samples": noise[:2],
        "one sample": noise[:1],
        "no sample": noise[:0],
        "double precision": noise.astype(np.float64),
    }


@pytest.mark.parametrize("case", cases())
def test_any_clip_is_heard_as_defined(case):
    samples = cases()[case]
    np.testing.assert_allclose(kaldi_input(samples, SHORT), as_defined(samples, SHORT), atol=1e-4, rtol=0)


@pytest.mark.parametrize("duration_s", [0.5, 1.0, 3.0, 4.0])
def test_frames_are_ten_milliseconds(duration_s):
    spec = mn04_front_end(duration_s)
    assert (spec.hop_s, spec.n_frames) == (0.01, round(100 * duration_s))
    heard = network_input(np.ones(spec.n_samples, np.float32), spec)
    assert (heard.shape, heard.dtype) == (spec.shape, np.float32)


def test_silence_is_one_level():
    heard = network_input(np.zeros(SPEC.n_samples, np.float32), SPEC)
    assert (heard == heard[0, 0]).all()
    assert SPEC.silence == pytest.approx(float(heard[0, 0]), abs=1e-6)
    assert SPEC.silence == pytest.approx(-1.402585, abs=1e-6)
    assert not log_mel(np.zeros(SPEC.n_samples, np.float32), SPEC).any()


def test_the_first_frames_are_those_of_the_clip_cut_short():
    noise = np.random.default_rng(0).uniform(-1, 1, SPEC.n_samples).astype(np.float32)
    part = kaldi_input(noise, SHORT)[:, :48]
    np.testing.assert_allclose(kaldi_input(noise, SPEC)[:, :48], part, atol=1e-6)


def test_loudness_is_heard():
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, SHORT.n_samples).astype(np.float32)
    louder = kaldi_input(10 * noise, SHORT)[64:] - kaldi_input(noise, SHORT)[64:]  # far above the floor
    np.testing.assert_allclose(louder, np.log(100) / 5, atol=1e-3)


def test_pictures_are_in_decibels_below_the_loudest():
    noise = np.random.default_rng(0).uniform(-1, 1, SHORT.n_samples).astype(np.float32)
    power = np.exp(5 * as_defined(noise, SHORT) - 4.5)
    np.testing.assert_allclose(log_mel(noise, SHORT), 10 * np.log10(power / power.max()), atol=1e-3)
    narrow = log_mel(noise, replace(SHORT, dynamic_range_db=6.0))
    assert (narrow.min(), narrow.max()) == (-6, 0)


def test_bands_have_height_one_and_stand_evenly_in_mel():
    bank = mel_filterbank(SPEC)
    assert bank.shape == (128, 513)
    assert bank[64:].max(axis=1).min() > 0.5 and bank.max() <= 1
    covered = bank.sum(axis=0)[1:466]  # where two neighbours overlap, their weights add up to 1
    np.testing.assert_allclose(covered, 1, atol=1e-6)
    centres_hz = mel_centres_hz(SPEC)
    np.testing.assert_allclose([band_of(hz, SPEC) for hz in centres_hz], np.arange(128), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(arrays(np.float32, st.integers(0, 3_000), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_any_finite_sound_gives_a_finite_input(samples):
    assert np.isfinite(network_input(samples, SHORT)).all()
    assert ((log_mel(samples, SHORT) >= -80) & (log_mel(samples, SHORT) <= 0)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(value):
    samples = np.zeros(1_000, np.float32)
    samples[500] = value
    with pytest.raises(ValueError, match="not finite"):
        network_input(samples, SHORT)


RELATIVE = mn04_front_end(0.5, loudest=1.8)


def test_in_relative_loudness_a_clip_is_the_same_at_any_volume():
    fading = np.random.default_rng(0).uniform(-1, 1, SHORT.n_samples) * np.geomspace(1, 1e-6, SHORT.n_samples)
    levels = kaldi_input(fading, RELATIVE)
    for gain in (1e-3, 0.03, 4.0):
        np.testing.assert_allclose(kaldi_input(gain * fading, RELATIVE), levels, atol=1e-3)
    assert float(levels.max()) == pytest.approx(1.8, abs=1e-5)
    assert float(levels.min()) == pytest.approx(RELATIVE.silence, abs=1e-5)
    assert RELATIVE.silence == pytest.approx(1.8 - 6 * np.log(10) / 5)


def test_relative_levels_are_the_absolute_ones_moved_and_cut_off():
    noise = np.random.default_rng(0).uniform(-1, 1, SHORT.n_samples).astype(np.float32)
    absolute = kaldi_input(noise, SHORT)
    moved = np.maximum(absolute - absolute.max() + np.float32(1.8), np.float32(RELATIVE.silence))
    np.testing.assert_allclose(kaldi_input(noise, RELATIVE), moved, atol=1e-3)


@pytest.mark.parametrize("samples", [np.zeros(16_000, np.float32), np.zeros(0, np.float32), np.full(9, 1e-8)])
def test_what_is_silent_is_silence_in_relative_loudness(samples):
    np.testing.assert_allclose(kaldi_input(samples, RELATIVE), RELATIVE.silence, atol=1e-6)
    assert not log_mel(samples, RELATIVE).any()
