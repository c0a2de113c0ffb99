"""Pre-training of a tower on its own source task, with a classifier head that is thrown away (paper, section 3.1)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.network.towers import Classifier
from menura.training.augment import augment
from menura.training.fit import Batch


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
        return one_cycle_adamw(self, self.learning_rate, self.n_steps)


def one_cycle_adamw(module: nn.Module, learning_rate: float, n_steps: int) -> OptimizerLRSchedulerConfig:
    """AdamW whose learning rate rises to `learning_rate` over a tenth of `n_steps`, then falls as a cosine."""
    optimiser = torch.optim.AdamW(module.parameters(), lr=learning_rate, weight_decay=1e-2)
    rise = max(1, n_steps // 10)

    def share(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, n_steps - rise)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def class_batches(
    log_mels: NDArray[np.floating], targets: NDArray[np.integer], batch_size: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """One epoch over (n, mel, time) clips with their classes (n,), in random order and augmented.

    The last short batch is left out.
    """
    order = rng.permutation(len(log_mels))
    for start in range(0, len(order) - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        clips = augment(log_mels[chosen].astype(np.float32), rng)
        yield torch.from_numpy(clips[:, None]), torch.from_numpy(targets[chosen])


def clip_accuracy(
    classifier: Classifier, log_mels: NDArray[np.floating], targets: NDArray[np.integer], clips: NDArray[np.integer]
) -> float:
    """Share of clips named rightly, each decided by the mean log-probability of its windows.

    Args:
        classifier: The classifier.
        log_mels: (n, mel, time) windows.
        targets: (n,) class of each window.
        clips: (n,) which clip each window belongs to.
    """
    classifier.eval()
    with torch.no_grad():
        windows = torch.from_numpy(log_mels.astype(np.float32)[:, None])
        scores = torch.cat([classifier(part).log_softmax(1) for part in windows.split(64)]).numpy()
    right = [
        scores[clips == clip].mean(axis=0).argmax() == targets[clips == clip][0] for clip in np.unique(clips).tolist()
    ]
    return float(np.mean(right))
