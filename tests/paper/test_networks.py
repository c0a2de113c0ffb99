"""The networks that the paper compares: their towers, and that the figures show those of the table."""

from dataclasses import replace

import pytest
import torch

from menura.corpora.classes import ClassCatalogue, Clip
from menura.inputs.digest import content_digests
from menura.model.heard import TRAINED
from menura.network.checkpoint import load_network
from menura.network.towers import Classifier, make_tower
from menura.paper import networks, table1
from menura.paper.networks import THREE, Experiment, Pretrained, configurations, pretrained_towers, three_networks
from menura.paper.table1 import reproduce_table1
from menura.training.settings import FineTuning, PreTraining
from tiny_corpora import touch
from toy import toy_catalogue, toy_configurations


@pytest.mark.usefixtures("in_one_process")
def test_the_networks_of_the_figures_are_those_of_the_first_run(tmp_path, monkeypatch):
    for module in (networks, table1):
        monkeypatch.setattr(module, "configurations", toy_configurations)
    settings = FineTuning(epochs=2, batch_size=8, imitations_per_sound=2)
    experiment = Experiment(toy_catalogue(tmp_path), settings, tmp_path / "work")
    pretrained = Pretrained(None, None, "towers")
    reproduce_table1(experiment, pretrained, runs=1, told=lambda _: None)
    monkeypatch.setattr(networks, "fine_tune", lambda *_, **__: pytest.fail("trained again"))
    found = three_networks(experiment, pretrained, lambda _: None)
    assert tuple(found) == THREE
    for network, configuration in zip(list(found.values())[1:], toy_configurations(pretrained)[1:], strict=True):
        kept = load_network(experiment.home(configuration, 0))
        assert torch.equal(kept.fc1.weight, network.fc1.weight)
    weights = [network.fc1.weight.tolist() for network in found.values()]
    assert weights[0] != weights[1] == weights[2]  # the toys of both trainings are alike


@pytest.fixture
def corpora(tmp_path):
    """Two languages with ten speakers each, and two classes of sounds."""
    speech = tuple(
        Clip(touch(tmp_path / "speech" / f"{label}{speaker}.wav"), label, speaker=f"{label}{speaker}")
        for label in ("de", "en")
        for speaker in range(10)
    )
    sounds = tuple(Clip(touch(tmp_path / "sounds" / f"{label}.wav"), label, fold=1) for label in ("dog", "rain"))
    return ClassCatalogue("speech", speech), ClassCatalogue("sounds", sounds)


def test_towers_are_pretrained_on_the_training_speakers_and_on_all_sounds(corpora, tmp_path, monkeypatch):
    heard = []

    def learn(catalogue, task, settings, work):
        heard.append(catalogue)
        torch.manual_seed(settings.seed)
        return Classifier(make_tower(task.tower), 2)

    monkeypatch.setattr(networks, "pretrained_classifier", learn)
    speech, sounds = corpora
    first = pretrained_towers(speech, sounds, PreTraining(), tmp_path / "work")
    training, _ = speech.split_speakers(0)
    assert heard == [training, sounds]
    assert len(training.clips) == 14  # 70 %

    digests = content_digests([training.clips[0].path, sounds.clips[0].path], tmp_path / "cache")
    assert list(map(first.heard.purpose, digests)) == [TRAINED, TRAINED]
    last = configurations(first)[-1]
    assert (last.heard, last.starts_from) == (first.heard, first.name)

    again = pretrained_towers(speech, sounds, PreTraining(), tmp_path / "work")
    assert (len(heard), again.name) == (2, first.name)
    assert torch.equal(again.imitation.conv1.conv.weight, first.imitation.conv1.conv.weight)

    second = first.of_run(1)
    assert len(heard) == 4  # a run has towers of its own, of the same speakers
    assert heard[2] == training
    assert second.name != first.name
    assert not torch.equal(second.imitation.conv1.conv.weight, first.imitation.conv1.conv.weight)
    assert first.of_run(1).name == second.name == first.of_run(0).of_run(1).name
    assert len(heard) == 4

    for catalogues, settings in (
        (corpora, PreTraining(epochs=2)),
        ((replace(speech, clips=speech.clips[:-1]), sounds), PreTraining()),
    ):
        assert pretrained_towers(*catalogues, settings, tmp_path / "work").name != first.name
    assert len(heard) == 2 + 2 + 2 + 1  # with one speaker fewer, the sounds' tower is the same
