"""A dual encoder: two mn04 towers, whose outputs are compared by their cosine.

The successor of the paper's network in the field: Greif, Schmid, Primus and Widmer, *Improving query-by-vocal imitation
with contrastive learning and audio pretraining*, DCASE 2024, have a MobileNetV3 that knows AudioSet hear imitations,
another one recordings, and train both with NT-Xent; no network compares what they say. In a search it is as cheap as
the paper's factorised form: a recording is one vector, and a cosine is a dot product of vectors of unit length.

Choices of ours, the article not being at hand: mn04, the smallest of its kind, so that a laptop can train it; its
embedding, the means of its last layer (384), without a projection; 4 s of the imitation and 3 s of the recording, as
the paper's towers hear; a temperature of 0.07.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from menura.network.mobilenet import MobileNetTower, load_mn04
from menura.specs import MN04_CHANNELS, MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end

_LAST_LAYER = PoolSpec(len(MN04_CHANNELS) - 1)

DUAL_ENCODER = NetworkSpec(
    imitation=MobileNetTowerSpec(mn04_front_end(4.0), (_LAST_LAYER,)),
    recording=MobileNetTowerSpec(mn04_front_end(3.0), (_LAST_LAYER,)),
    n_hidden=_LAST_LAYER.n_features,
)
"""Its sizes; what it compares are the towers' outputs."""

TEMPERATURE = 0.07


class DualEncoder(nn.Module):
    """The cosine of what two towers hear, divided by `TEMPERATURE`, with the methods of `IMINET` that score pairs.

    Batch normalisation is folded into the convolutions: a batch of a few dozen clips would disturb it.
    """

    def __init__(self, spec: NetworkSpec = DUAL_ENCODER) -> None:
        assert isinstance(spec.imitation, MobileNetTowerSpec) and isinstance(spec.recording, MobileNetTowerSpec)
        super().__init__()
        self.spec = spec
        self.imitation_tower = MobileNetTower(spec.imitation)
        self.recording_tower = MobileNetTower(spec.recording)

    @classmethod
    def from_mn04(cls, weights: Path, spec: NetworkSpec = DUAL_ENCODER) -> DualEncoder:
        """Both towers as mn04 was published.

        Raises:
            ModelError: The file is missing, damaged or of another network.
        """
        network, published = cls(spec), load_mn04(weights).folded().state_dict()
        for tower in (network.imitation_tower, network.recording_tower):
            tower.net.load_state_dict(published)
        return network

    def embed_imitation(self, imitation: Tensor) -> Tensor:
        """(n, 384) of unit length, of (n, 1, mel bands, frames) imitations."""
        return nn.functional.normalize(self.imitation_tower(imitation), dim=1)

    def project_recording(self, recording: Tensor) -> Tensor:
        """(m, 384) of unit length, of (m, 1, mel bands, frames) recordings."""
        return nn.functional.normalize(self.recording_tower(recording), dim=1)

    def logits(self, embeddings: Tensor, projections: Tensor) -> Tensor:
        """(n, m) cosines of all pairs, divided by `TEMPERATURE`, in single precision whatever the towers were in."""
        with torch.autocast(embeddings.device.type, enabled=False):
            return embeddings.float() @ projections.float().T / TEMPERATURE
