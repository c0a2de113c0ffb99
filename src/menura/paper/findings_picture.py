"""The findings as pictures: for each claim, the neurons of every group that was compared, and the verdict."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from menura.paper.finding import Finding
from menura.whole import written_whole

_CONFIRMED, _NOT = "tab:green", "tab:red"
_COLUMNS = 3


def draw_findings(findings: Sequence[Finding], file: Path) -> None:
    """Draw a panel a finding to a PNG file: each dot a neuron, the line the median, the box the quartiles."""
    rows = math.ceil(len(findings) / _COLUMNS)
    figure = Figure(figsize=(4.4 * _COLUMNS, 2.7 * rows), layout="constrained")
    panels = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes, finding in zip(panels, findings, strict=False):
        _draw(axes, finding)
    for axes in panels[len(findings) :]:
        axes.set_axis_off()
    with written_whole(file) as unfinished:
        figure.savefig(unfinished, dpi=120, format="png")


def _draw(axes: Axes, finding: Finding) -> None:
    colour, verdict = (_CONFIRMED, "confirmed") if finding.confirmed else (_NOT, "not confirmed")
    rng = np.random.default_rng(0)
    for place, values in enumerate(finding.groups.values()):
        shown = values if len(values) < 400 else rng.choice(values, 400, replace=False)
        axes.plot(shown, place + rng.uniform(-0.28, 0.28, len(shown)), ".", color="0.6", markersize=2.5, zorder=1)
    axes.boxplot(
        list(finding.groups.values()),
        positions=range(len(finding.groups)),
        orientation="horizontal",
        widths=0.6,
        showfliers=False,
        medianprops={"color": colour, "linewidth": 2},
    )
    axes.set_yticks(range(len(finding.groups)), list(finding.groups), fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("\n".join(textwrap.wrap(finding.measure, 52)), fontsize=7)
    axes.tick_params(axis="x", labelsize=7)
    test = "" if finding.p_value is None else f", p = {finding.p_value:.2g}"
    title = "\n".join(textwrap.wrap(finding.claim, 52))
    seeds = f" ({finding.with_seeds})" * bool(finding.with_seeds)
    axes.set_title(f"{title}\n{verdict}{seeds}{test}", fontsize=8, color=colour)
    axes.spines[["top", "right"]].set_visible(False)
