"""TL-IMINET: two towers and the fully connected network that compares what they hear (paper, figure 1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from menura.network.towers import Tower, make_tower
from menura.specs import TL_IMINET, NetworkSpec, Side


class IMINET(nn.Module):
    """The similarity of a vocal imitation and a recording, in (0, 1).

    The paper concatenates the towers' features a and b and applies FC1, ReLU, FC2 and a sigmoid. FC1 is linear, so

        FC1(a, b) = (Wa a + c) + Wb b = q + p

    splits exactly into an embedding q of the imitation and a projection p of the recording, and all pairs of n
    imitations with m recordings cost n + m towers instead of n x m networks:

        similarity = sigmoid(v . relu(q + p) + d)

    `forward` is the paper's network as written; `embed_imitation`, `project_recording` and `logits` are the
    factorised form, used for training on all pairs of a batch and for search.

    Args:
        spec: Sizes; the paper's by default.
        batch_norm: See `make_tower`.
    """

    def __init__(self, spec: NetworkSpec = TL_IMINET, *, batch_norm: bool = False) -> None:
        super().__init__()
        self.spec = spec
        self.imitation_tower = make_tower(spec.imitation, batch_norm=batch_norm)
        self.recording_tower = make_tower(spec.recording, batch_norm=batch_norm)
        self.fc1 = nn.Linear(spec.n_joint, spec.n_hidden)
        self.fc2 = nn.Linear(spec.n_hidden, 1)

    def forward(self, imitation: Tensor, recording: Tensor) -> Tensor:
        """Similarity of each pair.

        Args:
            imitation: (batch, 1, mel bands, frames) log-mel spectrograms, in the paper's network (39, 482).
            recording: (batch, 1, mel bands, frames) log-mel spectrograms, in the paper's network (128, 128).

        Returns:
            (batch,) in (0, 1).
        """
        joint = torch.cat([self.imitation_tower(imitation), self.recording_tower(recording)], dim=1)
        return torch.sigmoid(self.fc2(torch.relu(self.fc1(joint)))).squeeze(1)

    @property
    def imitation_weight(self) -> Tensor:
        """Wa, (n_hidden, imitation features): the columns of FC1 that read the imitation."""
        return self.fc1.weight[:, : self.spec.imitation.n_features]

    @property
    def recording_weight(self) -> Tensor:
        """Wb, (n_hidden, recording features): the columns of FC1 that read the recording."""
        return self.fc1.weight[:, self.spec.imitation.n_features :]

    def tower(self, side: Side) -> Tower:
        """The tower of a side."""
        return self.imitation_tower if side == "imitation" else self.recording_tower

    def embed_imitation(self, imitation: Tensor) -> Tensor:
        """Embeddings q = Wa a + c, (n, n_hidden), of (n, 1, mel bands, frames) imitations."""
        return nn.functional.linear(self.imitation_tower(imitation), self.imitation_weight, self.fc1.bias)

    def project_recording(self, recording: Tensor) -> Tensor:
        """Projections p = Wb b, (m, n_hidden), of (m, 1, mel bands, frames) recordings."""
        return nn.functional.linear(self.recording_tower(recording), self.recording_weight)

    def logits(self, embeddings: Tensor, projections: Tensor) -> Tensor:
        """Logits of all pairs, (n, m), from (n, n_hidden) embeddings and (m, n_hidden) projections."""
        return self.pair_logits(embeddings[:, None, :], projections[None, :, :])

    def pair_logits(self, embeddings: Tensor, projections: Tensor) -> Tensor:
        """Logits v . relu(q + p) + d of (..., n_hidden) embeddings and projections, broadcast together.

        In single precision whatever the towers were in: it is little work, and near ties are decided here.
        """
        with torch.autocast(embeddings.device.type, enabled=False):
            hidden = torch.relu(embeddings.float() + projections.float())
            return hidden @ self.fc2.weight[0] + self.fc2.bias

    def folded(self) -> IMINET:
        """The same function in evaluation mode, without batch normalisation."""
        plain = IMINET(self.spec)
        plain.imitation_tower = self.imitation_tower.folded()
        plain.recording_tower = self.recording_tower.folded()
        plain.fc1.load_state_dict(self.fc1.state_dict())
        plain.fc2.load_state_dict(self.fc2.state_dict())
        return plain.eval()
