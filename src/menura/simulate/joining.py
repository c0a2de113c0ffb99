"""Joining pieces of a person's recordings into one voice: at the pitch, and then at the level, that is wanted.

A piece is played faster or slower, from moment to moment, by what its own pitch lacks; where one goes on from another
the two meet where their waves agree best; and the level is made to follow last, attacks keeping their own course.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from menura.simulate.curves import Curve, as_curve, smooth
from menura.simulate.hear import HOP, RATE_HZ
from menura.simulate.mouth import Mouth

LARGEST_SHIFT = 8.0  # semitones that a piece may be played higher or lower
SEEK = RATE_HZ // 75  # samples: a period of any voice
FADE = HOP
RISE = RATE_HZ // 1_000  # samples in which an attack is faded in
HELD_FRAMES = 4  # an attack keeps its own course for so long
FOLLOWED_HZ, EVENED_HZ = 25.0, 6.0  # how fast the level is corrected, at the most and at the least
INAUDIBLE = 0.004  # -48 dB
LARGEST_GAIN_DB = 30.0
LARGEST_EXCESS_DB = 6.0  # above the level that is wanted, or above an attack's own course


@dataclass(frozen=True)
class Piece:
    """A stretch of the mouth's samples, and where it goes.

    Attributes:
        start: first frame of the imitation.
        length: in frames.
        is_attack: something begins here; otherwise the voice goes on.
        frame: the mouth's frame that is heard first.
        at: the mouth's sample that is heard first.
    """

    start: int
    length: int
    is_attack: bool
    frame: int
    at: int


@dataclass(frozen=True)
class Tune:
    """The pitch to sing in semitones above 55 Hz and how much of it is voice (0..1), shape (frames,) each."""

    semitones: Curve
    voiced: Curve


def join(pieces: list[Piece], tune: Tune, mouth: Mouth, tract_semitones: float) -> Curve:
    """The pieces one after another, each as loud as the others at its loudest: samples, (240 x frames,).

    Args:
        pieces: in order.
        tune: what to sing.
        mouth: whose pieces these are.
        tract_semitones: by which all is played higher, but for the pitch where there is one.
    """
    n_samples = len(tune.semitones) * HOP
    spoken = np.zeros(n_samples + 2 * HOP + FADE, np.float32)
    ended = -1
    for piece in pieces:
        start, size = piece.start * HOP, piece.length * HOP + FADE
        goes_on = ended == piece.start and not piece.is_attack
        # Where it goes on, a little more is read, to join where the waves agree.
        read = _read(piece, size + SEEK * goes_on, tune, mouth, tract_semitones)
        if goes_on:
            lag = _best_lag(read[: FADE + SEEK], spoken[start : start + FADE])
            read = read[lag : lag + size]
        loudest = np.square(read[: piece.length * HOP]).reshape(-1, HOP).mean(axis=1).max()
        read = read / max(float(np.sqrt(loudest)), 1e-5)
        rise = RISE if piece.is_attack else FADE
        # Waves that agree add up in amplitude, noises in power.
        alike = 1.0 + float(tune.voiced[piece.start])
        fade_in = as_curve(np.sin(np.linspace(0.0, 1.57, rise)) ** alike)
        spoken[start : start + rise] *= fade_in[::-1]
        spoken[start + rise : start + FADE] *= not piece.is_attack
        read[:rise] *= fade_in
        spoken[start : start + size] += read
        ended = piece.start + piece.length
    return spoken[:n_samples]


def follow(spoken: Curve, pieces: list[Piece], level: Curve, share: float) -> Curve:
    """Joined pieces at the level that is wanted.

    Args:
        spoken: (240 x frames,).
        pieces: of which it was joined.
        level: amplitude, 0..1; (frames,).
        share: of the fast correction of the level; the rest is slow, and leaves the pieces more of their own course.

    Returns:
        As many samples, peak at most 1.
    """
    n_frames = len(level)
    own_db = 10 * np.log10(np.square(spoken).reshape(n_frames, HOP).mean(axis=1) + 1e-5, dtype=np.float64)
    wanted_db = 20 * np.log10(np.maximum(level, 1e-5), dtype=np.float64)
    lacking_db = np.minimum(wanted_db - own_db, wanted_db + LARGEST_GAIN_DB)
    gain_db = np.empty(n_frames)
    attacks = [piece for piece in pieces if piece.is_attack]
    for start, end in pairwise(sorted({0, *(piece.start for piece in attacks), n_frames})):
        lacking = as_curve(lacking_db[start:end])
        gain_db[start:end] = share * smooth(lacking, FOLLOWED_HZ) + (1.0 - share) * smooth(lacking, EVENED_HZ)
    # A silence is not lifted so far that the sound beside it is lifted too.
    beside = np.lib.stride_tricks.sliding_window_view(np.pad(lacking_db, 1, mode="edge"), 3)
    gain_db = np.minimum(gain_db, beside.min(axis=1) + LARGEST_EXCESS_DB)
    for piece in attacks:
        held, after = slice(piece.start, piece.start + HELD_FRAMES), slice(piece.start, piece.start + piece.length)
        burst_db = wanted_db[held].max() - own_db[held].max()
        gain_db[held] = burst_db
        # What dies away by itself is left to die away.
        gain_db[after] = np.minimum(gain_db[after], burst_db + LARGEST_EXCESS_DB)
    gain = 10 ** (gain_db / 20) * (level > INAUDIBLE / 4)
    # From frame to frame the gain glides, but at an attack it leaps.
    leaps = np.array([piece.start for piece in attacks], np.int64)
    knots = np.concatenate([np.arange(n_frames) + 0.5, leaps - 1e-6, leaps])
    gains = np.concatenate([gain, gain[np.maximum(leaps - 1, 0)], gain[leaps]])
    order = np.argsort(knots, kind="stable")
    followed = spoken * np.interp(np.arange(len(spoken)) / HOP, knots[order], gains[order])
    return as_curve(followed / max(float(np.abs(followed).max(initial=0.0)), 1.0))


def _read(piece: Piece, size: int, tune: Tune, mouth: Mouth, tract_semitones: float) -> Curve:
    """Samples of the mouth, played as much faster or slower as brings them to the pitch that is wanted: (size,)."""
    steps = np.arange(size // HOP + 2)
    moments = np.minimum(piece.start + steps, len(tune.semitones) - 1)
    last = piece.frame + int(mouth.left[piece.frame])
    shift = np.full(len(steps), tract_semitones, np.float32)
    for _ in range(2):  # the second time it is known which frame is read when
        passed = np.cumsum(np.exp2(shift / 12.0, dtype=np.float64)) - 1.0
        there = np.minimum(piece.frame + np.rint(passed).astype(np.int64), last)
        sung = np.clip(tune.semitones[moments] - mouth.semitones[there], -LARGEST_SHIFT, LARGEST_SHIFT)
        share = mouth.salience[there] * tune.voiced[moments]
        shift = smooth(as_curve(share * sung + (1.0 - share) * tract_semitones), 12.0)
    speed = np.interp(np.arange(size) / HOP, steps, np.exp2(shift / 12.0, dtype=np.float64))
    place = piece.at + np.cumsum(speed) - speed[0]
    whole = np.clip(place.astype(np.int64), 1, len(mouth.samples) - 3)
    return _between(mouth.samples, whole, as_curve(np.clip(place - whole, 0.0, 1.0)))


def _between(samples: NDArray[np.int16], whole: NDArray[np.int64], part: Curve) -> Curve:
    """Samples between the samples, by the cubic through four neighbours (Catmull and Rom 1974), full scale 1."""
    a, b, c, d = (samples[whole + k].astype(np.float32) for k in (-1, 0, 1, 2))
    curve = b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))
    return as_curve(curve / 32_768)


def _best_lag(read: Curve, spoken: Curve) -> int:
    """How many samples later in `read` the waves agree best with what is spoken."""
    # Whole numbers, whose products add up to the same sum in any order.
    loudest = max(float(np.abs(read).max()), float(np.abs(spoken).max()), 1e-9)
    one, other = (np.rint(waves.astype(np.float64) * (2**14 / loudest)) for waves in (read, spoken))
    return int(np.argmax(np.correlate(one, other, "valid")))
