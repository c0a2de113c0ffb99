"""Draws what a search and an index cost as a library grows, from the results of what measures them.

    python -m benchmarks.index.growth_picture

The results are those of `benchmarks.search.scan`, `benchmarks.search.latency`, `benchmarks.index.filling` and
`benchmarks.index.size`. The picture is docs/pictures/growth.png.
"""

from __future__ import annotations

import argparse
from typing import Any

import matplotlib

from benchmarks.results import DOCS, read_result

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

_LINES = {
    "Menura, codes": ("the scan", "-"),
    "Menura, codes, 16 at once": ("the scan, of 16 at once", ":"),
    "reading the codes": ("reading the codes, no more", "--"),
}


def main() -> None:
    """Draw it."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    figure, (queries, filling, size) = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    draw_queries(queries, read_result("scan")["figures"]["ms"], read_result("latency")["figures"]["ms"])
    draw_filling(filling, read_result("filling_growth")["figures"])
    draw_size(size, read_result("index_size")["figures"])
    figure.savefig(DOCS / "pictures" / "growth.png", dpi=120)
    plt.close(figure)


def draw_queries(axes: Axes, scan: dict[str, Any], latency: dict[str, Any]) -> None:
    """Milliseconds a query against windows."""
    sizes = [int(size) for size in latency]
    axes.loglog(sizes, [ms["whole"] for ms in latency.values()], marker=".", linewidth=2.5, label="a whole search")
    for name, (label, style) in _LINES.items():
        axes.loglog([int(size) for size in scan], [ms[name] for ms in scan.values()], style, marker=".", label=label)
    axes.set(xlabel="windows in the library", ylabel="ms", title="a query")
    axes.grid(which="major", alpha=0.3)
    axes.set_ylim(top=1_000)  # room for the legend
    axes.legend(fontsize=8, loc="upper left")


def draw_filling(axes: Axes, growth: dict[str, Any]) -> None:
    """Milliseconds of processors a sound, and sounds a second, against sounds."""
    names = [f"{int(count):,}" for count in growth]
    bars = axes.bar(names, [found["sounds_per_s"] for found in growth.values()], width=0.5)
    axes.bar_label(bars, [f"{1_000 * found['cpu_seconds'] / found['sounds']:.1f} ms each" for found in growth.values()])
    axes.set(xlabel="sounds in the library", ylabel="sounds a second", title="filling")
    axes.margins(y=0.15)


def draw_size(axes: Axes, sizes: dict[str, Any]) -> None:
    """Bytes a window, part upon part."""
    libraries = {name: found for name, found in sizes.items() if "parts" in found}
    names = [f"{found['sounds']:,},\n{found['path_bytes']:.0f} B a path" for found in libraries.values()]
    below = [0.0] * len(names)
    for part in next(iter(libraries.values()))["parts"]:
        heights = [found["parts"][part] for found in libraries.values()]
        axes.bar(names, heights, bottom=below, width=0.6, label=part)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    axes.set(ylabel="bytes a window", title="an index of sounds of one window")
    axes.margins(y=0.05)
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.02, 0.5))


if __name__ == "__main__":
    main()
