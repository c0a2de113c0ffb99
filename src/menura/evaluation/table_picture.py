"""A table of methods as a picture: MRR with its interval, a panel for each category."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from menura.evaluation.tables import Row, Table
from menura.whole import written_whole

_LONGEST_LINE = 36  # letters of a name; of a path longer than that, the end is shown, which tells models apart
_OURS, _PUBLISHED, _CHANCE = "tab:blue", "tab:orange", "0.6"


def draw_table(table: Table, file: Path) -> None:
    """Draw a table to a PNG file: one line a method, its best on the right; chance dashed, published figures beside."""
    methods = list(dict.fromkeys(row.method for row in table.rows))
    categories = list(dict.fromkeys(row.category for row in table.rows))
    size = (2.0 + 2.6 * len(categories), 1.5 + 0.42 * len(methods))
    figure = Figure(figsize=(max(6.0, size[0]), size[1]), layout="constrained")
    panels = figure.subplots(1, len(categories), sharey=True, sharex=True, squeeze=False)[0]
    for axes, category in zip(panels, categories, strict=True):
        _draw_panel(axes, [row for row in table.rows if row.category == category], methods)
    panels[0].set_yticks(range(len(methods)), [_shown(method) for method in methods])
    panels[0].invert_yaxis()
    panels[0].set_xlim(0, None)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize="small")
    with written_whole(file) as unfinished:
        figure.savefig(unfinished, dpi=130, format="png")


def _shown(method: str) -> str:
    """A name in as many lines as it needs."""
    lines = textwrap.wrap(method, _LONGEST_LINE, break_long_words=False, break_on_hyphens=False)
    return "\n".join(map(_end_of, lines))


def _end_of(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"\N{HORIZONTAL ELLIPSIS}{line[1 - _LONGEST_LINE :]}"


def _draw_panel(axes: Axes, rows: list[Row], methods: list[str]) -> None:
    first = rows[0]
    axes.set_title(f"{first.category}, {first.n_candidates} recordings", fontsize="medium")
    axes.axvline(first.chance_mrr, color=_CHANCE, linestyle="--", linewidth=1, label="chance")
    places = [methods.index(row.method) for row in rows]
    low = [max(0.0, row.mrr - row.interval[0]) for row in rows]
    high = [max(0.0, row.interval[1] - row.mrr) for row in rows]
    axes.errorbar(
        [row.mrr for row in rows],
        places,
        xerr=(low, high),
        fmt="o",
        color=_OURS,
        capsize=3,
        label="MRR, 95 % interval over sounds",
    )
    published = [(row.published, place) for row, place in zip(rows, places, strict=True) if row.published is not None]
    if published:
        axes.plot(
            *zip(*published, strict=True),
            "D",
            color=_PUBLISHED,
            markerfacecolor="none",
            label="published, on VocalSketch",
        )
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("MRR")
    axes.spines[["top", "right"]].set_visible(False)
