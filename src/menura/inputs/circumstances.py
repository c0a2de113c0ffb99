"""What a model has to put up with between a sound and a take of it: other tones, rooms, silence and clicks.

A sound is its own best imitation. With the sound itself, disturbed as here, as one of its imitations, a tower that
hears imitations stays at home among all sounds.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from menura.audio.hear import hear
from menura.errors import AudioError
from menura.inputs.variants import toned
from menura.simulate.microphone import record

Samples = NDArray[np.float32]

LONGEST_S = 4.0
CUT, CUT_FROM_S = 0.4, 1.0  # share of sounds of which a part is taken, and from which length on
SPEED_OCTAVES = 0.25  # standard deviation
DULL, DULL_RATE_HZ = 0.25, 16_000
QUIET_FRAMES = 0.01  # 40 dB below the loudest
SURROUNDED, NOISY, CLICKED = 0.25, 0.6, 0.2  # shares: of takes, of these, of these
LONGEST_SILENCE_S = 1.2


def own_imitation(samples: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    """A sound as a take of itself: from where it is heard or a part of it, faster or slower, toned, and recorded.

    Args:
        samples: (n,) mono, n >= 1, finite.
        rate_hz: Their rate, a multiple of 8 kHz.
        rng: Source of randomness.

    Returns:
        At most 4 s at the same rate, peak at most 1.
    """
    part = _part(samples[_onset(samples, rate_hz) :], rate_hz, rng)
    speed = 2 ** rng.normal(0.0, SPEED_OCTAVES)
    part = soxr.resample(part, rate_hz * speed, rate_hz, quality="MQ") if len(part) > 1 else part
    part = toned(part[: round(LONGEST_S * rate_hz)], rate_hz, rng)
    if rng.uniform() < DULL:
        part = soxr.resample(soxr.resample(part, rate_hz, DULL_RATE_HZ), DULL_RATE_HZ, rate_hz)
    peak = max(float(np.abs(part).max(initial=0.0)), 1e-5)
    return record((0.9 / peak * part).astype(np.float32), rate_hz, rng)


def surround(take: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    """A take as it is, or now and then with more silence about it, more of a room in it, and a click before it.

    Args:
        take: (n,) mono, n >= 1.
        rate_hz: Its rate.
        rng: Source of randomness.

    Returns:
        (m,) at the same rate, m >= n.
    """
    if rng.uniform() >= SURROUNDED:
        return take
    lead, trail = (round(s * rate_hz) for s in rng.uniform(0.0, LONGEST_SILENCE_S, 2))
    longer = np.pad(take, (lead, trail))
    peak = float(np.abs(take).max())
    if rng.uniform() < NOISY:
        longer += rng.standard_normal(len(longer), dtype=np.float32) * np.float32(peak * 10 ** rng.uniform(-3.0, -1.5))
    click = rate_hz // 250
    if rng.uniform() < CLICKED and lead > 4 * click:
        at = int(rng.integers(lead - 2 * click))
        longer[at : at + click] += rng.uniform(0.1, 0.6) * peak * rng.standard_normal(click, dtype=np.float32)
    return longer


def heard_of(take: Samples, rate_hz: int, wanted_hz: int, longest_s: float) -> Samples:
    """What is heard of a take, (n,) at the wanted rate; the take itself where nothing is."""
    try:
        heard = hear(take, rate_hz, longest_s=longest_s).heard.samples
    except AudioError:
        heard = take[: round(longest_s * rate_hz)]
    return heard if rate_hz == wanted_hz else soxr.resample(heard, rate_hz, wanted_hz)


def _onset(samples: Samples, rate_hz: int) -> int:
    """The sample from which a sound is heard, with a little before it."""
    frame = rate_hz // 100
    n_frames = len(samples) // frame
    if n_frames < 2:
        return 0
    level = np.abs(samples[: n_frames * frame]).reshape(n_frames, frame).max(axis=1)
    return max(0, frame * (int(np.argmax(level > QUIET_FRAMES * level.max())) - 3))


def _part(samples: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    """A sound, or its beginning or another part of it."""
    if len(samples) <= CUT_FROM_S * rate_hz or rng.uniform() >= CUT:
        return samples
    n = int(rng.uniform(CUT, 1.0) * len(samples))
    first = int(rng.integers(len(samples) - n + 1)) if rng.uniform() < 0.5 else 0
    return samples[first : first + n]
