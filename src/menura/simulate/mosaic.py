"""Mosaics: imitations put together from pieces of what one real person was recorded saying.

A draft of the imitation, the same that the simulated voice performs, says how loud, how high, how bright and how noisy
each moment has to be. Pieces of the person's speech that come nearest are chosen and joined (concatenative synthesis by
unit selection, Hunt and Black 1996; as audio mosaicing, Zils and Pachet 2001). Where something begins in the recording,
a piece begins with an attack of the mouth, a plosive above all, untouched but for its level; between, pieces of 40 to
150 ms follow the spectral shape. The fine structure is a real mouth's all through; of the recording's waveform there is
nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import soxr
from numpy.typing import NDArray

from menura.simulate.choose import draft_of
from menura.simulate.curves import Curve, as_curve, frames_at
from menura.simulate.hear import HEARD_S, RATE_HZ, Heard, hear
from menura.simulate.imitator import Imitator, draw_imitator
from menura.simulate.joining import INAUDIBLE, RISE, Piece, Tune, follow, join
from menura.simulate.microphone import record
from menura.simulate.mouth import AUDIBLE_DB, N_SHAPE, Mouth, shape_of
from menura.simulate.pitch import to_hz
from menura.simulate.plan import Draft

# Mean and standard deviation of `shape_of` over the loud frames of 400 recordings.
RECORDED_MEAN = as_curve([36.8, -12.7, 2.5, -2.7, 0.6, -0.1, 0.2, -0.5])
RECORDED_SPREAD = as_curve([34.6, 26.1, 16.0, 12.0, 9.5, 7.9, 6.5, 6.2])
# What counts, in standard deviations of shape. The slope of the spectrum, which comes first, is its brightness.
SHAPE_WEIGHTS = as_curve([1.6, 1.2, 1.0, 0.8, 0.6, 0.5, 0.4, 0.4])
VOICING_WEIGHT = 2.5  # voice instead of noise
SEMITONES = 4.0  # so many of them count 1
LEVEL_DB, LEVEL_WEIGHT = 12.0, 0.8  # so many dB of rise or fall within 40 ms count so much
QUIET_DB, QUIET_COST = -22.0, 0.3  # a dB by which a frame is quieter than this, below its clip's loudest, costs so much
GRID = 16.0  # features are whole sixteenths, so that sums of their products are exact in any order
REPERTOIRE_FRAMES = 4_000  # 40 s of clips are at hand for one imitation
SHORTEST_PIECE, LONGEST_PIECE = 4, (6, 16)  # frames; the latter differs from take to take
ATTACK_FRAMES = (10, 26)
BEGINNING_FRAMES = 3
APPROACH_FRAMES = 4  # that the smoothed level rises before an attack
COMPARED = np.array([0, 1, 2, 4, 7, 11, 16])  # frames of a piece


@dataclass(frozen=True)
class Course:
    """What is heard of a recording, and the spectral shape of each 10 ms of it, as `shape_of` gives it."""

    heard: Heard
    shape: Curve


@dataclass(frozen=True)
class Manner:
    """How one take is put together.

    Attributes:
        literal: 1 if shapes are taken as they are, 0 if the range of recordings is mapped to the person's.
        shape_weight: how much shape counts against pitch and voicing.
        carelessness: 0 if the nearest piece is always taken, higher if now and then another.
        steadiness: how much staying as it is counts, where nothing new is asked for.
        longest_piece: frames after which another piece is taken.
        follows: how closely the level is imposed on the pieces, 0..1.
        sharpness: strength from which an onset is spoken as an attack.
        consonance: strength that the first onset is taken to have at least.
        tract_semitones: by which all is played higher or lower, formants too: another body with the same habits.
    """

    literal: float
    shape_weight: float
    carelessness: float
    steadiness: float
    longest_piece: int
    follows: float
    sharpness: float
    consonance: float
    tract_semitones: float


@dataclass(frozen=True)
class Gap:
    """A stretch of the imitation that wants a piece: first frame, length in frames, strength of its onset (or 0)."""

    start: int
    length: int
    strength: float


def mosaic_imitations(
    samples: NDArray[np.float32], sample_rate_hz: float, seeds: Iterable[int], mouth: Mouth
) -> Iterator[NDArray[np.float32]]:
    """Imitations of a recording by one real person's mouth, one for each seed.

    Args:
        samples: the recording, mono, shape (n,), n >= 1, finite; the first 5 s are listened to.
        sample_rate_hz: its sample rate.
        seeds: each picks the choices, the errors and the microphone of one take.
        mouth: whose.

    Returns:
        The takes at 24 kHz, shape (n_samples,) each, 0.15 to 4 s long, peak at most 1. Of silence, the noise of a room.

    Raises:
        ValueError: the samples are not a finite, non-empty mono signal.
    """
    course = listen(samples, sample_rate_hz)
    return (_perform(course, mouth, seed) for seed in seeds)


def listen(samples: NDArray[np.float32], sample_rate_hz: float) -> Course:
    """What mosaics of a recording are made from; arguments and errors as of `mosaic_imitations`."""
    heard = hear(samples, sample_rate_hz)
    listened = soxr.resample(samples[: round(HEARD_S * sample_rate_hz)], sample_rate_hz, RATE_HZ, quality="LQ")
    return Course(heard, shape_of(as_curve(listened / max(float(np.abs(listened).max(initial=0.0)), 1e-9))))


def speak_mosaic(course: Course, mouth: Mouth, rng: np.random.Generator) -> Curve:
    """One take as it leaves the mouth, before any microphone: at 24 kHz, shape (n_samples,), peak at most 1."""
    who, what, how = rng.spawn(3)
    draft = draft_of(course.heard, _with_range(draw_imitator(who), mouth), what)
    manner = _draw_manner(how)
    attacks = _attacks(draft, manner)
    level = _leaping(draft.level, attacks)
    wanted, has = _features(draft, course.shape, mouth, manner)
    texture = _Texture(wanted, has, _repertoire(mouth, how), mouth, manner)
    pieces = _choose(_cut(level, attacks, manner, how), level, mouth, texture, how)
    spoken = join(pieces, Tune(draft.semitones, draft.voiced), mouth, manner.tract_semitones)
    return follow(spoken, pieces, level, manner.follows)


def _perform(course: Course, mouth: Mouth, seed: int) -> NDArray[np.float32]:
    person, microphone = np.random.default_rng(seed).spawn(2)
    return record(speak_mosaic(course, mouth, person), RATE_HZ, microphone)


def _with_range(person: Imitator, mouth: Mouth) -> Imitator:
    """The person with the pitch of a real one: what is spoken, and a little beyond."""
    low, usual, high = mouth.range_semitones
    lowest, usual_hz, highest = to_hz(as_curve([low - 2.0, usual, min(high, usual + 10.0) + 6.0]), 60.0, 900.0)
    return replace(person, lowest_hz=float(lowest), comfortable_hz=float(usual_hz), highest_hz=float(highest))


def _draw_manner(rng: np.random.Generator) -> Manner:
    return Manner(
        literal=float(rng.uniform(0.0, 1.0)),
        shape_weight=float(rng.uniform(1.0, 2.2)),
        carelessness=float(rng.uniform(0.05, 0.8)),
        steadiness=float(rng.uniform(0.1, 1.0)),
        longest_piece=int(rng.integers(*LONGEST_PIECE)),
        follows=float(rng.uniform(0.7, 1.0)),
        sharpness=float(rng.uniform(0.15, 0.5)),
        consonance=float(rng.uniform(0.0, 0.8)),
        tract_semitones=float(rng.normal(0.0, 1.2)),
    )


def _attacks(draft: Draft, manner: Manner) -> dict[int, float]:
    """The frames at which the mouth attacks, and how sharply, 0..1."""
    frames = frames_at(draft.line.onset_s, draft.n_frames)
    # How a file's first sound began cannot be heard; some people begin with a consonant whatever it was.
    strength = np.maximum(draft.line.onset_strength, manner.consonance * (frames < BEGINNING_FRAMES))
    sharp = strength > manner.sharpness
    return dict(zip(frames[sharp].tolist(), strength[sharp].tolist(), strict=True))


def _leaping(level: Curve, attacks: Iterable[int]) -> Curve:
    """The level, which rises smoothly, without its rise before some frames."""
    leaping = level.copy()
    for frame in attacks:
        first = max(frame - APPROACH_FRAMES, 0)
        leaping[first:frame] = np.minimum(level[first:frame], level[first] if first else 0.0)
    return leaping


def _cut(level: Curve, attacks: dict[int, float], manner: Manner, rng: np.random.Generator) -> list[Gap]:
    """The imitation cut at its attacks, and between them into gaps of changing length; silence is left out."""
    gaps: list[Gap] = []
    for edge, end in pairwise(sorted({0, *attacks, len(level)})):
        start, strength = edge, attacks.get(edge, 0.0)
        while start < end:
            shortest, longest = ATTACK_FRAMES if strength else (SHORTEST_PIECE, manner.longest_piece)
            length = min(int(rng.integers(shortest, longest)), end - start)
            length = end - start if end - start - length < SHORTEST_PIECE else length
            if level[start : start + length].max() > INAUDIBLE:
                gaps.append(Gap(start, length, strength))
            start, strength = start + length, 0.0
    return gaps


def _features(draft: Draft, shape: Curve, mouth: Mouth, manner: Manner) -> tuple[Curve, Curve]:
    """What each moment of the imitation should be, (frames, 11), and what each of the mouth's is, likewise."""
    sounding = mouth.loudness_db > AUDIBLE_DB
    mean, spread = mouth.shape[sounding].mean(axis=0), mouth.shape[sounding].std(axis=0) + 1.0
    moments = np.clip(np.rint(draft.line.heard_frame).astype(np.int64), 0, len(shape) - 1)
    as_it_is, as_if_spoken = (shape[moments] - mean) / spread, (shape[moments] - RECORDED_MEAN) / RECORDED_SPREAD
    target = np.clip(manner.literal * as_it_is + (1.0 - manner.literal) * as_if_spoken, -2.5, 2.5)
    weights, usual = manner.shape_weight * SHAPE_WEIGHTS, mouth.range_semitones[1]
    level_db = 20 * np.log10(np.maximum(draft.level, INAUDIBLE), dtype=np.float64)
    wanted = _table(weights * target, draft.voiced, draft.semitones - manner.tract_semitones - usual, level_db)
    has = _table(weights * (mouth.shape - mean) / spread, mouth.salience, mouth.semitones - usual, mouth.loudness_db)
    return wanted, has


def _table(shape: Curve, voiced: Curve, semitones: Curve, level_db: NDArray[np.floating]) -> Curve:
    """Shape, voicing, pitch where there is one, and rise of the level, rounded to the grid: (frames, 11)."""
    around = np.pad(level_db, 2, mode="edge")
    rise = np.clip((around[4:] - around[:-4]) / LEVEL_DB, -2.0, 2.0)
    pitch = voiced * np.clip(semitones, -18.0, 18.0) / SEMITONES
    columns = [shape, np.stack([VOICING_WEIGHT * voiced, pitch, LEVEL_WEIGHT * rise], axis=1)]
    return as_curve(np.rint(np.concatenate(columns, axis=1) * GRID) / GRID)


def _choose(gaps: list[Gap], level: Curve, mouth: Mouth, texture: _Texture, rng: np.random.Generator) -> list[Piece]:
    """A piece of the mouth for every gap."""
    pieces: list[Piece] = []
    for gap in gaps:
        lags = COMPARED[gap.length > COMPARED]
        weights = 0.1 * level[gap.start : gap.start + gap.length].max() + level[gap.start + lags]
        weights = as_curve(weights / weights.sum())
        is_attack = gap.strength > 0.0 and len(mouth.attack) > 0
        if is_attack:
            cost = _attack_cost(texture.wanted[gap.start + lags], texture.has, lags, weights, mouth)
            cost += 2.0 * np.maximum(gap.strength - mouth.attack_strength, 0.0)
            number = _pick(cost, texture.manner, rng)
            frame, at = int(mouth.attack[number]), int(mouth.attack_at[number]) - 2 * RISE
            texture.begin_anew()
        else:
            frame = texture.take(gap.start, lags, weights, rng)
            at = int(mouth.at[frame])
        pieces.append(Piece(gap.start, gap.length, is_attack, frame, at))
    return pieces


def _repertoire(mouth: Mouth, rng: np.random.Generator) -> NDArray[np.int64]:
    """Frames of some of the clips, whole ones in the person's order: (frames,)."""
    lengths = np.bincount(mouth.clip)
    order = rng.permutation(len(lengths))
    taken = np.zeros(len(lengths), np.bool_)
    taken[order[: 1 + int(np.searchsorted(np.cumsum(lengths[order]), REPERTOIRE_FRAMES))]] = True
    return np.flatnonzero(taken[mouth.clip])


def _attack_cost(wanted: Curve, has: Curve, lags: NDArray[np.int64], weights: Curve, mouth: Mouth) -> Curve:
    """How far each of the mouth's attacks is from what is wanted at some frames after an onset: (attacks,)."""
    # A clip that ends is silent from there: its last frame stands for that.
    frames = mouth.attack[:, None] + np.minimum(lags, mouth.left[mouth.attack][:, None])
    return as_curve((np.square(has[frames] - wanted).sum(axis=2) * weights).sum(axis=1))


def _pick(cost: Curve, manner: Manner, rng: np.random.Generator) -> int:
    """The cheapest, or one that costs little more."""
    return int(np.argmin(cost + rng.exponential(manner.carelessness, len(cost))))


class _Texture:
    """Choosing what goes on between attacks.

    `wanted` and `has` are what `_features` gives, `at_hand` the mouth's frames to choose from.
    """

    def __init__(self, wanted: Curve, has: Curve, at_hand: NDArray[np.int64], mouth: Mouth, manner: Manner) -> None:
        self.wanted, self.has, self.at_hand, self.manner = wanted, has, at_hand, manner
        self.mine = has[at_hand]
        self.near = self.mine @ wanted.T
        quiet = np.maximum(QUIET_DB - mouth.loudness_db[at_hand], 0.0)
        self.size = as_curve(np.square(self.mine).sum(axis=1) + QUIET_COST * quiet)
        self.left = mouth.left[at_hand]
        self.worn = np.zeros(len(at_hand), np.float32)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what the mouth was doing."""
        self.held: Curve | None = None
        self.asked = self.wanted[0]

    def take(self, start: int, lags: NDArray[np.int64], weights: Curve, rng: np.random.Generator) -> int:
        """The mouth's frame with which to go on at a moment; `weights` of the `lags` add up to 1."""
        n, wanted = len(self.at_hand) - int(lags[-1]), self.wanted[start]
        cost = self.worn[:n] + np.where(self.left[:n] < lags[-1], np.float32(1e3), np.float32(0.0))
        for lag, weight in zip(lags, weights, strict=True):
            cost += weight * (self.size[lag : lag + n] - 2.0 * self.near[lag : lag + n, start + lag])
        if self.held is not None:  # where nothing new is asked for, the mouth stays as it is
            new = float(np.square(wanted - self.asked).sum())
            stays = np.float32(self.manner.steadiness * np.exp(-new / 4.0))
            cost += stays * (self.size[:n] - 2.0 * (self.mine[:n] @ self.held))
        place = _pick(cost, self.manner, rng)
        # A noise that comes again and again is heard as a beat; a vowel may be held.
        self.worn *= np.float32(0.8)
        self.worn[max(place - 3, 0) : place + 3] += 0.8 * (1.0 - wanted[N_SHAPE] / VOICING_WEIGHT)
        stretch = self.mine[place : place + int(lags[-1]) + 1].mean(axis=0)
        held = stretch if self.held is None else 0.5 * (self.held + stretch)
        self.held, self.asked = as_curve(np.rint(held * GRID) / GRID), wanted
        return int(self.at_hand[place])
