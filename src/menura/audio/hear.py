"""What is heard of a take: the recording of a vocal imitation, made wherever somebody happened to be.

The channels become one, offset and rumble go, the room is learned from the quietest moments, the imitation is found by
what stands out of the room, and cut out; the room's spectrum is taken out of it and its level made the same for all. So
one imitation is one query, whatever silence, room, click or telephone was about it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.audio.events import NoPart, Span, are_repetitions, excess, find_events, phrases
from menura.audio.room import frame_levels, room_frames, without_room
from menura.audio.spectrum import HOP_S, band_power, hop_samples, power_of, sound_of, spectra_of
from menura.errors import AudioError

_SILENCE = 1e-4  # peak to peak: three steps of a 16-bit recording. A microphone that is on is louder
_EDGE_S = 0.01  # resampling a constant rings at both ends of a take: what is heard there says nothing
_CANCELS = 10**-1.2  # of the louder channel's power: a mean so far below it is one of opposites
_LOWEST_HZ = (25.0, 35.0)  # nothing below, everything above
_FFT_SAMPLES = 2_048  # transforms are of a multiple of these, which is fast
_AROUND_S = 0.03  # kept before and after what is heard: the beginning of many sounds is soft
_SOUNDING = 0.01  # of the loudest frame's power: 20 dB
_LEVEL = 0.1  # RMS over the frames that sound
_BACKGROUND_RMS = 10 ** (-50 / 20)  # a steady sound that is softer is a room's
_BACKGROUND_RANGE = 10**0.8  # of power, from the quietest moments to the loudest: 8 dB


@dataclass(frozen=True)
class LeftOut:
    """Something in a take that is no part of the imitation, and where it begins and ends, in seconds."""

    kind: NoPart
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Take:
    """What is heard of a take.

    Attributes:
        samples: (n,) mono, what a tower is given: RMS 0.1 over the frames that sound, those of 20 ms within 20 dB
            of the loudest.
        duration_s: Length of the whole take.
        start_s: Where in it what is heard begins.
        end_s: Where it ends.
        level_db: RMS of the take over the frames that sound, in dB of full scale.
        room_db: RMS of the room, in dB of full scale; None where none was heard.
        left_out: What was left out, in its order.
        repetitions: Begin and end, in seconds, of each time that the same was said; empty if it was said once. What is
            heard is the one of most energy.
    """

    samples: NDArray[np.float32]
    duration_s: float
    start_s: float
    end_s: float
    level_db: float
    room_db: float | None
    left_out: tuple[LeftOut, ...]
    repetitions: tuple[tuple[float, float], ...]


def hear(samples: NDArray[np.float32], rate_hz: int, *, longest_s: float) -> Take:
    """Hear a take.

    Args:
        samples: (n,) or (n, channels), finite; full scale is -1 to 1.
        rate_hz: Their rate, 1,000 at least.
        longest_s: Most that is heard; of a longer imitation, it is the part of most energy.

    Raises:
        AudioError: The take is silent, or only background noise is heard. The message names no file.
    """
    mono = _without_rumble(mix_down(samples), rate_hz)
    if _is_silent(mono, rate_hz):
        raise AudioError("nothing is heard: check that the right microphone is chosen and not muted")
    spectra = spectra_of(mono / max(1.0, float(np.abs(mono).max())), rate_hz)
    power = power_of(spectra)
    bands = band_power(power, rate_hz)
    room, events, left_out, above = _find(bands, power, rate_hz)
    if not events or _is_background(bands):
        raise AudioError("only background noise is heard: record it again, nearer to the microphone")
    level = above.sum(axis=1)
    said = phrases(events)
    repetitions = said if are_repetitions(said, above) else []
    parts = repetitions or [Span(said[0].first, said[-1].end)]
    heard = _at_most(max(parts, key=lambda part: _energy(part, level)), events, level, longest_s)
    around = round(_AROUND_S / HOP_S)
    first = max(0, heard.first - around)
    end = min(len(spectra), heard.end + around, first + round(longest_s / HOP_S) + 1)
    cleared = without_room(spectra[first:end], power[first:end], room) if room.any() else spectra[first:end]
    cut = sound_of(cleared)[: round(longest_s * rate_hz)]
    hop, duration_s = hop_samples(rate_hz), len(mono) / rate_hz
    seconds = hop / rate_hz
    return Take(
        samples=cut * np.float32(_LEVEL / max(_sounding_rms(power_of(cleared)), 1e-12)),
        duration_s=duration_s,
        start_s=first * seconds,
        end_s=min(duration_s, first * seconds + len(cut) / rate_hz),
        level_db=_decibels(_sounding_rms(power[heard.first : heard.end])),
        room_db=_decibels(float(np.sqrt(room.sum()))) if room.any() else None,
        left_out=tuple(LeftOut(kind, span.first * seconds, span.end * seconds) for kind, span in left_out),
        repetitions=tuple((span.first * seconds, span.end * seconds) for span in repetitions),
    )


def mix_down(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of a take's channels, or the loudest of them where the mean is far below it.

    A balanced microphone read as two channels, or a sound that was widened, is its own opposite in the other channel.

    Args:
        samples: (n,) or (n, channels).

    Returns:
        (n,); of two channels or more without their offsets, which would hide what cancels.
    """
    if samples.ndim == 1 or samples.shape[1] == 1:
        return samples.reshape(-1)
    level = samples - samples.mean(axis=0, dtype=np.float64).astype(np.float32)
    mean: NDArray[np.float32] = level.mean(axis=1)
    power = np.square(level).mean(axis=0)
    loudest = int(power.argmax())
    return level[:, loudest].copy() if np.square(mean).mean() < _CANCELS * power[loudest] else mean


def _without_rumble(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Samples without their offset and what is below 30 Hz."""
    if not len(samples):
        return samples
    low_hz, high_hz = _LOWEST_HZ
    n = -(-(len(samples) + rate_hz // 10) // _FFT_SAMPLES) * _FFT_SAMPLES  # the end must not ring into the beginning
    spectrum = np.fft.rfft(samples - np.float32(samples.mean(dtype=np.float64)), n)
    n_low = int(high_hz * n / rate_hz) + 1
    hz = np.arange(n_low) * (rate_hz / n)
    spectrum[:n_low] *= np.clip((hz - low_hz) / (high_hz - low_hz), 0, 1)[: len(spectrum)].astype(np.float32)
    filtered: NDArray[np.float32] = np.fft.irfft(spectrum, n)[: len(samples)].astype(np.float32, copy=False)
    return filtered


def _is_silent(samples: NDArray[np.float32], rate_hz: int) -> bool:
    edge = min(round(_EDGE_S * rate_hz), len(samples) // 4)
    middle = samples[edge : len(samples) - edge]
    return not len(middle) or bool(np.ptp(middle) < _SILENCE)


def _find(
    bands: NDArray[np.float32], power: NDArray[np.float32], rate_hz: int
) -> tuple[NDArray[np.float32], list[Span], list[tuple[NoPart, Span]], NDArray[np.float32]]:
    """The room's power in each bin, the events, what was left out, and what stands out of the room in each band.

    The room is learned twice, of the whole take and of what was found in it: a telephone's gate opens with the voice,
    and lets in the room from there on.
    """
    levels = frame_levels(bands)
    room, room_bands = np.zeros(power.shape[1], np.float32), np.zeros(bands.shape[1], np.float32)
    found = Span(0, len(levels))
    above = excess(bands, room_bands)
    events, left_out = find_events(above, bands, power, rate_hz)
    for _ in range(2):
        quiet = room_frames(levels[found.first : found.end])
        if quiet is not None:
            within = slice(found.first, found.end)
            room = np.maximum(room, power[within][quiet].mean(axis=0))
            room_bands = np.maximum(room_bands, bands[within][quiet].mean(axis=0))
            above = excess(bands, room_bands)
            events, left_out = find_events(above, bands, power, rate_hz)
        if not events:
            break
        found = Span(events[0].first, events[-1].end)
    return room, events, left_out, above


def _is_background(bands: NDArray[np.float32]) -> bool:
    """Whether a take is soft and steady all along."""
    levels = frame_levels(bands)
    steady = levels.max() < _BACKGROUND_RANGE * np.quantile(levels, 0.05)
    return bool(steady and bands.sum(axis=1).mean() < _BACKGROUND_RMS**2)


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
