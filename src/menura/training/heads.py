"""Stage one of training: what reads the towers' layers, and the FCN, while the layers themselves stay as they are.

Frozen layers hear every input once; from then on a step costs the small rest, so millions of pairs take minutes. What
is kept of the layers is standardised, which is linear and becomes part of the neurons that read it.
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
from menura.specs import MobileNetTowerSpec, NetworkSpec
from menura.training.all_pairs import listwise_loss
from menura.training.fit import Batch, Batches, fit
from menura.training.frozen import mobilenet_tower
from menura.training.pretraining import one_cycle_adamw
from menura.training.take_batches import Shares, plain_takes, take_batches

_TINY = 1e-3  # of a feature that does not vary


@dataclass(frozen=True)
class HeadSettings:
    """How stage one trains.

    Attributes:
        n_steps: Steps, of `batch_size` pairs each; every take of a batch is compared with every recording of it.
        learning_rate: AdamW's highest.
        weight_decay: AdamW's.
        dropped: Share of what is kept, and of the neurons, that a step does without.
        shares: How much of the takes each kind of imitation is.
        averaged: Decay of the moving average of the weights, which is what is kept.
    """

    n_steps: int = 3_000
    batch_size: int = 192
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    dropped: float = 0.3
    shares: Shares = (0.32, 0.38, 0.30)
    averaged: float = 0.998
    seed: int = 0


class Side(nn.Module):
    """What is made of one tower's layers: standardised, some dropped, read by neurons, projected; (n, f) to (n, h)."""

    mean: Tensor
    spread: Tensor

    def __init__(self, kept: NDArray[np.float16], n_neurons: int, n_hidden: int, dropped: float) -> None:
        super().__init__()
        wide = kept.astype(np.float32)
        self.register_buffer("mean", torch.from_numpy(wide.mean(axis=0)))
        self.register_buffer("spread", torch.from_numpy(wide.std(axis=0) + np.float32(_TINY)))
        self.drop = nn.Dropout(dropped)
        self.neurons = nn.Linear(wide.shape[1], n_neurons)
        self.project = nn.Linear(n_neurons, n_hidden)

    def forward(self, kept: Tensor) -> Tensor:
        """Projections (n, h)."""
        neurons = torch.relu(self.neurons(self.drop((kept - self.mean) / self.spread)))
        projections: Tensor = self.project(self.drop(neurons))
        return projections

    @torch.no_grad()
    def take_from(self, tower: MobileNetTower) -> None:
        """Make a tower's neurons these, which standardise first."""
        neurons = tower.perceptron.get_submodule("0")
        assert isinstance(neurons, nn.Linear)
        self.neurons.load_state_dict(
            {"weight": neurons.weight * self.spread, "bias": neurons.bias + neurons.weight @ self.mean}
        )

    @torch.no_grad()
    def give_to(self, tower: MobileNetTower) -> None:
        """Make these neurons a tower's, standardising included."""
        neurons = tower.perceptron.get_submodule("0")
        weight = self.neurons.weight / self.spread
        neurons.load_state_dict({"weight": weight, "bias": self.neurons.bias - weight @ self.mean})


class Heads(nn.Module):
    """What stage one trains: the towers' neurons, FC1 and FC2."""

    def __init__(self, kept: TakeInputs, rows: NDArray[np.intp], spec: NetworkSpec, dropped: float) -> None:
        super().__init__()
        assert isinstance(spec.imitation, MobileNetTowerSpec) and isinstance(spec.recording, MobileNetTowerSpec)
        takes = kept.takes[rows].reshape(-1, kept.takes.shape[-1])
        self.imitation = Side(takes, spec.imitation.n_neurons, spec.n_hidden, dropped)
        self.recording = Side(kept.recordings[rows, 0], spec.recording.n_neurons, spec.n_hidden, dropped)
        self.fc2 = nn.Linear(spec.n_hidden, 1)

    def forward(self, takes: Tensor, recordings: Tensor) -> Tensor:
        """Logits (n, m) of all pairs."""
        return self.logits(self.imitation(takes), self.recording(recordings))

    def embed_imitation(self, takes: Tensor) -> Tensor:
        """Embeddings (n, h) of what is kept of takes, (n, 1, f)."""
        embeddings: Tensor = self.imitation(takes.flatten(1))
        return embeddings

    def project_recording(self, recordings: Tensor) -> Tensor:
        """Projections (m, h) of what is kept of recordings, (m, 1, g)."""
        projections: Tensor = self.recording(recordings.flatten(1))
        return projections

    def logits(self, embeddings: Tensor, projections: Tensor) -> Tensor:
        """Logits (n, m) of all pairs of (n, h) embeddings and (m, h) projections."""
        logits: Tensor = self.fc2(torch.relu(embeddings[:, None] + projections[None])).squeeze(2)
        return logits

    def set_dropout(self, dropped: float) -> None:
        """Drop another share of what is kept and of the neurons while training."""
        for side in (self.imitation, self.recording):
            side.drop.p = dropped

    @torch.no_grad()
    def take_from(self, network: IMINET) -> None:
        """Make the neurons and the FCN of a network, whose layers were heard, these."""
        self.imitation.take_from(mobilenet_tower(network, "imitation"))
        self.recording.take_from(mobilenet_tower(network, "recording"))
        self.imitation.project.load_state_dict({"weight": network.imitation_weight, "bias": network.fc1.bias})
        self.recording.project.load_state_dict(
            {"weight": network.recording_weight, "bias": torch.zeros_like(network.fc1.bias)}
        )
        self.fc2.load_state_dict(network.fc2.state_dict())

    @torch.no_grad()
    def give_to(self, network: IMINET) -> None:
        """Make these the neurons and the FCN of a network, whose layers were heard."""
        imitation, recording = self.imitation, self.recording
        imitation.give_to(mobilenet_tower(network, "imitation"))
        recording.give_to(mobilenet_tower(network, "recording"))
        network.fc1.weight.copy_(torch.cat([imitation.project.weight, recording.project.weight], dim=1))
        network.fc1.bias.copy_(imitation.project.bias + recording.project.bias)
        network.fc2.load_state_dict(self.fc2.state_dict())


class HeadTraining(LightningModule):
    """Batches are what is kept of takes (n, f) and of recordings (n, g), the i-th a take of the i-th."""

    def __init__(self, heads: Heads, settings: HeadSettings, n_steps: int) -> None:
        super().__init__()
        self.heads = heads
        self.averaged = AveragedModel(heads, multi_avg_fn=get_ema_multi_avg_fn(settings.averaged), use_buffers=False)
        self.settings = settings
        self.n_steps = n_steps

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Loss of one batch."""
        loss = listwise_loss(self.heads(*batch))
        self.log("loss", loss, prog_bar=True)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the average."""
        self.averaged.update_parameters(self.heads)

    def validation_step(self, batch: Batch, _: int) -> None:
        """MRR of the average within the validation sounds, logged."""
        logits = self.averaged(*batch).cpu().numpy()
        self.log("validation_mrr", mean_reciprocal_rank(logits, np.arange(len(logits))), prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW under one cycle."""
        return one_cycle_adamw(
            self.heads.parameters(), self.settings.learning_rate, self.n_steps, self.settings.weight_decay
        )


def train_heads(
    network: IMINET,
    kept: TakeInputs,
    chosen: NDArray[np.intp],
    validation: NDArray[np.intp],
    *,
    run: Path,
    settings: HeadSettings,
) -> None:
    """Train the neurons and the FCN of a network in place, going on from `run` if it was stopped there.

    Args:
        network: Its towers heard all.
        kept: What is kept of their layers for all recordings and takes, see `frozen_pools`.
        chosen: Those to train on.
        validation: Those to watch by.
        run: A folder for checkpoints and logs.
        settings: How.
    """
    torch.manual_seed(settings.seed)
    heads = Heads(kept, chosen, network.spec, settings.dropped)
    size = min(settings.batch_size, len(chosen))
    n_batches = len(chosen) // size
    epochs = -(-settings.n_steps // n_batches)
    module = HeadTraining(heads, settings, n_batches * epochs)
    draw = partial(take_batches, kept, chosen, size, settings.shares)
    batches = Batches(draw, n_batches, plain_takes(kept, validation))
    fit(module, batches, run=run, epochs=epochs, seed=settings.seed)
    averaged = module.averaged.module
    assert isinstance(averaged, Heads)
    averaged.give_to(network)
