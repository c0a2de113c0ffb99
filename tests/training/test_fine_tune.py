"""A model of one's own pairs by one command, and the rows of table 1 as bundles."""

import pytest

from cli_calls import isolate, output_of
from menura.corpora.catalogue import Catalogue
from menura.inputs.digest import content_digests
from menura.model.bundle import Bundle
from menura.model.heard import TRAINED, Heard
from menura.network.checkpoint import save_network
from menura.network.stored import network_sha256
from menura.paper import bundles, networks, table1
from menura.paper.networks import Experiment
from menura.training import fine_tune
from menura.training.fine_tune import train_on_pairs
from menura.training.settings import FineTuning
from toy import toy_catalogue, toy_configurations, toy_network

SETTINGS = FineTuning(epochs=2, batch_size=8, imitations_per_sound=2)


@pytest.fixture
def catalogue(tmp_path, monkeypatch, in_one_process) -> Catalogue:
    isolate(tmp_path, monkeypatch)
    (tmp_path / "corpus").mkdir()
    return toy_catalogue(tmp_path / "corpus")


@pytest.fixture
def begin(tmp_path):
    """A small network to begin with, so that nothing takes long."""
    (tmp_path / "begin").mkdir()
    save_network(toy_network(), tmp_path / "begin")
    return tmp_path / "begin"


def test_a_model_learns_from_pairs_and_says_what_it_heard(catalogue, begin, tmp_path, monkeypatch):
    out, told = tmp_path / "mine", []
    train_on_pairs(catalogue, begin, out, tmp_path / "work", SETTINGS, told=told.append)
    bundle = Bundle.load(out)
    assert (bundle.name, bundle.card["training"]["began_as"]) == ("mine", network_sha256(begin))
    assert network_sha256(out) != network_sha256(begin)
    assert told == []
    purposes = list(map(Heard.read(out).purpose, content_digests(catalogue.paths, tmp_path / "work" / "features")))
    assert (purposes.count(TRAINED), len(purposes)) == (8 + 8 * 2, 8 + 8 * 3)  # two of three imitations of a sound

    many = FineTuning(epochs=1, batch_size=8, imitations_per_sound=4)
    train_on_pairs(catalogue, begin, out, tmp_path / "work", many, told=told.append)
    assert told == ["fewer than 4 imitations, all of them used: 8 (s0, s1, s2, ...)"]


def test_the_command_hands_its_settings_on(catalogue, begin, tmp_path, monkeypatch):
    handed = []
    monkeypatch.setattr("menura.corpora.registry.load_imitations", lambda _: catalogue)
    monkeypatch.setattr(fine_tune, "train_on_pairs", lambda *arguments, told: handed.append(arguments))
    (tmp_path / "my.toml").write_text("[fine_tuning]\nepochs = 3\n")
    arguments = ("--data", tmp_path, "--out", tmp_path / "mine", "--settings", tmp_path / "my.toml")
    output_of("train", "pairs", *arguments, "--begin", begin, "--work", tmp_path / "work")
    ((found, home, out, work, settings),) = handed
    assert (found.summary, home, out, work) == (catalogue.summary, begin, tmp_path / "mine", tmp_path / "work")
    assert settings == FineTuning(epochs=3)


def test_the_rows_of_table_1_become_bundles(catalogue, tmp_path, monkeypatch):
    for module in (bundles, networks, table1):
        monkeypatch.setattr(module, "configurations", toy_configurations)
    experiment = Experiment(catalogue, SETTINGS, tmp_path / "work")
    folders = bundles.export_rows(experiment, None, tmp_path / "bundles")
    assert [folder.name for folder in folders] == ["tied-iminet", "tl-iminet-without-pre-training"]
    for folder, configuration in zip(folders, toy_configurations(None), strict=True):
        assert network_sha256(folder) == network_sha256(experiment.home(configuration, 0))
        assert set(Bundle.load(folder).card["scores"]) == {"AI", "ED"}
        training_half, testing_half = catalogue.split_half(0)
        heard = Heard.read(folder)
        for half, purpose in ((training_half, TRAINED), (testing_half, None)):
            digests = content_digests([sound.path for sound in half.sounds], experiment.cache)
            assert set(map(heard.purpose, digests)) == {purpose}
