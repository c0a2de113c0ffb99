"""A person's mouth: everything that one person was recorded saying, and what each moment of it sounds like.

The clips lie end to end with silence between. Every 10 ms has its spectral shape (log-spaced bands in dB, decorrelated
by a cosine transform), pitch, salience and level, and every attack of a plosive or a syllable is known to the
millisecond. That is what `mosaic` chooses by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from menura.simulate.curves import Curve, as_curve
from menura.simulate.hear import HOP, RATE_HZ, hear
from menura.simulate.pitch import to_semitones
from menura.whole import written_whole

N_BANDS, N_SHAPE = 24, 8
BAND_RANGE_HZ = (120.0, 11_000.0)
WINDOW, N_FFT = 2 * HOP, 512  # 20 ms: a burst is over in less
SHAPE_FLOOR_DB = -45.0  # of a band below the frame's loudest
AUDIBLE_DB = -36.0  # of a frame below its clip's loudest
SHORTEST_ATTACK = 4  # frames
SOFTEST_ATTACK = 0.35  # from this strength on, an onset is one that a mouth makes, not a word's swelling
SEARCHED = 3 * HOP // 2  # an attack is looked for so many samples before and after its onset
SILENCE = RATE_HZ // 20  # samples between two clips
SPEECH_PERCENTILES = (5.0, 50.0, 95.0)


@dataclass(frozen=True)
class Mouth:
    """One person's sounds at 24 kHz, with frames of 10 ms.

    Attributes:
        samples: 16 bits, full scale 32,767; shape (n,).
        clip: which clip a frame belongs to, ascending; shape (frames,).
        at: the sample at a frame's middle; shape (frames,).
        left: how many frames of its clip follow a frame; shape (frames,).
        shape: its spectral shape, see `shape_of`; shape (frames, 8).
        semitones: its pitch, above 55 Hz; shape (frames,).
        salience: how surely there is one, 0..1; shape (frames,).
        loudness_db: its level below its clip's loudest, -60..0; shape (frames,).
        attack: frames in which something begins; shape (attacks,).
        attack_at: the very sample; shape (attacks,).
        attack_strength: how sharply, 0..1; shape (attacks,).
    """

    samples: NDArray[np.int16]
    clip: NDArray[np.int32]
    at: NDArray[np.int64]
    left: NDArray[np.int32]
    shape: Curve
    semitones: Curve
    salience: Curve
    loudness_db: Curve
    attack: NDArray[np.int64]
    attack_at: NDArray[np.int64]
    attack_strength: Curve

    @property
    def range_semitones(self) -> tuple[float, float, float]:
        """Lowest, usual and highest pitch of the speech, in semitones above 55 Hz."""
        voiced = self.semitones[(self.salience > 0.8) & (self.loudness_db > AUDIBLE_DB)]
        low, usual, high = np.percentile(voiced if len(voiced) else to_semitones(160.0).ravel(), SPEECH_PERCENTILES)
        return float(low), float(usual), float(high)


def measure_mouth(clips: Iterable[NDArray[np.float32]]) -> Mouth:
    """What a person's clips hold.

    Args:
        clips: (n,) samples each, mono, at 24 kHz; the first 5 s of each count. Silent ones are left out.

    Raises:
        ValueError: Nothing is left, or a clip is not finite.
    """
    columns: list[dict[str, NDArray[np.generic]]] = []
    start = SILENCE
    for clip in clips:
        if measured := _measure(clip[: 5 * RATE_HZ], len(columns), start, sum(len(c["clip"]) for c in columns)):
            columns.append(measured)
            start += len(measured["samples"])
    if not columns:
        raise ValueError("these clips hold no sound")
    joined = {name: np.concatenate([column[name] for column in columns]) for name in columns[0]}
    joined["samples"] = np.concatenate([np.zeros(SILENCE, np.int16), joined["samples"]])
    return Mouth(**joined)


def save_mouth(mouth: Mouth, file: Path) -> None:
    """Write a mouth as `load_mouth` reads it."""
    with written_whole(file) as unfinished:
        save_file({field.name: np.ascontiguousarray(getattr(mouth, field.name)) for field in fields(Mouth)}, unfinished)


def load_mouth(file: Path) -> Mouth:
    """A mouth that `save_mouth` wrote."""
    return Mouth(**load_file(file))


def shape_of(samples: Curve) -> Curve:
    """The spectral shape of every 10 ms of a sound, whatever its level: (frames, 8).

    Args:
        samples: mono at 24 kHz, shape (n,).
    """
    n_frames = 1 + len(samples) // HOP
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: n_frames * HOP : HOP]
    spectra = np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), N_FFT)
    power = np.einsum("fb,bk->fk", np.square(spectra.real) + np.square(spectra.imag), _bands())
    level_db = 10 * np.log10(power + 1e-9, dtype=np.float64)
    level_db = np.maximum(level_db, level_db.max(axis=1, keepdims=True) + SHAPE_FLOOR_DB)
    return as_curve(np.einsum("fk,kc->fc", level_db, _cosines()))


def _measure(clip: NDArray[np.float32], number: int, start: int, first: int) -> dict[str, NDArray[np.generic]] | None:
    """A clip's columns of a `Mouth`; its first sample is number `start` there, its first frame number `first`."""
    heard = hear(clip, RATE_HZ)
    if heard.silent:
        return None
    clip = clip / np.abs(clip).max()
    n_frames = heard.n_frames
    # Where a clip was cut off short something seems to begin.
    sharp = (heard.onset_strength > SOFTEST_ATTACK) & (heard.onsets < n_frames - SHORTEST_ATTACK)
    onsets = heard.onsets[sharp]
    return {
        "samples": np.concatenate([32_767 * clip, np.zeros(SILENCE, np.float32)]).astype(np.int16),
        "clip": np.full(n_frames, number, np.int32),
        "at": start + HOP * np.arange(n_frames),
        "left": np.arange(n_frames - 1, -1, -1, dtype=np.int32),
        "shape": shape_of(as_curve(clip))[:n_frames],
        "semitones": to_semitones(heard.pitch_hz),
        "salience": heard.salience,
        "loudness_db": heard.loudness_db,
        "attack": first + onsets,
        "attack_at": start + _attacks(as_curve(clip), onsets),
        "attack_strength": heard.onset_strength[sharp],
    }


def _attacks(clip: Curve, onsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The samples about some onsets, frames of the clip, at which the level rises most within 4 ms: (onsets,)."""
    block = RATE_HZ // 500
    edges = np.diff(clip, prepend=clip[:1])  # brighter, so that a hum before the burst does not hide it
    energy = np.cumsum(np.square(np.pad(edges, (block, 0))), dtype=np.float64)
    power = np.pad(energy[block:] - energy[:-block], SEARCHED + block, mode="edge") + 1e-7
    rise = power[block:] / power[:-block]
    places = onsets[:, None] * HOP + np.arange(2 * SEARCHED)
    found = rise[np.minimum(places, len(rise) - 1)].argmax(axis=1)
    attacks: NDArray[np.int64] = np.clip(onsets * HOP - SEARCHED + found - block, 0, len(clip) - 1)
    return attacks


@lru_cache(maxsize=1)
def _bands() -> Curve:
    """Triangles in log-frequency, each of unit area: (bins, 24)."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(N_FFT, 1 / RATE_HZ), 1.0))
    centres = np.linspace(np.log2(BAND_RANGE_HZ[0]), np.log2(BAND_RANGE_HZ[1]), N_BANDS)
    weights = np.maximum(0.0, 1.0 - np.abs(octaves[:, None] - centres) / (1.5 * (centres[1] - centres[0])))
    return as_curve(weights / np.maximum(weights.sum(axis=0), 1e-9))


@lru_cache(maxsize=1)
def _cosines() -> Curve:
    """The cosine transform's rows 1 to 8, orthonormal: (24, 8)."""
    places = (np.arange(N_BANDS) + 0.5) / N_BANDS
    return as_curve(np.sqrt(2 / N_BANDS) * np.cos(np.pi * places[:, None] * np.arange(1, N_SHAPE + 1)))
