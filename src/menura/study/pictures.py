"""Pictures of what a study measured: means by system and category, and each person by either system."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from menura.study.analysis import Mean
from menura.study.trials import NAMES
from menura.whole import written_whole

_COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:purple", "tab:brown")
_MARKS = ("o", "s", "D", "^", "v")
_DRAWN = ("rr", "hit5", "rating", "found")
_BOUNDS = {"rr": (0.0, 1.0), "hit5": (0.0, 1.0), "rating": (1.0, 5.0), "found": (0.0, 1.0)}
_CHANCE = "0.55"


def draw_means(means: Sequence[Mean], systems: Sequence[str], chance: float, file: Path) -> None:
    """Draw means with their intervals over people to a PNG file: a panel a measure, a line a category."""
    categories = sorted({one.category for one in means if one.category is not None})
    lines: list[str | None] = [None, *(categories if len(categories) > 1 else [])]
    figure = Figure(figsize=(2.2 + 2.5 * len(_DRAWN), 1.7 + 0.5 * len(lines)), layout="constrained")
    panels = figure.subplots(1, len(_DRAWN), sharey=True, squeeze=False)[0]
    for axes, measure in zip(panels, _DRAWN, strict=True):
        for number, system in enumerate(systems):
            own = {
                one.category: one for one in means if (one.measure, one.system, one.person) == (measure, system, None)
            }
            shift = 0.24 * (number - (len(systems) - 1) / 2)
            _draw_line(axes, [own.get(line) for line in lines], shift, number, system)
        if measure == "rr":
            axes.axvline(chance, color=_CHANCE, linestyle="--", linewidth=1, label="MRR of a guess")
        _dress(axes, measure)
    panels[0].set_yticks(range(len(lines)), ["all sounds" if line is None else line for line in lines])
    panels[0].set_ylim(len(lines) - 0.5, -0.5)
    _legend(figure, panels[0])
    _save(figure, file)


def draw_people(means: Sequence[Mean], systems: Sequence[str], file: Path) -> None:
    """Draw each person's means by the first two systems to a PNG file: above the diagonal the second is better."""
    first, second = systems[:2]
    figure = Figure(figsize=(3.1 * len(_DRAWN), 3.6), layout="constrained")
    for axes, measure in zip(figure.subplots(1, len(_DRAWN), squeeze=False)[0], _DRAWN, strict=True):
        by_system = [_of_people(means, measure, system) for system in (first, second)]
        both = [person for person in by_system[0] if person in by_system[1]]
        low, high = _BOUNDS[measure]
        axes.plot([low, high], [low, high], color=_CHANCE, linewidth=1)
        x, y = (np.array([own[person] for person in both]) for own in by_system)
        axes.plot(x, y, "o", color=_COLOURS[0], alpha=0.6, markersize=6, markeredgewidth=0, clip_on=False, zorder=3)
        higher, lower = int(np.sum(y > x)), int(np.sum(y < x))
        axes.set_title(f"{NAMES[measure]}\n{higher} people above the line, {lower} below", fontsize="medium")
        axes.set(xlim=(low, high), ylim=(low, high), xlabel=first, ylabel=second, aspect="equal")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, file)


def _draw_line(axes: Axes, means: Sequence[Mean | None], shift: float, number: int, system: str) -> None:
    there = [(place, one) for place, one in enumerate(means) if one is not None]
    limits = [one.interval or (one.mean, one.mean) for _, one in there]
    axes.errorbar(
        [one.mean for _, one in there],
        [place + shift for place, _ in there],
        xerr=(
            [max(0.0, one.mean - low) for (_, one), (low, _) in zip(there, limits, strict=True)],
            [max(0.0, high - one.mean) for (_, one), (_, high) in zip(there, limits, strict=True)],
        ),
        fmt=_MARKS[number % len(_MARKS)],
        color=_COLOURS[number % len(_COLOURS)],
        markersize=5,
        capsize=2.5,
        label=f"{system}, 95 % over people",
    )


def _dress(axes: Axes, measure: str) -> None:
    axes.set_title(NAMES[measure], fontsize="medium")
    low, high = _BOUNDS[measure]
    axes.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize="small")


def _of_people(means: Sequence[Mean], measure: str, system: str) -> dict[str, float]:
    return {
        one.person: one.mean
        for one in means
        if one.person is not None and (one.measure, one.system) == (measure, system)
    }


def _save(figure: Figure, file: Path) -> None:
    with written_whole(file) as unfinished:
        figure.savefig(unfinished, dpi=130, format="png")
