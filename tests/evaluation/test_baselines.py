"""Properties of the baselines, and their arithmetic against the definition written out."""

import numpy as np
import pytest

from menura.audio.files import read_audio
from menura.evaluation.baselines import BASELINES, mfcc_dtw, two_dft
from menura.evaluation.metrics import mean_reciprocal_rank

RATE_HZ = 16_000


def tone(hz, duration_s):
    """Five harmonics, faded in and out, with a frequency per sample or one for all."""
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hz, round(duration_s * RATE_HZ))) / RATE_HZ
    wave = sum(np.sin(k * phase) / k for k in range(1, 6))
    fade = np.minimum(1, np.arange(len(wave)) / 800)
    return (0.2 * wave * fade * fade[::-1]).astype(np.float32)


def silence(duration_s):
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def noise(duration_s, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(duration_s * RATE_HZ)).astype(np.float32)


@pytest.fixture(params=BASELINES, ids=lambda name: name)
def baseline(request):
    return BASELINES[request.param]


def similarity(baseline, one, other):
    return baseline.scores([baseline.describe(one, RATE_HZ)], [baseline.describe(other, RATE_HZ)])[0, 0]


def test_any_sound_gets_finite_scores_from_silence_to_twenty_seconds(baseline):
    sounds = [silence(1), silence(20), noise(1 / RATE_HZ), noise(0.02), noise(1), noise(20), tone(440, 0.02)]
    described = [baseline.describe(sound, rate_hz) for rate_hz in (8_000, 44_100) for sound in sounds]
    scores = baseline.scores(described, described)
    assert scores.shape == (len(described), len(described))
    assert np.isfinite(scores).all()


def test_a_sound_is_most_like_itself_however_loud(baseline):
    sounds = [tone(300, 1), tone(np.linspace(200, 1_200, RATE_HZ), 1), noise(1), noise(0.1)]
    recordings = [baseline.describe(sound, RATE_HZ) for sound in sounds]
    quiet = [baseline.describe(0.1 * sound, RATE_HZ) for sound in sounds]
    assert baseline.scores(quiet, recordings).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_a_degraded_copy_finds_its_recording(baseline, shared_data):
    paths = sorted((shared_data / "sonic-pi").glob("*.flac"))[:60:6]
    recordings = [read_audio(path, RATE_HZ, duration_s=4) for path in paths]
    late_and_noisy = [
        np.concatenate([silence(0.3), samples]) + np.abs(samples).max() * noise(0.3 + len(samples) / RATE_HZ) / 100
        for samples in recordings
    ]
    queries = [baseline.describe(samples, RATE_HZ) for samples in late_and_noisy]
    candidates = [baseline.describe(samples, RATE_HZ) for samples in recordings]
    assert mean_reciprocal_rank(baseline.scores(queries, candidates), np.arange(10)) > 0.9  # chance: 0.29


def test_2dft_does_not_mind_delay_or_transposition():
    glide = 300 * 2 ** np.linspace(0, 1, 2 * RATE_HZ)
    sound = tone(glide, 2)
    delayed = np.concatenate([silence(1.024), sound])
    octave_up, reversed_glide = tone(2 * glide, 2), tone(glide[::-1], 2)
    unlike = similarity(two_dft, sound, reversed_glide)
    assert similarity(two_dft, sound, delayed) > 0.98
    assert similarity(two_dft, sound, octave_up) > 0.9
    assert unlike < 0.85


def test_warping_forgives_tempo_but_not_order():
    parts = [tone(200, 0.5), noise(0.5), tone(1_500, 0.5)]
    slower = [tone(200, 0.8), noise(0.8, seed=1), tone(1_500, 0.8)]
    sound = np.concatenate(parts)
    in_order = similarity(mfcc_dtw, sound, np.concatenate(slower))
    reordered = similarity(mfcc_dtw, sound, np.concatenate(slower[1:] + slower[:1]))
    assert 2 * in_order > reordered  # both are negative costs
    assert similarity(mfcc_dtw, sound, sound) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (2, 30), (12, 15), (25, 14)])
def test_path_cost_is_that_of_the_definition(shape):
    rng = np.random.default_rng(0)
    query, candidate = (rng.normal(size=(n, 3)).astype(np.float32) for n in shape)
    expected = -path_cost_by_definition(query, candidate, mfcc_dtw.BAND)
    assert mfcc_dtw.scores([query], [candidate])[0, 0] == pytest.approx(expected, rel=1e-5)


def test_company_does_not_change_a_score():
    rng = np.random.default_rng(0)
    queries, candidates = (
        [rng.normal(size=(n, 4)).astype(np.float32) for n in rng.integers(1, 40, count)] for count in (3, 150)
    )
    together = mfcc_dtw.scores(queries, candidates)
    for row, column in [(0, 0), (1, 31), (2, 32), (0, 149)]:
        alone = mfcc_dtw.scores([queries[row]], [candidates[column]])[0, 0]
        assert together[row, column] == pytest.approx(alone, rel=1e-6)


def path_cost_by_definition(query, candidate, band):
    """Sakoe and Chiba's symmetric recursion, cell by cell."""
    n, m = len(query), len(candidate)
    reach = max(band, 1 / min(n, m))
    total = np.full((n, m), np.inf)
    for i in range(n):
        for j in range(m):
            if abs(i / max(n - 1, 1) - j / max(m - 1, 1)) > reach:
                continue
            distance = np.sqrt(((query[i].astype(float) - candidate[j].astype(float)) ** 2).sum())
            came_from = [2 * distance] if i == j == 0 else []
            if i:
                came_from.append(total[i - 1, j] + distance)
            if j:
                came_from.append(total[i, j - 1] + distance)
            if i and j:
                came_from.append(total[i - 1, j - 1] + 2 * distance)
            total[i, j] = min(came_from)
    return total[-1, -1] / (n + m)
