"""Fine-tuning as the paper has it: pairs, binary cross-entropy, plain SGD (section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.network.iminet import IMINET
from menura.training.pairs import Pairs, batches_of_pairs
from menura.training.settings import FineTuning

PairBatch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Distinct imitations (i, 1, mel, time) and recordings (r, 1, mel, time), (n, 2) indices into them, (n,) labels."""


class PairwiseTraining(LightningModule):
    """Binary cross-entropy between the predicted similarity and whether the pair matches."""

    def __init__(self, network: IMINET, settings: FineTuning) -> None:
        super().__init__()
        # Faster convolutions on CPU; torch's stubs do not know the argument.
        self.network: IMINET = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.settings = settings

    def training_step(self, batch: PairBatch, _: int) -> Tensor:
        """Loss of one batch, logged."""
        loss = self.loss(batch)
        self.log("loss", loss, prog_bar=True, batch_size=len(batch[-1]))
        return loss

    def validation_step(self, batch: PairBatch, _: int) -> None:
        """Loss of the validation pairs, logged."""
        self.log("validation_loss", self.loss(batch), prog_bar=True, batch_size=len(batch[-1]))

    def loss(self, batch: PairBatch) -> Tensor:
        """Loss of one batch; each distinct clip passes through its tower once."""
        imitations, recordings, pairs, labels = batch
        embeddings = self.network.embed_imitation(imitations)[pairs[:, 0]]
        projections = self.network.project_recording(recordings)[pairs[:, 1]]
        logits = self.network.pair_logits(embeddings, projections)
        return nn.functional.binary_cross_entropy_with_logits(logits, labels)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """SGD with momentum and time-based decay, counted in updates."""
        settings = self.settings
        optimiser = torch.optim.SGD(self.parameters(), lr=settings.learning_rate, momentum=settings.momentum)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda update: 1 / (1 + settings.learning_rate_decay * update)
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def tensors_of_pairs(
    imitations: NDArray[np.floating],
    recordings: NDArray[np.floating],
    pairs: Pairs,
    batch_size: int,
    rng: np.random.Generator,
) -> Iterator[PairBatch]:
    """One epoch of batches, from (i, mel, time) imitations and (r, mel, time) recordings."""
    for batch in batches_of_pairs(pairs, batch_size, rng):
        distinct_imitations, of_imitation = np.unique(batch.imitation, return_inverse=True)
        distinct_recordings, of_recording = np.unique(batch.recording, return_inverse=True)
        yield (
            torch.from_numpy(imitations[distinct_imitations].astype(np.float32)[:, None]),
            torch.from_numpy(recordings[distinct_recordings].astype(np.float32)[:, None]),
            torch.from_numpy(np.stack([of_imitation, of_recording], axis=1)),
            torch.from_numpy(batch.matches.astype(np.float32)),
        )
