"""The tempo of a loop: by its name, or by librosa.

A loop lasts a whole number of bars, and most have four beats. librosa finds a tempo in anything. It is that of a loop
where the length is, to two in a hundred, a multiple of four of its beats, or of beats half or twice as long, and where
onsets come again after one or two of these; then the length says the tempo to the last digit. Whether a loop has 80
beats or 160 nobody can tell from it alone: half and double are one tempo to whoever looks for it.

librosa is not asked about most sounds: where the rises of the level, which cost a fiftieth as much, do not come again
after a beat of any tempo at which the length is whole bars, there is no loop. The numbers were chosen on some loops and
held against others (`docs/music.md`).
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 22_050
LONGEST_S = 30.0
"""Of a longer sound no tempo is looked for."""

_SHORTEST_S = 1.3  # four beats at the fastest
_SLOWEST_BPM, _FASTEST_BPM = 70.0, 181.0
_BAR = 4  # beats
_OFF = 0.02
_PULSE = 0.4
_PULSE_OF_LEVEL = 0.2
_FLOOR = 1e-4  # of the loudest frame's energy
_LEAST_RISE = 0.1  # a decibel: frames of a tone that holds differ by less
_HOP = 256
_USUAL_BPM = 110.0
_OCTAVE = 0.3  # octaves that librosa's own choice of half and double is worth
_NAMED = re.compile(
    r"(?<![\d.])(\d{2,3}(?:\.\d+)?)[ _-]?bpm(?![a-z])|(?<![a-z])bpm[ _-]?(\d{2,3})(?!\d)", re.IGNORECASE
)
_NAMED_BPM = (40.0, 260.0)


def named_bpm(name: str, duration_s: float) -> float | None:
    """The tempo that a file's name tells, as "120bpm" does; None for none, or where the sound has no four beats."""
    found = _NAMED.search(name)
    if found is None:
        return None
    bpm = float(found[1] or found[2])
    lasts = duration_s * bpm / 60 >= _BAR * (1 - _OFF)
    return bpm if lasts and _NAMED_BPM[0] <= bpm <= _NAMED_BPM[1] else None


def may_be_loop(duration_s: float) -> bool:
    """Whether a sound is neither too short nor too long for a loop."""
    return _SHORTEST_S <= duration_s <= LONGEST_S


def tempo_bpm(samples: NDArray[np.float32]) -> float | None:
    """The tempo of a loop, 70 to 181 beats a minute; None where it is not sure to be a loop. librosa has to be there.

    Args:
        samples: (n,) all of it, mono at `RATE_HZ`, finite.
    """
    duration_s = len(samples) / RATE_HZ
    if not may_be_loop(duration_s) or not has_pulse(samples):
        return None
    import librosa  # noqa: PLC0415  # see `menura.audio.music`; seconds and 210 MB, for whoever has loops

    onsets = librosa.onset.onset_strength(y=samples, sr=RATE_HZ, hop_length=_HOP)
    found = librosa.feature.tempo(onset_envelope=onsets, sr=RATE_HZ, hop_length=_HOP)
    bpm = _whole(float(found[0]), duration_s)
    return bpm if bpm is not None and _pulse(_again(onsets), bpm) >= _PULSE else None


def has_pulse(samples: NDArray[np.float32]) -> bool:
    """Whether the level of a sound rises again and again, at some tempo at which it lasts whole bars.

    Args:
        samples: (n,) mono at `RATE_HZ`, finite; it lasts a second or more.
    """
    frames = samples[: len(samples) // _HOP * _HOP].reshape(-1, _HOP)
    energy = np.einsum("ij,ij->i", frames, frames)
    if not energy.any():
        return False
    steps = np.diff(np.log10(energy / energy.max() + _FLOOR))
    bar_bpm = 60 * _BAR * RATE_HZ / len(samples)  # the tempo at which it lasts one bar
    bars = np.arange(math.ceil(_SLOWEST_BPM / bar_bpm), math.floor(_FASTEST_BPM / bar_bpm) + 1)
    again = _again(np.where(steps > _LEAST_RISE, steps, 0.0))
    return any(_pulse(again, bar_bpm * n) >= _PULSE_OF_LEVEL for n in bars.tolist())


def _again(rises: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) autocorrelation of what rises, frame by frame; 1 at the beginning, or 0 all over where it never changes."""
    changes = rises.astype(np.float64) - rises.mean(dtype=np.float64)
    spectrum = np.abs(np.fft.rfft(changes, 2 * len(rises)))
    products: NDArray[np.float64] = np.fft.irfft(spectrum**2)[: len(rises)]
    return products / max(float(products[0]), float(np.finfo(np.float64).tiny))


def _pulse(again: NDArray[np.float64], bpm: float) -> float:
    """How much of it comes again after a beat, or after two."""
    beat = 60 / bpm * RATE_HZ / _HOP
    return max(_near(again, beat), _near(again, 2 * beat))


def _whole(heard_bpm: float, duration_s: float) -> float | None:
    """The tempo near what was heard, its half or its double, at which a length is a whole number of bars."""
    fits = []
    for bpm in (heard_bpm, heard_bpm * 2, heard_bpm / 2):
        n_beats = _BAR * round(duration_s * bpm / 60 / _BAR)
        whole = 60 * n_beats / duration_s
        if n_beats and _SLOWEST_BPM <= whole <= _FASTEST_BPM and abs(whole / bpm - 1) <= _OFF:
            fits.append((abs(np.log2(whole / _USUAL_BPM)) - _OCTAVE * (bpm == heard_bpm), whole))
    return min(fits)[1] if fits else None


def _near(again: NDArray[np.float64], lag: float) -> float:
    """The largest value within two places of a lag; 0 where that is past the end."""
    at = round(lag)
    return float(again[max(0, at - 2) : at + 3].max()) if at + 3 < len(again) else 0.0
