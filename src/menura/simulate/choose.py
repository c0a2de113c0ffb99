"""Choosing how to imitate: from what was heard to what the voice will do.

A `Plan` holds the control curves of a performance, one value every 10 ms of the imitation: the loudness is followed as
far as a voice can rise and fall, pitch is brought into the person's range, tones are voiced and noises blown,
brightness becomes a vowel or a place of frication, and sharp onsets become plosives. Each step errs as its person errs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from menura.simulate.curves import FRAME_S, Curve, as_curve, smooth, smoothstep, wander
from menura.simulate.hear import Heard
from menura.simulate.imitator import HIGHEST_VOICE_HZ, LOWEST_VOICE_HZ, Imitator
from menura.simulate.pitch import sung_semitones, to_hz, whistled_hz
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
CLOSURE_FRAMES = 4  # the mouth is shut for 40 ms before a plosive


@dataclass(frozen=True)
class Bursts:
    """Plosives and clicks, each array of shape (bursts,).

    Attributes:
        time_s: of the release.
        amplitude: 0..1.
        octave: centre of the spectrum in octaves above 1 Hz.
        width: of the spectrum in octaves: narrow for a click of the tongue, wide for a plosive.
    """

    time_s: Curve
    amplitude: Curve
    octave: Curve
    width: Curve


@dataclass(frozen=True)
class Plan:
    """What the voice does: curves of shape (frames,), a frame every 10 ms.

    Attributes:
        voice: amplitude of the glottal voice, 0..1.
        aspiration: amplitude of breath through the same formants, 0..1.
        frication: amplitude of noise made at a narrowing, 0..1.
        whistle: amplitude of whistling, 0..1.
        pitch_hz: of the voice (70-900 Hz).
        whistle_hz: of the whistling (500-2,500 Hz).
        formants_hz: F1..F5, shape (frames, 5).
        nasality: 0 mouth open .. 1 closed, humming.
        frication_octave: centre of the frication, octaves above 1 Hz.
        frication_width: its width in octaves.
        growl: depth of the growl or trill, 0..1.
        bursts: the plosives.
    """

    voice: Curve
    aspiration: Curve
    frication: Curve
    whistle: Curve
    pitch_hz: Curve
    whistle_hz: Curve
    formants_hz: Curve
    nasality: Curve
    frication_octave: Curve
    frication_width: Curve
    growl: Curve
    bursts: Bursts

    @property
    def n_frames(self) -> int:
        """Number of 10 ms frames."""
        return len(self.voice)


def choose(heard: Heard, person: Imitator, rng: np.random.Generator) -> Plan:
    """Decide how this person imitates what was heard."""
    line = draw_timeline(heard, person, rng)
    shade = _shade(heard, line, person)
    tonality = smooth(line.follow(heard.salience), 6.0)
    voiced = _voiced_share(tonality, person, rng)
    octave, width = _frication(heard, line, shade, person, rng)
    level = _level(heard, line, person, rng)
    bursts = _plosives(line, level, octave, person, rng)
    level = level * _opening(line.n_frames, bursts.time_s)
    blown = level * (1 - voiced)
    sung = level * voiced
    semitones = sung_semitones(heard, line, shade, person, rng)
    whistling = _whistles(heard, person, rng)
    return Plan(
        voice=np.zeros_like(sung) if whistling else sung,
        aspiration=person.breathiness * sung + person.whisper * blown,
        frication=person.frication_gain * (1 - person.whisper) * blown,
        whistle=sung if whistling else np.zeros_like(sung),
        pitch_hz=to_hz(semitones, LOWEST_VOICE_HZ, HIGHEST_VOICE_HZ),
        whistle_hz=whistled_hz(semitones),
        formants_hz=_formants_hz(shade, level, person, rng),
        nasality=_nasality(tonality, line, level, person, rng),
        frication_octave=octave,
        frication_width=width,
        growl=_growl(heard, line, tonality, person, rng),
        bursts=bursts,
    )


def _shade(heard: Heard, line: Timeline, person: Imitator) -> Curve:
    """Where the brightness lies between dark (0) and bright (1), its changes overdone as the person overdoes them."""
    brightness = smooth(line.follow(heard.brightness), 6.0)
    weight = 10 ** (line.follow(heard.loudness_db) / 20)
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
    amplitude = 10 ** (level_db / 20) * smoothstep(held, ignored_db - 3.0, ignored_db + 3.0)
    ending = np.minimum((line.n_frames - np.arange(line.n_frames)) / ENDING_FRAMES, 1.0)
    return as_curve(np.clip(smooth(as_curve(amplitude), ATTACK_HZ), 0.0, 1.0) * ending)


def _voiced_share(tonality: Curve, person: Imitator, rng: np.random.Generator) -> Curve:
    """Share of voice against frication, 0..1: tones are voiced, noises blown, as the person leans that day."""
    # Now and then somebody voices everything, or only breathes.
    leaning = person.voicing_bias + rng.normal(0.0, 0.1) + rng.choice([0.0, 0.6, -0.6], p=[0.84, 0.11, 0.05])
    return as_curve(1.0 / (1.0 + np.exp(-person.contrast * (tonality - 0.45 + leaning))))


def _whistles(heard: Heard, person: Imitator, rng: np.random.Generator) -> bool:
    """Whether this imitation is whistled: only clear tones, high ones above all."""
    clear = heard.salience * (heard.loudness_db > -30.0)
    share = float(clear.mean() / max(float((heard.loudness_db > -30.0).mean()), 1e-6))
    high = share > 0.5 and float(np.average(heard.pitch_hz, weights=clear + 1e-6)) > 450.0
    return bool(rng.uniform() < person.whistles * high)


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


def _plosives(line: Timeline, level: Curve, octave: Curve, person: Imitator, rng: np.random.Generator) -> Bursts:
    """Plosives on the sharp onsets, bright where the recording is bright."""
    chance = person.plosiveness * smoothstep(line.onset_strength, 0.1, 0.7)
    spoken = rng.uniform(size=len(chance)) < chance
    time_s = line.onset_s[spoken]
    frame = np.minimum(np.round(time_s / FRAME_S).astype(np.int64)[:, None] + np.arange(5), line.n_frames - 1)
    force = line.onset_strength[spoken] * (0.3 + 0.7 * level[frame].max(axis=1, initial=0.0))
    return Bursts(
        time_s=time_s,
        amplitude=as_curve(force * rng.uniform(0.3, 1.0, len(time_s))),
        octave=octave[frame[:, 0]],
        width=np.full(len(time_s), rng.uniform(0.2, 1.0), np.float32),
    )


def _opening(n_frames: int, release_s: Curve) -> Curve:
    """1 where the mouth is open, 0 where it is shut before a plosive: (n_frames,)."""
    opening = np.ones(n_frames, np.float32)
    for frame in np.round(release_s / FRAME_S).astype(int):
        opening[max(frame - CLOSURE_FRAMES, 0) : frame] = 0.0
    return smooth(opening, 20.0)


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


def _nasality(tonality: Curve, line: Timeline, level: Curve, person: Imitator, rng: np.random.Generator) -> Curve:
    """0 mouth open .. 1 closed: humming throughout, or closing as a tone dies away ('dong')."""
    hum, coda, depth = rng.uniform(size=3)
    if hum < person.hums * float(tonality.mean()):
        return np.ones_like(level)
    if coda < person.nasal_coda:
        since_onset_s = np.full(line.n_frames, 9.0)
        clock = np.arange(line.n_frames) * FRAME_S
        for onset_s in line.onset_s:
            since_onset_s = np.where(clock >= onset_s, clock - onset_s, since_onset_s)
        closing = smoothstep(-level, -0.5, -0.1) * (since_onset_s > 0.12) * tonality
        return smooth(closing, 8.0) * np.float32(depth)
    return np.zeros_like(level)
