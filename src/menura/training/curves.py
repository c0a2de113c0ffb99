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

PICTURE, NUMBERS = "learning_curve.png", "learning_curve.csv"

_BOOKKEEPING = ("step", "epoch")
_COLOURS = ("tab:blue", "tab:orange", "tab:green")
_SMOOTHED = 50  # a curve is smoothed over this share of its steps
_MANY = 100  # values, of which a few may be left out
_UNUSUAL_PERCENT = 1  # of single steps may lie beyond the axis at either end
_FAR_APART = 10.0  # a curve that falls by more has a logarithmic axis


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
    """Draw `learning_curve.png` in a training's folder, with its numbers beside it as `learning_curve.csv`.

    The losses are in one panel, each measure in one of its own below, on an axis that its values fill. What was logged
    at every step is drawn faintly behind its mean over a fiftieth of all steps.

    Returns:
        The picture, or None if nothing was logged.
    """
    curves = read_learning_curves(run)
    if not curves:
        return None
    _write_numbers(curves, run / NUMBERS)
    losses = {name: curve for name, curve in curves.items() if "loss" in name}
    panels = [losses] * bool(losses) + [{name: curve} for name, curve in curves.items() if name not in losses]
    figure = Figure(figsize=(7, 1.2 + 2.4 * len(panels)), layout="constrained")
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, shown in zip(rows, panels, strict=True):
        _draw(axes, shown)
    rows[-1].set_xlabel("step")
    picture = run / PICTURE
    with written_whole(picture) as unfinished:
        figure.savefig(unfinished, dpi=120, format="png")
    return picture


def limits_of(curves: dict[str, Curve]) -> tuple[float, float]:
    """The lowest and the highest value that an axis has to show: all but single steps that are far from the others."""
    parts = [values if len(values) < _MANY else _without_outliers(values) for _, values in curves.values()]
    shown = np.concatenate(parts)
    shown = shown[np.isfinite(shown)]
    if not len(shown):
        return 0.0, 1.0
    low, high = float(shown.min()), float(shown.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _draw(axes: Axes, curves: dict[str, Curve]) -> None:
    for colour, (name, (steps, values)) in zip(_COLOURS, curves.items(), strict=False):
        by_step = len(steps) > 1 and int(np.diff(steps).min()) == 1
        if by_step:
            axes.plot(steps, values, color=colour, alpha=0.25, linewidth=0.6)
        smooth = _smoothed(values) if by_step else values
        axes.plot(steps, smooth, color=colour, linewidth=1.5, marker=None if by_step else ".", label=_in_words(name))
    low, high = limits_of(curves)
    if low > 0 and high / low > _FAR_APART:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.1, high * 1.1)
    else:
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    axes.set_ylabel("loss (nats)" if "loss" in next(iter(curves)) else _in_words(next(iter(curves))))
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend()


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over a fiftieth of the steps about each; fewer at either end."""
    reach = max(1, len(values) // (2 * _SMOOTHED))
    summed = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(values))
    means: NDArray[np.float64] = (summed[last] - summed[first]) / (last - first)
    return means


def _without_outliers(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = values[np.isfinite(values)]
    ends = np.percentile(finite, [_UNUSUAL_PERCENT, 100 - _UNUSUAL_PERCENT]) if len(finite) else finite
    return np.concatenate([ends, _smoothed(finite)])


def _write_numbers(curves: dict[str, Curve], file: Path) -> None:
    """A row a step: everything that was logged then, the attempts of a training that was stopped in one."""
    by_step: dict[int, dict[str, float]] = {}
    for name, (steps, values) in curves.items():
        for step, value in zip(steps.tolist(), values.tolist(), strict=True):
            by_step.setdefault(step, {})[name] = value
    with written_whole(file) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictWriter(out, ["step", *curves])
        rows.writeheader()
        rows.writerows({"step": step, **by_step[step]} for step in sorted(by_step))


def _curve(values: dict[int, float]) -> Curve:
    steps = sorted(values)
    return np.array(steps, dtype=np.intp), np.array([values[step] for step in steps])


def _in_words(name: str) -> str:
    return name.replace("_", " ").replace("mrr", "MRR")
