"""What is kept of frozen towers' layers, worked out once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor

from menura.inputs.arrays import PROGRESS_COLUMNS, Arrays, save_array
from menura.inputs.takes import TakeInputs
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower

_AT_ONCE = 32  # recordings, with all their variants or takes


def frozen_layers(network: IMINET, inputs: TakeInputs, folder: Path) -> TakeInputs:
    """What is kept of the towers' layers for all inputs: (n, v, pooled) of recordings and (n, k, pooled) of takes.

    Args:
        network: In evaluation mode. Its towers must be those that `folder` is named after.
        inputs: (n, v, mel, time) and (n, k, mel, time).
        folder: Where they are kept, part by part; a call that was stopped goes on there.
    """
    network.eval()
    assert isinstance(network.imitation_tower, MobileNetTower) and isinstance(network.recording_tower, MobileNetTower)
    recordings = _kept(network.recording_tower.pooled, inputs.recordings, folder / "recordings", "hearing recordings")
    takes = _kept(network.imitation_tower.pooled, inputs.takes, folder / "takes", "hearing takes")
    return TakeInputs(recordings, takes, inputs.kinds)


def _kept(heard: Callable[[Tensor], Tensor], inputs: Arrays, folder: Path, what: str) -> Arrays:
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, len(inputs), _AT_ONCE)
    files = [folder / f"{start:06d}.npy" for start in starts]
    with Progress(*PROGRESS_COLUMNS, transient=True) as progress:
        for start, file in progress.track(list(zip(starts, files, strict=True)), description=what):
            if not file.exists():
                save_array(file, _of_part(heard, inputs[start : start + _AT_ONCE]))
    return np.concatenate([np.load(file) for file in files])


@torch.no_grad()
def _of_part(heard: Callable[[Tensor], Tensor], part: Arrays) -> NDArray[np.float16]:
    """(n, k, mel, time) to (n, k, pooled), the k-th of all at once."""
    columns = [heard(torch.from_numpy(part[:, k, None].astype(np.float32))) for k in range(part.shape[1])]
    made: NDArray[np.float16] = torch.stack(columns, dim=1).numpy().astype(np.float16)
    return made
