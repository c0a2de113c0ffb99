"""The telephone: speech as it arrives over a line that codes it by ITU-T G.711."""

from __future__ import annotations

import numpy as np

from menura.simulate.curves import Curve, as_curve

LINE_RATE_HZ = 8_000
BAND_HZ = (300.0, 3_400.0)
MU = 255.0
HALF_LEVELS = 128  # 8 bits: as many levels on either side of 0


def over_the_telephone(samples: Curve, sample_rate_hz: int) -> Curve:
    """A signal after a telephone line: 300 to 3,400 Hz, 8,000 samples a second, 8 bits with mu-law companding.

    The companding is the continuous law that G.711's fifteen straight segments approximate.

    Args:
        samples: shape (n,), within -1..1.
        sample_rate_hz: their rate, a multiple of 8 kHz.

    Returns:
        As many samples at the same rate, within -1..1.
    """
    step = sample_rate_hz // LINE_RATE_HZ
    # Whole spectra resample without a filter; the margin keeps the end from wrapping round to the start.
    n_line = -(-(len(samples) + 512) // (1_024 * step)) * 1_024
    hz = np.fft.rfftfreq(n_line, 1 / LINE_RATE_HZ)
    low, high = BAND_HZ
    band = 1.0 / np.sqrt((1.0 + (low / np.maximum(hz, 1.0)) ** 8) * (1.0 + (hz / high) ** 40))
    line = np.fft.irfft(np.fft.rfft(samples, n_line * step)[: len(hz)] * band, n_line) / step
    coded = np.fft.rfft(companded(as_curve(line)))
    heard = np.fft.irfft(coded[:-1], n_line * step)[: len(samples)] * step
    return as_curve(np.clip(heard, -1.0, 1.0))


def companded(samples: Curve) -> Curve:
    """Samples within -1..1, those beyond clipped, rounded to the 256 levels of the mu-law."""
    samples = np.clip(samples, -1.0, 1.0)
    compressed = np.sign(samples) * np.log1p(MU * np.abs(samples), dtype=np.float64) / np.log1p(MU)
    code = np.clip(np.floor(compressed * HALF_LEVELS), -HALF_LEVELS, HALF_LEVELS - 1)
    level = (code + 0.5) / HALF_LEVELS
    return as_curve(np.sign(level) * np.expm1(np.abs(level) * np.log1p(MU)) / MU)
