"""A mosaic follows the recording with the sounds of one mouth, and with nothing else."""

import librosa
import numpy as np
import pytest
from scipy.signal import lfilter

from menura.simulate.joining import Piece, Tune, join
from menura.simulate.mosaic import _draw_manner, _features, listen, mosaic_imitations, speak_mosaic
from menura.simulate.mouth import RATE_HZ, load_mouth, measure_mouth, save_mouth, shape_of
from menura.simulate.pitch import to_semitones

SEEDS = range(12)


def seconds(duration_s):
    return np.arange(round(duration_s * RATE_HZ)) / RATE_HZ


def resonator(samples, hz, width_hz):
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    return lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * hz / RATE_HZ), radius**2], samples)


def noise(duration_s, low_hz, high_hz, seed=0):
    samples = np.random.default_rng(seed).standard_normal(round(duration_s * RATE_HZ))
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return (0.1 * np.fft.irfft(spectrum, len(samples))).astype(np.float32)


def harmonic(hz):
    """A bright tone whose frequency (Hz) is given for every sample."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    return (0.2 * sum(np.sin(k * phase) / k for k in range(1, 15))).astype(np.float32)


def vowel(f1_hz, f2_hz, pitch_hz):
    source = harmonic(pitch_hz * np.exp2(0.1 * np.sin(2 * np.pi * 2 * seconds(0.6))))
    return (0.01 * resonator(resonator(source, f1_hz, 80), f2_hz, 120)).astype(np.float32)


def plosive(low_hz, high_hz, begins_s=0.2):
    clip = np.zeros(round(0.5 * RATE_HZ), np.float32)
    burst = noise(0.08, low_hz, high_hz) * np.exp(-seconds(0.08) / 0.015)
    start = round(begins_s * RATE_HZ)
    clip[start : start + len(burst)] = burst
    return clip


@pytest.fixture(scope="module")
def mouth():
    """Vowels and hisses from dark to bright, and plosives."""
    vowels = [
        vowel(f1, f2, hz) for hz in (110, 150) for f1, f2 in ((300, 800), (700, 1_200), (500, 1_800), (280, 2_300))
    ]
    hisses = [noise(0.5, low, high) for low, high in ((200, 1_500), (1_500, 4_000), (4_000, 9_000))]
    return measure_mouth([*vowels, *hisses, plosive(150, 900), plosive(1_000, 4_000), plosive(4_000, 10_000)])


def knocks(times_s, duration_s):
    samples = np.zeros(round(duration_s * RATE_HZ), np.float32)
    for time_s in times_s:
        knock = noise(0.06, 300, 8_000) * np.exp(-seconds(0.06) / 0.01)
        samples[round(time_s * RATE_HZ) :][: len(knock)] += knock.astype(np.float32)
    return samples


def centroid_hz(samples):
    power = np.abs(np.fft.rfft(samples)) ** 2
    return power @ np.fft.rfftfreq(len(samples), 1 / RATE_HZ) / power.sum()


@pytest.mark.parametrize(
    "samples",
    [np.zeros(RATE_HZ), np.full(RATE_HZ, 0.7), np.ones(1), noise(0.02, 0, 9_000), 1e4 * noise(9.0, 0, 9_000)],
    ids=["silence", "constant", "one sample", "20 ms", "9 s beyond full scale"],
)
def test_a_take_is_a_short_finite_clip(samples, mouth):
    for take in mosaic_imitations(samples.astype(np.float32), RATE_HZ, range(4), mouth):
        assert take.dtype == np.float32
        assert 0.15 <= len(take) / RATE_HZ <= 4.0
        assert np.isfinite(take).all()
        assert 0.0 < np.abs(take).max() <= 1.0


def test_what_is_no_recording_is_refused(mouth):
    with pytest.raises(ValueError, match="not all finite"):
        mosaic_imitations(np.array([0.0, np.nan], np.float32), RATE_HZ, [0], mouth)


def test_a_seed_is_a_take(mouth):
    recording = noise(0.4, 100, 6_000)
    before = recording.copy()
    one, two = mosaic_imitations(recording, RATE_HZ, [5, 6], mouth)
    (again,) = mosaic_imitations(recording, RATE_HZ, [5], mouth)
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(recording, before)
    assert len(one) != len(two) or not np.allclose(one, two)


def test_a_glide_is_followed(mouth):
    """The pitch, tracked by an independent method, rises with the recording's and falls with it."""
    up = harmonic(np.geomspace(100, 200, round(1.2 * RATE_HZ)))
    for recording, sign in ((up, 1), (up[::-1].copy(), -1)):
        course, slopes = listen(recording, RATE_HZ), []
        for seed in SEEDS:
            spoken = speak_mosaic(course, mouth, np.random.default_rng(seed))
            pitch_hz = librosa.yin(spoken, fmin=60, fmax=400, sr=RATE_HZ, frame_length=1_024)
            slopes.append(np.polyfit(np.arange(len(pitch_hz)), np.log2(pitch_hz), 1)[0])
        assert np.mean(np.sign(slopes) == sign) > 0.7


def test_a_bright_noise_is_bright_and_a_dark_one_dark(mouth):
    dark, bright = (
        [centroid_hz(speak_mosaic(course, mouth, np.random.default_rng(seed))) for seed in SEEDS]
        for course in (listen(noise(0.8, *band), RATE_HZ) for band in ((100, 700), (5_000, 11_000)))
    )
    assert np.median(dark) < 1_500
    assert np.median(bright) > 4_000


def test_every_knock_is_spoken_as_an_attack(mouth):
    course, as_many = listen(knocks([0.1, 0.5, 0.9], 1.3), RATE_HZ), []
    for seed in SEEDS:
        spoken = speak_mosaic(course, mouth, np.random.default_rng(seed))
        level = np.sqrt(np.square(spoken[: len(spoken) // 240 * 240]).reshape(-1, 240).mean(axis=1))
        loud = level > 0.25 * level.max()
        as_many.append(int(np.sum(loud[1:] & ~loud[:-1]) + loud[0]) == 3)
    assert np.mean(as_many) > 0.7


def test_a_piece_is_played_at_the_pitch_that_is_wanted():
    tone = measure_mouth([harmonic(np.full(RATE_HZ, 150.0))])
    tune = Tune(np.full(60, to_semitones(190.0), np.float32), np.ones(60, np.float32))
    pieces = [Piece(start, 20, False, frame, int(tone.at[frame])) for start, frame in ((0, 10), (20, 31), (40, 17))]
    spectrum = np.abs(np.fft.rfft(join(pieces, tune, tone, 0.0) * np.hanning(60 * 240)))
    heard_hz = np.fft.rfftfreq(60 * 240, 1 / RATE_HZ)[np.argmax(spectrum)]
    assert heard_hz == pytest.approx(190.0, rel=0.015)


@pytest.mark.parametrize("begins_s", [0.2, 0.2037, 0.2081])
def test_an_attack_is_found_to_the_millisecond(begins_s):
    clip = plosive(300, 6_000, begins_s)
    measured = measure_mouth([clip])
    (at,) = measured.attack_at
    assert (at - measured.at[0]) / RATE_HZ == pytest.approx(begins_s, abs=0.001)


def test_features_add_up_to_the_same_in_any_order(mouth):
    """Products of whole sixteenths are exact, so the choice of pieces hangs on no processor and no threads."""
    from menura.simulate.choose import draft_of
    from menura.simulate.imitator import draw_imitator

    rng = np.random.default_rng(1)
    course = listen(noise(0.5, 100, 6_000), RATE_HZ)
    tables = _features(draft_of(course.heard, draw_imitator(rng), rng), course.shape, mouth, _draw_manner(rng))
    exact = tables[1].astype(np.float64) @ tables[0].T.astype(np.float64)
    np.testing.assert_array_equal(tables[1] @ tables[0].T, exact)


def test_shape_is_that_of_the_spectrum_whatever_the_level():
    """A steeper spectrum has a larger first coefficient; the level is in none."""
    dark, bright = noise(1.0, 100, 900), noise(1.0, 3_000, 10_000)
    assert shape_of(dark)[10:-10, 0].min() > shape_of(bright)[10:-10, 0].max()
    np.testing.assert_allclose(shape_of(dark)[10:-10], shape_of(3 * dark)[10:-10], atol=0.1)


def test_a_mouth_is_saved_and_loaded(mouth, tmp_path):
    save_mouth(mouth, tmp_path / "mouth.safetensors")
    loaded = load_mouth(tmp_path / "mouth.safetensors")
    for name, column in vars(mouth).items():
        np.testing.assert_array_equal(getattr(loaded, name), column)


def test_silent_clips_are_no_mouth():
    with pytest.raises(ValueError, match="no sound"):
        measure_mouth([np.zeros(RATE_HZ, np.float32)])
