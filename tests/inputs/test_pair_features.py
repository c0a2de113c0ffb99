"""Features of recordings and of their simulated imitations are made once, whole, and the same each time."""

import os

import numpy as np
import pytest
import soundfile

from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.inputs import arrays
from menura.inputs.circumstances import heard_of
from menura.inputs.pair_features import imitation_seed, load_pair_features
from menura.simulate import simulate_imitation
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "sounds").mkdir()
    paths = [tmp_path / "sounds" / f"{name}.wav" for name in "abc"]
    for path in paths:
        soundfile.write(path, 0.1 * rng.standard_normal(8_000), 16_000)
    return paths


def load(paths, cache, **options):
    return load_pair_features(paths, **{"n_imitations": 2, "seed": 7, "cache": cache, **options})


def test_features_are_those_of_the_sounds_and_their_imitations(paths, tmp_path):
    made = load(paths, tmp_path / "cache")
    assert made.recordings.shape == (3, 128, 128)
    assert made.imitations.shape == (3, 2, 39, 482)
    plain = 0
    for path, of_recording, of_takes in zip(paths, made.recordings, made.imitations, strict=True):
        recording = read_audio(path, RECORDING_FRONT_END.sample_rate_hz, duration_s=3.0)
        np.testing.assert_allclose(of_recording, network_input(recording, RECORDING_FRONT_END), atol=5e-3)
        for number, of_take in enumerate(of_takes):
            take = simulate_imitation(recording, RECORDING_FRONT_END.sample_rate_hz, imitation_seed(7, path, number))
            plain += np.allclose(of_take, network_input(heard(take), IMITATION_FRONT_END), atol=5e-3)
    assert 3 <= plain < 6  # the others have silence, noise or a click about them


def heard(take):
    rate_hz = IMITATION_FRONT_END.sample_rate_hz
    return heard_of(take, rate_hz, rate_hz, IMITATION_FRONT_END.duration_s)


def test_a_second_call_reads_what_the_first_one_made(paths, tmp_path, monkeypatch):
    first = load(paths, tmp_path / "cache")
    monkeypatch.setattr(arrays, "in_parallel", lambda *_, **__: pytest.fail("made again"))
    again = load(paths, tmp_path / "cache")
    assert np.array_equal(first.imitations, again.imitations)


def test_other_people_imitate_for_another_seed(paths, tmp_path):
    one, other = (load(paths, tmp_path / "cache", seed=seed, n_imitations=1) for seed in (1, 2))
    assert np.array_equal(one.recordings, other.recordings)
    assert not np.array_equal(one.imitations, other.imitations)
    seeds = {imitation_seed(seed, path, take) for seed in (0, 1) for path in paths for take in range(50)}
    assert len(seeds) == 300


def test_the_environment_is_left_as_it_was(paths, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    load(paths[:1], tmp_path / "cache", n_imitations=1)
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ
