"""What passes between choosing and speaking: the draft of an imitation, and the plan of its performance."""

from __future__ import annotations

from dataclasses import dataclass

from menura.simulate.curves import Curve
from menura.simulate.hear import Heard
from menura.simulate.strategy import Strategy
from menura.simulate.timing import Timeline


@dataclass(frozen=True)
class Draft:
    """What is to be imitated, whichever strategy does it: curves of shape (frames,), a frame every 10 ms.

    Attributes:
        heard: the recording.
        line: when which moment of it is imitated.
        level: amplitude to reach, 0..1.
        shade: brightness, 0 dark .. 1 bright, either of which it may pass a little.
        tonality: how surely there is a pitch, 0..1.
        voiced: share of voice against noise that the person would give it, 0..1.
        semitones: the pitch to sing, above 55 Hz.
        formants_hz: F1..F5 of the vowel to speak, shape (frames, 5).
        frication_octave: centre of the noise to blow, octaves above 1 Hz.
        frication_width: its width in octaves.
        growl: how much of a growl would suit, 0..1.
    """

    heard: Heard
    line: Timeline
    level: Curve
    shade: Curve
    tonality: Curve
    voiced: Curve
    semitones: Curve
    formants_hz: Curve
    frication_octave: Curve
    frication_width: Curve
    growl: Curve

    @property
    def n_frames(self) -> int:
        """Number of 10 ms frames."""
        return len(self.level)


@dataclass(frozen=True)
class Bursts:
    """Plosives and clicks, each array of shape (bursts,).

    Attributes:
        time_s: of the release, ascending.
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
        strategy: how the sound is imitated.
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
        growl: depth of the growl, 0..1.
        lip_trill: depth of the lips' trill, 0..1.
        bursts: the plosives.
    """

    strategy: Strategy
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
    lip_trill: Curve
    bursts: Bursts

    @property
    def n_frames(self) -> int:
        """Number of 10 ms frames."""
        return len(self.voice)
