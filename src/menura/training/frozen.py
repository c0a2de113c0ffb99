"""What frozen layers make of all inputs, worked out once.

The first layers of mn04 hold most of the arithmetic, and what they hear is edges, so they stay as they are in both
stages of training; stage one keeps the layers above them as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from menura.inputs.arrays import Arrays, save_array
from menura.inputs.counted import counted
from menura.inputs.takes import TakeInputs
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower
from menura.specs import Side

LAST_FROZEN = 4
"""Layers up to this one are never trained."""

_AT_ONCE = 32  # recordings, with all their variants or takes


def frozen_outputs(network: IMINET, inputs: TakeInputs, folder: Path) -> TakeInputs:
    """What comes out of the last layer that is never trained: (n, v or k, channels, mel, time).

    Args:
        network: In evaluation mode. Its towers must be those that `folder` is named after.
        inputs: (n, v, mel, time) and (n, k, mel, time).
        folder: Where they are kept, part by part; a call that was stopped goes on there.
    """
    return _of_both(network, inputs, _last_frozen, folder)


def frozen_pools(network: IMINET, outputs: TakeInputs, folder: Path) -> TakeInputs:
    """What is kept of the layers above: (n, v or k, pooled), of `frozen_outputs`; arguments as there."""
    return _of_both(network, outputs, _pools, folder)


def heard_pools(network: IMINET, inputs: TakeInputs, folder: Path) -> TakeInputs:
    """What is kept of all layers, (n, v or k, pooled), of the inputs themselves; arguments as for `frozen_outputs`."""
    return _of_both(network, inputs, _pools_of_inputs, folder)


def mobilenet_tower(network: IMINET, side: Side) -> MobileNetTower:
    """A tower of a network whose towers are mn04."""
    tower = network.tower(side)
    assert isinstance(tower, MobileNetTower)
    return tower


Heard = Callable[[MobileNetTower, Tensor], Tensor]


def _last_frozen(tower: MobileNetTower, log_mel: Tensor) -> Tensor:
    return tower.net.outputs(log_mel[:, None], [LAST_FROZEN])[LAST_FROZEN]


def _pools(tower: MobileNetTower, outputs: Tensor) -> Tensor:
    return tower.pooled(outputs, after=LAST_FROZEN)


def _pools_of_inputs(tower: MobileNetTower, log_mel: Tensor) -> Tensor:
    return tower.pooled(log_mel[:, None])


def _of_both(network: IMINET, inputs: TakeInputs, heard: Heard, folder: Path) -> TakeInputs:
    network.eval()
    of_recordings = partial(heard, mobilenet_tower(network, "recording"))
    of_takes = partial(heard, mobilenet_tower(network, "imitation"))
    recordings = _kept(of_recordings, inputs.recordings, folder / "recordings", "hearing recordings")
    takes = _kept(of_takes, inputs.takes, folder / "takes", "hearing takes")
    return TakeInputs(recordings, takes, inputs.kinds)


def _kept(heard: Callable[[Tensor], Tensor], inputs: Arrays, folder: Path, what: str) -> Arrays:
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, len(inputs), _AT_ONCE)
    files = [folder / f"{start:06d}.npy" for start in starts]
    for start, file in counted(zip(starts, files, strict=True), what, len(files)):
        if not file.exists():
            save_array(file, _of_part(heard, inputs[start : start + _AT_ONCE]))
    return np.concatenate([np.load(file) for file in files])


@torch.no_grad()
def _of_part(heard: Callable[[Tensor], Tensor], part: Arrays) -> NDArray[np.float16]:
    """(n, k, ...) to (n, k, ...), the k-th of all at once."""
    columns = [heard(torch.from_numpy(part[:, k].astype(np.float32))) for k in range(part.shape[1])]
    made: NDArray[np.float16] = torch.stack(columns, dim=1).numpy().astype(np.float16)
    return made
