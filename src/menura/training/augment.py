"""Random changes to a log-mel spectrogram that leave unchanged what it is a spectrogram of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_SHIFT = 0.05
TILT = 0.3
MASK = 0.1
MUFFLED, MUFFLED_FROM = 1 / 3, 0.8  # of 5 kHz on a mel scale, 0.8 is 3.1 kHz


def augment(clips: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Each clip moved in time, coloured as by another microphone, and with one band or moment hidden.

    Args:
        clips: (n, mel, time) normalised log-mel spectrograms; they are not changed.
        rng: Source of randomness.

    Returns:
        (n, mel, time).
    """
    n, mels, frames = clips.shape
    shifts = np.rint(rng.uniform(-MAX_SHIFT, MAX_SHIFT, n) * frames).astype(int)
    changed = np.stack([_shifted(clip, shift) for clip, shift in zip(clips, shifts, strict=True)])
    height = np.linspace(-1, 1, mels, dtype=np.float32)
    slope, bow = rng.normal(0, TILT, (2, n, 1)).astype(np.float32)
    changed += (slope * height + bow * (height**2 - 1 / 3))[:, :, None]
    for clip in changed:
        axis_length = (mels, frames)[axis := int(rng.integers(2))]
        width = int(rng.uniform(0, MASK) * axis_length)
        start = int(rng.integers(axis_length - width))
        hidden = (slice(start, start + width), slice(None)) if axis == 0 else (slice(None), slice(start, start + width))
        clip[hidden] = 0  # the mean of a normalised clip
    return changed


def muffle(clips: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A third of the clips as a telephone or a headset takes them: nothing in the highest bands, however many.

    Args:
        clips: (n, mel, time) normalised log-mel spectrograms; they are not changed.
        rng: Source of randomness.

    Returns:
        (n, mel, time), normalised again.
    """
    muffled = clips.copy()
    mels = clips.shape[1]
    kept = rng.uniform(MUFFLED_FROM, 1.0, len(clips))
    for clip, share in zip(muffled, kept, strict=True):
        if rng.uniform() < MUFFLED:
            clip[round(share * mels) :] = clip.min()
            clip[:] = (clip - clip.mean()) / max(float(clip.std()), 1e-6)
    return muffled


def _shifted(clip: NDArray[np.float32], shift: int) -> NDArray[np.float32]:
    """The clip `shift` frames later (earlier if negative), the gap filled with its quietest value."""
    if shift == 0:
        return clip.copy()
    moved = np.full_like(clip, clip.min())
    if shift > 0:
        moved[:, shift:] = clip[:, :-shift]
    else:
        moved[:, :shift] = clip[:, -shift:]
    return moved
