"""A network on disk: two safetensors files in a folder, with the sizes that rebuild it.

`weights.safetensors` holds the towers and, in its metadata, the `NetworkSpec`; `head.safetensors` holds FC1, split
into the part that reads the imitation and the part that reads the recording, and FC2. Search needs only the head
(the towers reach it as ONNX), so the two are apart. A pre-trained tower is a file of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from menura.errors import ModelError
from menura.network.iminet import IMINET
from menura.network.stored import DUAL_ENCODER_SYSTEM, HEAD_FILE, WEIGHTS_FILE, stored_spec, stored_system
from menura.network.towers import Tower, make_tower
from menura.specs import TowerSpec, tower_to_dict
from menura.whole import written_whole


def save_network(network: IMINET, folder: Path) -> None:
    """Write a network (batch normalisation folded in) to an existing folder."""
    plain = network.folded()
    towers = {
        name: tensor.contiguous()
        for name, tensor in plain.state_dict().items()
        if name.startswith(("imitation_tower.", "recording_tower."))
    }
    head = {
        "imitation_weight": plain.imitation_weight,
        "recording_weight": plain.recording_weight,
        "hidden_bias": plain.fc1.bias,
        "output_weight": plain.fc2.weight[0],
        "output_bias": plain.fc2.bias,
    }
    _save(towers, folder / WEIGHTS_FILE, {"spec": json.dumps(plain.spec.to_dict())})
    _save({name: tensor.detach().contiguous() for name, tensor in head.items()}, folder / HEAD_FILE)


def load_network(folder: Path) -> IMINET:
    """Read the network that `save_network` wrote, in evaluation mode.

    Raises:
        ModelError: A file is missing or damaged, its tensors are not of the sizes it states, or it is a dual encoder.
    """
    spec = stored_spec(folder)
    if stored_system(folder) == DUAL_ENCODER_SYSTEM:
        raise ModelError(f"{folder}: a dual encoder, which `menura evaluate` alone reads; name another model")
    try:
        tensors = load_file(folder / WEIGHTS_FILE)
        head = load_file(folder / HEAD_FILE)
        tensors["fc1.weight"] = torch.cat([head["imitation_weight"], head["recording_weight"]], dim=1)
        tensors["fc1.bias"] = head["hidden_bias"]
        tensors["fc2.weight"] = head["output_weight"][None, :]
        tensors["fc2.bias"] = head["output_bias"]
        network = IMINET(spec)
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{folder}: the network cannot be loaded ({reason}); train or download it again") from error
    return network.eval()


def save_tower(tower: Tower, file: Path) -> None:
    """Write one tower (batch normalisation folded in) with its sizes."""
    tensors = {name: tensor.contiguous() for name, tensor in tower.folded().state_dict().items()}
    _save(tensors, file, {"tower": json.dumps(tower_to_dict(tower.spec))})


def load_tower(file: Path, spec: TowerSpec) -> Tower:
    """Read a tower that `save_tower` wrote, in evaluation mode.

    Raises:
        ModelError: It is missing, damaged, or of other sizes than `spec`.
    """
    try:
        with safe_open(file, framework="pt") as weights:
            stated = (weights.metadata() or {})["tower"]
        if stated != json.dumps(tower_to_dict(spec)):
            raise ModelError(f"{file}: a tower of other sizes than the network's; train it again")
        tower = make_tower(spec)
        tower.load_state_dict(load_file(file))
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{file}: the tower cannot be loaded ({reason}); train it again") from error
    return tower.eval()


def _save(tensors: dict[str, Tensor], file: Path, metadata: dict[str, str] | None = None) -> None:
    with written_whole(file) as unfinished:
        save_file(tensors, unfinished, metadata=metadata)
