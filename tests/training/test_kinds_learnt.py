"""Kinds are learnt from names and from mn04, judged by kits that were not learnt from, and put into a bundle."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import menura.training.kinds
from menura.corpora.recordings import Recording, Split
from menura.corpora.sound_kinds import audioset_classes, sound_kinds
from menura.model.bundle import Bundle
from menura.training.kind_hearing import Heard
from menura.training.kind_labels import kinds_by_name, kinds_of, kit_of
from menura.training.kinds import KindSettings, add_kinds, learn_kinds, least_share

NAMES = [kind.name for kind in sound_kinds()]
FEW = KindSettings(n_steps=600, batch_size=64, n_neurons=16, learning_rate=1e-2, prior=0.5)


def recording(name: str, corpus: str = "wis") -> Recording:
    return Recording(Path(corpus) / f"{name}.ogg", corpus, "", Split.TRAIN)


@pytest.mark.parametrize(
    ("corpus", "name", "kinds"),
    [
        ("wis", "sounds_dog_bark_01", {"dog"}),
        ("wis", "sounds_vehicle_horn", {"horn"}),
        ("hydrogen", "kits__Forzee__RideBell-1", {"cymbal"}),  # and no bell
        ("oramics-dm", "TR-808__samples__01.BD.808", {"kick"}),
        ("wis", "bd_01", {"kick"}),
        ("lmms", "samples__drums__bassdrum_acoustic01", {"kick"}),  # and no bass
        ("lmms", "samples__basses__rave01", {"bass"}),  # its folder says so
        ("oramics-drums", "kit__49-SabianAA16Crash-4", {"cymbal"}),
        ("supertuxkart", "data__sfx__crash", {"crash"}),  # only in a drum kit is it a cymbal
        ("philharmonia", "oboe_A4_05_piano_normal", {"woodwind"}),  # softly, and no piano
        ("megaglest", "units__archmage_select", set()),
    ],
)
def test_names_say_kinds(corpus, name, kinds):
    assert {NAMES[number] for number in kinds_by_name(recording(name, corpus))} == kinds


def test_the_table_of_kinds_is_sound():
    kinds = sound_kinds()
    assert len(kinds) == len({kind.name for kind in kinds}) <= 254
    assert len(audioset_classes()) == 527
    assert {name for kind in kinds for name in kind.classes} <= set(audioset_classes())
    words = [word for kind in kinds for word in {kind.name, *kind.words}]
    assert len(words) == len(set(words))  # no word means two kinds


def test_where_a_name_says_nothing_mn04_does_and_where_it_says_something_only_of_other_families():
    logits = np.full((3, 527), -9.0)
    logits[:, audioset_classes().index("Bark")] = 3
    logits[:, audioset_classes().index("Snare drum")] = 3
    shares = kinds_of([recording("0231"), recording("cat_meow"), recording("kit__snare", "hydrogen")], logits)
    of = lambda row: {name for name, share in zip(NAMES, shares[row], strict=True) if share > 0.5}  # noqa: E731
    assert [of(row) for row in range(3)] == [
        {"dog", "animal", "snare", "drum"},
        {"cat", "animal", "snare", "drum"},
        {"snare", "drum"},
    ]


def test_the_least_share_is_the_lowest_that_is_precise_enough():
    shares = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    settings = KindSettings(precision=0.6, least=2, prior=0.9)
    assert least_share(shares, np.array([1, 1, 1, 0, 1, 0, 0], bool), settings) == 0.5  # 4 of 5, and one unseen
    assert least_share(shares, np.array([0, 0, 1, 1, 0, 0, 0], bool), settings) is None
    assert least_share(shares, np.array([1, 0, 0, 0, 0, 0, 0], bool), settings) is None  # one proves nothing
    rare = replace(settings, prior=0.01)  # where few sounds are of the kind, a wrong one stands for many
    assert least_share(shares, np.array([1, 1, 1, 0, 1, 0, 0], bool), rare) == 0.7


def made_up() -> Heard:
    """Dogs and cats of twelve collections; half the numbers of a projection tell them apart, and nothing frogs."""
    rng = np.random.default_rng(0)
    named = [(animal, kit) for kit in range(12) for animal in ("dog", "cat", "frog", "cow") for _ in range(4)]
    recordings = [recording(f"kit{kit}__{animal}_{at}") for at, (animal, kit) in enumerate(named)]
    windows = rng.normal(size=(len(named), 108)).astype(np.float32)
    windows[:, :54] += np.array([{"dog": 3, "cat": -3}.get(animal, 0) for animal, _ in named])[:, None]
    return Heard(recordings, windows, np.arange(len(named)), np.full((len(named), 527), -9, np.float32))


def test_what_can_be_told_is_learnt_and_what_cannot_is_left_out():
    heard = made_up()
    assert len({kit_of(one) for one in heard.recordings}) == 12
    tensors, stated = learn_kinds(heard, FEW)
    assert [kind["name"] for kind in stated] == ["dog", "cat", "animal"]  # and neither frog nor cow
    dog, cat, animal = stated
    assert dog["sounds"] == cat["sounds"] == 48
    assert animal["sounds"] == 192
    assert min(dog["precision"], cat["precision"]) >= 0.8
    assert min(dog["recall"], cat["recall"]) > 0.9
    assert tensors["weight"].shape == (3, 16)


def test_a_bundle_gets_kinds_and_keeps_everything_else(random_bundle_folder, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(random_bundle_folder, tmp_path / "model"))
    before = json.loads((folder / "model.json").read_text())
    heard = made_up()
    monkeypatch.setattr(menura.training.kinds, "load_recordings", lambda data, seed: heard.recordings)
    monkeypatch.setattr(menura.training.kinds, "hear", lambda home, recordings, weights, work: heard)
    monkeypatch.setattr(menura.training.kinds, "KindSettings", lambda: FEW)
    stated = add_kinds(str(folder), tmp_path, tmp_path / "weights", tmp_path)
    bundle, after = Bundle.load(folder), json.loads((folder / "model.json").read_text())
    assert after.pop("kinds") == stated
    assert after["sha256"].pop("kinds.safetensors")
    assert after == before
    dogs = [number for number, one in enumerate(heard.recordings) if "dog" in one.path.stem]
    said = [bundle.kinds.likely(heard.windows[number][None]) for number in dogs]
    assert np.mean([kinds[:1] == ("dog",) for kinds in said]) > 0.9
    assert {path.name for path in tmp_path.iterdir()} == {"model"}  # nothing is left beside it


def test_too_little_data_leaves_a_bundle_as_it_is(random_bundle_folder, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(random_bundle_folder, tmp_path / "model"))
    before = (folder / "model.json").read_bytes()
    heard = made_up()
    few = Heard(heard.recordings[:8], heard.windows[:8], heard.owners[:8], heard.logits[:8])
    monkeypatch.setattr(menura.training.kinds, "load_recordings", lambda data, seed: few.recordings)
    monkeypatch.setattr(menura.training.kinds, "hear", lambda home, recordings, weights, work: few)
    monkeypatch.setattr(menura.training.kinds, "KindSettings", lambda: FEW)
    assert add_kinds(folder, tmp_path, tmp_path / "weights", tmp_path) == []
    assert (folder / "model.json").read_bytes() == before
    assert not (folder / "kinds.safetensors").exists()
