"""One channel of a sound's several, without offset and rumble."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENCE = 1e-4
"""Peak to peak: three steps of a 16-bit recording. A microphone that is on is louder."""

_CANCELS = 10**-1.2  # of the loudest channel's power: a mean so far below it is one of opposites
_LOWEST_HZ = (25.0, 35.0)  # nothing below, everything above
_FFT_SAMPLES = 2_048  # transforms are of a multiple of these, which is fast


def mix_down(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of a take's channels, or the loudest of them where the mean is far below it.

    A balanced microphone read as two channels, or a sound that was widened, is its own opposite in the other channel.

    Args:
        samples: (n,) or (n, channels).

    Returns:
        (n,); of two channels or more without their offsets, which would hide what cancels.
    """
    if samples.ndim == 1 or samples.shape[1] == 1:
        return samples.reshape(-1)
    level = samples - samples.mean(axis=0, dtype=np.float64).astype(np.float32)
    channel = cancelling_channel(level)
    mixed: NDArray[np.float32] = level.mean(axis=1) if channel is None else level[:, channel].copy()
    return mixed


def cancelling_channel(samples: NDArray[np.float32]) -> int | None:
    """The channel to take instead of the mean of all, because these cancel; None where they do not.

    Args:
        samples: (n, channels), of which offsets do not count.
    """
    level = np.ascontiguousarray(samples.T)  # along its rows, sums take a fifth of the time
    level = level - level.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    energy = np.einsum("cn,cn->c", level, level)
    total = level.sum(axis=0)
    loudest = int(energy.argmax())
    of_mean = np.einsum("n,n->", total, total) / len(level) ** 2
    return loudest if of_mean < _CANCELS * energy[loudest] else None


def without_rumble(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """(n,) samples without their offset and what is below 30 Hz."""
    if not len(samples):
        return samples
    low_hz, high_hz = _LOWEST_HZ
    n = -(-(len(samples) + rate_hz // 10) // _FFT_SAMPLES) * _FFT_SAMPLES  # the end must not ring into the beginning
    spectrum = np.fft.rfft(samples - np.float32(samples.mean(dtype=np.float64)), n)
    n_low = int(high_hz * n / rate_hz) + 1
    hz = np.arange(n_low) * (rate_hz / n)
    spectrum[:n_low] *= np.clip((hz - low_hz) / (high_hz - low_hz), 0, 1)[: len(spectrum)].astype(np.float32)
    filtered: NDArray[np.float32] = np.fft.irfft(spectrum, n)[: len(samples)].astype(np.float32, copy=False)
    return filtered
