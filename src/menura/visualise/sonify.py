"""Patterns made audible, the paper's future work (section 5): a log-mel spectrogram becomes a sound that has it.

What a spectrogram does not hold cannot come back: phases, harmonics closer together than a band (those of the paper's
imitation tower are 120 Hz wide at least, so a low voice comes back as a whisper), where in a frame a click was, and
whatever is above the highest band. How near a sound comes to its pattern: `benchmarks/visualise/sonification.py`.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from menura.specs import FrontEndSpec, KaldiFrontEndSpec, Side
from menura.visualise.mel_inversion import invert_mel

TYPICAL_SPREAD_DB: dict[Side, float] = {"imitation": 15.6, "recording": 14.6}
"""Standard deviation of a clip's log-mel spectrogram, in dB: the median over simulated imitations and over real
recordings (`python -m benchmarks.visualise.sonification --data DATA`)."""

PEAK = 0.9

_CUT_PERCENT = 0.5  # of the tiles may lie below the dynamic range
_AT_ONCE = 16  # patterns: more take no less time each, only more memory


def pattern_decibels(patterns: NDArray[np.floating], side: Side, spec: FrontEndSpec) -> NDArray[np.float32]:
    """The log-mel spectrograms that patterns are seen and heard as.

    Of the paper's towers, those with the spread that clips of that side typically have, see `to_decibels`. mn04 is
    given levels, so silence is silence; the rest is stretched until the loudest tile is as loud as a clip's is, since a
    clip in relative loudness always has such a tile.

    Args:
        patterns: (n, mel, frames) in the towers' units.
        side: Which tower's.
        spec: Its front end.

    Returns:
        (n, mel, frames) in dB relative to the loudest tile, from -`spec.dynamic_range_db` to 0.

    Raises:
        ValueError: The patterns are not of three dimensions, or not finite.
    """
    if not isinstance(spec, KaldiFrontEndSpec):
        return to_decibels(patterns, TYPICAL_SPREAD_DB[side], spec)
    _check(patterns)
    above_silence = np.maximum(patterns - spec.silence, 0)
    loudest = above_silence.max(axis=(1, 2), keepdims=True)
    shares = above_silence / np.where(loudest > 0, loudest, 1)
    decibels: NDArray[np.float32] = ((shares - 1) * spec.dynamic_range_db).astype(np.float32)
    return decibels


def to_decibels(patterns: NDArray[np.floating], spread_db: float, spec: FrontEndSpec) -> NDArray[np.float32]:
    """The log-mel spectrograms of clips that a tower would be given these patterns for.

    A tower's input has zero mean and unit variance, whatever the clip's level and dynamics were: both are chosen here.

    Args:
        patterns: (n, mel, frames) in the towers' units; each is first scaled to unit variance.
        spread_db: Standard deviation of the spectrogram in dB, such as `TYPICAL_SPREAD_DB` has; less for a pattern
            with a few tiles far above the rest, which would otherwise be all that is left of it.
        spec: The front end, for its dynamic range.

    Returns:
        (n, mel, frames) in dB relative to the loudest tile, from -`spec.dynamic_range_db` to 0; tiles that would be
        lower are cut off there. A constant pattern, which is what silence gives a tower, is as low as can be.

    Raises:
        ValueError: The patterns are not of three dimensions, or not finite.
    """
    _check(patterns)
    spreads = patterns.std(axis=(1, 2), keepdims=True)
    below_loudest = patterns - patterns.max(axis=(1, 2), keepdims=True)
    lowest = np.percentile(below_loudest, _CUT_PERCENT, axis=(1, 2), keepdims=True)
    scales = spread_db / np.where(spreads > 0, spreads, 1)
    scales = np.minimum(scales, spec.dynamic_range_db / np.maximum(-lowest, 1e-12))
    limited = np.maximum(below_loudest * scales, -spec.dynamic_range_db)
    return np.where(spreads > 0, limited, -spec.dynamic_range_db).astype(np.float32)


def full_height(patches: NDArray[np.floating], first_mel: int, spec: FrontEndSpec) -> NDArray[np.float32]:
    """Patches of log-mel spectrograms at their height, with silence in the bands above and below.

    Args:
        patches: (n, mel, frames) in dB, fewer bands than the front end has.
        first_mel: The patches' lowest band.
        spec: The front end.

    Returns:
        (n, `spec.n_mels`, frames) in dB.

    Raises:
        ValueError: The patches do not fit there.
    """
    _check(patches)
    n, n_mels, n_frames = patches.shape
    if not 0 <= first_mel <= spec.n_mels - n_mels:
        raise ValueError(f"patches {patches.shape} from band {first_mel} on do not fit in {spec.n_mels} bands")
    whole = np.full((n, spec.n_mels, n_frames), -spec.dynamic_range_db, np.float32)
    whole[:, first_mel : first_mel + n_mels] = patches
    return whole


def sonify(log_mels: NDArray[np.floating], spec: FrontEndSpec, *, seed: int) -> NDArray[np.float32]:
    """Sounds whose log-mel spectrograms are these, as nearly as any sound's can be.

    Args:
        log_mels: (n, `spec.n_mels`, frames) in dB; the level is free, and what is not above
            -`spec.dynamic_range_db` is silence. Any number of frames from 1 on.
        spec: The front end.
        seed: Of the noise that every sound starts from. A sound does not depend on what else is in the batch, but for
            rounding.

    Returns:
        (n, frames x hop) mono at `spec.sample_rate_hz`, the peak of each at 0.9; zeros for a silent spectrogram.

    Raises:
        ValueError: The spectrograms are not finite or not of that shape, or the front end's frames neither touch nor
            overlap as mn04's do.
    """
    _check(log_mels)
    if log_mels.shape[1] != spec.n_mels:
        raise ValueError(f"log-mel spectrograms are {log_mels.shape}, not (n, {spec.n_mels}, frames)")
    n, _, n_frames = log_mels.shape
    samples = np.zeros((n, n_frames * spec.hop_samples), np.float32)
    sounding = np.flatnonzero((log_mels > -spec.dynamic_range_db).any(axis=(1, 2)))
    for at in range(0, len(sounding), _AT_ONCE):
        batch = sounding[at : at + _AT_ONCE]
        samples[batch] = _sounds(log_mels[batch], spec, seed)
    return samples


def _sounds(log_mels: NDArray[np.floating], spec: FrontEndSpec, seed: int) -> NDArray[np.float32]:
    power = torch.from_numpy(10 ** (log_mels.astype(np.float32) / 10))
    with torch.inference_mode():
        samples = invert_mel(power, 10 ** (-spec.dynamic_range_db / 10), spec, seed=seed)
        scaled: NDArray[np.float32] = (samples * (PEAK / samples.abs().amax(dim=1, keepdim=True))).numpy()
    return scaled


def _check(patterns: NDArray[np.floating]) -> None:
    if patterns.ndim != 3 or 0 in patterns.shape[1:]:
        raise ValueError(f"patterns are {patterns.shape}, not (n, mel bands, frames)")
    if not np.isfinite(patterns).all():
        raise ValueError(f"patterns {patterns.shape} hold values that are not finite")
