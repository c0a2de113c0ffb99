"""Properties of the systems, and their arithmetic against the definition written out or an independent answer."""

from functools import partial

import numpy as np
import pytest

from menura.audio.files import read_audio
from menura.evaluation.metrics import mean_reciprocal_rank
from menura.evaluation.systems import FAMILIES, SUPERVISED, auto_encoder, mfcc_dtw, two_dft
from sounds_made import RATE_HZ, noise, silence, tone

SYSTEMS = {system.name: system for family in FAMILIES.values() for system in family}
SOUNDS = [tone(300, 1), tone(np.linspace(200, 1_200, RATE_HZ), 1), noise(1), noise(0.1)]


@pytest.fixture(scope="module")
def learned():
    """What an auto-encoder learns from a few sounds."""
    return auto_encoder.learn([auto_encoder.describe(sound, RATE_HZ) for sound in SOUNDS], seed=0)


@pytest.fixture(params=SYSTEMS, ids=lambda name: name)
def system(request):
    return SYSTEMS[request.param]


def kept(system, samples, learned, rate_hz=RATE_HZ):
    return system.keep(system.describe(samples, rate_hz), learned)


def similarity(module, one, other):
    return module.scores([module.describe(one, RATE_HZ)], [module.describe(other, RATE_HZ)])[0, 0]


def test_any_sound_gets_finite_scores_from_silence_to_twenty_seconds(system, learned):
    sounds = [silence(1), silence(20), noise(1 / RATE_HZ), noise(0.02), noise(1), noise(20), tone(440, 0.02)]
    every = [kept(system, sound, learned, rate_hz) for rate_hz in (8_000, 44_100) for sound in sounds]
    scores = system.scores(every, every)
    assert scores.shape == (len(every), len(every))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("supervised", SUPERVISED, ids=lambda system: system.name)
def test_what_a_machine_is_shown_is_finite_and_as_long_for_any_sound(supervised, learned):
    sounds = [silence(1), silence(20), noise(1 / RATE_HZ), noise(0.02), noise(20), tone(440, 0.02)]
    vectors = [kept(supervised, sound, learned, rate_hz) for rate_hz in (8_000, 44_100) for sound in sounds]
    assert np.isfinite(np.stack(vectors)).all()


def test_a_sound_is_most_like_itself_however_loud(system, learned):
    recordings = [kept(system, sound, learned) for sound in SOUNDS]
    quiet = [kept(system, 0.1 * sound, learned) for sound in SOUNDS]
    assert system.scores(quiet, recordings).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_a_degraded_copy_finds_its_recording(system, learned, shared_data):
    paths = sorted((shared_data / "sonic-pi").glob("*.flac"))[:60:6]
    recordings = [read_audio(path, RATE_HZ, duration_s=4) for path in paths]
    late_and_noisy = [
        np.concatenate([silence(0.3), samples]) + np.abs(samples).max() * noise(0.3 + len(samples) / RATE_HZ) / 100
        for samples in recordings
    ]
    queries, candidates = ([kept(system, samples, learned) for samples in of] for of in (late_and_noisy, recordings))
    least = 0.9 if system.learn is None else 0.5  # the encoder has heard four sounds
    assert mean_reciprocal_rank(system.scores(queries, candidates), np.arange(10)) > least  # chance: 0.29


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


def test_company_does_not_change_a_score(system, learned):
    make = partial(np.random.default_rng(0).integers, 400, 4_000)
    queries, candidates = ([kept(system, noise(make() / RATE_HZ, n), learned) for n in range(m)] for m in (2, 66))
    together = system.scores(queries, candidates)
    for row, column in [(0, 0), (1, 31), (0, 65)]:
        alone = system.scores([queries[row]], [candidates[column]])[0, 0]
        assert together[row, column] == pytest.approx(alone, rel=1e-5, abs=1e-9)


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
