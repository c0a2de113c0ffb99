"""Pre-training learns its classes, as the paper has them, and is never gone on with from another one."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from cli_calls import output_of
from menura.corpora.classes import ClassCatalogue, Clip
from menura.inputs.class_inputs import ClassInputs
from menura.network.towers import ConvTower
from menura.training import pretraining
from menura.training.pretraining import (
    ENVIRONMENT,
    LANGUAGE,
    PreTraining,
    SourceTask,
    class_batches,
    clip_accuracy,
    cross_validate,
    pretrain,
    pretrain_by_speaker,
    pretraining_run,
)
from toy import FRONT_END, TOWER

TASK = SourceTask(TOWER, n_windows=1, augmented=False)
SETTINGS = PreTraining(epochs=1, batch_size=4)


def test_pretraining_learns_classes_and_clips_are_decided_by_their_windows(tmp_path):
    rng = np.random.default_rng(0)
    targets = np.repeat(np.arange(3), 16)
    log_mels = rng.standard_normal((48, *FRONT_END.shape)).astype(np.float32)
    for row, target in zip(log_mels, targets, strict=True):
        row[4 * target : 4 * target + 4] += 2  # a class is a loud band
    torch.manual_seed(0)
    settings = PreTraining(learning_rate=1e-2, batch_size=16, epochs=30)
    windows = ClassInputs(log_mels, targets, np.arange(48) // 2)
    classifier = pretrain(ConvTower(TOWER), windows, tmp_path, settings, n_classes=3, augmented=True)
    assert clip_accuracy(classifier, windows) > 0.9
    confused = log_mels.copy()
    confused[0], confused[1] = 0.01 * log_mels[40], 3 * log_mels[0]  # one weak wrong window, one clear right one
    assert clip_accuracy(classifier, ClassInputs(confused[:2], targets[:2], np.zeros(2, int))) == 1.0


@pytest.fixture
def speech(tmp_path, in_one_process):
    """Six people speak each of two languages, two clips each; clips in the order of their paths."""
    rng = np.random.default_rng(0)
    clips = []
    for label in ("de", "en"):
        for speaker in range(6):
            for take in range(2):
                path = tmp_path / "speech" / f"{label}-{speaker}" / f"{take}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(path, 0.1 * rng.standard_normal(2_000), 8_000)
                clips.append(Clip(path, label, fold=1 + speaker % 2, speaker=f"{label}-{speaker}"))
    return ClassCatalogue("speech", tuple(clips))


def part_of(speech, n_speakers):
    return replace(speech, clips=tuple(clip for clip in speech.clips if int(clip.speaker[-1]) < n_speakers))


def test_what_was_trained_on_a_part_is_not_used_for_the_whole(speech, tmp_path, monkeypatch):
    real, runs = pretraining.fit, []
    monkeypatch.setattr(pretraining, "fit", lambda *args, run, **rest: runs.append(run) or real(*args, run=run, **rest))
    for catalogue in (part_of(speech, 4), speech, speech):
        pretrain_by_speaker(catalogue, TASK, SETTINGS, tmp_path / "work", told=lambda _: None)
    part, whole, again = runs
    assert part != whole == again
    # The part of VoxForge that came first may have trained on who tests now.
    assert set(part_of(speech, 4).split_speakers(0)[0].paths) - set(speech.split_speakers(0)[0].paths)


def test_a_run_is_named_by_all_that_decides_it(speech, tmp_path):
    def run(catalogue=speech, task=TASK, **settings):
        return pretraining_run(catalogue, task, replace(SETTINGS, **settings), tmp_path / "work")

    relabelled = replace(speech, clips=(replace(speech.clips[0], label="en"), *speech.clips[1:]))
    names = [run(), run(seed=1), run(epochs=2), run(relabelled), run(task=replace(TASK, augmented=True))]
    assert len(set(names)) == len(names)
    assert run() == names[0]
    soundfile.write(speech.clips[5].path, np.zeros(2_000), 8_000)  # of equal size
    assert run() != names[0]


def test_folds_that_are_done_are_kept_for_the_same_files_only(speech, tmp_path, monkeypatch):
    def accuracies():
        return cross_validate(speech, TASK, SETTINGS, tmp_path / "work", lambda _: None)

    first = accuracies()
    assert len(first) == 2
    monkeypatch.setattr(pretraining, "fit", lambda *_, **__: pytest.fail("trained again"))
    assert accuracies() == first
    soundfile.write(speech.clips[0].path, np.random.default_rng(9).uniform(-0.5, 0.5, 2_000), 8_000)
    with pytest.raises(pytest.fail.Exception, match="trained again"):
        accuracies()


def test_environmental_sounds_are_learned_without_augmentation():
    assert (ENVIRONMENT.augmented, ENVIRONMENT.n_windows) == (False, None)
    assert (LANGUAGE.augmented, LANGUAGE.n_windows) == (True, 1)
    log_mels = np.random.default_rng(0).standard_normal((12, *FRONT_END.shape)).astype(np.float32)
    for augmented in (False, True):
        batches = class_batches(log_mels, np.arange(12), 4, np.random.default_rng(1), augmented=augmented)
        for clips, targets in batches:
            assert np.array_equal(clips[:, 0].numpy(), log_mels[targets]) is not augmented


def test_the_commands_print_the_published_figures_beside_their_own(speech, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("menura.corpora.registry.load_environment", lambda _: speech)
    monkeypatch.setattr("menura.corpora.voxforge.load_voxforge", lambda _: speech)
    monkeypatch.setattr(pretraining, "cross_validate", lambda _, task, *__, **___: asked.append(task) or [0.5, 0.7])
    monkeypatch.setattr(pretraining, "pretrain_by_speaker", lambda _, task, *__, **___: asked.append(task) or 0.6)
    options = ("--data", tmp_path, "--work", tmp_path / "work")
    assert "2 folds: 60.0 % +- 14.1 (published, on UrbanSound8K: 70.2 %)" in output_of("train", "environment", *options)
    assert "60.0 % (published: 69.8 %)" in output_of("train", "language", *options)
    assert asked == [ENVIRONMENT, LANGUAGE]
