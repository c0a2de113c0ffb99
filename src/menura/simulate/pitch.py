"""The pitch that is sung: the recording's contour, brought into the person's range."""

from __future__ import annotations

import numpy as np

from menura.simulate.curves import FRAME_S, Curve, amplitude, as_curve, smooth, wander
from menura.simulate.hear import Heard
from menura.simulate.imitator import Imitator
from menura.simulate.timing import Timeline

REFERENCE_HZ = 55.0  # semitones are counted from here
WHISTLE_RANGE_HZ = (500.0, 2_500.0)
WHISTLED_SEMITONE = 52.0  # 1.1 kHz
NEIGHBOURHOOD_HZ = 1.2  # some 300 ms either way
LEAP_SEMITONES = 5.0  # from one frame to the next, where a stretch of the contour ends
SLOWEST_VIBRATO_HZ = 3.5
FASTEST_PITCH_HZ = 7.0  # rate of the fastest intended pitch movement, somewhat above a vibrato's


def to_semitones(hz: Curve | float) -> Curve:
    """Semitones above 55 Hz."""
    return as_curve(12.0 * np.log2(np.asarray(hz) / REFERENCE_HZ, dtype=np.float64))


def to_hz(semitones: Curve, lowest_hz: float, highest_hz: float) -> Curve:
    """Frequencies of semitones above 55 Hz, limited to a range."""
    return as_curve(np.clip(REFERENCE_HZ * np.exp2(semitones / 12.0, dtype=np.float64), lowest_hz, highest_hz))


def whistled_hz(semitones: Curve) -> Curve:
    """A sung contour whistled: moved by whole octaves to the middle of the whistling range, 500 to 2,500 Hz."""
    octaves = round((WHISTLED_SEMITONE - float(np.median(semitones))) / 12.0)
    return to_hz(semitones + 12.0 * octaves, *WHISTLE_RANGE_HZ)


def sung_semitones(heard: Heard, line: Timeline, shade: Curve, person: Imitator, rng: np.random.Generator) -> Curve:
    """The contour that the person sings, in semitones above 55 Hz: (frames,).

    Clear pitch is followed; where there is none the voice rises and falls with the brightness.

    Args:
        heard: the recording.
        line: when it is imitated.
        shade: its brightness along the imitation, 0 dark .. 1 bright.
        person: who imitates.
        rng: this imitation's errors.
    """
    low, high = float(to_semitones(person.lowest_hz)), float(to_semitones(person.highest_hz))
    comfortable = float(to_semitones(person.comfortable_hz))
    trust = as_curve(np.square(heard.salience) * amplitude(as_curve(np.maximum(heard.loudness_db, -40.0) / 2)))
    contour = _without_octave_jumps(to_semitones(heard.pitch_hz), trust)
    trusted = line.follow(smooth(trust, 8.0))
    weight = line.follow(smooth(trust, FASTEST_PITCH_HZ))
    followed = as_curve(line.follow(smooth(contour * trust, FASTEST_PITCH_HZ)) / np.maximum(weight, 1e-6))
    tonal = trusted / (trusted + 0.05)
    centre = _weighted_median(followed, trusted)
    # A high sound is imitated higher in the voice, and a low one lower, even by who does not match its notes.
    target = comfortable + rng.uniform(-2.0, 6.0) + np.clip(0.25 * (centre - comfortable), -5.0, 10.0)
    if person.matches_pitch:
        target = centre + 12.0 * round((target - centre) / 12.0)
    span = np.ptp(followed[tonal > 0.5]) if (tonal > 0.5).any() else 0.0
    gain = min(person.contour_gain, (high - low) / max(float(span), 1.0))
    by_pitch = target + gain * (followed - centre)
    by_shade = comfortable + rng.uniform(4.0, 16.0) * (shade - 0.3)
    contour = smooth(tonal * by_pitch + (1.0 - tonal) * by_shade, FASTEST_PITCH_HZ)
    return np.clip(contour, low, high) + _errors(heard, line, person, rng)


def _errors(heard: Heard, line: Timeline, person: Imitator, rng: np.random.Generator) -> Curve:
    """Mistuning, drift, vibrato, and the voice's sliding up into a note: (frames,) semitones."""
    clock = np.arange(line.n_frames) * FRAME_S
    rate_hz, scoop, ending = rng.uniform(4.5, 6.5), rng.normal(0.0, 1.2), rng.normal(-0.6, 1.2)
    depth = person.vibrato_semitones
    if heard.swell_hz > SLOWEST_VIBRATO_HZ:  # a voice that shakes in loudness shakes in pitch
        rate_hz = min(heard.swell_hz * line.speed, FASTEST_PITCH_HZ)
        depth = depth + 0.5 * heard.swelling
    vibrato = depth * np.sin(2 * np.pi * rate_hz * clock)
    drift = person.pitch_drift_semitones * wander(line.n_frames, 1.0, rng)
    since_s = clock - (line.onset_s[0] if len(line.onset_s) else 0.0)
    sliding = -abs(scoop) * np.exp(-np.maximum(since_s, 0.0) / 0.06)
    falling = ending * np.exp(-(clock[-1] - clock) / 0.12)
    mistuned = rng.normal(0.0, person.pitch_error_semitones)
    return as_curve(mistuned + drift + vibrato + sliding + falling)


def _without_octave_jumps(contour: Curve, trust: Curve) -> Curve:
    """The contour, each of its unbroken stretches moved by whole octaves to where its neighbourhood is."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(contour, 2, mode="edge"), 5)
    contour = as_curve(np.median(windows, axis=1))
    # Within a tone, a leap of just an octave is the ear's doubt about which of two harmonics to follow.
    leap = np.diff(contour, prepend=contour[0])
    octaves = np.round(leap / 12.0)
    lasting = np.minimum(trust, np.append(trust[0], trust[:-1])) > 0.1
    contour = as_curve(contour - 12.0 * np.cumsum(octaves * lasting * (np.abs(leap - 12.0 * octaves) < 1.0)))
    stretch = np.cumsum(np.abs(np.diff(contour, prepend=contour[0])) > LEAP_SEMITONES)
    weight = np.bincount(stretch, trust) + 1e-6
    for _ in range(2):  # the second time the neighbours stand better themselves
        neighbours = smooth(contour * trust, NEIGHBOURHOOD_HZ) / (smooth(trust, NEIGHBOURHOOD_HZ) + np.float32(1e-6))
        off = np.bincount(stretch, trust * (contour - neighbours)) / weight
        contour = as_curve(contour - 12.0 * np.round(off / 12.0)[stretch])
    return contour


def _weighted_median(values: Curve, weights: Curve) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order]) + 1e-9 * np.arange(len(values))
    return float(values[order][np.searchsorted(cumulative, cumulative[-1] / 2)])
