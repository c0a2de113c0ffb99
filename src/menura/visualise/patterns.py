"""The patterns of all neurons of a network, layer by layer, kept in files so that a long run can be taken up again."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from menura.inputs.digest import run_digest
from menura.memory import keep_freed_memory
from menura.network.iminet import IMINET
from menura.specs import Side
from menura.visualise import ascent, ground, neurons, objectives, regularisers
from menura.visualise.ascent import AscentSettings, ascend
from menura.visualise.ground import grounds_of
from menura.visualise.neurons import Layer, layers_of
from menura.visualise.objectives import activation_of, leaky
from menura.whole import written_whole

_AT_ONCE = 36  # neurons that each hear a whole spectrogram or two


@dataclass(frozen=True)
class LayerPatterns:
    """What each of n neurons of a layer is excited by most.

    Attributes:
        layer: The layer.
        patterns: For each side that reaches it, (n, mel, frames) in the towers' units: a normalised log-mel
            spectrogram has zero mean and unit variance, mn04 is given levels. Of a convolutional layer, the part
            that a neuron hears.
        objective: (n,) activation less penalty that was reached.
        n_steps: (n,) steps of ascent until it moved no more.
        converged: (n,) whether it converged.
        seconds: How long the ascent took.
    """

    layer: Layer
    patterns: dict[Side, NDArray[np.float32]]
    objective: NDArray[np.float32]
    n_steps: NDArray[np.int64]
    converged: NDArray[np.bool_]
    seconds: float


def layer_patterns(
    network: IMINET, layer: Layer, settings: AscentSettings, stepped: Callable[[float], None] = lambda _: None
) -> LayerPatterns:
    """Activation maximisation for every neuron of a layer.

    Args:
        network: What `leaky` made.
        layer: One of its layers.
        settings: How to ascend.
        stepped: Called with the share of the neurons that have converged.
    """
    started = time.perf_counter()
    grounds = grounds_of(network.spec, layer)
    hears_all = any(box.is_all_of(network.spec.tower(side).front_end) for side, box in layer.boxes.items())
    size = _AT_ONCE if hears_all else layer.n_neurons
    parts = []
    for first in range(0, layer.n_neurons, size):
        neurons = range(first, min(first + size, layer.n_neurons))

        def told(n_converged: int, before: int = first) -> None:
            stepped((before + n_converged) / layer.n_neurons)

        parts.append(ascend(activation_of(network, layer), grounds, neurons, settings, told))
    sides = {side: torch.cat([part.inputs[index] for part in parts]).numpy() for index, side in enumerate(layer.boxes)}
    return LayerPatterns(
        layer,
        sides,
        objective=torch.cat([part.objective[:, -1] for part in parts]).numpy(),
        n_steps=torch.cat([part.n_steps for part in parts]).numpy(),
        converged=torch.cat([part.converged for part in parts]).numpy(),
        seconds=time.perf_counter() - started,
    )


def network_patterns(
    network: IMINET, settings: AscentSettings, work: Path, *, layers: Sequence[str] = ()
) -> Iterator[LayerPatterns]:
    """The patterns of every layer, those that are in `work` already from there; under a progress bar.

    Args:
        network: Any; it is not changed.
        settings: How to ascend.
        work: A folder for the patterns, one `.npz` file a layer and network.
        layers: The names of the layers wanted; all of them by default.
    """
    keep_freed_memory()
    frozen = leaky(network)
    key = _key(frozen, settings, work)
    for layer in layers_of(network.spec):
        if layers and layer.name not in layers:
            continue
        file = work / f"{layer.name.replace(' ', '-')}-{key}.npz"
        found = _read(file, layer)
        if found is None:
            with _progress(layer.name) as stepped:
                found = layer_patterns(frozen, layer, settings, stepped)
            _write(file, found)
        yield found


def _write(file: Path, found: LayerPatterns) -> None:
    with written_whole(file) as unfinished, unfinished.open("wb") as out:
        np.savez(
            out,
            objective=found.objective,
            n_steps=found.n_steps,
            converged=found.converged,
            seconds=found.seconds,
            **found.patterns,  # type: ignore[arg-type]  # NumPy's stub knows of a flag among the keywords
        )


def _read(file: Path, layer: Layer) -> LayerPatterns | None:
    """What is in a file, or None if there is none that can be read: then it is made again."""
    try:
        # NumPy leaves a file open that turns out to be damaged.
        with file.open("rb") as content, np.load(content, allow_pickle=False) as kept:
            return LayerPatterns(
                layer,
                {side: kept[side] for side in layer.boxes},
                objective=kept["objective"],
                n_steps=kept["n_steps"],
                converged=kept["converged"],
                seconds=float(kept["seconds"]),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def _key(network: IMINET, settings: AscentSettings, work: Path) -> str:
    """Names patterns after all that they depend on."""
    weights = hashlib.blake2b(digest_size=16)
    for name, tensor in network.state_dict().items():
        weights.update(name.encode() + tensor.numpy().tobytes())
    code = (ascent, ground, neurons, objectives, regularisers)
    return run_digest(settings, weights.hexdigest(), paths=(), cache=work, code=code)


@contextmanager
def _progress(layer: str) -> Iterator[Callable[[float], None]]:
    columns = (TextColumn(f"patterns of {layer}"), BarColumn(), TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(layer, total=1.0)
        yield lambda share: progress.update(task, completed=share)
