"""Whether a take holds the very sound that it should imitate: a loudspeaker was heard, and no voice.

However a room and a loudspeaker colour a sound, they keep the phases of its waveform, and a voice that imitates it has
other ones. So the two are correlated with every frequency counting much the same (after the phase transform of Knapp
and Carter, *The generalized correlation method for estimation of time delay*, 1976; here the magnitudes are levelled by
their neighbourhood, so that between the partials of a tone noise stays noise). A sound that is in the take is like it
at one delay, and at no other: both are asked for, since a steady tone is like a hum of its pitch at every period.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000
"""Of what is compared. Clocks of two sound cards differ by a hundredth of a percent, too much for higher rates."""

_BAND_HZ = (150.0, 3_600.0)
_NEIGHBOURHOOD_HZ = 40.0
_AUDIBLE = 1e-3  # of the strongest neighbourhood's power
_LONGEST_S = 4.0
# Loudspeakers in rooms reach 0.6 and 30, simulated imitations 0.3 and 25; see the tests.
_ALIKE = 0.45  # of 1 for the sound itself
_SHARP = 18.0  # standard deviations of the correlation at all delays; chance reaches 5


def is_playback(take: NDArray[np.float32], sound: NDArray[np.float32]) -> bool:
    """Whether the sound itself is heard in the first 4 s of a take: (n,) and (m,) samples at 8 kHz."""
    one, other = (samples[: round(_LONGEST_S * RATE_HZ)] for samples in (take, sound))
    n = 1 << (len(one) + len(other) - 1).bit_length()
    levelled = _levelled(one, n), _levelled(other, n)
    energies = [float((np.abs(spectrum) ** 2).sum()) for spectrum in levelled]
    if not min(energies):  # silence
        return False
    correlation = np.abs(np.fft.irfft(levelled[0] * np.conj(levelled[1]), n))
    highest = float(correlation.max())
    alike = highest * n / 2 / np.sqrt(energies[0] * energies[1])
    return bool(alike > _ALIKE and highest > _SHARP * np.sqrt((correlation**2).mean()))


def _levelled(samples: NDArray[np.float32], n: int) -> NDArray[np.complex128]:
    """The spectrum, (n / 2 + 1,), each neighbourhood as strong as the others but for what is hardly there."""
    spectrum = np.fft.rfft(samples.astype(np.float64), n)
    frequencies_hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    band = (frequencies_hz > _BAND_HZ[0]) & (frequencies_hz < _BAND_HZ[1])
    reach = max(1, round(_NEIGHBOURHOOD_HZ * n / RATE_HZ))
    sums = np.cumsum(np.pad(np.abs(spectrum) ** 2, (reach + 1, reach)))
    around = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)
    least = _AUDIBLE * around[band].max()
    levelled = np.zeros_like(spectrum)
    if least > 0:
        levelled[band] = spectrum[band] / np.sqrt(np.maximum(around, 0)[band] + least)
    return levelled
