"""Choosing how to imitate: from what was heard to what the voice will do.

First a draft, whichever strategy performs it: the loudness is followed as far as a voice can rise and fall, pitch is
brought into the person's range, tones are to be voiced and noises blown, brightness becomes a vowel or a place of
frication. Then the strategy that this person takes for this sound makes a `Plan` of it. Each step errs as its person
errs.
"""

from __future__ import annotations

import numpy as np

from menura.simulate.curves import FRAME_S, Curve, amplitude, as_curve, smooth, smoothstep, wander
from menura.simulate.hear import Heard
from menura.simulate.imitator import Imitator
from menura.simulate.pitch import sung_semitones
from menura.simulate.plan import Draft, Plan
from menura.simulate.strategy import choose_strategy, impression_of
from menura.simulate.styles import STYLES
from menura.simulate.timing import Timeline, draw_timeline

# F1..F5 in Hz of an average man's /u o a e i/, from dark to bright (F1-F3 after Peterson and Barney 1952).
VOWELS_HZ = np.array(
    [
        [300, 870, 2240, 3400, 4500],
        [500, 900, 2410, 3400, 4500],
        [730, 1150, 2500, 3500, 4500],
        [530, 1840, 2480, 3500, 4500],
        [280, 2290, 3010, 3600, 4600],
    ]
)
# Centre (octaves above 1 Hz) and width (octaves) of frication from /h/ through /x/ and /sh/ to /s/.
FRICATIVES = np.array([[9.6, 1.3], [10.5, 0.9], [11.4, 0.65], [12.1, 0.5], [12.6, 0.4]])
DARK, BRIGHT = float(np.log2(350.0)), float(np.log2(6_500.0))  # the centroids that vowels and fricatives span
ATTACK_HZ = 16.0  # a voice rises in some 30 ms
ENDING_FRAMES = 6  # a voice takes 60 ms to fall silent


def choose(heard: Heard, person: Imitator, rng: np.random.Generator) -> Plan:
    """Decide how this person imitates what was heard."""
    draft = draft_of(heard, person, rng)
    strategy = choose_strategy(impression_of(heard, draft.line), person, rng)
    return STYLES[strategy](draft, person, rng)


def draft_of(heard: Heard, person: Imitator, rng: np.random.Generator) -> Draft:
    """What is to be imitated, whichever strategy does it."""
    line = draw_timeline(heard, person, rng)
    shade = _shade(heard, line, person)
    tonality = smooth(line.follow(heard.salience), 6.0)
    octave, width = _frication(heard, line, shade, person, rng)
    level = _level(heard, line, person, rng)
    return Draft(
        heard=heard,
        line=line,
        level=level,
        shade=shade,
        tonality=tonality,
        voiced=_voiced_share(tonality, person, rng),
        semitones=sung_semitones(heard, line, shade, person, rng),
        formants_hz=_resonating(_formants_hz(shade, level, person, rng), heard, line, person),
        frication_octave=octave,
        frication_width=width,
        growl=_growl(heard, line, tonality, person, rng),
    )


def _shade(heard: Heard, line: Timeline, person: Imitator) -> Curve:
    """Where the brightness lies between dark (0) and bright (1), its changes overdone as the person overdoes them."""
    brightness = smooth(line.follow(heard.brightness), 6.0)
    weight = amplitude(line.follow(heard.loudness_db))
    typical = float(np.average(brightness, weights=weight))
    return (typical + person.exaggeration * (brightness - typical) - DARK) / (BRIGHT - DARK)


def _level(heard: Heard, line: Timeline, person: Imitator, rng: np.random.Generator) -> Curve:
    """Amplitude 0..1: the loudness above the recording's own background, as far as a voice can follow it."""
    if heard.silent:
        return np.zeros(line.n_frames, np.float32)
    background = float(np.percentile(heard.loudness_db, 10))
    ignored_db = max(min(background + 6.0, -16.0), person.ignores_db)
    loudness = line.follow(heard.loudness_db)
    fall = person.release_db_s * FRAME_S
    held = np.empty_like(loudness)
    now = float(loudness[0])
    for frame, wanted in enumerate(loudness):
        now = max(float(wanted), now - fall)
        held[frame] = now
    level_db = person.dynamic_gain * held + 2.0 * wander(line.n_frames, 2.0, rng)
    # Below the background the person is silent; a gate of 6 dB, so that decays end rather than stop.
    level = amplitude(level_db) * smoothstep(held, ignored_db - 3.0, ignored_db + 3.0)
    ending = np.minimum((line.n_frames - np.arange(line.n_frames)) / ENDING_FRAMES, 1.0)
    return as_curve(np.clip(smooth(level, ATTACK_HZ), 0.0, 1.0) * ending)


def _voiced_share(tonality: Curve, person: Imitator, rng: np.random.Generator) -> Curve:
    """Share of voice against frication, 0..1: tones are voiced, noises blown, as the person leans that day."""
    # Now and then somebody voices everything.
    leaning = person.voicing_bias + rng.normal(0.0, 0.1) + 0.6 * (rng.uniform() < 0.11)
    return as_curve(1.0 / (1.0 + np.exp(-person.contrast * (tonality - 0.45 + leaning), dtype=np.float64)))


def _frication(
    heard: Heard, line: Timeline, shade: Curve, person: Imitator, rng: np.random.Generator
) -> tuple[Curve, Curve]:
    """Centre (octaves above 1 Hz) and width (octaves) of the frication for each moment's brightness."""
    place = np.clip(shade + rng.normal(0, 0.06), 0.0, 1.0) * (len(FRICATIVES) - 1)
    places = np.arange(len(FRICATIVES))
    octave = np.interp(place, places, FRICATIVES[:, 0]) + person.fricative_shift
    wider = np.maximum(smooth(line.follow(heard.spread), 4.0) - 1.2, 0.0)
    width = np.interp(place, places, FRICATIVES[:, 1]) + 0.4 * wider
    return as_curve(octave), as_curve(width)


def _growl(heard: Heard, line: Timeline, tonality: Curve, person: Imitator, rng: np.random.Generator) -> Curve:
    """Depth of the growl or trill, 0..1: where the recording is rough, and at times where tone and noise mix."""
    mixed = 4.0 * tonality * (1.0 - tonality) * (rng.uniform() < 0.3)
    return as_curve(person.growls * np.maximum(smooth(line.follow(heard.roughness), 4.0), mixed))


def _formants_hz(shade: Curve, level: Curve, person: Imitator, rng: np.random.Generator) -> Curve:
    """Formants F1..F5 in Hz of the vowel for each moment's brightness: (frames, 5)."""
    position = (
        person.vowel_offset + person.vowel_gain * shade + rng.normal(0, 0.06) + 0.04 * wander(len(shade), 2.0, rng)
    )
    position = np.clip(position, 0.0, 1.0) * (len(VOWELS_HZ) - 1)
    vowels = np.arange(len(VOWELS_HZ))
    formants = np.stack([np.interp(position, vowels, column) for column in VOWELS_HZ.T], axis=1)
    formants[:, :3] *= 1.0 + np.array(person.vowel_shift)
    formants[:, 0] *= 1.0 + person.jaw * (level - 0.5)
    return as_curve(formants * person.tract_scale)


def _resonating(formants_hz: Curve, heard: Heard, line: Timeline, person: Imitator) -> Curve:
    """The formants with the second one moved towards what resonates in the recording, as far as the tongue can.

    F2 is what the tongue moves most freely, and its place is what a listener hears of a vowel's colour (Fant 1960).
    """
    follows = person.resonates * smooth(line.follow(heard.resonance_clarity), 6.0)
    nearest, farthest = VOWELS_HZ[0, 1] * person.tract_scale, VOWELS_HZ[-1, 1] * person.tract_scale
    wanted_hz = np.clip(np.exp2(smooth(line.follow(heard.resonance), 6.0), dtype=np.float64), nearest, farthest)
    moved = formants_hz.copy()
    moved[:, 1] *= np.power(wanted_hz / formants_hz[:, 1], follows)
    moved[:, 0] = np.minimum(moved[:, 0], 0.8 * moved[:, 1])  # the order of the formants is that of the tube's modes
    moved[:, 2] = np.maximum(moved[:, 2], 1.15 * moved[:, 1])
    return as_curve(moved)
