"""Fine-tuning of both towers and the FCN on all pairs of a batch.

The factorised form of the network scores every imitation of a batch against every recording of it for the price of
their towers alone. A loss is a function of that matrix of logits, whose diagonal are the matching pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.evaluation.metrics import mean_reciprocal_rank
from menura.inputs.pair_features import PairFeatures
from menura.network.dual_encoder import DualEncoder
from menura.network.iminet import IMINET
from menura.training.augment import augment, muffle
from menura.training.fit import Batch
from menura.training.pretraining import one_cycle_adamw


def listwise_loss(logits: Tensor) -> Tensor:
    """Each imitation tells its recording from all others of the batch, and each recording its imitation.

    Cross-entropy over the rows and over the columns of (n, n) logits.
    """
    target = torch.arange(len(logits), device=logits.device)
    return (nn.functional.cross_entropy(logits, target) + nn.functional.cross_entropy(logits.T, target)) / 2


def hardest_loss(logits: Tensor, n_hardest: int = 8) -> Tensor:
    """As `listwise_loss`, but only the negatives that score highest count."""
    n = len(logits)
    own = torch.eye(n, dtype=torch.bool, device=logits.device)
    matches = logits.diagonal()[:, None]
    target = torch.zeros(n, dtype=torch.long, device=logits.device)
    others = logits.masked_fill(own, -torch.inf)
    n_hardest = min(n_hardest, n - 1)
    by_row = torch.cat([matches, others.topk(n_hardest, dim=1).values], dim=1)
    by_column = torch.cat([matches, others.T.topk(n_hardest, dim=1).values], dim=1)
    return (nn.functional.cross_entropy(by_row, target) + nn.functional.cross_entropy(by_column, target)) / 2


def pairs_loss(logits: Tensor) -> Tensor:
    """The paper's loss on pairs drawn afresh: each imitation with its recording, and with one other of the batch.

    Binary cross-entropy; the batch being in random order, the next recording is any other.
    """
    matching, other = logits.diagonal(), logits.roll(-1, dims=1).diagonal()
    labels = torch.cat([torch.ones_like(matching), torch.zeros_like(other)])
    return nn.functional.binary_cross_entropy_with_logits(torch.cat([matching, other]), labels)


class AllPairsTraining(LightningModule):
    """Batches are (imitations (n, 1, 39, 482), recordings (n, 1, 128, 128)), the i-th imitating the i-th."""

    def __init__(
        self,
        network: IMINET | DualEncoder,
        *,
        learning_rate: float,
        n_steps: int,
        loss: Callable[[Tensor], Tensor] = listwise_loss,
    ) -> None:
        super().__init__()
        # Faster convolutions on CPU; torch's stubs do not know the argument.
        self.network: IMINET | DualEncoder = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.learning_rate = learning_rate
        self.n_steps = n_steps
        self.loss = loss

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Loss of one batch."""
        loss = self.loss(self._all_pairs(batch))
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """MRR within the validation sounds, logged."""
        logits = self._all_pairs(batch).cpu().numpy()
        self.log("validation_mrr", mean_reciprocal_rank(logits, np.arange(len(logits))), prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW under one cycle."""
        return one_cycle_adamw(self.parameters(), self.learning_rate, self.n_steps)

    def _all_pairs(self, batch: Batch) -> Tensor:
        imitations, recordings = batch
        network = self.network
        return network.logits(network.embed_imitation(imitations), network.project_recording(recordings))


def pair_batches(
    variants: Sequence[PairFeatures],
    chosen: NDArray[np.integer],
    batch_size: int,
    rng: np.random.Generator,
    *,
    muffled: bool = True,
) -> Iterator[Batch]:
    """One epoch over the chosen recordings, each in one of its variants with one imitation of it, both augmented.

    Variant and imitation are drawn afresh. `variants` holds the same recordings in the same order, each time varied
    in another way. The last short batch is left out. With `muffled`, some imitations lack their highest bands.
    """
    order = rng.permutation(chosen)
    for start in range(0, len(order) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size]
        drawn = [variants[index] for index in rng.integers(len(variants), size=len(rows))]
        takes = [int(rng.integers(features.imitations.shape[1])) for features in drawn]
        one_by_one = list(zip(drawn, rows, takes, strict=True))
        imitations = np.stack([features.imitations[row, take] for features, row, take in one_by_one])
        imitations = imitations.astype(np.float32)
        recordings = np.stack([features.recordings[row] for features, row, _ in one_by_one])
        yield (
            torch.from_numpy(augment(muffle(imitations, rng) if muffled else imitations, rng)[:, None]),
            torch.from_numpy(augment(recordings.astype(np.float32), rng)[:, None]),
        )


def plain_batch(features: PairFeatures, chosen: NDArray[np.integer], take: int = 0) -> Batch:
    """The chosen recordings and one fixed imitation of each, not augmented."""
    return (
        torch.from_numpy(features.imitations[chosen, take].astype(np.float32)[:, None]),
        torch.from_numpy(features.recordings[chosen].astype(np.float32)[:, None]),
    )
