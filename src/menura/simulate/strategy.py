"""Strategies: the ways in which people imitate a sound, and which of them a person takes for which sound.

That an imitation renders the features that a voice can, and leaves out the rest, is described by Lemaitre and Rocchesso
2014 ('On the effectiveness of vocal imitations and verbal descriptions of sounds'), Lemaitre et al. 2016 ('Vocal
imitations of basic auditory features') and Caren et al. 2024 ('Sketching with your voice'). Which sound calls for which
strategy how often is this module's judgement, not a figure of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from menura.simulate.curves import FRAME_S, Curve, amplitude, as_curve, smoothstep
from menura.simulate.hear import Heard
from menura.simulate.imitator import Imitator
from menura.simulate.timing import Timeline

WHISTLED_ABOVE_HZ = 450.0
BUZZING_BELOW_HZ = 170.0


class Strategy(Enum):
    """How a sound is imitated; the value is the name that people read."""

    VOICE = "voice"
    """Vowels that follow it, noise where it is noise: what most people do with most sounds."""
    HUM = "hum"
    """The voice with the mouth closed."""
    HISS = "hiss"
    """Breath alone, as in 'shhh'."""
    LIP_TRILL = "lip trill"
    """The lips flap, 'brrr'."""
    PLOSIVES = "plosives"
    """Beatboxing: 'b', 'k' and 'ts' for the beats, and nothing between."""
    WHISTLE = "whistle"
    """Whistling."""
    SYLLABLES = "syllables"
    """Onomatopoeia: consonant, vowel, perhaps a nasal: 'ta', 'dong', 'ksh'."""


@dataclass(frozen=True)
class Impression:
    """What a whole sound is like, as far as it decides how to imitate it; each from 0 (not at all) to 1 (wholly).

    Attributes:
        tonal: it has a pitch.
        high: its pitch is clear for most of it, and above 450 Hz.
        dark: its spectrum is low.
        rough: its loudness flutters, or its pitch is so low and its spectrum so wide that it buzzes, as motors do.
        short: it is never loud for longer than some 0.3 s.
        struck: its sharpest onset.
        repeated: it begins again and again, or swells slowly and regularly.
    """

    tonal: float
    high: float
    dark: float
    rough: float
    short: float
    struck: float
    repeated: float


def impression_of(heard: Heard, line: Timeline) -> Impression:
    """What the stretch of a recording that is imitated is like."""
    loudness_db = line.follow(heard.loudness_db)
    weight = amplitude(loudness_db)
    salience = line.follow(heard.salience)
    loud = loudness_db > -30.0
    clear = float((salience * loud).mean() / max(float(loud.mean()), 1e-6))
    pitch_hz = float(np.average(line.follow(heard.pitch_hz), weights=salience * loud + 1e-6))
    brightness = float(np.average(line.follow(heard.brightness), weights=weight))
    struck = line.onset_strength[line.onset_strength > 0.25]
    sounding_s = FRAME_S * _longest_run(loudness_db > -20.0)
    flutter = line.follow(heard.roughness) * (1.0 - heard.swelling)
    buzz = salience * (line.follow(heard.pitch_hz) < BUZZING_BELOW_HZ) * smoothstep(line.follow(heard.spread), 0.5, 1.2)
    again = _step(len(struck) - 1.0, 0.0, 3.0)
    return Impression(
        tonal=float(np.average(salience, weights=weight)),
        high=float(clear > 0.5 and pitch_hz > WHISTLED_ABOVE_HZ),
        dark=1.0 - _step(brightness, np.log2(500.0), np.log2(2_000.0)),
        rough=float(np.average(np.maximum(flutter, buzz), weights=weight)),
        short=1.0 - _step(sounding_s, 0.15, 0.5),
        struck=float(struck.max(initial=0.0)),
        repeated=max(again, heard.swelling),
    )


def strategy_weights(sound: Impression, person: Imitator) -> dict[Strategy, float]:
    """How readily a person takes each strategy for a sound: 0 never, the voice 0.8."""
    noisy, lasting = (1.0 - sound.tonal) ** 3, 1.0 - sound.short
    motor = sound.rough * sound.dark
    events = max(sound.repeated, sound.struck * (0.3 + 0.7 * sound.short))
    return {
        Strategy.VOICE: 0.8,
        Strategy.HUM: 1.5 * person.hums * sound.tonal * (0.3 + 0.7 * lasting) * (1.0 - 0.6 * sound.repeated),
        Strategy.HISS: person.hisses * (0.05 + 3.0 * noisy * lasting * (1.0 - 0.7 * sound.dark)),
        Strategy.LIP_TRILL: 3.0 * person.trills * (0.1 * noisy * sound.dark + motor) * lasting,
        Strategy.PLOSIVES: 2.0 * person.beatboxes * sound.struck * sound.short * (1.0 - 0.8 * sound.tonal),
        Strategy.WHISTLE: 1.5 * person.whistles * sound.high,
        Strategy.SYLLABLES: 1.5 * person.syllabic * events * (1.0 - 0.9 * motor),
    }


def choose_strategy(sound: Impression, person: Imitator, rng: np.random.Generator) -> Strategy:
    """The strategy that a person takes this time."""
    weights = strategy_weights(sound, person)
    shares = np.cumsum(list(weights.values()))
    return list(weights)[int(np.searchsorted(shares, rng.uniform() * shares[-1], side="right"))]


def _longest_run(flags: NDArray[np.bool_]) -> int:
    """How many of the flags are set in a row at most."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _step(value: float, low: float, high: float) -> float:
    """`smoothstep` of one number."""
    steps: Curve = smoothstep(as_curve([value]), low, high)
    return float(steps[0])
