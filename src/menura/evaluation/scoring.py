"""Every imitation against every recording of a set, as a network scores them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from menura.inputs.pair_features import PairFeatures
from menura.network.dual_encoder import DualEncoder
from menura.network.iminet import IMINET

_AT_ONCE = 64


def score_all(
    network: IMINET | DualEncoder, imitations: NDArray[np.floating], recordings: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Logits (i, r) of (i, mel, time) imitations with (r, mel, time) recordings, on the network's device."""
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
    network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Logits (imitations, recordings) of the chosen recordings and all their imitations; each row's right column."""
    imitations = features.imitations[chosen]
    logits = score_all(network, imitations.reshape(-1, *imitations.shape[2:]), features.recordings[chosen])
    return logits, np.repeat(np.arange(len(chosen)), imitations.shape[1])
