"""The parts of a spectrogram that raised the score most, and those that lowered it, as rectangles.

Attributions of single points mean little, and integrated gradients have a good deal of noise there. So they are added
up over blocks, an eighth of a clip's bands by a sixteenth of the time that the file fills of it, and a region grows
from the strongest block as long as what it takes in is at least half as strong as it is itself. The padding after the
end of a file is in no region: there is nothing to hear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import band_of
from menura.explanation.evidence import Evidence
from menura.specs import FrontEndSpec

BLOCKS = (8, 16)  # on the mel and the time axis
LEAST_SHARE = 0.05
LEAST_STRENGTH = 0.5
_QUIET_DB = 10.0  # above the lowest level of the clip


@dataclass(frozen=True)
class Region:
    """A rectangle of a spectrogram.

    Attributes:
        start_s: Where it begins in the file, in seconds.
        end_s: Where it ends.
        low_hz: Its lowest frequency.
        high_hz: Its highest.
        share: Its part of all that raised or lowered the score on its side, sign aside.
        quiet: Whether there is next to nothing to hear: silence too may be what a query and a sound share.
    """

    start_s: float
    end_s: float
    low_hz: float
    high_hz: float
    share: float
    quiet: bool


def raising_regions(evidence: Evidence, most: int = 3) -> list[Region]:
    """Up to `most` regions that raised the score, the greatest share first; none of less than 5 %."""
    return _regions(evidence, 1.0, most)


def lowering_regions(evidence: Evidence, most: int = 3) -> list[Region]:
    """Up to `most` regions that lowered the score, the greatest share first; none of less than 5 %."""
    return _regions(evidence, -1.0, most)


def _regions(evidence: Evidence, sign: float, most: int) -> list[Region]:
    n_heard = evidence.clip.n_heard
    heard, padding = np.split(evidence.attribution.astype(np.float64), [n_heard], axis=1)
    edges = [
        np.linspace(0, size, min(size, count) + 1).round().astype(int)
        for size, count in zip(heard.shape, BLOCKS, strict=True)
    ]
    sums = np.add.reduceat(np.add.reduceat(heard, edges[0][:-1], axis=0), edges[1][:-1], axis=1)
    total = float(np.abs(sums).sum() + abs(padding.sum()))
    left = np.maximum(sign * sums, 0)
    found: list[Region] = []
    while len(found) < most and left.max() > 0:
        grown = _grow(left)
        share = float(left[grown].sum()) / total
        left[grown] = 0
        if share >= LEAST_SHARE:
            bands, frames = (
                slice(int(edge[part.start]), int(edge[part.stop])) for edge, part in zip(edges, grown, strict=True)
            )
            found.append(_region(evidence, bands, frames, share))
    return sorted(found, key=lambda region: -region.share)


def _grow(blocks: NDArray[np.float64]) -> tuple[slice, slice]:
    """The rectangle around the strongest block that takes in its strongest neighbouring row or column, and so on."""
    mel, time = (int(at) for at in np.unravel_index(int(blocks.argmax()), blocks.shape))
    grown = (slice(mel, mel + 1), slice(time, time + 1))
    while True:
        wider = [(float(blocks[strip].mean()), larger) for strip, larger in _neighbours(grown, blocks.shape)]
        strength, larger = max(wider, key=lambda option: option[0], default=(0.0, grown))
        if strength <= blocks[grown].mean() * LEAST_STRENGTH:
            return grown
        grown = larger


def _neighbours(
    grown: tuple[slice, slice], shape: tuple[int, ...]
) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """The rows and columns next to a rectangle, each with the rectangle that takes it in."""
    mel, time = grown
    for low, high in ((mel.start - 1, mel.stop), (mel.start, mel.stop + 1)):
        if low >= 0 and high <= shape[0]:
            row = slice(low, low + 1) if low < mel.start else slice(high - 1, high)
            yield (row, time), (slice(low, high), time)
    for low, high in ((time.start - 1, time.stop), (time.start, time.stop + 1)):
        if low >= 0 and high <= shape[1]:
            column = slice(low, low + 1) if low < time.start else slice(high - 1, high)
            yield (mel, column), (mel, slice(low, high))


def _region(evidence: Evidence, bands: slice, frames: slice, share: float) -> Region:
    clip = evidence.clip
    decibels, spec = clip.log_mel_db, clip.front_end
    low_hz, high_hz = _edges_hz(spec, bands)
    return Region(
        start_s=clip.start_s + frames.start * spec.hop_s,
        end_s=min(clip.start_s + frames.stop * spec.hop_s, clip.end_s),
        low_hz=low_hz,
        high_hz=high_hz,
        share=share,
        quiet=bool(decibels[bands, frames].max() < decibels.min() + _QUIET_DB),
    )


def _edges_hz(spec: FrontEndSpec, bands: slice) -> tuple[float, float]:
    """Where some bands begin and end: half-way, in mel, to the centres of their neighbours."""
    grid_hz = np.linspace(spec.f_min_hz, spec.f_max_hz, 4_001)
    places = [band_of(hz, spec) for hz in grid_hz]
    ends = (bands.start - 0.5 if bands.start else -1.0, bands.stop - 0.5 if bands.stop < spec.n_mels else spec.n_mels)
    low_hz, high_hz = np.interp(ends, places, grid_hz)
    return float(low_hz), float(high_hz)
