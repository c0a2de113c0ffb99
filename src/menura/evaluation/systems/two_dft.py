"""2DFT: the magnitude of the two-dimensional Fourier transform of a constant-Q spectrogram, compared by cosine.

A shift of the spectrogram, later in time or higher in log-frequency, leaves the magnitude of its 2-D Fourier transform
as it is, so an imitation may begin late and be sung in another octave. What is compared is the pattern itself: how
fast the sound moves, and how its spectrum ripples.

Sources: Seetharaman and Rafii 2017 for cover songs; Pishdadian, Seetharaman, Kim and Pardo 2019 for vocal imitations,
with linear magnitudes up to 2,090 Hz and no low-pass, as in the QVIM challenge of 2025. The settings here (dB, up to
7 kHz, low-passed) ranked real recordings higher for simulated imitations, on recordings kept apart from any
measurement.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from menura.evaluation.systems.constant_q import N_BINS, N_FRAMES, OCTAVES, constant_q_levels
from menura.evaluation.systems.system import System

RIPPLES_PER_OCTAVE = 3  # finer ripples of the spectrum are left out: a low-pass along log-frequency


def describe(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """What `scores` compares.

    Args:
        samples: (n,) mono, n >= 1, finite; the first 4 s count.
        sample_rate_hz: Its rate.

    Returns:
        (n_features,) of unit length; all zeros for silence.
    """
    pattern = constant_q_levels(samples, sample_rate_hz)
    # Zeros beyond the last frame and bin, so that a shift does not wrap around.
    magnitude = np.abs(np.fft.rfft2(pattern, s=(2 * N_BINS, 2 * N_FRAMES)))
    highest = 2 * OCTAVES * RIPPLES_PER_OCTAVE
    low_passed = np.concatenate([magnitude[: highest + 1], magnitude[-highest:]]).ravel()
    length = np.linalg.norm(low_passed)
    unit: NDArray[np.float32] = (low_passed / length if length > 0 else low_passed).astype(np.float32)
    return unit


def scores(queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Cosine similarities.

    Args:
        queries: q descriptors from `describe`.
        candidates: c descriptors.

    Returns:
        (q, c) in 0..1, but for rounding; silence is at 0 from everything.
    """
    return (np.stack(queries) @ np.stack(candidates).T).astype(np.float64)


SYSTEMS = (System(name="2DFT", describe=describe, scores=scores),)
