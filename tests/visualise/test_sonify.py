"""Patterns made audible: what is heard is what was drawn."""

import numpy as np
import pytest

from menura.audio.features import band_of, log_mel, network_input
from menura.audio.files import read_audio
from menura.corpora.synthetic import synthesise_library
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END, mn04_front_end
from menura.visualise.sonify import PEAK, TYPICAL_SPREAD_DB, full_height, pattern_decibels, sonify, to_decibels

MN04 = mn04_front_end(3.0, loudest=1.8)
FRONT_ENDS = [IMITATION_FRONT_END, RECORDING_FRONT_END, MN04]


def clip_of(spec, samples):
    """Samples as long as the front end's frames."""
    n = spec.n_frames * spec.hop_samples
    return np.pad(samples[:n], (0, max(0, n - len(samples)))).astype(np.float32)


def tone(spec, hz):
    time_s = np.arange(spec.n_frames * spec.hop_samples) / spec.sample_rate_hz
    return 0.5 * np.sin(2 * np.pi * hz * time_s).astype(np.float32)


@pytest.mark.parametrize("spec", FRONT_ENDS)
@pytest.mark.parametrize("hz", [450, 1_000, 3_000])
def test_a_tone_comes_back_at_its_pitch(spec, hz):
    (sound,) = sonify(log_mel(tone(spec, hz), spec)[None, :, :60], spec, seed=0)
    found_hz = np.argmax(np.abs(np.fft.rfft(sound * np.hanning(len(sound))))) * spec.sample_rate_hz / len(sound)
    assert abs(band_of(found_hz, spec) - band_of(hz, spec)) < 1


@pytest.mark.parametrize("spec", FRONT_ENDS)
def test_a_burst_comes_back_at_its_time(spec):
    rng = np.random.default_rng(0)
    burst = np.zeros(60 * spec.hop_samples, np.float32)
    first, last = 20 * spec.hop_samples, 26 * spec.hop_samples
    burst[first:last] = rng.standard_normal(last - first)
    (sound,) = sonify(log_mel(burst, spec)[None, :, :60], spec, seed=0)
    energy = np.square(sound)
    margin = spec.hop_samples
    assert energy[first - margin : last + margin].sum() > 0.99 * energy.sum()


@pytest.mark.parametrize("spec", FRONT_ENDS)
def test_real_spectrograms_come_back(spec, tmp_path):
    synthesise_library(tmp_path)
    paths = sorted(tmp_path.rglob("*_01.wav"))[::4]
    clips = [clip_of(spec, read_audio(path, spec.sample_rate_hz)) for path in paths]
    wanted = np.stack([log_mel(clip, spec) for clip in clips])
    for clip, pattern, sound in zip(clips, wanted, sonify(wanted, spec, seed=0), strict=True):
        given, heard = network_input(clip, spec).ravel(), network_input(sound, spec).ravel()
        assert np.corrcoef(given, heard)[0, 1] > 0.97
        backwards = network_input(sound[::-1].copy(), spec).ravel()
        assert np.corrcoef(given, backwards)[0, 1] < 0.9
        audible = pattern > -40
        assert np.abs(log_mel(sound, spec) - pattern)[audible].mean() < 3


def test_silence_stays_silent_and_beside_sound_too():
    spec = IMITATION_FRONT_END
    silent = np.full((1, spec.n_mels, 20), -spec.dynamic_range_db, np.float32)
    loud = silent.copy()
    loud[0, 10:13, 5:9] = 0
    sounds = sonify(np.concatenate([silent, loud]), spec, seed=0)
    assert sounds.shape == (2, 20 * spec.hop_samples)
    assert sounds.dtype == np.float32
    assert not sounds[0].any()
    assert np.abs(sounds[1]).max() == pytest.approx(PEAK)


def test_the_seed_decides():
    spec = IMITATION_FRONT_END
    pattern = log_mel(np.random.default_rng(0).standard_normal(4_000).astype(np.float32), spec)[None, :, :30]
    one, again, other = (sonify(pattern, spec, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)


def test_decibels_are_those_of_a_clip_with_that_input():
    spec = RECORDING_FRONT_END
    rng = np.random.default_rng(0)
    patterns = rng.standard_normal((2, 30, 40)).astype(np.float32)
    decibels = to_decibels(patterns, 6.0, spec)
    assert decibels.max(axis=(1, 2)).tolist() == [0, 0]
    for pattern, clip in zip(patterns, decibels, strict=True):
        np.testing.assert_allclose(
            (clip - clip.mean()) / clip.std(), (pattern - pattern.mean()) / pattern.std(), atol=1e-4
        )
    np.testing.assert_allclose(to_decibels(9 * patterns, 6.0, spec), decibels, atol=1e-4)
    assert to_decibels(patterns, 60.0, spec).min() == -spec.dynamic_range_db
    assert (to_decibels(np.ones((1, 3, 3), np.float32), 10.0, spec) == -spec.dynamic_range_db).all()


def test_levels_become_decibels_from_silence_to_the_loudest():
    """A clip in relative loudness, given as a pattern, is drawn as itself, and at any height between the two."""
    clip = np.random.default_rng(0).standard_normal(30_000).astype(np.float32) * np.linspace(0, 1, 30_000)
    levels, drawn = network_input(clip, MN04), log_mel(clip, MN04)
    np.testing.assert_allclose(pattern_decibels(levels[None], "recording", MN04)[0], drawn, atol=1e-3)
    lower = MN04.silence + 0.4 * (levels - MN04.silence)
    np.testing.assert_allclose(pattern_decibels(lower[None], "recording", MN04)[0], drawn, atol=1e-3)
    silent = np.full((1, 5, 5), MN04.silence, np.float32)
    assert (pattern_decibels(silent, "imitation", MN04) == -60).all()
    patterns = np.random.default_rng(0).standard_normal((2, 39, 40)).astype(np.float32)
    ours = pattern_decibels(patterns, "imitation", IMITATION_FRONT_END)
    assert np.array_equal(ours, to_decibels(patterns, TYPICAL_SPREAD_DB["imitation"], IMITATION_FRONT_END))


def test_a_patch_has_silence_above_and_below():
    spec = IMITATION_FRONT_END
    whole = full_height(np.zeros((1, 6, 6), np.float32), 10, spec)
    assert whole.shape == (1, 39, 6)
    assert (whole[0, 10:16] == 0).all()
    assert (np.delete(whole[0], range(10, 16), axis=0) == -spec.dynamic_range_db).all()


@pytest.mark.parametrize(
    ("shape", "message"), [((39, 10), r"\(39, 10\)"), ((1, 40, 10), r"\(1, 40, 10\)"), ((1, 39, 0), r"\(1, 39, 0\)")]
)
def test_wrong_shapes_are_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        sonify(np.zeros(shape, np.float32), IMITATION_FRONT_END, seed=0)
    with pytest.raises(ValueError, match="do not fit"):
        full_height(np.zeros((1, 6, 6), np.float32), 34, IMITATION_FRONT_END)
    with pytest.raises(ValueError, match="not finite"):
        sonify(np.full((1, 39, 4), np.nan, np.float32), IMITATION_FRONT_END, seed=0)


def test_a_few_loud_tiles_do_not_hide_the_rest():
    spec = RECORDING_FRONT_END
    pattern = np.random.default_rng(0).standard_normal((1, 32, 100)).astype(np.float32)
    pattern[0, 5, 50] = 200
    (decibels,) = to_decibels(pattern, 15.0, spec)
    assert (decibels > -spec.dynamic_range_db).mean() > 0.99
    assert np.corrcoef(decibels.ravel(), pattern.ravel())[0, 1] > 0.999
