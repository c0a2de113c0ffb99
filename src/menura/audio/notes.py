"""Notes of the equal-tempered scale on A4 = 440 Hz, and the ranges of notes and tempos that people write."""

from __future__ import annotations

import math
import re

from menura.errors import UsageError

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NOTE = re.compile(r"([A-Ga-g])([#♯sb♭]?)([0-9])")
_HZ = re.compile(r"(\d{1,5}(?:\.\d+)?)\s*(?:hz)?", re.IGNORECASE)
_BPM = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(?:bpm)?", re.IGNORECASE)
_TO = re.compile(r"\s*(?:\.\.|-|–|\bto\b)\s*")  # a dash is what people write between two numbers
_A4, _A4_HZ = 69, 440.0
_HALF_A_STEP = 2 ** (1 / 24)
_HALF_A_BEAT = 0.5


def note_of(hz: float) -> str:
    """The note nearest to a frequency, as in F#3; middle C is C4."""
    number = round(_A4 + 12 * math.log2(hz / _A4_HZ))
    return f"{_NAMES[number % 12]}{number // 12 - 1}"


def pitch_range(text: str) -> tuple[float, float]:
    """The frequencies in Hz that "F#3", "C3-B3", "220 Hz" or "200-400" mean: a note reaches half a step to both sides.

    Raises:
        UsageError: It is none, or the first is the higher.
    """
    bounds = [_bounds_of(part) for part in _TO.split(text.strip())]
    if len(bounds) not in {1, 2} or None in bounds:
        raise UsageError(f"{text!r} is no pitch: give a note, Hz, or from one to another, as in F#3, C3-B3, 200-400")
    (lowest, _), (_, highest) = bounds[0] or (0, 0), bounds[-1] or (0, 0)
    return _in_order(lowest, highest, f"no sound has a pitch of {text}: give the lower one first")


def tempo_range(text: str) -> tuple[float, float]:
    """The beats a minute that "120", "118-124" or "90 bpm" mean: what is rounded to them counts.

    Raises:
        UsageError: It is none, or the first is the faster.
    """
    parts = [_BPM.fullmatch(part) for part in _TO.split(text.strip())]
    if len(parts) not in {1, 2} or None in parts:
        raise UsageError(f"{text!r} is no tempo: give beats a minute, or from one to another, as in 120, 118-124")
    numbers = [float(part[1]) for part in parts if part is not None]
    slowest, fastest = numbers[0] - _HALF_A_BEAT, numbers[-1] + _HALF_A_BEAT
    if slowest < _HALF_A_BEAT:
        raise UsageError(f"no sound has a tempo of {text}: give 1 beat a minute or more")
    return _in_order(slowest, fastest, f"no sound has a tempo of {text}: give the slower one first")


def musical_ranges(
    pitch: str | None, tempo: str | None
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """What `pitch_range` and `tempo_range` make of these; None for None."""
    return None if pitch is None else pitch_range(pitch), None if tempo is None else tempo_range(tempo)


def _bounds_of(text: str) -> tuple[float, float] | None:
    if note := _NOTE.fullmatch(text):
        letter, sign, octave = note.groups()
        number = _NAMES.index(letter.upper()) + 12 * (int(octave) + 1) + {"": 0, "b": -1, "♭": -1}.get(sign, 1)
        hz = _A4_HZ * 2 ** ((number - _A4) / 12)
        return hz / _HALF_A_STEP, hz * _HALF_A_STEP
    if found := _HZ.fullmatch(text):
        hz = float(found[1])
        return hz / _HALF_A_STEP, hz * _HALF_A_STEP
    return None


def _in_order(least: float, most: float, message: str) -> tuple[float, float]:
    if not least < most:
        raise UsageError(message)
    return least, most
