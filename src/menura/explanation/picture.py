"""An explanation as a picture: both spectrograms, and over them what raised the score and what lowered it.

It needs matplotlib, not torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from menura.audio.features import band_of
from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.regions import BLOCKS, raising_regions
from menura.visualise.axes import draw_spectrogram
from menura.whole import written_whole

_COLOURS = "RdBu_r"
_OPAQUE = 0.75
_LABEL_S = 0.4  # what the words at the end of a file take up


def draw_explanation(explanation: Explanation, names: tuple[str, str], file: Path) -> None:
    """Draw an explanation to a PNG file.

    Red is what raised the score and blue what lowered it, over the spectrogram in grey, the loudest being darkest.
    Attributions are smoothed over an eighth of the bands by a sixteenth of the time; the boxes are `raising_regions`
    with their shares.

    Args:
        explanation: What to draw.
        names: What the query and the sound are called.
        file: Where the picture goes.
    """
    figure = Figure(figsize=(10, 8.5), layout="constrained")
    figure.suptitle(
        f"Why this score, by {explanation.method}. Boxes: what raised the score most, "
        "with its share of all that raised or lowered it on a side.",
        fontsize=9,
    )
    panels = figure.subplots(2, 1)
    for axes, evidence, name in zip(panels, (explanation.query, explanation.recording), names, strict=True):
        _draw_side(axes, evidence)
        axes.set_title(
            f"{name}   (score {explanation.score:.3f}; with silence here {explanation.score_without(evidence):.3f})",
            fontsize=10,
            loc="left",
            parse_math=False,
        )
    panels[-1].set_xlabel("time in the file (s)")
    bar = figure.colorbar(ScalarMappable(Normalize(-1, 1), _COLOURS), ax=panels, alpha=_OPAQUE, pad=0.01, aspect=40)
    bar.set_ticks([-1, 0, 1], labels=["lowered\nthe score\nmost", "no\neffect", "raised\nthe score\nmost"], fontsize=8)
    with written_whole(file) as unfinished:
        figure.savefig(unfinished, dpi=130, format="png")


def _draw_side(axes: Axes, evidence: Evidence) -> None:
    clip = evidence.clip
    n_mels, n_frames = clip.front_end.shape
    extent = (clip.start_s, clip.start_s + n_frames * clip.front_end.hop_s, -0.5, n_mels - 0.5)
    image = draw_spectrogram(axes, clip.log_mel_db, clip.front_end)
    image.set_cmap("Greys")
    image.set_extent(extent)
    effect = smooth(evidence.attribution)
    effect /= max(float(np.abs(effect).max()), 1e-12)  # of an attribution of zeros nothing is drawn
    axes.imshow(
        effect,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap=_COLOURS,
        vmin=-1,
        vmax=1,
        alpha=_OPAQUE * np.abs(effect) ** 0.5,
    )
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.tick_params(axis="x", labelsize=8)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylabel("frequency (Hz)")
    if clip.end_s < extent[1] - _LABEL_S:
        axes.axvline(clip.end_s, color="0.4", linestyle=":", linewidth=1)
        axes.text(clip.end_s, n_mels / 2, " end of the file", fontsize=8, color="0.4")
    _draw_boxes(axes, evidence)


def _draw_boxes(axes: Axes, evidence: Evidence) -> None:
    clip = evidence.clip
    for region in raising_regions(evidence):
        low, high = (band_of(hz, clip.front_end) for hz in (region.low_hz, region.high_hz))
        corner, width = (region.start_s, low), region.end_s - region.start_s
        axes.add_patch(Rectangle(corner, width, high - low, fill=False, edgecolor="darkred", linewidth=1.2))
        axes.annotate(
            f"{100 * region.share:.0f} %",
            (region.start_s, high),
            xytext=(3, -3),
            textcoords="offset points",
            va="top",
            fontsize=8,
            color="darkred",
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )


def smooth(attribution: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean over a block around each point, its edge repeated beyond the edge."""
    sizes = [max(1, round(size / count)) for size, count in zip(attribution.shape, BLOCKS, strict=True)]
    padded = np.pad(attribution.astype(np.float64), [((size - 1) // 2, size // 2) for size in sizes], mode="edge")
    for axis, size in enumerate(sizes):
        padded = sliding_window_view(padded, size, axis=axis).mean(axis=-1)
    return padded
