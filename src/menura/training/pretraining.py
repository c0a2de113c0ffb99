"""Pre-training of the towers, each on a source task of its own (paper, section 3.1).

The imitation tower learns to tell seven spoken languages apart, from the first 4 s of a clip; the recording tower
learns ten classes of environmental sounds, from every window of a clip, which then decide together. Each is trained
under a classifier head that is thrown away.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.corpora.classes import ClassCatalogue
from menura.inputs.class_inputs import ClassInputs, load_class_inputs
from menura.inputs.digest import run_digest
from menura.network.towers import Classifier, Tower, make_tower
from menura.specs import TL_IMINET, TowerSpec
from menura.training.augment import augment
from menura.training.fit import Batch, Batches, fit
from menura.training.settings import PreTraining
from menura.whole import written_whole


@dataclass(frozen=True)
class SourceTask:
    """What a tower is pre-trained to do.

    Attributes:
        tower: The tower.
        n_windows: How many windows of a clip are heard, from its beginning; None: all.
        augmented: Whether clips are shifted in time, coloured and masked while it learns.
    """

    tower: TowerSpec
    n_windows: int | None
    augmented: bool


LANGUAGE = SourceTask(TL_IMINET.imitation, n_windows=1, augmented=True)
"""Spoken languages; whether its clips are augmented, the paper does not say."""

ENVIRONMENT = SourceTask(TL_IMINET.recording, n_windows=None, augmented=False)
"""Environmental sounds, 'without data augmentation' as the paper says."""


def source_inputs(catalogue: ClassCatalogue, task: SourceTask, work: Path, learned: ClassCatalogue) -> ClassInputs:
    """What a tower hears of a catalogue's clips, their classes numbered as in the catalogue that it learns from."""
    return load_class_inputs(
        catalogue, task.tower.front_end, work / "features", classes=learned.labels, n_windows=task.n_windows
    )


def pretrain(
    tower: Tower, training: ClassInputs, run: Path, settings: PreTraining, *, n_classes: int, augmented: bool
) -> Classifier:
    """Pre-train a tower in place under a classifier head, going on from `run` if it was stopped there."""
    torch.manual_seed(settings.seed)
    classifier = Classifier(tower, n_classes)
    size = min(settings.batch_size, len(training.log_mels))
    n_batches = len(training.log_mels) // size
    module = ClassifierTraining(classifier, learning_rate=settings.learning_rate, n_steps=n_batches * settings.epochs)
    draw = partial(class_batches, training.log_mels, training.targets, size, augmented=augmented)
    fit(
        module,
        Batches(draw, n_batches),
        run=run,
        epochs=settings.epochs,
        seed=settings.seed,
        precision=settings.precision,
    )
    return classifier


def pretraining_run(training: ClassCatalogue, task: SourceTask, settings: PreTraining, work: Path) -> Path:
    """The folder within `work` of a pre-training on a catalogue, named after all that decides it."""
    clips = [(clip.label, clip.fold, clip.speaker) for clip in training.clips]
    digest = run_digest(task, settings, clips, paths=training.paths, cache=work / "features")
    return work / f"{training.name}-{digest}"


def pretrained_classifier(training: ClassCatalogue, task: SourceTask, settings: PreTraining, work: Path) -> Classifier:
    """A tower trained on all clips of a catalogue, under its classifier head."""
    windows = source_inputs(training, task, work, training)
    torch.manual_seed(settings.seed)
    tower = make_tower(task.tower, batch_norm=True)
    run = pretraining_run(training, task, settings, work)
    return pretrain(tower, windows, run, settings, n_classes=len(training.labels), augmented=task.augmented)


def cross_validate(
    catalogue: ClassCatalogue, task: SourceTask, settings: PreTraining, work: Path, told: Callable[[str], None]
) -> list[float]:
    """Accuracy on each of a corpus's folds in turn, the tower trained anew on the others; folds done are kept."""
    windows = source_inputs(catalogue, task, work, catalogue)
    fold_of = np.array([clip.fold for clip in catalogue.clips])
    whole = pretraining_run(catalogue, task, settings, work)
    accuracies = []
    for fold in catalogue.folds:
        catalogue.split_fold(fold)  # refuses what cannot be split
        run = whole / f"fold-{fold}"
        result = run / "accuracy.json"
        if not result.exists():
            torch.manual_seed(settings.seed)
            tower = make_tower(task.tower, batch_norm=True)
            training, testing = windows.of_clips(fold_of != fold), windows.of_clips(fold_of == fold)
            n_classes = len(catalogue.labels)
            classifier = pretrain(tower, training, run, settings, n_classes=n_classes, augmented=task.augmented)
            with written_whole(result) as unfinished:
                unfinished.write_text(json.dumps(clip_accuracy(classifier, testing)), encoding="utf-8")
        accuracies.append(float(json.loads(result.read_text(encoding="utf-8"))))
        told(f"fold {fold}: {100 * accuracies[-1]:.1f} %")
    return accuracies


def pretrain_by_speaker(
    catalogue: ClassCatalogue, task: SourceTask, settings: PreTraining, work: Path, *, told: Callable[[str], None]
) -> float:
    """Accuracy on clips of speakers that were not in training."""
    training, testing = catalogue.split_speakers(settings.seed)
    told(f"training on {training.summary}; testing on {testing.summary}")
    classifier = pretrained_classifier(training, task, settings, work)
    return clip_accuracy(classifier, source_inputs(testing, task, work, training))


class ClassifierTraining(LightningModule):
    """Cross-entropy over classes, AdamW with one rise and fall of the learning rate.

    Batches are (log-mel (n, 1, mel, time), class index (n,)).
    """

    def __init__(self, classifier: Classifier, *, learning_rate: float, n_steps: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.learning_rate = learning_rate
        self.n_steps = n_steps

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Loss of one batch."""
        log_mel, target = batch
        loss = nn.functional.cross_entropy(self.classifier(log_mel), target, label_smoothing=0.1)
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW under one cycle."""
        return one_cycle_adamw(self.parameters(), self.learning_rate, self.n_steps)


def one_cycle_adamw(
    parameters: Iterable[nn.Parameter] | list[dict[str, Any]],
    learning_rate: float,
    n_steps: int,
    weight_decay: float = 1e-2,
) -> OptimizerLRSchedulerConfig:
    """`one_cycle` as Lightning takes it."""
    optimiser, schedule = one_cycle(parameters, learning_rate, n_steps, weight_decay)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def one_cycle(
    parameters: Iterable[nn.Parameter] | list[dict[str, Any]],
    learning_rate: float,
    n_steps: int,
    weight_decay: float = 1e-2,
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """AdamW whose learning rate rises to `learning_rate` over a tenth of `n_steps`, then falls as a cosine.

    Groups of parameters with rates of their own (`lr`) rise to these.
    """
    optimiser = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=weight_decay)
    rise = max(1, n_steps // 10)

    def share(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, n_steps - rise)))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, share)


def class_batches(
    log_mels: NDArray[np.floating],
    targets: NDArray[np.integer],
    batch_size: int,
    rng: np.random.Generator,
    *,
    augmented: bool,
) -> Iterator[Batch]:
    """One epoch over (n, mel, time) clips with their classes (n,), in random order; the last short batch is left out.

    With `augmented`, clips are shifted in time, coloured and masked.
    """
    order = rng.permutation(len(log_mels))
    for start in range(0, len(order) - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        clips = log_mels[chosen].astype(np.float32)
        yield (
            torch.from_numpy((augment(clips, rng) if augmented else clips)[:, None]),
            torch.from_numpy(targets[chosen]),
        )


def clip_accuracy(classifier: Classifier, testing: ClassInputs) -> float:
    """Share of clips named rightly, each decided by the mean log-probability of its windows."""
    classifier.eval()
    with torch.no_grad():
        windows = torch.from_numpy(testing.log_mels.astype(np.float32)[:, None])
        scores = torch.cat([classifier(part).log_softmax(1) for part in windows.split(64)]).numpy()
    targets, clips = testing.targets, testing.clips
    right = [
        scores[clips == clip].mean(axis=0).argmax() == targets[clips == clip][0] for clip in np.unique(clips).tolist()
    ]
    return float(np.mean(right))
