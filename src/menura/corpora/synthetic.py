"""A small library of synthesised sounds, for trying a search without downloading anything.

Sixty sounds, five of each of twelve kinds, each kind a function of a random generator and of a `shade` from 0 to 1 that
spreads the five apart: low to high, slow to fast, dull to bright, as the kind has it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import ArrayLike, NDArray

from menura.errors import DataError

SAMPLE_RATE_HZ = 44_100
SOUNDS_A_KIND = 5
FFT_BLOCK = 1_024  # a transform of a multiple of this is fast
FORMAT = 1
LABEL_FILE = "synthetic.json"

Samples = NDArray[np.float64]
Recipe = Callable[[np.random.Generator, float], Samples]


def synthesise_library(folder: Path, seed: int = 0) -> list[Path]:
    """Make the library, or find it made.

    Args:
        folder: where it shall be, as `KINDs/KIND_NN.wav`: absent, empty, or a library that an earlier call finished.
            It appears whole or not at all.
        seed: the same seed gives the same sounds.

    Returns:
        The 60 files, sorted: 44.1 kHz, mono, 16 bits, 0.3 to 4 s.

    Raises:
        DataError: the folder holds something else, or cannot be written.
    """
    paths = sorted(folder / name for name in _recipes_by_name())
    if _is_finished(folder, paths, seed):
        return paths
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is not empty, nor the whole synthetic library of seed {seed}: choose another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise DataError(f"the synthetic library cannot be written to {folder}: {error.strerror}") from error
    try:
        _write_sounds(unfinished, seed)
        unfinished.chmod(0o755)
        unfinished.replace(folder)
    except OSError as error:
        # Another process may have finished the same library in the meantime.
        if not _is_finished(folder, paths, seed):
            raise DataError(f"the synthetic library cannot be written to {folder}: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return paths


def _label(seed: int) -> dict[str, int]:
    return {"format": FORMAT, "seed": seed}


def _is_finished(folder: Path, paths: list[Path], seed: int) -> bool:
    try:
        label = json.loads((folder / LABEL_FILE).read_text())
    except (OSError, ValueError):
        return False
    return bool(label == _label(seed)) and all(path.is_file() for path in paths)


def _recipes_by_name() -> dict[str, tuple[Recipe, int]]:
    """The recipe of each file, and which of its kind's five it is: `bells/bell_03.wav` is the third bell."""
    return {
        f"{kind}s/{kind}_{number + 1:02d}.wav": (recipe, number)
        for kind, recipe in KINDS.items()
        for number in range(SOUNDS_A_KIND)
    }


def _write_sounds(folder: Path, seed: int) -> None:
    for index, (name, (recipe, number)) in enumerate(_recipes_by_name().items()):
        rng = np.random.default_rng([seed, index])
        samples = recipe(rng, (number + rng.uniform(0.1, 0.9)) / SOUNDS_A_KIND)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        sf.write(path, 0.8 * samples / np.abs(samples).max(), SAMPLE_RATE_HZ, subtype="PCM_16")
    (folder / LABEL_FILE).write_text(json.dumps(_label(seed)))


def _seconds(duration_s: float) -> Samples:
    """The time of every sample."""
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _tone(hz: ArrayLike, seconds: Samples) -> Samples:
    """A sine of constant or moving frequency."""
    cycles = np.cumsum(np.broadcast_to(hz, seconds.shape)) / SAMPLE_RATE_HZ
    return np.asarray(np.sin(2 * np.pi * cycles))


def _buzz(hz: ArrayLike, seconds: Samples, brightness: float) -> Samples:
    """A harmonic tone; each harmonic is `brightness` (below 1) times the one before it."""
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hz, seconds.shape)) / SAMPLE_RATE_HZ
    # The geometric series of the harmonics, summed.
    wave = np.sin(phase) / (1 - 2 * brightness * np.cos(phase) + brightness**2)
    return np.asarray(wave / np.abs(wave).max())


def _noise(rng: np.random.Generator, seconds: Samples, low_hz: float, high_hz: float) -> Samples:
    """Noise between two frequencies, falling gently outside them, with a peak of 1."""
    n_fft = -(-len(seconds) // FFT_BLOCK) * FFT_BLOCK
    hz = np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE_HZ)
    gain = 1 / (1 + (low_hz / np.maximum(hz, 1.0)) ** 4) / (1 + (hz / high_hz) ** 4)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(n_fft)) * gain, n_fft)[: len(seconds)]
    return np.asarray(noise / np.abs(noise).max())


def _drift(rng: np.random.Generator, seconds: Samples, rate_hz: float) -> Samples:
    """A random curve between 0 and 1 that takes a new value `rate_hz` times a second."""
    n_knots = int(seconds[-1] * rate_hz) + 3
    return np.interp(seconds * rate_hz, np.arange(n_knots), rng.uniform(size=n_knots))


def _scattered(rng: np.random.Generator, duration_s: float, times_s: Iterable[float], grain: Recipe) -> Samples:
    """Grains of sound, each of its own shade and loudness, beginning at the times."""
    total = np.zeros(len(_seconds(duration_s)))
    for start_s in times_s:
        sound = rng.uniform(0.3, 1.0) * grain(rng, rng.uniform())
        start = round(start_s * SAMPLE_RATE_HZ)
        end = min(start + len(sound), len(total))
        total[start:end] += sound[: end - start]
    return total


def _kick(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(0.35 + 0.3 * rng.uniform())
    body = _tone(40 + 30 * shade + (80 + 180 * shade) * np.exp(-t / 0.035), t) * np.exp(-t / (0.2 - 0.12 * shade))
    return body + 0.4 * shade * _noise(rng, t, 1_000, 5_000) * np.exp(-t / 0.006)


def _snare(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(0.3 + 0.3 * rng.uniform())
    drum = _tone(150 + 110 * shade + 60 * np.exp(-t / 0.02), t) * np.exp(-t / 0.07)
    wires = _noise(rng, t, 900 + 2_500 * shade, 6_000 + 6_000 * shade) * np.exp(-t / rng.uniform(0.05, 0.16))
    return 0.7 * drum + 1.2 * wires


def _bell(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(1.5 + 2.0 * (1 - shade))
    strike_hz = 220 * 2 ** (2.6 * shade + rng.uniform(-0.1, 0.1))
    # Partials of a church bell: hum, prime, tierce, quint, nominal and above, relative to the prime.
    partials = np.array([0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01, 4.17]) * rng.normal(1, 0.006, 9)
    ring_s = (0.3 + 0.9 * (1 - shade)) / np.sqrt(partials)
    rings = [
        _tone(strike_hz * ratio, t) * np.exp(-t / s) / ratio**0.4 for ratio, s in zip(partials, ring_s, strict=True)
    ]
    return np.asarray(np.sum(rings, axis=0) + 0.5 * _noise(rng, t, 3_000, 9_000) * np.exp(-t / 0.004))


def _siren(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(3.0 + 0.9 * rng.uniform())
    turns = _tone(0.35 + 2.5 * shade, t)
    swing = np.sign(turns) if rng.uniform() < 0.4 else turns  # two-tone, or wailing
    return _buzz((520 + 500 * rng.uniform()) * 2 ** (0.45 * swing), t, 0.55) * np.minimum(1, t / 0.1)


def _engine(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(2.5 + rng.uniform())
    rev = np.sin(np.pi * t / t[-1]) ** 2 * rng.uniform(0.0, 1.2)
    hz = 32 * 2 ** (1.8 * shade + rev) * (1 + 0.03 * _drift(rng, t, 12))
    rumble = _noise(rng, t, 60, 500 + 1_500 * shade) * (0.4 + 0.6 * np.abs(_tone(hz / 2, t)))
    return _buzz(hz, t, 0.85) * (0.7 + 0.3 * _tone(hz / 2, t)) + 0.2 * rumble


def _wind(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(3.0 + 0.9 * rng.uniform())
    gust = _drift(rng, t, 1.0 + 2.0 * shade) ** 1.5
    low, high = _noise(rng, t, 80, 350 + 300 * shade), _noise(rng, t, 500 + 700 * shade, 900 + 1_600 * shade)
    return (0.25 + gust) * low + gust**2 * high


def _rain(rng: np.random.Generator, shade: float) -> Samples:
    duration_s = 3.0 + 0.9 * rng.uniform()
    t = _seconds(duration_s)
    drops = _scattered(rng, duration_s, rng.uniform(0, duration_s, round(30 + 500 * shade)), _raindrop)
    return np.asarray(drops / np.abs(drops).max() + (0.05 + 0.5 * shade) * _noise(rng, t, 1_500, 9_000))


def _raindrop(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(0.015)
    return _noise(rng, t, 1_000 + 3_000 * shade, 4_000 + 6_000 * shade) * np.exp(-t / 0.003)


def _bird(rng: np.random.Generator, shade: float) -> Samples:
    base_hz, rise, note_s = 1_600 * 2 ** (1.6 * shade), rng.uniform(-0.7, 0.7), rng.uniform(0.06, 0.2)
    warble_hz, depth = rng.uniform(15, 40), rng.uniform(0, 0.12)
    n_notes = int(rng.integers(3, 9))
    t = _seconds(note_s)
    sweep = base_hz * 2 ** (rise * t / note_s + depth * np.sin(2 * np.pi * warble_hz * t))
    note = _tone(sweep, t) * np.sin(np.pi * t / note_s) ** 0.7
    period_s = note_s + rng.uniform(0.03, 0.2)
    starts_s = np.arange(n_notes) * period_s
    return _scattered(rng, n_notes * period_s, starts_s, lambda _rng, _shade: note)


def _bark(rng: np.random.Generator, shade: float) -> Samples:
    base_hz, length_s, n_barks = 180 * 2 ** (1.7 * shade), 0.3 - 0.18 * shade, int(rng.integers(1, 5))
    t = _seconds(length_s)
    arc = np.sin(np.pi * np.minimum(t / length_s, 1) ** 0.6)
    voice = _buzz(base_hz * (0.75 + 0.5 * arc), t, 0.8)
    bark = (voice + 0.5 * _noise(rng, t, 500, 2_500 + 2_000 * shade)) * arc**0.7
    gap_s = length_s + rng.uniform(0.1, 0.4)
    return _scattered(rng, max(n_barks * gap_s, 0.3), np.arange(n_barks) * gap_s, lambda _rng, _shade: bark)


def _creak(rng: np.random.Generator, shade: float) -> Samples:
    duration_s = 1.0 + 1.8 * rng.uniform()
    t = _seconds(duration_s)
    # Wood sticks and slips, faster in the middle of the swing; each slip rings the door.
    slips_hz = 12 + (25 + 90 * shade) * np.sin(np.pi * t / duration_s) ** 2 * (0.6 + 0.8 * _drift(rng, t, 5))
    cycles = np.cumsum(slips_hz) / SAMPLE_RATE_HZ
    slips_s = t[np.flatnonzero(np.diff(np.floor(cycles)) > 0)]
    ring = _seconds(0.04)
    board_hz = np.array([1.0, 1.7, 2.9]) * (350 + 500 * shade) * rng.uniform(0.9, 1.1, 3)
    slip = np.asarray(np.sum([_tone(hz, ring) for hz in board_hz], axis=0)) * np.exp(-ring / 0.007)
    return _scattered(rng, duration_s, slips_s, lambda _rng, _shade: slip)


def _laser(rng: np.random.Generator, shade: float) -> Samples:
    t = _seconds(0.3 + 0.6 * (1 - shade))
    fall = (1_200 + 2_800 * shade) * np.exp(-t / (0.05 + 0.15 * rng.uniform())) + 90 + 200 * rng.uniform()
    return np.asarray(_buzz(fall, t, rng.uniform(0.2, 0.6)) * np.exp(-t / (0.4 * t[-1])))


def _drip(rng: np.random.Generator, shade: float) -> Samples:
    duration_s, n_drops = 0.4 + 2.4 * rng.uniform(), int(rng.integers(1, 6))
    starts_s = np.sort(rng.uniform(0, duration_s - 0.25, n_drops))
    starts_s[0] = 0.0
    t = _seconds(0.12)
    pitch_hz = 500 * 2 ** (1.8 * shade)
    # The bubble under a drop shrinks, so its pitch rises.
    drop = _tone(pitch_hz * (1 + 4 * t), t) * np.exp(-t / 0.025)
    return _scattered(rng, duration_s, starts_s, lambda _rng, _shade: drop)


KINDS: dict[str, Recipe] = {
    "kick": _kick,
    "snare": _snare,
    "bell": _bell,
    "siren": _siren,
    "engine": _engine,
    "wind": _wind,
    "rain": _rain,
    "bird": _bird,
    "bark": _bark,
    "creak": _creak,
    "laser": _laser,
    "drip": _drip,
}
