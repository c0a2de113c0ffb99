"""The two tasks that the towers are pre-trained on (paper, section 3.1).

The imitation tower learns to tell seven spoken languages apart, from the first 4 s of a clip; the recording tower
learns ten classes of environmental sounds, from every window of a clip, which then decide together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.audio.windows import iter_windows
from menura.corpora.classes import ClassCatalogue
from menura.inputs.arrays import Arrays, cache_key, cached_windows
from menura.network.towers import Classifier, Tower, make_tower
from menura.specs import FrontEndSpec, TowerSpec
from menura.training.fit import Batches, Precision, fit
from menura.training.pretrain import ClassifierTraining, class_batches, clip_accuracy
from menura.whole import written_whole


@dataclass(frozen=True)
class PreTraining:
    """Settings of a pre-training; the paper states none, so these are ours.

    Attributes:
        learning_rate: AdamW's highest.
        batch_size: Windows in a batch.
        epochs: Passes over all training windows.
        seed: Decides the initial weights, batches, augmentation and dropout.
        precision: Of the arithmetic, `fp32` or `bf16`.
    """

    learning_rate: float = 1e-3
    batch_size: int = 64
    epochs: int = 20
    seed: int = 0
    precision: Precision = "fp32"

    @property
    def name(self) -> str:
        """Tells runs with different settings apart."""
        return hashlib.blake2b(repr(self).encode(), digest_size=4).hexdigest()


@dataclass(frozen=True)
class Windows:
    """n windows of labelled clips.

    Attributes:
        log_mels: (n, mel, time) normalised log-mel spectrograms.
        targets: (n,) class of each.
        clips: (n,) which clip each is of.
    """

    log_mels: Arrays
    targets: NDArray[np.intp]
    clips: NDArray[np.intp]

    def of_clips(self, wanted: NDArray[np.bool_]) -> Windows:
        """The windows of some clips, given as a mask over clips."""
        rows = wanted[self.clips]
        return Windows(self.log_mels[rows], self.targets[rows], self.clips[rows])


def load_windows(
    paths: Sequence[Path], labels: Sequence[str], front_end: FrontEndSpec, cache: Path, *, limit: int | None = None
) -> Windows:
    """Windows of clips, from the cache or made now.

    Args:
        paths: The clips.
        labels: Their classes, which are numbered in alphabetical order.
        front_end: The tower's.
        cache: A folder for the arrays.
        limit: How many windows of each clip, from its beginning; all by default.
    """
    file = cache / f"windows-{cache_key(front_end, limit, paths=paths)}.npy"
    work = partial(window_inputs, front_end=front_end, limit=limit)
    log_mels, clips = cached_windows(file, "log-mel of windows", work, paths)
    _, classes = np.unique(np.asarray(labels), return_inverse=True)
    return Windows(log_mels, classes[clips], clips)


def pretrain(tower: Tower, training: Windows, run: Path, settings: PreTraining, *, n_classes: int) -> Classifier:
    """Pre-train a tower in place under a classifier head, going on from `run` if it was stopped there."""
    torch.manual_seed(settings.seed)
    classifier = Classifier(tower, n_classes)
    size = min(settings.batch_size, len(training.log_mels))
    n_batches = len(training.log_mels) // size
    module = ClassifierTraining(classifier, learning_rate=settings.learning_rate, n_steps=n_batches * settings.epochs)
    draw = partial(class_batches, training.log_mels, training.targets, size)
    fit(
        module,
        Batches(draw, n_batches),
        run=run,
        epochs=settings.epochs,
        seed=settings.seed,
        precision=settings.precision,
    )
    return classifier


def accuracy(classifier: Classifier, testing: Windows) -> float:
    """Share of clips named rightly, each decided by all its windows."""
    return clip_accuracy(classifier, testing.log_mels, testing.targets, testing.clips)


def cross_validate(
    catalogue: ClassCatalogue, spec: TowerSpec, settings: PreTraining, work: Path, told: Callable[[str], None]
) -> list[float]:
    """Accuracy on each of a corpus's folds in turn, the tower trained anew on the others; folds done are kept."""
    windows = load_windows(catalogue.paths, [clip.label for clip in catalogue.clips], spec.front_end, work / "features")
    fold_of = np.array([clip.fold for clip in catalogue.clips])
    accuracies = []
    for fold in catalogue.folds:
        catalogue.split_fold(fold)  # refuses what cannot be split
        run = work / f"{catalogue.name}-fold-{fold}-{settings.name}"
        result = run / "accuracy.json"
        if not result.exists():
            torch.manual_seed(settings.seed)
            tower = make_tower(spec, batch_norm=True)
            training, testing = windows.of_clips(fold_of != fold), windows.of_clips(fold_of == fold)
            classifier = pretrain(tower, training, run, settings, n_classes=len(catalogue.labels))
            with written_whole(result) as unfinished:
                unfinished.write_text(json.dumps(accuracy(classifier, testing)), encoding="utf-8")
        accuracies.append(float(json.loads(result.read_text(encoding="utf-8"))))
        told(f"fold {fold}: {100 * accuracies[-1]:.1f} %")
    return accuracies


def pretrained_tower(
    training: ClassCatalogue, spec: TowerSpec, settings: PreTraining, work: Path, *, limit: int | None
) -> Classifier:
    """A tower trained on all clips of a catalogue, under its classifier head."""
    windows = load_windows(
        training.paths, [clip.label for clip in training.clips], spec.front_end, work / "features", limit=limit
    )
    torch.manual_seed(settings.seed)
    run = work / f"{training.name}-{settings.name}"
    return pretrain(make_tower(spec, batch_norm=True), windows, run, settings, n_classes=len(training.labels))


def pretrain_by_speaker(
    catalogue: ClassCatalogue, spec: TowerSpec, settings: PreTraining, work: Path, *, told: Callable[[str], None]
) -> float:
    """Accuracy on clips of speakers that were not in training, from the first window of each clip."""
    training, testing = catalogue.split_speakers(settings.seed)
    told(f"training on {training.summary}; testing on {testing.summary}")
    classifier = pretrained_tower(training, spec, settings, work, limit=1)
    labels = [clip.label for clip in testing.clips]
    return accuracy(classifier, load_windows(testing.paths, labels, spec.front_end, work / "features", limit=1))


def window_inputs(path: Path, *, front_end: FrontEndSpec, limit: int | None) -> Arrays:
    """(windows, mel, time) network inputs of a file, in half precision."""
    windows = islice(iter_windows(path, front_end), limit)
    return np.stack([network_input(window.samples, front_end) for window in windows]).astype(np.float16)
