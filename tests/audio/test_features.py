"""The log-mel spectrograms are librosa's, on real sounds and at the edges."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from menura.audio.features import log_mel, mel_filterbank, network_input
from menura.audio.files import read_audio
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END

FRONT_ENDS = pytest.mark.parametrize("spec", [IMITATION_FRONT_END, RECORDING_FRONT_END], ids=["imitation", "recording"])


def librosa_log_mel(samples, spec):
    clip = librosa.util.fix_length(samples[: spec.n_samples], size=spec.n_samples)
    power = librosa.feature.melspectrogram(
        y=clip,
        sr=spec.sample_rate_hz,
        n_fft=spec.frame_samples,
        hop_length=spec.hop_samples,
        n_mels=spec.n_mels,
        fmin=spec.f_min_hz,
        fmax=spec.f_max_hz,
        power=2.0,
    )
    return librosa.power_to_db(power[:, : spec.n_frames], ref=np.max, top_db=spec.dynamic_range_db)


@FRONT_ENDS
def test_real_recordings_agree_with_librosa(real_clips, spec):
    for path in real_clips:
        samples = read_audio(path, spec.sample_rate_hz)
        np.testing.assert_allclose(log_mel(samples, spec), librosa_log_mel(samples, spec), atol=1e-3, rtol=0)


def edge_cases(spec):
    n = spec.n_samples
    rng = np.random.default_rng(0)
    click = np.zeros(n, np.float32)
    click[n // 2] = 1
    return {
        "silence": np.zeros(n, np.float32),
        "dc": np.full(n, 0.5, np.float32),
        "one sample": np.array([0.7], np.float32),
        "no sample": np.zeros(0, np.float32),
        "click": click,
        "shorter": rng.uniform(-1, 1, n // 3).astype(np.float32),
        "longer": rng.uniform(-1, 1, 2 * n).astype(np.float32),
        "one sample longer": rng.uniform(-1, 1, n + 1).astype(np.float32),
        "very quiet": 1e-6 * rng.uniform(-1, 1, n).astype(np.float32),
        "very loud": 1e6 * rng.uniform(-1, 1, n).astype(np.float32),
    }


@FRONT_ENDS
@pytest.mark.parametrize("case", edge_cases(IMITATION_FRONT_END))
def test_edge_cases_agree_with_librosa(spec, case):
    samples = edge_cases(spec)[case]
    np.testing.assert_allclose(log_mel(samples, spec), librosa_log_mel(samples, spec), atol=1e-3, rtol=0)


@FRONT_ENDS
def test_the_filterbank_is_librosas(spec):
    expected = librosa.filters.mel(
        sr=spec.sample_rate_hz, n_fft=spec.frame_samples, n_mels=spec.n_mels, fmin=spec.f_min_hz, fmax=spec.f_max_hz
    )
    np.testing.assert_allclose(mel_filterbank(spec), expected, atol=1e-8)


@FRONT_ENDS
def test_shapes_and_ranges(spec):
    clip = log_mel(np.random.default_rng(0).uniform(-1, 1, spec.n_samples).astype(np.float32), spec)
    assert clip.shape == spec.shape
    assert clip.dtype == np.float32
    assert clip.max() == 0
    assert clip.min() >= -spec.dynamic_range_db


@FRONT_ENDS
def test_network_input_has_zero_mean_and_unit_variance(spec):
    clip = network_input(np.random.default_rng(0).uniform(-1, 1, spec.n_samples).astype(np.float32), spec)
    assert clip.dtype == np.float32
    assert abs(clip.mean()) < 1e-4
    assert clip.std() == pytest.approx(1, abs=1e-4)


@FRONT_ENDS
def test_silence_is_all_zeros_to_the_network(spec):
    assert not network_input(np.zeros(spec.n_samples, np.float32), spec).any()
    assert not network_input(np.zeros(0, np.float32), spec).any()


@settings(max_examples=25, deadline=None)
@given(
    samples=arrays(
        np.float32, st.integers(0, 3_000), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
    ),
    spec=st.sampled_from([IMITATION_FRONT_END, RECORDING_FRONT_END]),
)
def test_any_finite_sound_gives_a_finite_input(samples, spec):
    assert np.isfinite(network_input(samples, spec)).all()
    clip = log_mel(samples, spec)
    assert ((clip >= -spec.dynamic_range_db) & (clip <= 0)).all()


@settings(max_examples=10, deadline=None)
@given(gain_db=st.floats(-20, 20), spec=st.sampled_from([IMITATION_FRONT_END, RECORDING_FRONT_END]))
def test_loudness_does_not_matter(gain_db, spec):
    noise = np.random.default_rng(0).uniform(-1, 1, spec.n_samples)
    np.testing.assert_allclose(log_mel(noise, spec), log_mel(10 ** (gain_db / 20) * noise, spec), atol=1e-3)


@FRONT_ENDS
def test_a_sound_one_hop_later_is_one_frame_later(spec):
    noise = np.zeros(spec.n_samples)
    sounding = slice(10 * spec.hop_samples, 50 * spec.hop_samples)
    noise[sounding] = np.random.default_rng(0).uniform(-1, 1, 40 * spec.hop_samples)
    later = np.roll(noise, spec.hop_samples)
    np.testing.assert_allclose(log_mel(noise, spec)[:, 5:60], log_mel(later, spec)[:, 6:61], atol=1e-4)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(value):
    samples = np.zeros(1_000, np.float32)
    samples[500] = value
    with pytest.raises(ValueError, match="not finite"):
        network_input(samples, RECORDING_FRONT_END)
