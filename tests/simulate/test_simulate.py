"""A simulated imitation is a voice, and one in which a listener would know the recording again."""

import time
from dataclasses import replace
from functools import partial

import librosa
import numpy as np
import pytest
import soundfile as sf
from scipy.signal import lfilter

from menura.simulate import simulate_imitation, simulate_imitations
from menura.simulate.choose import choose, draft_of
from menura.simulate.hear import hear
from menura.simulate.imitator import draw_imitator

RATE_HZ = 44_100
IMITATION_RATE_HZ = 16_000
SEEDS = range(16)


def seconds(duration_s, rate_hz=RATE_HZ):
    return np.arange(round(duration_s * rate_hz)) / rate_hz


def tone(hz, duration_s=1.0, rate_hz=RATE_HZ):
    return (0.5 * np.sin(2 * np.pi * hz * seconds(duration_s, rate_hz))).astype(np.float32)


def harmonic(hz):
    """A sawtooth-like tone whose frequency (Hz) is given for every sample."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
    return sum(np.sin(k * phase) / k for k in range(1, 12)).astype(np.float32) * 0.3


def noise(duration_s=1.5, low_hz=0.0, high_hz=RATE_HZ / 2):
    samples = np.random.default_rng(7).standard_normal(round(duration_s * RATE_HZ))
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return (0.2 * np.fft.irfft(spectrum, len(samples))).astype(np.float32)


def knocks(times_s, duration_s):
    """Short decaying knocks at the times, in silence."""
    samples = np.zeros(round(duration_s * RATE_HZ), np.float32)
    knock = noise(0.06) * np.exp(-seconds(0.06) / 0.01).astype(np.float32)
    for time_s in times_s:
        start = round(time_s * RATE_HZ)
        samples[start : start + len(knock)] += knock
    return samples


def plan_of(samples, seed, rate_hz=RATE_HZ):
    who, what = np.random.default_rng(seed).spawn(2)
    return choose(hear(samples, rate_hz), draw_imitator(who), what)


EDGE_CASES = {
    "silence": (np.zeros(RATE_HZ, np.float32), RATE_HZ),
    "constant": (np.full(RATE_HZ, 0.7, np.float32), RATE_HZ),
    "one sample": (np.ones(1, np.float32), RATE_HZ),
    "one click": (np.eye(1, RATE_HZ, 20_000, dtype=np.float32)[0], RATE_HZ),
    "20 ms": (noise(0.02), RATE_HZ),
    "20 s": (noise(20.0), RATE_HZ),
    "faint": (1e-4 * tone(300), RATE_HZ),
    "far beyond full scale": (1e4 * noise(0.5), RATE_HZ),
    "8 kHz": (tone(300, rate_hz=8_000), 8_000),
    "96 kHz": (tone(300, rate_hz=96_000), 96_000),
    "a long silence first": (np.append(np.zeros(4 * RATE_HZ, np.float32), noise(0.5)), RATE_HZ),
}


@pytest.mark.parametrize("case", EDGE_CASES)
def test_an_imitation_is_a_short_finite_clip(case):
    samples, rate_hz = EDGE_CASES[case]
    for seed in range(6):
        imitation = simulate_imitation(samples, rate_hz, seed)
        assert imitation.dtype == np.float32
        assert imitation.ndim == 1
        assert 0.15 <= len(imitation) / IMITATION_RATE_HZ <= 4.0
        assert np.isfinite(imitation).all()
        assert 0.0 < np.abs(imitation).max() <= 1.0


@pytest.mark.parametrize("case", ["silence", "constant"])
def test_nothing_to_hear_gives_nothing_but_the_noise_of_the_room(case):
    samples, rate_hz = EDGE_CASES[case]
    assert max(np.abs(simulate_imitation(samples, rate_hz, seed)).max() for seed in range(6)) < 0.03
    assert np.abs(simulate_imitation(tone(300), rate_hz, 0)).max() > 0.03


def test_the_same_seed_gives_the_same_imitation_and_leaves_the_recording_alone():
    recording = noise()
    before = recording.copy()
    np.testing.assert_array_equal(simulate_imitation(recording, RATE_HZ, 5), simulate_imitation(recording, RATE_HZ, 5))
    np.testing.assert_array_equal(recording, before)


def test_seeds_are_different_people():
    people = [draw_imitator(np.random.default_rng(seed)) for seed in range(200)]
    assert len(set(people)) == 200
    comfortable_hz = [person.comfortable_hz for person in people]
    assert min(comfortable_hz) < 110 and max(comfortable_hz) > 270
    lengths = {len(simulate_imitation(tone(300), RATE_HZ, seed)) for seed in SEEDS}
    assert len(lengths) > 0.8 * len(SEEDS)


@pytest.mark.parametrize(
    ("samples", "rate_hz", "message"),
    [
        (np.zeros(0, np.float32), RATE_HZ, r"shape \(0,\) .* not a mono recording"),
        (np.zeros((2, 100), np.float32), RATE_HZ, r"shape \(2, 100\) .* not a mono recording"),
        (np.zeros(100, np.float32), 0, "at 0 Hz are not a mono recording"),
        (np.array([0.0, np.nan], np.float32), RATE_HZ, "not all finite"),
    ],
)
def test_what_is_no_recording_is_refused(samples, rate_hz, message):
    with pytest.raises(ValueError, match=message):
        simulate_imitation(samples, rate_hz, 0)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100])
@pytest.mark.parametrize("hz", [150.0, 220.0, 441.0, 1_000.0, 3_000.0])
def test_the_pitch_of_a_tone_is_heard_at_any_sample_rate(hz, rate_hz):
    heard = hear(tone(hz, rate_hz=rate_hz), rate_hz)
    middle = slice(10, -10)
    np.testing.assert_allclose(heard.pitch_hz[middle], hz, rtol=0.02)  # a third of a semitone
    assert heard.salience[middle].min() > 0.9


def test_noise_has_no_pitch():
    assert np.median(hear(noise(), RATE_HZ).salience) < 0.1


def test_onsets_are_heard_where_they_are():
    times_s = [0.1, 0.45, 0.7, 1.3]
    heard = hear(knocks(times_s, 2.0), RATE_HZ)
    np.testing.assert_allclose(heard.onsets * 0.01, times_s, atol=0.025)


def test_a_glide_is_followed():
    """The pitch of the imitation, tracked by an independent method, rises with the recording's and falls with it."""
    up = harmonic(np.geomspace(180, 540, round(1.5 * RATE_HZ)))
    for recording, sign in ((up, 1), (up[::-1].copy(), -1)):
        slopes = []
        for seed in range(12):
            imitation = simulate_imitation(recording, RATE_HZ, seed)
            pitch_hz = librosa.yin(imitation, fmin=65, fmax=1_500, sr=IMITATION_RATE_HZ, frame_length=1_024)
            level = librosa.feature.rms(y=imitation, frame_length=1_024, hop_length=256)[0]
            voiced = np.flatnonzero(level > 0.3 * level.max())
            slopes.append(sign * np.corrcoef(voiced, np.log2(pitch_hz[voiced]))[0, 1])
        assert np.median(slopes) > 0.75
        assert np.mean(np.array(slopes) > 0.4) > 0.7


def test_a_rhythm_is_followed():
    """The beats of the imitation stand at the recording's own relative times."""
    times_s = np.array([0.0, 0.3, 0.9, 1.2, 1.8])
    recording = knocks(times_s, 2.0)
    rhythm = np.diff(times_s) / np.ptp(times_s)
    errors = []
    for seed in SEEDS:
        imitation = simulate_imitation(recording, RATE_HZ, seed)
        level = librosa.feature.rms(y=imitation, frame_length=320, hop_length=160)[0]
        loud = level > 0.13 * level.max()
        starts = np.flatnonzero(np.diff(loud.astype(int), prepend=0) == 1)
        starts = starts[np.diff(starts, prepend=-100) > 10]
        if len(starts) == len(times_s):
            errors.append(np.abs(np.diff(starts) / np.ptp(starts) - rhythm).max())
    assert len(errors) > 0.7 * len(SEEDS)
    assert np.median(errors) < 0.04


def test_noise_is_imitated_by_noise_and_a_tone_by_a_tone():
    salience = {}
    for name, recording in (("noise", noise(low_hz=1_000, high_hz=6_000)), ("tone", harmonic(np.full(RATE_HZ, 220.0)))):
        imitations = [simulate_imitation(recording, RATE_HZ, seed) for seed in SEEDS]
        salience[name] = [np.median(hear(imitation, IMITATION_RATE_HZ).salience) for imitation in imitations]
    assert np.median(salience["tone"]) > 0.8
    assert np.median(salience["noise"]) < 0.2
    assert np.mean(np.array(salience["tone"]) > np.array(salience["noise"])) > 0.8


def test_a_brighter_recording_gives_a_brighter_imitation():
    def centroid_hz(recording, seed):
        imitation = simulate_imitation(recording, RATE_HZ, seed)
        return np.median(librosa.feature.spectral_centroid(y=imitation, sr=IMITATION_RATE_HZ))

    dark, bright = noise(low_hz=200, high_hz=800), noise(low_hz=4_000, high_hz=10_000)
    brighter = [centroid_hz(bright, seed) > centroid_hz(dark, seed) for seed in SEEDS]
    assert np.mean(brighter) > 0.9


def resonating(hz):
    """Noise through a resonance of 120 Hz width, whose frequency (Hz) is given for every 10 ms."""
    rng, memory, blocks = np.random.default_rng(5), np.zeros(2), []
    radius = np.exp(-np.pi * 120 / RATE_HZ)
    for centre_hz in hz:
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2]
        block, memory = lfilter([1 - radius], poles, rng.standard_normal(RATE_HZ // 100), zi=memory)
        blocks.append(block)
    return np.concatenate(blocks).astype(np.float32)


def test_a_resonance_is_heard_where_it_is_and_a_tone_or_noise_has_none():
    hz = np.geomspace(800, 2_000, 200)
    heard = hear(resonating(hz), RATE_HZ)
    clear = heard.resonance_clarity[: len(hz)] > 0.5
    assert clear.mean() > 0.3
    error_octaves = heard.resonance[: len(hz)][clear] - np.log2(hz[clear])
    assert np.median(np.abs(error_octaves)) < 0.1
    for without in (noise(), tone(1_000), tone(100), harmonic(np.full(RATE_HZ, 600.0))):
        assert hear(without, RATE_HZ).resonance_clarity.mean() < 0.05


def test_the_second_formant_follows_a_resonance():
    recording = resonating(np.geomspace(900, 1_900, 200))
    bent = hear(recording, RATE_HZ)
    plain = replace(bent, resonance_clarity=np.zeros_like(bent.resonance_clarity))
    rises = []
    for seed in range(12):
        person = draw_imitator(np.random.default_rng(seed))
        with_it, without = (draft_of(heard, person, np.random.default_rng(seed)).formants_hz for heard in (bent, plain))
        assert np.array_equal(with_it[:, 3:], without[:, 3:])
        third = len(with_it) // 3
        rises.append([np.log2(f[-third:, 1].mean() / f[:third, 1].mean()) for f in (with_it, without)])
    assert (np.diff(rises, axis=1) < 0).mean() > 0.8  # of what rises, more is heard in the vowel


def test_a_swell_is_followed():
    recording = harmonic(np.full(2 * RATE_HZ, 200.0)) * np.sin(np.pi * seconds(2.0) / 2).astype(np.float32) ** 2
    for seed in range(8):
        level = np.interp(np.linspace(0, 1, 9), np.linspace(0, 1, len(plan := _loudness(recording, seed))), plan)
        assert level[3:6].mean() > 1.5 * max(level[0], level[-1])


def _loudness(recording, seed):
    plan = plan_of(recording, seed)
    return plan.voice + plan.frication + plan.aspiration + plan.whistle


def test_only_slow_curves_reach_the_voice():
    """Whatever the recording does, what controls the voice moves at no more than about 25 Hz."""
    flutter = noise(3.0) * (1 + np.sign(np.sin(2 * np.pi * 37 * seconds(3.0)))).astype(np.float32)
    for seed in range(8):
        plan = plan_of(flutter, seed)
        for name in ("voice", "aspiration", "frication", "pitch_hz", "frication_octave"):
            curve = getattr(plan, name)
            power = np.abs(np.fft.rfft((curve - curve.mean()) * np.hanning(len(curve)))) ** 2
            hz = np.fft.rfftfreq(len(curve), 0.01)
            assert power[hz > 25].sum() <= 0.02 * power.sum() + 1e-9, name


def test_the_waveform_of_the_recording_is_not_in_the_imitation():
    recording = noise(2.0, high_hz=7_000)
    known = librosa.resample(recording, orig_sr=RATE_HZ, target_sr=IMITATION_RATE_HZ)
    for seed in range(4):
        imitation = simulate_imitation(recording, RATE_HZ, seed)
        n_fft = len(known) + len(imitation)
        correlation = np.fft.irfft(np.fft.rfft(known, n_fft) * np.conj(np.fft.rfft(imitation, n_fft)), n_fft)
        assert np.abs(correlation).max() < 0.1 * np.linalg.norm(known) * np.linalg.norm(imitation)


def test_the_plan_stays_within_a_human_voice():
    recordings = [tone(30), tone(6_000), harmonic(np.geomspace(40, 3_000, 3 * RATE_HZ)), noise(), knocks([0.1, 0.2], 1)]
    for recording in recordings:
        for seed in range(8):
            plan = plan_of(recording, seed)
            assert plan.pitch_hz.min() >= 70 and plan.pitch_hz.max() <= 900
            assert plan.whistle_hz.min() >= 500 and plan.whistle_hz.max() <= 2_500
            first, second, third = plan.formants_hz[:, :3].T
            assert first.min() > 150 and first.max() < 1_700
            assert (second > first).all() and (third > second).all() and third.max() < 6_000
            if len(plan.bursts.time_s) > 1:
                assert np.diff(plan.bursts.time_s).min() >= 0.0
                assert len(plan.bursts.time_s) <= 1 + plan.n_frames * 0.01 * 10


def test_real_recordings_are_imitated(real_clips):
    imitate = partial(simulate_imitation, seed=3)
    for path in real_clips:
        samples, rate_hz = sf.read(path, dtype="float32", always_2d=True)
        imitation = imitate(samples.mean(axis=1), rate_hz)
        assert np.isfinite(imitation).all(), path
        assert 0.15 <= len(imitation) / IMITATION_RATE_HZ <= 4.0, path


def test_an_imitation_is_made_faster_than_it_could_be_spoken():
    """Some 80 times faster on one quiet core; five leaves room for a slow and busy machine."""
    recording = noise(3.0)
    simulate_imitation(recording, RATE_HZ, 0)
    start = time.process_time()
    spoken_s = sum(len(simulate_imitation(recording, RATE_HZ, seed)) for seed in range(10)) / IMITATION_RATE_HZ
    assert spoken_s > 5 * (time.process_time() - start)


def test_many_imitations_are_those_of_as_many_calls():
    recording = np.random.default_rng(0).uniform(-0.5, 0.5, 22_050).astype(np.float32)
    together = list(simulate_imitations(recording, 44_100, [3, 1]))
    for imitation, seed in zip(together, [3, 1], strict=True):
        assert np.array_equal(imitation, simulate_imitation(recording, 44_100, seed))
