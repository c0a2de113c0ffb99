"""Every imitation against every recording of a set, as a network scores them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.inputs.pair_features import PairFeatures

_AT_ONCE = 64


class Comparing(Protocol):
    """A module that scores pairs by what it makes of either side alone."""

    def eval(self) -> object:
        """Turn off what is for training only."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """What it has learned."""

    def embed_imitation(self, imitation: Tensor, /) -> Tensor:
        """(n, h) of (n, 1, ...)."""

    def project_recording(self, recording: Tensor, /) -> Tensor:
        """(m, h) of (m, 1, ...)."""

    def logits(self, embeddings: Tensor, projections: Tensor, /) -> Tensor:
        """(n, m) of all pairs."""


def score_all(
    network: Comparing, imitations: NDArray[np.floating], recordings: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Logits (i, r) of (i, mel, time) imitations with (r, mel, time) recordings, on the network's device.

    Or of what layers made of them, (i, f) and (r, g), if that is what the network hears.
    """
    network.eval()
    device = next(network.parameters()).device

    def batches(log_mels: NDArray[np.floating]) -> Iterator[torch.Tensor]:
        for start in range(0, len(log_mels), _AT_ONCE):
            part = log_mels[start : start + _AT_ONCE].astype(np.float32)
            yield torch.from_numpy(part[:, None]).to(device)

    with torch.no_grad():
        projections = torch.cat([network.project_recording(batch) for batch in batches(recordings)])
        rows = [network.logits(network.embed_imitation(batch), projections) for batch in batches(imitations)]
    logits: NDArray[np.float32] = torch.cat(rows).cpu().numpy()
    return logits


def score_features(
    network: Comparing, features: PairFeatures, chosen: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Logits (imitations, recordings) of the chosen recordings and all their imitations; each row's right column."""
    imitations = features.imitations[chosen]
    logits = score_all(network, imitations.reshape(-1, *imitations.shape[2:]), features.recordings[chosen])
    return logits, np.repeat(np.arange(len(chosen)), imitations.shape[1])
