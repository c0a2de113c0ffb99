"""Imitations by real voices: a sound's slow course, followed by grains of what a person once said.

An imitation is an audio mosaic (Schwarz, *Concatenative sound synthesis: the early years*, 2006): grains of one
person's spoken digits, chosen, pitched and weighted to follow the slow course of a recording's loudness, pitch,
brightness and noisiness. The fine spectrum is the voice's own. Nothing here is shared with Menura's simulator.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import librosa
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d

from menura.audio.files import read_audio
from menura.errors import UsageError

Array = NDArray[np.float64]
RATE_HZ, VOICE_RATE_HZ = 16_000, 32_000  # voices are read between samples: twice as many
LONGEST_HEARD, LONGEST_IMITATION = 600, 800  # in hops: 3 and 4 s
HOP, FRAME, LEVEL_FRAME = 80, 1024, 320  # samples at RATE_HZ: 5, 64 and 20 ms
GRAIN, SEEK = 960, 192  # samples at RATE_HZ: 60 ms, half of it overlapping; 12 ms hold a period of any voice
GAP = VOICE_RATE_HZ // 10  # samples of silence between a voice's clips
LONGEST_SHIFT = 8 / 12  # octaves that a grain may be pitched up or down
VOICED = 0.65  # from this periodicity on, a grain of speech counts as voiced
DULL, BRIGHT = np.log2((120.0, 4500.0))  # nine in ten of the training recordings have their centroids between
REPERTOIRE = 60  # spoken digits that a person uses for one imitation


class Course(NamedTuple):
    """A sound's slow course, (n,) each, in steps of 5 ms; level is the RMS, pitch log2 of Hz.

    Heard, voicing is a periodicity (-1 to 1), brightness log2 of the centroid in Hz; intended, they are a `Voice`'s.
    """

    level: Array
    pitch: Array
    voicing: Array
    brightness: Array


class Voice(NamedTuple):
    """A speaker's clips end to end, (n,) at 32 kHz, and the grains to cut out of them, (m,) each.

    `start` is in samples, pitch log2 of Hz, voicing 0 or 1, and brightness a rank (0 to 1) among grains so voiced.
    """

    samples: NDArray[np.float32]
    clip: Array
    start: Array
    pitch: Array
    voicing: Array
    brightness: Array


def clips_of(data: Path, speaker: str) -> list[Path]:
    """A speaker's spoken digits."""
    paths = sorted((data / "fsdd" / "recordings").glob("[0-9]_*_*.wav"))
    if clips := [path for path in paths if path.stem.split("_")[1] == speaker]:
        return clips
    raise UsageError(f"{data}: no voice fsdd/recordings/DIGIT_{speaker}_TAKE.wav; name another folder or speaker")


@cache
def load_voice(data: Path, speaker: str) -> Voice:
    """A speaker's clips, cut into a grain every 10 ms where they are loud enough to be more than background."""
    samples, columns = [np.zeros(GAP, np.float32)], []
    for number, path in enumerate(clips_of(data, speaker)):
        clip, course = read_audio(path, VOICE_RATE_HZ), hear(read_audio(path, RATE_HZ), f_max_hz=400.0)
        step = np.arange(-(-GRAIN // 2 // HOP), len(course.level) - GRAIN // 2 // HOP, 2)  # a grain's middle
        step = step[course.level[step] > 0.06 * course.level.max()]
        start = sum(map(len, samples)) + (step * HOP - GRAIN // 2) * (VOICE_RATE_HZ // RATE_HZ)
        voiced = course.voicing[step] > VOICED
        columns.append([np.full(len(step), number), start, course.pitch[step], voiced, course.brightness[step]])
        samples += [clip, np.zeros(GAP, np.float32)]
    voice = Voice(np.concatenate(samples), *np.concatenate(columns, axis=1))
    for kind in (voice.voicing == 1, voice.voicing == 0):
        voice.brightness[kind] = np.argsort(np.argsort(voice.brightness[kind])) / max(kind.sum() - 1, 1)
    return voice


def hear(samples: NDArray[np.float32], f_max_hz: float = 4000.0) -> Course:
    """The course of (n,) samples at 16 kHz; pitch, from 50 Hz, by YIN (de Cheveigne and Kawahara 2002)."""
    padded = np.pad(samples.astype(np.float64), FRAME // 2)
    frames = librosa.util.frame(padded, frame_length=FRAME, hop_length=HOP, axis=0)
    f0_hz = librosa.yin(padded, fmin=50, fmax=f_max_hz, sr=RATE_HZ, frame_length=FRAME, hop_length=HOP, center=False)
    first = np.arange(FRAME * 5 // 8)  # with the longest lag added, still within the frame
    lag = np.rint(RATE_HZ / f0_hz).astype(int)[:, None]
    one, other = frames[:, first], np.take_along_axis(frames, first + lag, axis=1)
    periodicity = (one * other).sum(axis=1) / (np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1)) + 1e-9)
    bins = np.arange(4, FRAME // 2 + 1)  # from 62.5 Hz
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME))[:, bins]) ** 2 + 1e-12
    centroid = power @ np.log2(bins * RATE_HZ / FRAME) / power.sum(axis=1)
    level = np.sqrt((frames[:, (FRAME - LEVEL_FRAME) // 2 : (FRAME + LEVEL_FRAME) // 2] ** 2).mean(axis=1))
    return Course(level, np.log2(f0_hz), periodicity, centroid)


def imitate(samples: NDArray[np.float32], voice: Voice, rng: np.random.Generator) -> NDArray[np.float32]:
    """Somebody's imitation of (n,) samples at 16 kHz with that voice; (m,) samples at 16 kHz, 4 s at most."""
    mine = np.isin(voice.clip, rng.permutation(np.unique(voice.clip))[:REPERTOIRE])
    voice = Voice(voice.samples, *(column[mine] for column in voice[1:]))
    course = hear(samples)
    start = int(np.argmax(course.level > 0.01 * course.level.max()))  # nobody imitates the silence before a sound
    plan = intend(Course(*(column[start : start + LONGEST_HEARD] for column in course)), voice, rng)
    rise = np.hanning(RATE_HZ // 40)  # 25 ms
    loudness = np.convolve(np.repeat(plan.level, HOP), rise / rise.sum(), "same")
    said = np.pad(mosaic(plan, voice, rng)[: len(loudness)] * loudness, rng.integers(300, 2400, 2))
    return recorded(said[: LONGEST_IMITATION * HOP], rng)


def intend(heard: Course, voice: Voice, rng: np.random.Generator) -> Course:
    """What a person makes of what they heard: in their tempo, register and dynamics, voicing this and omitting that."""
    loud, steps = heard.level / heard.level.max(), np.arange(len(heard.level))
    when = np.cumsum(np.exp2(rng.uniform(np.log2(0.75), np.log2(1.3)) + wander(rng, LONGEST_IMITATION, 0.1)))
    when = np.pad(when[when <= steps[-1]], (1, 0))
    omitted, dynamics, release_s = rng.uniform(0.006, 0.03), rng.uniform(0.6, 1.0), rng.uniform(0.015, 0.05)
    level = np.interp(when, steps, np.where(loud < omitted, 0.0, loud**dynamics))
    level, when = np.pad(level, (0, 30)), np.pad(when, (0, 30), mode="edge")
    for step in range(1, len(level)):  # a mouth does not fall silent at once
        level[step] = max(level[step], level[step - 1] * np.exp(-HOP / RATE_HZ / release_s))
    voiced = median_filter(heard.voicing, 9, mode="nearest") > rng.uniform(0.45, 0.75)
    pitch = sung(heard.pitch, np.flatnonzero(voiced & (loud > omitted)), voice, rng)
    bright = (median_filter(heard.brightness, 5, mode="nearest") - DULL) / (BRIGHT - DULL)
    bright = np.clip(0.5 + rng.uniform(0.7, 1.2) * (bright - 0.5) + rng.uniform(-0.1, 0.1), 0, 1)
    pitch = np.interp(when, steps, pitch) + wander(rng, len(when), 0.05)
    return Course(level, pitch, 1.0 * voiced[np.rint(when).astype(int)], np.interp(when, steps, bright))


def sung(pitch: Array, known: NDArray[np.int64], voice: Voice, rng: np.random.Generator) -> Array:
    """(n,) log2 pitch, known at some steps, as it is sung: moved by octaves, and narrowed, into the voice's range."""
    low, home, high = np.percentile(voice.pitch[voice.voicing == 1], (10, 50, 75)) + np.array([-3, 0, 8]) / 12
    register, scale, error = rng.uniform(-0.2, 0.6), rng.uniform(0.75, 1.1), rng.normal(0, 1.5 / 12)
    known = known if len(known) else np.zeros(1, np.int64)
    course = median_filter(np.interp(np.arange(len(pitch)), known, pitch[known]), 13, mode="nearest")
    bottom, centre, top = np.percentile(course[known], (5, 50, 95))
    scale = min(scale, (high - low) / max(top - bottom, 1e-6))
    home = centre + np.round(home + register - centre) + error
    home = np.clip(home, low + scale * (centre - bottom), high - scale * (top - centre))
    return np.clip(home + scale * (course - centre), low, high)


def wander(rng: np.random.Generator, n: int, spread: float) -> Array:
    """A curve of (n,) steps that drifts about zero, with a new aim every quarter of a second."""
    aims = np.arange(0, n + 50, 50)
    return np.interp(np.arange(n), aims, rng.normal(0, spread, len(aims)))


def mosaic(plan: Course, voice: Voice, rng: np.random.Generator) -> Array:
    """The voice's grains that come nearest to the plan, joined at an even level; samples for all of it at 16 kHz."""
    half, parts, tail, last = GRAIN // 2, [], np.zeros(GRAIN // 2), -np.inf
    fade = np.sin(np.linspace(0, np.pi / 2, half)) ** 2
    for step in range(0, len(plan.level), half // HOP):
        level, pitch, voicing, brightness = (column[step] for column in plan)
        shift = (pitch - voice.pitch) / LONGEST_SHIFT
        cost = 5 * (voice.voicing != voicing) + 4 * np.abs(voice.brightness - brightness)
        cost += voicing * (np.abs(shift) + 5 * (np.abs(shift) > 1)) + rng.uniform(0, 0.4, len(cost))
        if level < 2 * plan.level[max(step - 12, 0)] + 1e-3:  # no onset: rather going on than jumping
            apart_s = np.abs(voice.start - last) / VOICE_RATE_HZ
            # A vowel may be held by staying near; a hiss that is repeated would get a pitch.
            cost += np.where(apart_s < 0.008, 0, np.where((apart_s < 0.08) & (voicing == 1), 0.3, 1.5))
        chosen = int(np.argmin(cost))
        stride = np.exp2(voicing * LONGEST_SHIFT * np.clip(shift[chosen], -1, 1)) * VOICE_RATE_HZ / RATE_HZ
        at = voice.start[chosen] + stride * np.arange(-SEEK // 2, GRAIN + SEEK // 2)
        around = np.arange(int(at[0]), int(at[-1]) + 2)
        read = np.interp(at, around, voice.samples[around])
        # Joined where the waves agree best, as in WSOLA (Verhelst and Roelands 1993), so that a vowel can be held.
        lag = int(np.argmax(np.correlate(read[: half + SEEK], tail, "valid")))
        grain = read[lag : lag + GRAIN] / (np.sqrt(np.mean(read[lag : lag + GRAIN] ** 2)) + 1e-9)
        alike = grain[:half] @ tail / (np.linalg.norm(grain[:half]) * np.linalg.norm(tail) + 1e-9)
        gain = np.sqrt(fade**2 + (1 - fade) ** 2 + 2 * max(alike, 0) * fade * (1 - fade))
        parts.append((fade * grain[:half] + (1 - fade) * tail) / gain)
        tail, last = grain[half:], at[lag] + half * stride
    said = np.concatenate([*parts, tail])
    return said / np.sqrt(uniform_filter1d(said**2, half) + 1e-3)


def recorded(said: Array, rng: np.random.Generator) -> NDArray[np.float32]:
    """(n,) samples as a microphone takes them: coloured broadly, with background 25 to 45 dB below, at some level."""
    hz = np.fft.rfftfreq(len(said), 1 / RATE_HZ)
    node_db = rng.normal(0, 2, 5) + rng.uniform(-3, 3) * np.arange(-2, 3)
    gain_db = np.interp(np.log(hz + 1), np.log(np.geomspace(60, RATE_HZ / 2, 5)), node_db)
    coloured = np.fft.irfft(np.fft.rfft(said) * 10 ** (gain_db / 20), len(said))
    hiss = np.fft.irfft(np.fft.rfft(rng.standard_normal(len(said))) * (hz + 50) ** -rng.uniform(0, 1), len(said))
    taken = coloured + hiss * np.linalg.norm(coloured) / np.linalg.norm(hiss) * 10 ** (-rng.uniform(25, 45) / 20)
    return (taken / np.abs(taken).max() * 10 ** (-rng.uniform(1, 14) / 20)).astype(np.float32)
