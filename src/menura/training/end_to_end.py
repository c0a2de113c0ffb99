"""Stage two of training: towers and FCN together, at low rates, from where stage one stopped.

The towers' normalisation is folded in before, so that what is trained is what is shipped. The first layers stay frozen
(see `LAST_FROZEN`): batches are what comes out of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from menura.evaluation.metrics import mean_reciprocal_rank
from menura.inputs.takes import TakeInputs
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower
from menura.specs import SIDES
from menura.training.all_pairs import listwise_loss
from menura.training.fit import Batch, Batches, fit
from menura.training.frozen import LAST_FROZEN, mobilenet_tower
from menura.training.pretraining import one_cycle_adamw
from menura.training.settings import Precision
from menura.training.take_batches import Shares, plain_takes, take_batches


@dataclass(frozen=True)
class EndToEndSettings:
    """How towers and FCN are trained together.

    Attributes:
        n_steps: Steps, of `batch_size` pairs each; every take of a batch is compared with every recording of it.
        tower_rate: AdamW's highest learning rate for the towers.
        head_rate: For the neurons and the FCN.
        dropped: Share of what is kept of the layers, and of the neurons, that a step does without.
        shares: How much of the takes each kind of imitation is.
        averaged: Decay of the moving average of the weights, which is what is kept.
        precision: Of the arithmetic.
        seed: Decides the batches.
    """

    n_steps: int = 4_680
    batch_size: int = 96
    tower_rate: float = 1e-4
    head_rate: float = 3e-4
    dropped: float = 0.2
    shares: Shares = (0.32, 0.38, 0.30)
    averaged: float = 0.99
    precision: Precision = "fp32"
    seed: int = 0


class EndToEndTraining(LightningModule):
    """Batches are what frozen layers made of takes and of recordings, (n, ...) each, the i-th a take of the i-th."""

    def __init__(self, network: IMINET, settings: EndToEndSettings, n_steps: int) -> None:
        super().__init__()
        # Faster convolutions on CPU; torch's stubs do not know the argument.
        self.network: IMINET = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.averaged))
        self.settings = settings
        self.n_steps = n_steps

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Loss of one batch."""
        loss = listwise_loss(_all_pairs(self.network, batch, self.settings.dropped))
        self.log("loss", loss, prog_bar=True)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the average."""
        self.averaged.update_parameters(self.network)

    def validation_step(self, batch: Batch, _: int) -> None:
        """MRR of the average within the validation sounds, logged."""
        logits = _all_pairs(self.average(), batch).cpu().numpy()
        self.log("validation_mrr", mean_reciprocal_rank(logits, np.arange(len(logits))), prog_bar=True)

    def average(self) -> IMINET:
        """The network with the average of its weights."""
        averaged = self.averaged.module
        assert isinstance(averaged, IMINET)
        return averaged

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW under one cycle, slower for the towers."""
        network, settings = self.network, self.settings
        towers, head = list[nn.Parameter](), [*network.fc1.parameters(), *network.fc2.parameters()]
        for side in SIDES:
            tower = mobilenet_tower(network, side)
            towers += [value for layer in [*tower.net][LAST_FROZEN + 1 :] for value in layer.parameters()]
            head += tower.perceptron.parameters()
        groups = [{"params": towers, "lr": settings.tower_rate}, {"params": head, "lr": settings.head_rate}]
        return one_cycle_adamw(groups, settings.head_rate, self.n_steps)


def train_end_to_end(
    network: IMINET,
    outputs: TakeInputs,
    chosen: NDArray[np.intp],
    validation: NDArray[np.intp],
    *,
    run: Path,
    settings: EndToEndSettings,
) -> IMINET:
    """Train a network further, going on from `run` if it was stopped there.

    Args:
        network: What stage one made, its normalisation folded in; changed.
        outputs: Of the frozen layers for all recordings and takes, see `frozen_outputs`.
        chosen: Those to train on.
        validation: Those to watch by.
        run: A folder for checkpoints and logs.
        settings: How.

    Returns:
        The average of its weights over the last steps.
    """
    size = min(settings.batch_size, len(chosen))
    n_batches = len(chosen) // size
    epochs = -(-settings.n_steps // n_batches)
    module = EndToEndTraining(network, settings, n_batches * epochs)
    draw = partial(take_batches, outputs, chosen, size, settings.shares)
    batches = Batches(draw, n_batches, plain_takes(outputs, validation))
    fit(module, batches, run=run, epochs=epochs, seed=settings.seed, precision=settings.precision)
    return module.average().eval()


def _all_pairs(network: IMINET, batch: Batch, dropped: float = 0.0) -> Tensor:
    takes, recordings = batch
    imitation = _features(mobilenet_tower(network, "imitation"), takes, dropped)
    recording = _features(mobilenet_tower(network, "recording"), recordings, dropped)
    embeddings = nn.functional.linear(imitation, network.imitation_weight, network.fc1.bias)
    return network.logits(embeddings, nn.functional.linear(recording, network.recording_weight))


def _features(tower: MobileNetTower, outputs: Tensor, dropped: float) -> Tensor:
    pooled = tower.pooled(outputs, after=LAST_FROZEN)
    return nn.functional.dropout(tower.perceptron(nn.functional.dropout(pooled, dropped)), dropped)
