"""How loud a sound is to whoever hears it, by ITU-R BS.1770-5: K-weighting, and the loudest 400 ms.

That is the momentary loudness at its greatest. The recommendation's own mean over a programme is made for broadcasts: a
hit with two seconds of tail is as loud as the hit. A sound shorter than 400 ms is as loud as with silence after it, as
it is to the ear, which takes some hundred milliseconds to hear how loud a sound is. A sound of one channel comes from
both speakers, and so counts as the stereo sound that it then is.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SILENT_LUFS = -70.0
"""Nothing quieter counts as sound to BS.1770; nothing that is measured here is quieter."""

_HOP_S, _HOPS = 0.1, 4
_FFT_SAMPLES = 4_096  # lengths of which an FFT is quick
_RINGS_S, _RINGS_SAMPLES = 0.2, 512  # the filters have died away to less than 1e-12 by then
_OFFSET_DB = -0.691
# The analogue filters behind the recommendation's coefficients for 48 kHz: a shelf for the head, a high pass.
_SHELF_HZ, _SHELF_DB, _SHELF_Q, _SHELF_SLOPE = 1_681.974450955533, 3.999843853973347, 0.7071752369554196, 0.49966677
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773


def loudness_lufs(samples: NDArray[np.float32], rate_hz: float) -> float:
    """The greatest momentary loudness of a sound, in LUFS, at least -70.

    Args:
        samples: (n,) or (n, channels) samples, 1.0 being full scale; n may be 0. Two channels are left and right, and
            of more the mean counts.
        rate_hz: Their rate.
    """
    channels = samples[:, None] if samples.ndim == 1 else samples
    if not len(channels):
        return SILENT_LUFS
    if channels.shape[1] > 2:  # a pair of speakers
        channels = channels.mean(axis=1, keepdims=True)
    weighted = _filtered(channels, _k_weighting(rate_hz), rate_hz)
    powers = 2 * np.square(weighted).mean(axis=1)
    hop = max(1, round(_HOP_S * rate_hz))
    sums = np.add.reduceat(powers, np.arange(0, len(powers), hop))
    loudest = float(np.convolve(sums, np.ones(_HOPS)).max()) / (_HOPS * hop)
    return max(SILENT_LUFS, _OFFSET_DB + 10 * math.log10(loudest)) if loudest > 0 else SILENT_LUFS


def _filtered(channels: NDArray[np.float32], sections: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """(n, channels) what second-order sections make of each channel."""
    n = len(channels) + max(round(_RINGS_S * rate_hz), _RINGS_SAMPLES)  # the end must not ring into the beginning
    n = -(-n // _FFT_SAMPLES) * _FFT_SAMPLES
    delay = np.exp(-2j * np.pi * np.arange(n // 2 + 1) / n)
    delays = np.stack([np.ones_like(delay), delay, delay**2])
    response = np.prod([section[:3] @ delays / (section[3:] @ delays) for section in sections], axis=0)
    filtered: NDArray[np.float64] = np.fft.irfft(
        np.fft.rfft(channels.astype(np.float64), n, axis=0) * response[:, None], n, axis=0
    )
    return filtered[: len(channels)]


def _k_weighting(rate_hz: float) -> NDArray[np.float64]:
    """(2, 6) or (1, 6) second-order sections; a rate that holds nothing of the shelf goes without it."""
    sections = []
    if rate_hz > 2 * _SHELF_HZ:
        k = math.tan(math.pi * _SHELF_HZ / rate_hz)
        high = 10 ** (_SHELF_DB / 20)
        band = high**_SHELF_SLOPE
        numerator = (high + band * k / _SHELF_Q + k * k, 2 * (k * k - high), high - band * k / _SHELF_Q + k * k)
        sections.append(_section(numerator, k, _SHELF_Q))
    k = math.tan(math.pi * min(_HIGH_PASS_HZ / rate_hz, 0.49))
    whole = 1 + k / _HIGH_PASS_Q + k * k  # the recommendation does not scale this one's numerator
    sections.append(_section((whole, -2 * whole, whole), k, _HIGH_PASS_Q))
    return np.array(sections)


def _section(numerator: tuple[float, float, float], k: float, q: float) -> list[float]:
    whole = 1 + k / q + k * k
    return [*(value / whole for value in numerator), 1.0, 2 * (k * k - 1) / whole, (1 - k / q + k * k) / whole]
