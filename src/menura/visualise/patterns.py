"""The patterns of a network's neurons, layer by layer, kept in files so that a long run can be taken up again."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.inputs.digest import run_digest
from menura.memory import keep_freed_memory
from menura.network.iminet import IMINET
from menura.specs import MobileNetTowerSpec, Side
from menura.visualise import alike, ascent, climb, ground, neurons, objectives, regularisers, restarts
from menura.visualise.breadth import Breadth
from menura.visualise.climb import AscentSettings
from menura.visualise.ground import grounds_of
from menura.visualise.kept import weights_digest
from menura.visualise.neurons import Layer, layers_of
from menura.visualise.objectives import activation_of, leaky, slope_of
from menura.visualise.restarts import best_of_starts
from menura.visualise.told import Told, told_gallery
from menura.whole import written_whole

_TILES_AT_ONCE = 1_000_000  # of the inputs of a batch: memory
_ASCENTS_AT_ONCE = 600  # where inputs are small, maps are not
_USUAL_STEPS = 80

ARRAYS = ("neurons", "reached", "alike", "n_steps", "converged")
"""Those of `LayerPatterns` that have a row for each neuron, beside the patterns."""


@dataclass(frozen=True)
class LayerPatterns:
    """What each of n neurons of a layer is excited by most.

    Attributes:
        layer: The layer.
        neurons: (n,) which of its neurons.
        patterns: For each side that reaches it, (n, mel, frames) in the towers' units: a normalised log-mel
            spectrogram has zero mean and unit variance, mn04 is given levels. Of a convolutional layer, the part
            that a neuron hears.
        reached: (n, k) activation less penalty that each of k starts reached; the best one's is the pattern.
        alike: (n,) median correlation of the patterns of two starts, aligned in time and frequency; 1 of one start.
        n_steps: (n,) steps of the best start's ascent until it moved no more.
        converged: (n,) whether sixty more steps raise that one by less than 0.2 %.
        seconds: How long the ascents took.
    """

    layer: Layer
    neurons: NDArray[np.int64]
    patterns: dict[Side, NDArray[np.float32]]
    reached: NDArray[np.float32]
    alike: NDArray[np.float32]
    n_steps: NDArray[np.int64]
    converged: NDArray[np.bool_]
    seconds: float

    @property
    def objective(self) -> NDArray[np.float32]:
        """(n,) the best that was reached."""
        best: NDArray[np.float32] = self.reached.max(axis=1)
        return best


def layer_patterns(
    network: IMINET,
    layer: Layer,
    settings: AscentSettings,
    stepped: Callable[[float], None] = lambda _: None,
    *,
    neurons: Sequence[int] | None = None,
    n_starts: int = 1,
) -> LayerPatterns:
    """Activation maximisation for neurons of a layer, in one batch.

    Args:
        network: What `leaky` made.
        layer: One of its layers.
        settings: How to ascend.
        stepped: Called with about what share of all is done.
        neurons: Which; all of them by default.
        n_starts: From how many starts each.
    """
    started = time.perf_counter()
    chosen = list(range(layer.n_neurons) if neurons is None else neurons)
    found = best_of_starts(
        activation_of(network, layer),
        grounds_of(network.spec, layer),
        chosen,
        settings,
        stepped,
        n_starts=n_starts,
        slope=slope_of(network, layer),
    )
    return LayerPatterns(
        layer,
        np.array(chosen),
        dict(zip(layer.boxes, found.inputs, strict=True)),
        reached=found.reached,
        alike=found.alike,
        n_steps=found.n_steps,
        converged=found.converged,
        seconds=time.perf_counter() - started,
    )


def network_patterns(
    network: IMINET,
    settings: AscentSettings,
    work: Path,
    *,
    layers: Sequence[Layer] = (),
    breadth: Breadth = Breadth(),  # noqa: B008  # frozen
) -> Iterator[LayerPatterns]:
    """The patterns of every layer, what is in `work` already from there; it is told how far they are.

    Args:
        network: Any; it is not changed.
        settings: How to ascend.
        work: A folder for the patterns: `.npz` files, each of as many neurons of a layer as are climbed at once.
        layers: Those wanted; by default `layers_of(network.spec)`.
        breadth: How many neurons of each, from how many starts.
    """
    keep_freed_memory()
    frozen = leaky(network)
    code = (alike, ascent, climb, ground, neurons, objectives, regularisers, restarts)
    key = run_digest(settings, weights_digest(frozen), paths=(), cache=work, code=code)
    wanted = layers or layers_of(network.spec)
    prices = {layer.name: breadth.starts_of(layer) * _ascent_s(frozen, layer) for layer in wanted}
    with told_gallery(sum(prices[layer.name] * len(breadth.neurons_of(layer)) for layer in wanted)) as told:
        for layer in wanted:
            yield _Kept(frozen, settings, work, key, told, prices[layer.name]).layer(layer, breadth)


@dataclass(frozen=True)
class _Kept:
    """Patterns of a network in a folder, made where they are not there; a neuron has a price, see `Told`."""

    network: IMINET
    settings: AscentSettings
    work: Path
    key: str
    told: Told
    price: float

    def layer(self, layer: Layer, breadth: Breadth) -> LayerPatterns:
        """Of a layer, in parts of as many neurons as are climbed at once."""
        chosen, n_starts = breadth.neurons_of(layer), breadth.starts_of(layer)
        size = max(1, _rows_at_once(self.network, layer) // n_starts)
        return _joined([self._part(layer, chosen[at : at + size], n_starts) for at in range(0, len(chosen), size)])

    def _part(self, layer: Layer, chosen: Sequence[int], n_starts: int) -> LayerPatterns:
        name = hashlib.blake2b(repr((self.key, chosen, n_starts)).encode(), digest_size=8).hexdigest()
        file = self.work / f"{layer.name.replace(' ', '-')}-{chosen[0]}-{name}.npz"
        price = self.price * len(chosen)
        found = _read(file, layer)
        if found is not None:
            self.told.skip(price)
            return found
        found = layer_patterns(
            self.network,
            layer,
            self.settings,
            lambda share: self.told.tell(f"patterns of {layer.name}", price, share),
            neurons=chosen,
            n_starts=n_starts,
        )
        _write(file, found)
        self.told.end(price)
        return found


def _rows_at_once(network: IMINET, layer: Layer) -> int:
    """How many ascents go on in a batch."""
    towers = [network.spec.tower(side) for side in layer.boxes]
    shapes = [
        tower.front_end.shape if isinstance(tower, MobileNetTowerSpec) else layer.boxes[side].shape
        for side, tower in zip(layer.boxes, towers, strict=True)
    ]
    return min(_ASCENTS_AT_ONCE, max(1, _TILES_AT_ONCE // sum(mel * frames for mel, frames in shapes)))


def _ascent_s(network: IMINET, layer: Layer) -> float:
    """About how many seconds an ascent takes."""
    rows = min(4, layer.n_neurons)
    started = time.perf_counter()
    layer_patterns(network, layer, AscentSettings(max_steps=1), neurons=range(rows))
    return (time.perf_counter() - started) / (2 * rows) * _USUAL_STEPS


def _joined(parts: Sequence[LayerPatterns]) -> LayerPatterns:
    first = parts[0]
    return LayerPatterns(
        first.layer,
        np.concatenate([part.neurons for part in parts]),
        {side: np.concatenate([part.patterns[side] for part in parts]) for side in first.patterns},
        reached=np.concatenate([part.reached for part in parts]),
        alike=np.concatenate([part.alike for part in parts]),
        n_steps=np.concatenate([part.n_steps for part in parts]),
        converged=np.concatenate([part.converged for part in parts]),
        seconds=sum(part.seconds for part in parts),
    )


def _write(file: Path, found: LayerPatterns) -> None:
    with written_whole(file) as unfinished, unfinished.open("wb") as out:
        np.savez(
            out,
            **{name: getattr(found, name) for name in ARRAYS},
            seconds=found.seconds,
            **found.patterns,  # type: ignore[arg-type]  # NumPy's stub knows of a flag among the keywords
        )


def _read(file: Path, layer: Layer) -> LayerPatterns | None:
    """What is in a file, or None if there is none that can be read: then it is made again."""
    try:
        # NumPy leaves a file open that turns out to be damaged.
        with file.open("rb") as content, np.load(content, allow_pickle=False) as kept:
            patterns = {side: kept[side] for side in layer.boxes}
            arrays = {name: kept[name] for name in ARRAYS}
            return LayerPatterns(layer, patterns=patterns, **arrays, seconds=float(kept["seconds"]))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
