"""A log-mel spectrogram drawn with its axes in Hz and seconds; needs matplotlib, not torch."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from menura.audio.features import band_of
from menura.specs import FrontEndSpec
from menura.visualise.box import Box

COLOURS = "magma"
_APART = 0.09  # of the axis: closer marks would overlap
_MARKS_HZ = (100, 200, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000)


def draw_spectrogram(
    axes: Axes,
    decibels: NDArray[np.floating],
    spec: FrontEndSpec,
    *,
    box: Box | None = None,
    lowest_db: float | None = None,
) -> AxesImage:
    """Draw a spectrogram, or the part of one.

    Args:
        axes: Where.
        decibels: (mel, frames) in dB relative to the loudest.
        spec: Its front end.
        box: Which part of a whole clip it is, for the frequencies; time begins at 0 in any case.
        lowest_db: What is darkest; by default the lowest there is.
    """
    n_mels, n_frames = decibels.shape
    first_mel = 0 if box is None else box.first_mel
    image = axes.imshow(
        decibels,
        origin="lower",
        aspect="auto",
        cmap=COLOURS,
        vmin=lowest_db,
        extent=(0, n_frames * spec.hop_s, first_mel - 0.5, first_mel + n_mels - 0.5),
    )
    marks = [(band_of(hz, spec), hz) for hz in marks_hz(spec, first_mel, n_mels)]
    axes.set_yticks([band for band, _ in marks], [in_words(hz) for _, hz in marks], fontsize=6)
    axes.tick_params(axis="x", labelsize=6)
    return image


def marks_hz(spec: FrontEndSpec, first_mel: int, n_mels: int) -> list[float]:
    """Frequencies to mark on the axis of some bands: round ones, or, among few bands, the lowest and highest."""
    marks: list[float] = []
    for hz in _MARKS_HZ:
        above = band_of(marks[-1], spec) + _APART * n_mels if marks else first_mel - 0.5
        if max(above, first_mel - 0.5) <= band_of(hz, spec) <= first_mel + n_mels - 0.5:
            marks.append(float(hz))
    if len(marks) > 1:
        return marks
    grid_hz = np.linspace(spec.f_min_hz, spec.f_max_hz, 4_001)
    bands = np.array([band_of(hz, spec) for hz in grid_hz])
    ends = [int(np.argmin(np.abs(bands - band))) for band in (first_mel, first_mel + n_mels - 1)]
    return [float(np.round(grid_hz[end], -1)) for end in ends]


def in_words(hz: float) -> str:
    """A frequency as a mark: `200`, `1.5k`."""
    return f"{hz:.0f}" if hz < 1_000 else f"{hz / 1_000:.3g}k"
