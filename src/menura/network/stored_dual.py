"""A dual encoder on disk: a folder with the same two files as the paper's network, to be measured by `menura evaluate`.

`weights.safetensors` holds the towers, `head.safetensors` all that compares them, which is the temperature. No search
reads it: an index is of sums that FC1 reads, and here there are none.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from menura.errors import ModelError
from menura.network.checkpoint import load_network
from menura.network.dual_encoder import TEMPERATURE, DualEncoder
from menura.network.iminet import IMINET
from menura.network.stored import (
    DUAL_ENCODER_SYSTEM,
    HEAD_FILE,
    TEMPERATURE_TENSOR,
    WEIGHTS_FILE,
    stored_spec,
    stored_system,
)
from menura.whole import written_whole


def save_dual_encoder(network: DualEncoder, folder: Path) -> None:
    """Write a dual encoder to an existing folder."""
    metadata = {"spec": json.dumps(network.spec.to_dict())}
    tensors = {name: tensor.detach().contiguous() for name, tensor in network.state_dict().items()}
    with written_whole(folder / WEIGHTS_FILE) as unfinished:
        save_file(tensors, unfinished, metadata=metadata)
    with written_whole(folder / HEAD_FILE) as unfinished:
        save_file({TEMPERATURE_TENSOR: torch.tensor(TEMPERATURE)}, unfinished)


def load_scorer(folder: Path) -> IMINET | DualEncoder:
    """Read whatever scores pairs, the paper's network or a dual encoder, in evaluation mode.

    Raises:
        ModelError: A file is missing or damaged, or its tensors are not of the sizes it states.
    """
    if stored_system(folder) != DUAL_ENCODER_SYSTEM:
        return load_network(folder)
    try:
        network = DualEncoder(stored_spec(folder))
        network.load_state_dict(load_file(folder / WEIGHTS_FILE))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{folder}: the dual encoder cannot be loaded ({reason}); train it again") from error
    return network.eval()
