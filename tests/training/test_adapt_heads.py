"""What reads the layers of mn04 learns a library and a person's takes, and these alone say whether it is kept."""

import shutil
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import soundfile
import torch

from cli_calls import isolate, output_of, refusal_of
from menura.audio.files import read_audio
from menura.errors import UsageError
from menura.inputs.pair_features import PairFeatures
from menura.inputs.takes import TakeInputs
from menura.model.bundle import Bundle
from menura.network.checkpoint import load_network, save_network
from menura.network.iminet import IMINET
from menura.personal.given import given_takes
from menura.personal.takes import AskedSound, Clip, TaughtTakes
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training import adapt as module
from menura.training.adapt import HEADS, adapt
from menura.training.adapt_heads import HeadsCourse
from menura.training.export import export_bundle
from menura.training.heads import Heads
from menura.training.judges import Judges, Mrr
from menura.training.own_takes import judged_by_own, ranks_of
from menura.training.tuned_heads import OwnTakes, TuneSettings, loss_of, tuned
from mobilenets import random_network

SIZE, N, HELD_OUT = 8, 60, 10
TOWER = MobileNetTowerSpec(mn04_front_end(0.4), (PoolSpec(0),), 16)  # of layer 0, 8 numbers
SPEC = NetworkSpec(TOWER, TOWER, n_hidden=12)
QUICK = replace(HEADS, n_imitations=1, n_variants=1, n_own=1, n_test_imitations=1, n_steps=6, batch_size=8)
RATE_HZ = 16_000


def imitated(meant, by, seed, noise=0.1):
    """Takes of what recordings mean, as somebody makes them."""
    rng = np.random.default_rng(seed)
    return (meant @ by + noise * rng.normal(size=(len(meant), by.shape[1]))).astype(np.float16)


@pytest.fixture(scope="module")
def course():
    """A model that has learned how most people imitate, and a library that nobody of a person's kind imitates."""
    rng = np.random.default_rng(0)
    meant, usual = rng.normal(size=(N + HELD_OUT, SIZE)), rng.normal(size=(SIZE, SIZE))
    recordings = meant.astype(np.float16)[:, None]
    takes = np.stack([imitated(meant, usual, seed) for seed in range(4)], axis=1)
    lessons = TakeInputs(recordings[HELD_OUT:], takes[HELD_OUT:, :2], np.array([0, 2]))
    torch.manual_seed(0)
    settings = TuneSettings(n_steps=60, batch_size=32, learning_rate=1e-2, dropped=0.0)
    heads = tuned(Heads(lessons, np.arange(N), SPEC, 0.0), lessons, None, replace(settings, n_steps=300))
    judges = Judges(PairFeatures(recordings[:40, 0], takes[:40, 2:]), lessons.recordings[30:, 0], HELD_OUT)
    made = HeadsCourse(heads, judges, lambda: heads, lambda _: heads, lambda _: IMINET(SPEC), lessons, settings)
    return made, meant[HELD_OUT:], usual


def own_takes(meant, by, n, seed=5):
    rows = np.random.default_rng(seed).permutation(N)[:n]
    return OwnTakes(imitated(meant[rows], by, seed), rows)


def test_a_strong_habit_is_learned_and_those_takes_say_so_that_were_left_out(course):
    made, meant, usual = course
    habit = usual @ np.diag([-1.0, -1, 1, 1, 1, 1, 1, 1])
    own = own_takes(meant, habit, 30)
    outcome = judged_by_own(made, own, (0.5, 1.0))
    assert outcome.kept
    assert (outcome.n_sounds, outcome.n_among, len(outcome.before)) == (30, N + HELD_OUT, 30)
    gained = (1 / outcome.after).mean() - (1 / outcome.before).mean()
    assert gained > 0.1
    # and it holds for sounds of which there is no take at all
    others = own_takes(meant, habit, N, seed=6)
    others = others.only(~np.isin(others.rows, own.rows))
    learned = tuned(made.heads, made.lessons, own, made.settings)
    before, after = (1 / ranks_of(made, heads, others) for heads in (made.heads, learned))
    assert after.mean() > before.mean() + 0.1


def test_takes_that_say_nothing_teach_nothing(course):
    made, _, usual = course
    rows = np.random.default_rng(1).permutation(N)[:20]
    nonsense = OwnTakes(imitated(np.random.default_rng(2).normal(size=(20, SIZE)), usual, 3), rows)
    outcome = judged_by_own(made, nonsense, (0.5, 1.0))
    assert not outcome.kept
    assert (1 / outcome.before).mean() < 0.3


def test_ranks_are_of_the_right_sounds(course):
    made, meant, usual = course
    own = own_takes(meant, usual, 20)
    assert (1 / ranks_of(made, made.heads, own)).mean() > 0.8  # as it imitates whom the model knows
    shifted = OwnTakes(own.kept, (own.rows + 1) % N)
    assert (1 / ranks_of(made, made.heads, shifted)).mean() < 0.3


def test_own_takes_weigh_what_they_are_told_to(course):
    made, meant, usual = course
    own = own_takes(meant, -usual, 10)  # nothing that the model finds

    def loss(personal):
        settings = replace(made.settings, personal=personal)
        with torch.no_grad():
            return loss_of(made.heads, made.lessons, own, settings, np.random.default_rng(0)).item()

    light, heavy, middle = loss(0.0), loss(1.0), loss(0.5)
    assert heavy > 2 * light
    assert middle == pytest.approx((light + heavy) / 2, rel=1e-5)


def test_tuning_leaves_the_model_as_it_is_and_is_the_same_each_time(course):
    made, meant, usual = course
    before = {name: tensor.clone() for name, tensor in made.heads.state_dict().items()}
    own = own_takes(meant, usual, 12)
    one, other = (tuned(made.heads, made.lessons, own, replace(made.settings, n_steps=3)) for _ in range(2))
    assert all(torch.equal(tensor, before[name]) for name, tensor in made.heads.state_dict().items())
    assert all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in one.state_dict().items())


def test_heads_taken_from_a_network_score_as_it_does():
    features = np.random.default_rng(0).normal(3, 2, size=(30, 1, SIZE)).astype(np.float16)
    kept = TakeInputs(features, features[::-1], np.array([0]))
    torch.manual_seed(0)
    network = IMINET(SPEC).eval()
    heads = Heads(kept, np.arange(30), SPEC, 0.0).eval()
    heads.take_from(network)
    takes, recordings = (torch.from_numpy(x[:, 0].astype(np.float32)) for x in (kept.takes, kept.recordings))
    with torch.no_grad():
        joint = torch.cat(
            [network.imitation_tower.perceptron(takes), network.recording_tower.perceptron(recordings)], dim=1
        )
        expected = network.fc2(torch.relu(network.fc1(joint)))[:, 0]
        assert torch.allclose(heads(takes, recordings).diagonal(), expected, atol=1e-5)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A model like the default, but tiny and knowing nothing."""
    pools = (PoolSpec(2, "mean"), PoolSpec(4, "spread"))
    spec = NetworkSpec(
        MobileNetTowerSpec(mn04_front_end(0.5), pools, 8), MobileNetTowerSpec(mn04_front_end(0.4), pools, 8)
    )
    torch.manual_seed(0)
    network = IMINET(spec)
    for seed, tower in enumerate((network.imitation_tower, network.recording_tower)):
        tower.net = random_network(seed).folded()
    return export_bundle(
        network.eval(),
        tmp_path_factory.mktemp("base") / "tiny",
        name="tiny",
        training={},
        scores={},
        window_correction=0.25,
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library") / "tones"
    folder.mkdir()
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    for index in range(24):
        soundfile.write(folder / f"{index:02}.wav", 0.3 * np.sin(2 * np.pi * 150 * 1.1**index * time_s), RATE_HZ)
    return folder.resolve()


def taught(folder, library, names):
    """Takes of sounds of a library: the sounds themselves, somewhat louder."""
    takes = TaughtTakes(folder)
    for name in names:
        file = library / name
        clip = Clip(read_audio(file, RATE_HZ), RATE_HZ)
        asked = AskedSound(str(library), name, sha256(file.read_bytes()).digest(), clip)
        takes.keep(Clip(1.5 * clip.samples, RATE_HZ), asked)
    return folder


@pytest.mark.usefixtures("in_one_process")
def test_the_default_kind_is_adapted_and_only_what_reads_the_layers(base, library, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_by_judges", lambda course, _: (course.tune(), 1.0, None))
    measured = iter((0.1, 0.2))
    monkeypatch.setattr(Judges, "mrr", lambda *_: Mrr(*3 * (next(measured),)))
    done = adapt(base, library, tmp_path / "out", work=tmp_path / "work", recipe=QUICK, told=lambda _: None)
    assert done.kept and done.own is None
    before, after = load_network(base).state_dict(), load_network(tmp_path / "out").state_dict()
    changed = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert {"imitation_tower.perceptron.0.weight", "recording_tower.perceptron.0.weight", "fc1.weight"} <= changed
    assert not any(".net." in name for name in changed)
    made = Bundle.load(tmp_path / "out")
    assert made.card["scores"]["own"] is None
    assert made.window_correction == 0.25


@pytest.mark.usefixtures("in_one_process")
def test_own_takes_decide_and_their_sounds_are_all_learned_from(base, library, tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    monkeypatch.setattr(module, "recipe_for", lambda _: QUICK)
    takes = taught(tmp_path / "voice", library, [f"{number:02}.wav" for number in range(12)])
    seen = []
    judge = module.judged_by_own
    for kept in (True, False):

        def judged(course, own, shares, usual, kept=kept):
            seen.append(sorted(own.rows))
            return replace(judge(course, own, shares, usual), kept=kept)

        monkeypatch.setattr(module, "judged_by_own", judged)
        out = tmp_path / f"mine {kept}"
        printed = output_of("adapt", library, "--model", base, "--takes", takes, "--out", out)
        assert "Your own 12 takes of 12 sounds, each by a model without those of its sound:" in printed
        assert out.exists() is kept
        assert ("not surely better, so it was not kept" in printed) is not kept
    assert seen[0] == list(range(7, 19))  # the last twelve of nineteen: five others stayed out
    own = Bundle.load(tmp_path / "mine True").card
    assert own["scores"]["own"]["takes"] == 12
    assert own["training"]["imitations"] == "simulated by Menura, and 12 of the owner's own"


@pytest.mark.usefixtures("in_one_process")
def test_takes_in_which_nothing_is_heard_are_left_out_and_too_few_are_refused(base, library, tmp_path):
    folder = taught(tmp_path / "voice", library, [f"{number:02}.wav" for number in range(10)])
    given = given_takes(folder, library)
    soundfile.write(given[3].file, np.zeros(RATE_HZ), RATE_HZ)
    told = []
    with pytest.raises(UsageError, match="takes of 9 sounds are left"):
        adapt(base, library, tmp_path / "o", work=tmp_path / "w", recipe=QUICK, told=told.append, takes=given)
    assert any("nothing is heard" in line for line in told)


@pytest.mark.usefixtures("in_one_process")
def test_a_model_that_stands_there_and_hears_by_other_layers_is_said(base, library, tmp_path):
    other = shutil.copytree(base, tmp_path / "other")
    network = load_network(base)
    network.imitation_tower.net = random_network(7).folded()
    save_network(network.eval(), other)
    with pytest.raises(
        UsageError, match=r"other: holds a model of another kind than .*; name another folder with --out"
    ):
        adapt(base, library, other, work=tmp_path / "w", recipe=QUICK, told=lambda _: None)


def test_takes_that_cannot_teach_are_refused_in_a_line(base, library, tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    other = shutil.copytree(library, tmp_path / "others").resolve()
    names = [f"{number:02}.wav" for number in range(12)]
    few, elsewhere, changed = tmp_path / "few", tmp_path / "elsewhere", tmp_path / "changed"
    taught(few, library, names[:3])
    taught(elsewhere, other, names)
    taught(changed, other, names)
    for name in names[2:]:
        soundfile.write(other / name, np.random.default_rng(0).normal(0, 0.1, RATE_HZ), RATE_HZ)
    (tmp_path / "empty").mkdir()

    def refused(takes, of=library):
        return refusal_of("adapt", of, "--model", base, "--takes", takes, code=2)

    assert f"{tmp_path / 'empty'}: no takes here; the page of `menura serve` keeps those" in refused(tmp_path / "empty")
    assert f"{few}: takes of 3 sounds of {library}; to learn from and to judge by, it takes 10" in refused(few)
    assert f"takes of 0 sounds of {library}, and 12 takes of sounds that are not there as they were" in refused(
        elsewhere
    )
    assert f"takes of 2 sounds of {other}, and 10 takes of sounds that are not there" in refused(changed, other)
