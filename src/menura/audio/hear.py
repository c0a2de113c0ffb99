"""What is heard of a take: the recording of a vocal imitation, made wherever somebody happened to be.

The channels become one, offset and rumble go, the room is learned from the quietest moments, the imitation is found by
what stands out of the room, and cut out; the room's spectrum is taken out of it and its level made the same for all. So
one imitation is one query, whatever silence, room, click or telephone was about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.audio.events import NoPart, Span, are_repetitions, excess, find_events, phrases
from menura.audio.mono import SILENCE, mix_down, without_rumble
from menura.audio.room import frame_levels, recorded_frames, room_frames, without_room
from menura.audio.stft import HOP_S, band_power, hop_samples, power_of, sound_of, spectra_of
from menura.errors import AudioError

HEARD_RMS = 0.1
"""Of what is heard of any take, over the frames that sound."""

_EDGE_S = 0.01  # resampling a constant rings at both ends of a take: what is heard there says nothing
_AROUND_S = 0.03  # kept before and after what is heard: the beginning of many sounds is soft
_SOUNDING = 0.01  # of the loudest frame's power: 20 dB
_BACKGROUND_RMS = 10 ** (-50 / 20)  # a steady sound that is softer is a room's
_BACKGROUND_RANGE = 10**0.8  # of power, from the quietest moments to the loudest: 8 dB
_RECORDED = 2 / 3  # of a take in which nothing but a room is heard: a device may be slow to begin, or falter


@dataclass(frozen=True)
class LeftOut:
    """Something in a take that is no part of the imitation, and where it begins and ends, in seconds."""

    kind: NoPart
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a take, as a tower is given it.

    Attributes:
        samples: (n,) mono, RMS 0.1 over the frames that sound, which are those within 20 dB of the loudest.
        start_s: Where in the take it begins.
        end_s: Where it ends.
    """

    samples: NDArray[np.float32]
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Take:
    """What is heard of a take.

    Attributes:
        heard: The imitation; if it was said more than once, the time of most energy.
        repetitions: Each time that it was said, in their order; empty if it was said once.
        left_out: What was left out, in its order.
        duration_s: Length of the whole take.
        level_db: RMS of the imitation over the frames that sound, in dB of full scale.
        room_db: RMS of the room, in dB of full scale; None where none was heard.
    """

    heard: Part
    repetitions: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]
    duration_s: float
    level_db: float
    room_db: float | None


def hear(samples: NDArray[np.float32], rate_hz: int, *, longest_s: float) -> Take:
    """Hear a take.

    Args:
        samples: (n,) or (n, channels), finite; full scale is -1 to 1.
        rate_hz: Their rate, 1,000 at least.
        longest_s: Most that is heard; of a longer imitation, it is the part of most energy.

    Raises:
        AudioError: The take is silent, or only background noise is heard. The message names no file.
    """
    mixed = mix_down(samples / np.float32(max(1.0, np.abs(samples).max(initial=0.0))))  # sums of enormous ones overflow
    mono = without_rumble(mixed, rate_hz)
    if _is_silent(mixed, rate_hz) or _is_silent(mono, rate_hz):
        raise AudioError("nothing is heard: check that the right microphone is chosen and not muted")
    frames = _Frames.of(mono, rate_hz)
    if _is_background(frames.bands):
        raise _only_background()
    found = _find(frames)
    if not found.events:
        raise _only_background()
    level = found.above.sum(axis=1)
    said = phrases(found.events)
    again = are_repetitions(said, found.above)
    spans = said if again else [Span(said[0].first, said[-1].end)]
    spans = [_at_most(span, found.events, level, longest_s) for span in spans]
    parts = [_part(span, frames, found.room, longest_s) for span in spans]
    hop_s = hop_samples(rate_hz) / rate_hz  # a hundredth of a second, but for the rounding to samples
    best = max(range(len(spans)), key=lambda place: _energy(spans[place], level))
    return Take(
        heard=parts[best],
        repetitions=tuple(parts) if again else (),
        left_out=tuple(LeftOut(kind, span.first * hop_s, span.end * hop_s) for kind, span in found.left_out),
        duration_s=len(mono) / rate_hz,
        level_db=_decibels(_sounding_rms(frames.power[spans[best].first : spans[best].end])),
        room_db=_decibels(float(np.sqrt(found.room.sum()))) if found.room.any() else None,
    )


def _only_background() -> AudioError:
    return AudioError("only background noise is heard: record it again, nearer to the microphone")


class _Frames(NamedTuple):
    """A take in frames: (frames, bins) spectra and their power, (frames, bands) power, its length and rate."""

    spectra: NDArray[np.complex64]
    power: NDArray[np.float32]
    bands: NDArray[np.float32]
    n_samples: int
    rate_hz: int

    @classmethod
    def of(cls, samples: NDArray[np.float32], rate_hz: int) -> _Frames:
        spectra = spectra_of(samples, rate_hz)
        power = power_of(spectra)
        return cls(spectra, power, band_power(power, rate_hz), len(samples), rate_hz)


class _Found(NamedTuple):
    """The room's power in each bin, what stands out of it in each frame and band, the events, and what was left out."""

    room: NDArray[np.float32]
    above: NDArray[np.float32]
    events: list[Span]
    left_out: list[tuple[NoPart, Span]]


def _find(frames: _Frames) -> _Found:
    """Find the imitation and the room.

    The room is learned twice, of the whole take and of what was found in it: a telephone's gate opens with the voice,
    and lets in the room from there on.
    """
    _, power, bands, _, rate_hz = frames
    levels = frame_levels(bands)
    room, room_bands = np.zeros(power.shape[1], np.float32), np.zeros(bands.shape[1], np.float32)
    above = excess(bands, room_bands)
    events, left_out = find_events(above, bands, power, rate_hz)
    within = slice(0, len(levels))
    for _ in range(2):
        quiet = room_frames(levels[within])
        if quiet is not None:
            room = np.maximum(room, power[within][quiet].mean(axis=0))
            room_bands = np.maximum(room_bands, bands[within][quiet].mean(axis=0))
            above = excess(bands, room_bands)
            events, left_out = find_events(above, bands, power, rate_hz)
        if not events:
            break
        within = slice(events[0].first, events[-1].end)
    return _Found(room, above, events, left_out)


def _part(span: Span, frames: _Frames, room: NDArray[np.float32], longest_s: float) -> Part:
    """A part of the take with a little around it, without the room, at the level that all have."""
    around = round(_AROUND_S / HOP_S)
    first = max(0, span.first - around)
    end = min(len(frames.spectra), span.end + around, first + round(longest_s / HOP_S) + 2)
    spectra = frames.spectra[first:end]
    if room.any():
        spectra = without_room(spectra, frames.power[first:end], room)
    start = first * hop_samples(frames.rate_hz)
    n = min(round(longest_s * frames.rate_hz), frames.n_samples - start)
    samples = sound_of(spectra)[:n]
    gain = HEARD_RMS / max(_sounding_rms(power_of(spectra)), 1e-10)
    return Part(samples * np.float32(gain), start / frames.rate_hz, (start + len(samples)) / frames.rate_hz)


def _is_silent(samples: NDArray[np.float32], rate_hz: int) -> bool:
    edge = min(round(_EDGE_S * rate_hz), len(samples) // 4)
    middle = samples[edge : len(samples) - edge]
    return not len(middle) or bool(np.ptp(middle) < SILENCE)


def _is_background(bands: NDArray[np.float32]) -> bool:
    """Whether a take is soft and steady all along, but for moments in which nothing was recorded.

    Where those are many, what is between them may well be a soft imitation.
    """
    levels = frame_levels(bands)
    recorded = recorded_frames(levels)
    if np.count_nonzero(recorded) < _RECORDED * len(levels):
        return False
    steady = levels.max() < _BACKGROUND_RANGE * np.quantile(levels[recorded], 0.05)
    return bool(steady and bands[recorded].sum(axis=1).mean() < _BACKGROUND_RMS**2)


def _energy(span: Span, level: NDArray[np.float32]) -> float:
    return float(level[span.first : span.end].sum())


def _at_most(heard: Span, events: list[Span], level: NDArray[np.float32], longest_s: float) -> Span:
    """The first part that begins with an event and has half the energy or more of the part that has most."""
    n = round(longest_s / HOP_S)
    if heard.end - heard.first <= n:
        return heard
    parts = [Span(event.first, min(event.first + n, heard.end)) for event in events if event.first >= heard.first]
    energies = [_energy(part, level) for part in parts]
    return next(part for part, energy in zip(parts, energies, strict=True) if energy >= max(energies) / 2)


def _sounding_rms(power: NDArray[np.float32]) -> float:
    """RMS over the frames that are within 20 dB of the loudest, of (frames, bins) of power."""
    frames = power.sum(axis=1)
    return float(np.sqrt(frames[frames >= _SOUNDING * frames.max()].mean()))


def _decibels(rms: float) -> float:
    return float(20 * np.log10(max(rms, 1e-10)))
