"""The paper's figures 2 and 3 for several networks side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from menura.paper.counterparts import in_words, layers_asked, pairs_asked
from menura.specs import SIDES, NetworkSpec, Side
from menura.visualise.axes import draw_spectrogram
from menura.visualise.box import Box
from menura.visualise.patterns import LayerPatterns
from menura.visualise.representatives import representatives
from menura.visualise.sonify import pattern_decibels
from menura.whole import written_whole

Configurations = Mapping[str, Mapping[str, LayerPatterns]]
"""For each configuration by name, its layers by name."""

N_SHOWN = 4  # patterns of a convolutional layer, as in figure 2
N_PAIRS = 2  # FC1 neurons, as in figure 3


def draw_figure2(configurations: Configurations, spec: NetworkSpec, side: Side, file: Path) -> None:
    """Figure 2: a row a configuration, a column a convolutional layer of one tower, four patterns in each.

    The layers are those of `layers_asked`, the four those that stand best for the layer (see `representatives`).
    """
    asked = layers_asked(spec)[side]
    figure = Figure(figsize=(4.1 * len(asked), 3.1 * len(configurations)), layout="constrained")
    cells = figure.subfigures(len(configurations), len(asked), squeeze=False)
    for row, (name, layers) in zip(cells, configurations.items(), strict=True):
        for layer, cell in zip(asked, row, strict=True):
            found = layers[layer.name]
            panels = cell.subplots(2, 2, sharex=True, sharey=True)
            for axes, place in zip(panels.flat, representatives(found, N_SHOWN), strict=True):
                _draw_pattern(axes, found.patterns[side][place], spec, side, layer.boxes[side])
                axes.set_title(f"neuron {found.neurons[place]}", fontsize=6, pad=2)
            cell.suptitle(f"{in_words(layer)}: {name}", fontsize=9)
            cell.supxlabel("time (s)", fontsize=7)
            cell.supylabel("frequency (Hz)", fontsize=7)
    _save(figure, file)


def draw_figure3(configurations: Configurations, spec: NetworkSpec, file: Path) -> None:
    """Figure 3: for each configuration, the imitation and the recording that together excite two FC1 neurons most."""
    figure = Figure(figsize=(4.6 * len(configurations), 2.3 * len(SIDES) * N_PAIRS), layout="constrained")
    cells = figure.subfigures(1, len(configurations), squeeze=False)[0]
    for cell, (name, layers) in zip(cells, configurations.items(), strict=True):
        found = layers[pairs_asked(spec).name]
        panels = cell.subplots(len(SIDES) * N_PAIRS, 1)
        places = np.repeat(representatives(found, N_PAIRS), len(SIDES))
        for axes, place, side in zip(panels, places, SIDES * N_PAIRS, strict=True):
            _draw_pattern(axes, found.patterns[side][place], spec, side, found.layer.boxes[side])
            axes.set_title(f"FC1 neuron {found.neurons[place]}: the {side}", fontsize=8, pad=2)
            axes.set_ylabel("Hz", fontsize=7)
        panels[-1].set_xlabel("time (s)", fontsize=7)
        cell.suptitle(name, fontsize=10)
    _save(figure, file)


def _draw_pattern(axes: Axes, pattern: NDArray[np.float32], spec: NetworkSpec, side: Side, box: Box) -> None:
    front_end = spec.tower(side).front_end
    decibels = pattern_decibels(pattern[None], side, front_end)[0]
    # Nine tiles in ten are within three standard deviations of the loudest; a single dark one must not decide.
    draw_spectrogram(axes, decibels, front_end, box=box, lowest_db=float(np.percentile(decibels, 0.5)))


def _save(figure: Figure, file: Path) -> None:
    with written_whole(file) as unfinished:
        figure.savefig(unfinished, dpi=130, format="png")
