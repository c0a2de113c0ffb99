"""Towers that begin as mn04 in training: what they hear, how both stages learn, and going on where it stopped."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from bundles import write_sound
from menura.corpora.collections import load_collections
from menura.corpora.recordings import load_recordings
from menura.inputs.takes import KINDS, TakeInputs, TakePlan, load_take_inputs
from menura.model.bundle import Bundle
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNet
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training import voice_model
from menura.training.end_to_end import EndToEndSettings
from menura.training.frozen import LAST_FROZEN, frozen_outputs, frozen_pools
from menura.training.heads import Heads, HeadSettings, train_heads
from menura.training.take_batches import draw_takes, take_batches
from menura.training.voice_model import _by_people, measured_mouths, new_network, train_network, train_voice_model
from menura.training.voice_recipe import Round, VoiceRecipe
from mobilenets import published_names

POOLS = (PoolSpec(4, "mean"), PoolSpec(6, "spread"), PoolSpec(6, "mean", (1, 4)))
SPEC = NetworkSpec(MobileNetTowerSpec(mn04_front_end(0.5), POOLS, 8), MobileNetTowerSpec(mn04_front_end(0.4), POOLS, 8))
RECIPE = VoiceRecipe(
    name="tiny",
    heads=HeadSettings(n_steps=3, batch_size=8),
    rounds=(
        Round(TakePlan(simulated=1, mosaics=1, own=1, variants=1, seed=0), EndToEndSettings(n_steps=2, batch_size=4)),
        Round(TakePlan(simulated=1, mosaics=0, own=1, variants=0, seed=2), EndToEndSettings(n_steps=2, batch_size=4)),
    ),
    spec=SPEC,
)


@pytest.fixture(scope="module", autouse=True)
def one_process():
    """Makes inputs in this process: others take seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("menura.inputs.arrays.in_parallel", lambda work, paths, _, *, done=0: map(work, paths[done:]))
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("mn04") / "weights.safetensors"
    save_file(published_names(MobileNet(batch_norm=True)), file)
    return file


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Noises as recordings, some of them of a collection that is held out, and as people."""
    folder = tmp_path_factory.mktemp("data")
    for number in range(20):
        (folder / "kenney").mkdir(exist_ok=True)
        write_sound(folder / "kenney" / f"click_{number}.wav", number)
    rows = ["file,corpus,licence,source"]
    for number, corpus in enumerate(["wis", "wis", "drum-machines"]):
        (folder / "more" / corpus).mkdir(parents=True, exist_ok=True)
        name = f"{corpus}/{number}.wav"
        write_sound(folder / "more" / name, 100 + number)
        rows.append(f"{name},{corpus},CC0,somewhere")
    (folder / "more" / "index.csv").write_text("\n".join(rows) + "\n")
    for number, person in enumerate(["klettres-de", "klettres-da"]):
        (folder / "voices" / person).mkdir(parents=True)
        write_sound(folder / "voices" / person / "a.wav", 200 + number, duration_s=1.0)
    return folder


@pytest.fixture(scope="module")
def trained(data, weights, tmp_path_factory):
    home = tmp_path_factory.mktemp("trained")
    scores = train_voice_model(data, weights, home / "model", home / "work", RECIPE)
    return home, scores


def kept(n, *, takes_of=3, size=6, seed=0):
    """Features of n recordings in two variants; every take is its recording's, scrambled, and a little noise."""
    rng = np.random.default_rng(seed)
    meant, mix = rng.normal(size=(n, size)), rng.normal(size=(size, size))
    recordings = meant[:, None] + 0.05 * rng.normal(size=(n, 2, size))
    takes = (meant @ mix)[:, None] + 0.05 * rng.normal(size=(n, takes_of, size))
    return TakeInputs(3 + recordings.astype(np.float16), 5 * takes.astype(np.float16), np.arange(takes_of) % len(KINDS))


def test_the_words_of_scores_are_measured_on_people_alone():
    inputs = kept(5, takes_of=6)
    pairs = _by_people(inputs, np.array([1, 4]))
    people = [number for number in range(6) if KINDS[inputs.kinds[number]] != "own"]
    assert len(people) == 4
    np.testing.assert_array_equal(pairs.imitations, inputs.takes[[1, 4]][:, people])
    np.testing.assert_array_equal(pairs.recordings, inputs.recordings[[1, 4], 0])


def feature_spec():
    tower = MobileNetTowerSpec(mn04_front_end(0.4), (PoolSpec(0),), 16)  # of layer 0, 8 numbers
    return NetworkSpec(tower, tower, n_hidden=12)


def test_a_training_becomes_a_bundle_that_says_what_it_is_made_of(trained):
    home, scores = trained
    bundle = Bundle.load(home / "model")
    assert bundle.spec == SPEC
    described = {corpus["folder"]: corpus for corpus in bundle.card["training"]["data"]}
    assert described["kenney"]["held_out"] == 4 and described["wis"]["train"] == 2
    assert described["drum-machines"] == {
        "folder": "drum-machines", "title": "drum-machines", "licence": "CC0", "source": "somewhere",
        "train": 0, "validation": 0, "held_out": 1,
    }  # fmt: skip
    assert bundle.card["training"]["people"] == {
        "train": ["klettres-de"],
        "validation": [],
        "held_out": ["klettres-da"],
    }
    assert "Florian Schmid" in bundle.card["training"]["began_as"]["notice"]
    assert {name: score["n_candidates"] for name, score in scores.items()} == {
        "held_out_simulated": 5,
        "held_out_mosaic": 5,
    }


def test_what_is_trained_is_not_trained_again_and_another_recipe_is(trained, data, weights, monkeypatch):
    home, _ = trained
    recordings = load_recordings(data, 0) + load_collections(data)[0]
    for module in ("heads.HeadTraining", "end_to_end.EndToEndTraining"):
        monkeypatch.setattr(f"menura.training.{module}.training_step", lambda *_: 1 / 0)
    again, steps, usual = train_network(recordings, data, weights, home / "work", RECIPE)
    made_usual = Bundle.load(home / "model").usual
    assert steps == Bundle.load(home / "model").steps
    assert made_usual is not None
    np.testing.assert_allclose(usual.weight, made_usual.weight, atol=1e-2)
    made = load_network(home / "model").state_dict()
    assert all(torch.allclose(tensor, made[name], atol=1e-6) for name, tensor in again.state_dict().items())
    other = replace(RECIPE, heads=replace(RECIPE.heads, dropped=0.1))
    with pytest.raises(ZeroDivisionError):
        train_network(recordings, data, weights, home / "work", other)


def test_without_people_a_model_is_trained_all_the_same(data, weights, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kenney").symlink_to(data / "kenney")
    network, *_ = train_network(load_recordings(tmp_path / "data", 0), tmp_path / "data", weights, tmp_path, RECIPE)
    assert all(torch.isfinite(tensor).all() for tensor in network.state_dict().values())


def test_of_a_round_as_much_is_kept_as_the_recipe_says(data, weights, tmp_path):
    recordings = load_recordings(data, 0)
    first, second = RECIPE.rounds
    made = [
        train_network(recordings, data, weights, tmp_path, replace(RECIPE, rounds=rounds))[0].fc1.weight
        for rounds in (
            (first,),
            (first, replace(second, share=0.0)),
            (first, second),
            (first, replace(second, share=0.5)),
        )
    ]
    assert torch.equal(made[0], made[1])
    assert not torch.allclose(made[0], made[2])
    assert torch.allclose(made[3], (made[0] + made[2]) / 2, atol=1e-6)


def test_takes_are_what_is_heard_and_differ_by_kind(data, tmp_path):
    mouths = measured_mouths(data, voice_model.Split.TRAIN, tmp_path)
    paths = sorted((data / "kenney").iterdir())[:2]
    inputs = load_take_inputs(paths, SPEC, RECIPE.rounds[0].takes, mouths, tmp_path)
    assert inputs.recordings.shape == (2, 2, *SPEC.recording.front_end.shape)
    assert inputs.takes.shape == (2, 3, *SPEC.imitation.front_end.shape)
    takes = inputs.takes[0].astype(np.float32)
    assert all(np.abs(one - other).max() > 0.1 for one, other in zip(takes, np.roll(takes, 1, axis=0), strict=True))
    silence = SPEC.imitation.front_end.silence
    assert (takes.max(axis=(1, 2)) > silence + 0.5).all()


def test_stage_one_learns_what_belongs_together(tmp_path):
    features = kept(200, size=8)
    spec = feature_spec()
    torch.manual_seed(0)
    network = IMINET(spec)
    settings = HeadSettings(n_steps=90, batch_size=50, learning_rate=2e-2, dropped=0.0, averaged=0.9)
    train_heads(network, features, np.arange(150), np.arange(150, 200), run=tmp_path, settings=settings)
    takes, recordings = (torch.from_numpy(x[150:, 0].astype(np.float32)) for x in (features.takes, features.recordings))
    sides = (
        network.imitation_tower.perceptron(takes) @ network.imitation_weight.T + network.fc1.bias,
        network.recording_tower.perceptron(recordings) @ network.recording_weight.T,
    )
    with torch.no_grad():
        best = network.logits(*sides).argmax(dim=1)
    assert (best == torch.arange(50)).float().mean() > 0.8


def test_what_stage_one_gives_to_a_network_scores_the_same():
    features = kept(30, size=8)
    torch.manual_seed(0)
    heads = Heads(features, np.arange(30), feature_spec(), dropped=0.0).eval()
    network = IMINET(feature_spec()).eval()
    heads.give_to(network)
    takes, recordings = (torch.from_numpy(x[:, 0].astype(np.float32)) for x in (features.takes, features.recordings))
    with torch.no_grad():
        joint = torch.cat(
            [network.imitation_tower.perceptron(takes), network.recording_tower.perceptron(recordings)], dim=1
        )
        one_by_one = network.fc2(torch.relu(network.fc1(joint)))[:, 0]
        assert torch.allclose(heads(takes, recordings).diagonal(), one_by_one, atol=1e-4)


def test_frozen_layers_are_the_towers_own_and_are_heard_once(weights, tmp_path, monkeypatch):
    network = new_network(SPEC, weights)
    rng = np.random.default_rng(0)
    inputs = TakeInputs(
        rng.normal(size=(3, 2, *SPEC.recording.front_end.shape)).astype(np.float16),
        rng.normal(size=(3, 1, *SPEC.imitation.front_end.shape)).astype(np.float16),
        np.zeros(1, np.intp),
    )
    outputs = frozen_outputs(network, inputs, tmp_path / "outputs")
    made = frozen_pools(network, outputs, tmp_path / "pools")
    with torch.no_grad():
        alone = network.recording_tower.pooled(torch.from_numpy(inputs.recordings[2, 1][None, None].astype(np.float32)))
    assert np.allclose(made.recordings[2, 1], alone[0].numpy(), rtol=2e-3, atol=2e-3)
    monkeypatch.setattr("menura.training.frozen._of_part", lambda *_: pytest.fail("heard again"))
    assert np.array_equal(frozen_outputs(network, inputs, tmp_path / "outputs").takes, outputs.takes)
    assert np.array_equal(frozen_pools(network, outputs, tmp_path / "pools").takes, made.takes)


def test_the_first_layers_are_never_trained(trained, weights):
    home, _ = trained
    before, after = new_network(SPEC, weights).state_dict(), load_network(home / "model").state_dict()
    layers = {name: int(name.split(".")[2].removeprefix("layer")) for name in before if ".net." in name}
    kept = {name for name, layer in layers.items() if torch.equal(before[name], after[name])}
    assert {layer for name, layer in layers.items() if name in kept and layer <= LAST_FROZEN} == set(range(5))
    assert all(name in kept for name, layer in layers.items() if layer <= LAST_FROZEN)
    assert any(name not in kept for name, layer in layers.items() if layer == LAST_FROZEN + 1)


def test_takes_are_drawn_by_kind_and_kinds_that_are_not_there_are_made_up_for():
    kinds = np.array([0, 0, 0, 1])
    drawn = draw_takes(kinds, (0.5, 0.25, 0.25), 30_000, np.random.default_rng(0))
    share = np.bincount(drawn, minlength=4) / len(drawn)
    assert np.allclose(share, [2 / 9, 2 / 9, 2 / 9, 1 / 3], atol=0.02)


def test_a_batch_pairs_takes_with_their_own_recordings():
    numbers = np.arange(10, dtype=np.float16)
    inputs = TakeInputs(
        np.repeat(numbers[:, None, None], 3, axis=1), np.repeat(numbers[:, None, None], 2, axis=1), np.array([0, 2])
    )
    batches = list(take_batches(inputs, np.arange(1, 10), 4, (0.5, 0.0, 0.5), np.random.default_rng(0)))
    assert [len(takes) for takes, _ in batches] == [4, 4]
    seen = torch.cat([takes for takes, _ in batches]).ravel().tolist()
    assert len(set(seen)) == 8 and 0 not in seen
    assert all(torch.equal(takes, recordings) for takes, recordings in batches)
