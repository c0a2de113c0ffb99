"""How a system ranks a corpus: what it may hear first, what it may have been shown, and what it cannot know."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from menura.corpora.catalogue import Imitation, Sound, pair
from menura.errors import DataError
from menura.evaluation import system_scores as module
from menura.evaluation.evaluate import evaluate_system
from menura.evaluation.metrics import target_ranks
from menura.evaluation.system_scores import learned, rank_halves, supervised_scores, system_scores
from menura.evaluation.systems import FAMILIES, SUPERVISED
from menura.evaluation.systems.system import SupervisedSystem, System
from sounds_made import RATE_HZ, tone

N_TAKES = 4


@pytest.fixture
def catalogue(tmp_path, in_one_process):
    """Eight tones in two categories, and four imitations of each that waver about it."""
    rng = np.random.default_rng(0)
    sounds, imitations = [], []
    for number in range(8):
        hz = 150 * 1.4**number
        path = tmp_path / f"s{number}.wav"
        soundfile.write(path, tone(hz, 0.5), RATE_HZ)
        sounds.append(Sound(f"s{number}", path, f"label {number}", ("low", "high")[number % 2]))
        for take in range(N_TAKES):
            path = tmp_path / f"i{number}-{take}.wav"
            soundfile.write(path, tone(hz * rng.uniform(0.95, 1.05), 0.5), RATE_HZ)
            imitations.append(Imitation(f"i{number}-{take}", path, f"s{number}"))
    return pair("tones", tmp_path, sounds, imitations)


def loudness_free_pitch(samples, rate_hz):
    crossings = np.flatnonzero(np.diff(np.signbit(samples)))
    return np.array([len(crossings) / len(samples) * rate_hz], np.float32)


def pitch_and_energy(samples, rate_hz):
    """As above, but no two imitations have the same."""
    return loudness_free_pitch(samples, rate_hz) + np.float32(samples @ samples)


def by_distance(queries, candidates):
    return -np.abs(np.stack(queries) - np.stack(candidates)[:, 0]).astype(np.float64)


PITCH = System(name="pitch", describe=loudness_free_pitch, scores=by_distance)


def test_a_system_that_learns_nothing_is_scored_once_for_all_splits(catalogue, tmp_path, monkeypatch):
    ranked = rank_halves(PITCH, catalogue, runs=3, cache=tmp_path / "cache")
    assert [len(run) for run in ranked] == [4 * N_TAKES] * 3
    assert {item.n_candidates for run in ranked for item in run} == {2}
    assert all(item.rank == 1 for run in ranked for item in run)
    monkeypatch.setattr(module, "descriptors", lambda *_: pytest.fail("described again"))
    assert rank_halves(PITCH, catalogue, runs=3, cache=tmp_path / "cache") == ranked
    assert len(list((tmp_path / "cache").glob("scores-*.npy"))) == 1


def test_a_system_that_learns_hears_the_training_half_and_no_other(catalogue, tmp_path):
    heard = []

    def learn(descriptors, seed):
        heard.append((len(descriptors), seed))
        return {"mean": np.mean(descriptors, axis=0)}

    centred = replace(PITCH, learn=learn, keep=lambda descriptor, learned: descriptor - learned["mean"])
    rank_halves(centred, catalogue, runs=2, cache=tmp_path / "cache")
    assert heard == [(4 + 4 * N_TAKES, 0), (4 + 4 * N_TAKES, 1)]
    whole = evaluate_system(centred, catalogue, [catalogue], tmp_path / "cache")
    assert heard[2:] == [(8, 0)]  # the recordings that are to be found
    assert whole.scores.shape == (len(catalogue.imitations), 8)
    assert [len(run) for run in whole.runs] == [len(catalogue.imitations)]


def test_what_was_learned_is_kept_for_all_systems_that_learn_alike(catalogue, tmp_path, monkeypatch):
    euclidean, *_, warped = FAMILIES["imisound"]
    first = learned(euclidean, catalogue.paths, 0, tmp_path / "cache")
    monkeypatch.setattr(module, "descriptors", lambda *_: pytest.fail("described again"))
    for system in (warped, SUPERVISED[0]):
        again = learned(system, catalogue.paths, 0, tmp_path / "cache")
        assert all(np.array_equal(again[name], first[name]) for name in first)


def test_changed_files_are_scored_anew(catalogue, tmp_path):
    def scores():
        return system_scores(PITCH, catalogue, learns_from=(), seed=0, cache=tmp_path / "cache")

    before = scores()
    soundfile.write(catalogue.sounds[0].path, tone(3_000, 0.6), RATE_HZ)
    assert not np.array_equal(before[:, 0], after := scores()[:, 0])
    assert after.shape == (8 * N_TAKES,)


class Nearest:
    """The nearest of the examples decides; it remembers what it was shown."""

    shown: list[tuple[float, ...]]

    def __init__(self, shown, examples, classes):
        self.examples, self.classes = examples, classes
        self.n_numbers = examples.size
        shown.append(tuple(np.sort(examples[:, 0])))

    def decide(self, queries):
        apart = np.abs(queries - self.examples[:, 0])
        return np.stack([-apart[:, self.classes == one].min(axis=1) for one in np.unique(self.classes)], axis=1)


def test_an_imitation_is_never_among_those_that_its_machine_was_shown(catalogue, tmp_path):
    shown = []
    system = SupervisedSystem(
        name="nearest", describe=pitch_and_energy, train=lambda examples, classes: Nearest(shown, examples, classes)
    )
    _, testing = catalogue.split_half(0)
    scores = supervised_scores(system, testing, testing, learns_from=(), seed=0, cache=tmp_path / "cache")
    assert [len(examples) for examples in shown] == [4 * (N_TAKES - 1)] * N_TAKES
    assert (scores < 0).all()  # 0 would be the very imitation
    columns = {sound.id: column for column, sound in enumerate(testing.sounds)}
    targets = [columns[imitation.sound_id] for imitation in testing.imitations]
    assert (target_ranks(scores, targets) == 1).all()


@pytest.mark.parametrize("system", SUPERVISED, ids=lambda system: system.name)
def test_a_sound_without_imitations_is_found_last(catalogue, tmp_path, system):
    training, testing = catalogue.split_half(0)
    options = {"learns_from": training.paths, "seed": 0, "cache": tmp_path / "cache"}
    unknown = supervised_scores(system, training, testing, **options)
    assert (unknown == unknown[:, :1]).all()  # one as likely as the other
    columns = {sound.id: column for column, sound in enumerate(testing.sounds)}
    targets = [columns[imitation.sound_id] for imitation in testing.imitations]
    assert (target_ranks(unknown, targets) == 4).all()
    known = supervised_scores(system, testing, testing, **options)
    assert (target_ranks(known, targets) == 1).mean() > 0.5  # chance: 0.25


def test_one_imitation_is_too_few_to_be_shown_another(catalogue, tmp_path):
    alone = catalogue.choose_imitations(1, 0)
    with pytest.raises(DataError, match="one imitation of s0; a supervised system must have heard another"):
        supervised_scores(SUPERVISED[1], alone, alone, learns_from=(), seed=0, cache=tmp_path / "cache")
