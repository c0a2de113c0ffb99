"""Neurons and FCN fine-tuned on one library and one person, in seconds: the layers before them were heard once.

Each step has some of the library's sounds, each with a simulated take, and beside them sounds that the person
imitated, each with one of their takes, which weigh as much as they are told to. Every take is told from all recordings
of the step but its own, and every recording from all takes.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.inputs.takes import TakeInputs
from menura.training.heads import Heads
from menura.training.pretraining import one_cycle
from menura.training.take_batches import Shares, draw_takes

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class TuneSettings:
    """How they are fine-tuned.

    Attributes:
        n_steps: Steps of AdamW under one cycle.
        batch_size: Sounds of the library in a step, if there are as many.
        learning_rate: The highest.
        dropped: Share of what is kept, and of the neurons, that a step does without.
        shares: How much of the takes each kind of imitation is.
        personal: How much the person's own takes weigh, of all in a step.
        seed: Decides the batches.
    """

    n_steps: int = 200
    batch_size: int = 64
    learning_rate: float = 5e-4
    dropped: float = 0.2
    shares: Shares = (0.7, 0.0, 0.3)
    personal: float = 0.3
    seed: int = 0


@dataclass(frozen=True, eq=False)
class OwnTakes:
    """A person's takes of some of the library's sounds.

    Attributes:
        kept: (t, f) what the layers make of them.
        rows: (t,) the sound of each, as a row of the library's.
    """

    kept: NDArray[np.float16]
    rows: NDArray[np.intp]

    def only(self, chosen: NDArray[np.bool_]) -> OwnTakes:
        """Some of them."""
        return OwnTakes(self.kept[chosen], self.rows[chosen])


def tuned(heads: Heads, lessons: TakeInputs, own: OwnTakes | None, settings: TuneSettings) -> Heads:
    """Heads fine-tuned from others, which stay as they are; the same arguments give the same.

    Args:
        heads: Where to begin.
        lessons: What is kept of the library's recordings, their variants and simulated takes of them.
        own: The person's takes of these; None for none.
        settings: How.
    """
    made = deepcopy(heads).train()
    rng = np.random.default_rng(settings.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        made.set_dropout(settings.dropped)
        optimiser, schedule = one_cycle(made.parameters(), settings.learning_rate, settings.n_steps)
        for _ in range(settings.n_steps):
            optimiser.zero_grad()
            loss_of(made, lessons, own, settings, rng).backward()
            optimiser.step()
            schedule.step()
    return made.eval()


def between(module: Module, other: Module, share: float) -> Module:
    """The module whose weights lie at `share` of the way from one to the other."""
    mixed = deepcopy(module)
    ours, theirs = module.state_dict(), other.state_dict()
    mixed.load_state_dict({name: torch.lerp(ours[name], theirs[name].cpu(), share) for name in ours})
    return mixed.eval()


def loss_of(
    heads: Heads, lessons: TakeInputs, own: OwnTakes | None, settings: TuneSettings, rng: np.random.Generator
) -> Tensor:
    """The loss of one step, whose sounds and takes are drawn."""
    n = len(lessons.recordings)
    taught = np.empty(0, np.intp) if own is None else rng.permutation(np.unique(own.rows))[: settings.batch_size // 2]
    others = rng.permutation(np.setdiff1d(np.arange(n), taught))[: settings.batch_size]
    rows = np.concatenate([others, taught])
    takes = lessons.takes[others, draw_takes(lessons.kinds, settings.shares, len(others), rng)]
    if own is not None:
        takes = np.concatenate([takes, own.kept[[rng.choice(np.flatnonzero(own.rows == row)) for row in taught]]])
    n_variants = lessons.recordings.shape[1]
    varied = rng.integers(2, size=len(rows)) * rng.integers(n_variants, size=len(rows))
    logits = heads(_tensor(takes), _tensor(lessons.recordings[rows, varied]))
    weights = torch.full((len(rows),), 1 / max(len(others), 1))
    if len(taught):
        weights[: len(others)] *= 1 - settings.personal
        weights[len(others) :] = settings.personal / len(taught)
    return _weighted(logits, weights)


def _weighted(logits: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy over the rows and over the columns of (n, n) logits, each pair weighed."""
    target = torch.arange(len(logits))
    both = sum(nn.functional.cross_entropy(side, target, reduction="none") for side in (logits, logits.T))
    assert isinstance(both, Tensor)
    return (weights * both).sum() / 2


def _tensor(rows: NDArray[np.float16]) -> Tensor:
    return torch.from_numpy(rows.astype(np.float32))
