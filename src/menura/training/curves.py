"""Learning curves: what a training has logged, as numbers and as a picture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from menura.whole import written_whole

Curve = tuple[NDArray[np.intp], NDArray[np.float64]]
"""(n,) steps and the (n,) values logged at them."""

_BOOKKEEPING = ("step", "epoch")
_COLOURS = ("tab:blue", "tab:orange")


def read_learning_curves(run: Path) -> dict[str, Curve]:
    """All that the training in a folder has logged, by name; its attempts joined, the later one counts."""
    logged: dict[str, dict[int, float]] = {}
    attempts = sorted(run.glob("csv/version_*/metrics.csv"), key=lambda file: int(file.parent.name.rpartition("_")[2]))
    for attempt in attempts:
        with attempt.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                for name, value in row.items():
                    if value and name not in _BOOKKEEPING:
                        logged.setdefault(name, {})[int(row["step"])] = float(value)
    return {name: _curve(values) for name, values in logged.items()}


def draw_learning_curves(run: Path) -> Path | None:
    """Draw `learning_curve.png` in a training's folder: its losses on the left axis, its measures on the right.

    Returns:
        The picture, or None if nothing was logged.
    """
    curves = read_learning_curves(run)
    if not curves:
        return None
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.add_subplot()
    losses = {name: curve for name, curve in curves.items() if "loss" in name}
    measures = {name: curve for name, curve in curves.items() if "loss" not in name}
    _draw(axes, losses)
    axes.set(xlabel="step", ylabel="loss (nats)", ylim=(0, None))
    if measures:
        right = axes.twinx()
        assert isinstance(right, Axes)
        _draw(right, measures, colours=_COLOURS[1:])
        right.set(ylabel=", ".join(_in_words(name) for name in measures), ylim=(0, 1))
        right.yaxis.label.set_color(_COLOURS[1])
        axes.yaxis.label.set_color(_COLOURS[0])
    elif len(losses) > 1:
        axes.legend()
    picture = run / "learning_curve.png"
    with written_whole(picture) as unfinished:
        figure.savefig(unfinished, dpi=120, format="png")
    return picture


def _draw(axes: Axes, curves: dict[str, Curve], colours: tuple[str, ...] = _COLOURS) -> None:
    for colour, (name, (steps, values)) in zip(colours, curves.items(), strict=False):
        by_step = len(steps) > 1 and int(np.diff(steps).min()) == 1
        axes.plot(
            steps,
            values,
            color=colour,
            alpha=0.6 if by_step else 1.0,
            linewidth=0.8 if by_step else 1.5,
            marker=None if by_step else ".",
            label=_in_words(name),
        )


def _curve(values: dict[int, float]) -> Curve:
    steps = sorted(values)
    return np.array(steps, dtype=np.intp), np.array([values[step] for step in steps])


def _in_words(name: str) -> str:
    return name.replace("_", " ").replace("mrr", "MRR")
