"""The circumstances in which people record takes: each makes of a clean imitation what a microphone would have sent.

Each function takes (n,) samples at 16 kHz and a strength, and gives (m,) samples, or (m, 2) for two channels. Levels
are relative to the imitation's own: its RMS over the frames within 20 dB of its loudest. Nothing here is shared with
the simulator's microphone, which the towers were trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
Samples = NDArray[np.float32]
Random = np.random.Generator


class Circumstance(NamedTuple):
    """A kind of circumstance at one strength, and how it makes a take."""

    kind: str
    strength: str
    make: Callable[[Samples, Random], Samples]


def circumstances() -> list[Circumstance]:
    """Every circumstance at every strength, the mildest of each kind first."""
    made = []
    for kind, make, strengths in (
        ("silence before", silence_before, {"0.3 s": 0.3, "1 s": 1.0, "3 s": 3.0}),
        ("silence after", silence_after, {"0.3 s": 0.3, "1 s": 1.0, "3 s": 3.0}),
        ("room", room, {"60 dB": 60.0, "50 dB": 50.0, "40 dB": 40.0, "30 dB": 30.0}),
        ("hum", hum, {"50 dB": 50.0, "40 dB": 40.0, "30 dB": 30.0}),
        ("click", click, {"-20 dB": -20.0, "-6 dB": -6.0, "+6 dB": 6.0}),
        ("bump", bump, {"-20 dB": -20.0, "-6 dB": -6.0, "+6 dB": 6.0}),
        ("breath", breath, {"-30 dB": -30.0, "-20 dB": -20.0, "-12 dB": -12.0}),
        ("said again", said_again, {"twice": 2, "three times": 3, "four times": 4}),
        ("level", level, {"1/5": 0.2, "1/20": 0.05, "1/100": 0.01}),
        ("offset", offset, {"0.02": 0.02, "0.1": 0.1, "0.5": 0.5}),
        ("clipping", clipping, {"3 dB": 3.0, "9 dB": 9.0, "18 dB": 18.0}),
        ("opposite channels", opposite, {"-0.5": -0.5, "-0.9": -0.9, "-1": -1.0}),
        ("telephone", telephone, {"8 kHz": 0, "mu-law": 1, "gate": 2}),
        ("all at once", all_at_once, {"60 dB": 60.0, "50 dB": 50.0, "40 dB": 40.0}),
    ):
        made += [Circumstance(kind, name, partial(_call, make, value)) for name, value in strengths.items()]
    return made


def _call(make: Callable[..., Samples], strength: float, take: Samples, rng: Random) -> Samples:
    return make(take, strength, rng).astype(np.float32)


def silence_before(take: Samples, seconds: float, rng: Random) -> Samples:
    """Digital silence first."""
    return np.concatenate([np.zeros(round(seconds * RATE_HZ), np.float32), take])


def silence_after(take: Samples, seconds: float, rng: Random) -> Samples:
    """Digital silence last."""
    return np.concatenate([take, np.zeros(round(seconds * RATE_HZ), np.float32)])


def room(take: Samples, below_db: float, rng: Random) -> Samples:
    """A room's noise all along, with 0.3 to 1.5 s of it alone before and after."""
    return _in_room(_alone(take, rng, 0.3, 1.5), take, below_db, rng)


def hum(take: Samples, below_db: float, rng: Random) -> Samples:
    """Mains hum with its overtones all along, 0.3 to 1.5 s of it alone before and after."""
    padded = _alone(take, rng, 0.3, 1.5)
    phase = 2 * np.pi * rng.choice([50.0, 60.0]) * np.arange(len(padded)) / RATE_HZ
    tones = sum(rng.uniform(0.3, 1) / k**0.7 * np.sin(k * phase + rng.uniform(0, 6)) for k in (1, 2, 3, 4, 5, 7, 9, 11))
    return padded + np.asarray(tones) / np.std(tones) * speech_level(take) * 10 ** (-below_db / 20)


def click(take: Samples, peak_db: float, rng: Random) -> Samples:
    """A mouse button, pressed and let go, 0.2 to 1 s before; its peak relative to the take's."""
    both, apart = _spike(rng), round(rng.uniform(0.06, 0.12) * RATE_HZ)
    sound = np.zeros(apart + len(both), np.float32)
    sound[: len(both)] += both
    sound[apart:] += 0.6 * _spike(rng)
    return _before(take, _peaking(sound, take, peak_db), rng.uniform(0.2, 1.0))


def bump(take: Samples, peak_db: float, rng: Random) -> Samples:
    """A bump against the table or the microphone, 0.2 to 1 s after; its peak relative to the take's."""
    t = np.arange(round(0.2 * RATE_HZ)) / RATE_HZ
    thump = np.sin(2 * np.pi * rng.uniform(35, 90) * t) * np.exp(-t / rng.uniform(0.02, 0.05))
    thump = np.concatenate([0.1 * _spike(rng), np.zeros(len(t), np.float32)])[: len(t)] + thump
    gap = np.zeros(round(rng.uniform(0.2, 1.0) * RATE_HZ), np.float32)
    return np.concatenate([take, gap, _peaking(thump, take, peak_db), gap])


def breath(take: Samples, level_db: float, rng: Random) -> Samples:
    """A breath in, 0.1 to 0.4 s before; its level relative to the take's."""
    n = round(rng.uniform(0.25, 0.6) * RATE_HZ)
    hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    formants = sum(
        weight / (1 + ((hz - centre) / width) ** 2)
        for weight, centre, width in ((1, 700, 400), (0.8, 1_700, 500), (0.5, 3_500, 1_200))
    )
    air = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * (0.05 + np.asarray(formants)) * (hz > 100), n)
    air *= np.sin(np.linspace(0, np.pi, n)) ** rng.uniform(0.7, 1.5)
    return _before(take, air / speech_level(air) * speech_level(take) * 10 ** (level_db / 20), rng.uniform(0.1, 0.4))


def said_again(take: Samples, times: int, rng: Random) -> Samples:
    """Said several times, 0.4 to 1.2 s between: up to 6 % faster or slower, up to 3 dB louder or softer."""
    parts = [take]
    for _ in range(int(times) - 1):
        tempo = rng.uniform(0.94, 1.06)
        again = np.interp(np.arange(0, len(take) - 1, tempo), np.arange(len(take)), take)
        parts += [np.zeros(round(rng.uniform(0.4, 1.2) * RATE_HZ)), again * 10 ** (rng.uniform(-3, 3) / 20)]
    return np.concatenate(parts)


def level(take: Samples, gain: float, rng: Random) -> Samples:
    """Far from the microphone, or a low setting; 16 bits."""
    return np.rint(take / np.abs(take).max() * 0.9 * gain * 32_767) / 32_768


def offset(take: Samples, amount: float, rng: Random) -> Samples:
    """An offset of the converter."""
    return 0.4 * take / np.abs(take).max() + amount


def clipping(take: Samples, over_db: float, rng: Random) -> Samples:
    """Louder than the converter can take."""
    return np.clip(take / np.abs(take).max() * 10 ** (over_db / 20), -1, 1)


def opposite(take: Samples, gain: float, rng: Random) -> Samples:
    """A second channel of opposite sign."""
    return np.stack([take, gain * take], axis=1)


def telephone(take: Samples, how: float, rng: Random) -> Samples:
    """8 kHz alone; coded by the mu-law at 300 to 3,400 Hz; and gated where the line is quiet, silence on both sides."""
    padded = _alone(take, rng, 0.3, 1.0)
    hz = np.fft.rfftfreq(len(padded), 1 / RATE_HZ)
    band = (
        (hz < 3_900) if how == 0 else 1 / np.sqrt(1 + (300 / np.maximum(hz, 1)) ** 6) / np.sqrt(1 + (hz / 3_400) ** 24)
    )
    line = np.fft.irfft(np.fft.rfft(padded) * band, len(padded))
    line *= 0.7 / np.abs(line).max()
    if how == 0:
        return line
    code = np.rint(127 * np.sign(line) * np.log1p(255 * np.abs(line)) / np.log(256)) / 127
    line = np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255
    if how == 2:
        line = line + 10 ** (-45 / 20) * speech_level(take) * rng.standard_normal(len(line))
        block = RATE_HZ // 50
        power = np.add.reduceat(line**2, np.arange(0, len(line), block)) / block
        opened = np.convolve(power > power.max() * 1e-3, np.ones(9), "same") > 0
        line *= np.repeat(opened, block)[: len(line)]
    return line


def all_at_once(take: Samples, below_db: float, rng: Random) -> Samples:
    """A room, a click first, a breath, an offset, a low level, and 16 bits."""
    said = click(breath(_alone(take, rng, 0.0, 0.5), -25.0, rng), -6.0, rng)
    sound = _in_room(_alone(said, rng, 0.3, 1.0), take, below_db, rng)
    return np.rint((0.1 * sound / np.abs(sound).max() + 0.02) * 32_767) / 32_768


def speech_level(samples: NDArray[np.floating]) -> float:
    """RMS over the frames of 20 ms that are within 20 dB of the loudest."""
    frame = RATE_HZ // 50
    power = np.square(samples[: max(1, len(samples) // frame) * frame].astype(np.float64))
    power = power.reshape(-1, min(frame, len(power))).mean(axis=1)
    return float(np.sqrt(power[power > 0.01 * power.max()].mean()))


def _alone(take: Samples, rng: Random, least_s: float, most_s: float) -> Samples:
    """The take with nothing before and after it."""
    before, after = (round(s * RATE_HZ) for s in rng.uniform(least_s, most_s, 2))
    return np.pad(take, (before, after))


def _in_room(padded: Samples, take: Samples, below_db: float, rng: Random) -> Samples:
    """Noise as rooms have it: rumble, air and electronics, each its own share, and a fan that sways a little."""
    n = len(padded)
    hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    white = rng.standard_normal(len(hz)) + 1j * rng.standard_normal(len(hz))
    shape = rng.uniform(0, 1) / (1 + (hz / rng.uniform(60, 200)) ** 2)
    shape += rng.uniform(0, 0.3) / (1 + (hz / rng.uniform(500, 1_500)))
    shape += rng.uniform(0.002, 0.03)
    noise = np.fft.irfft(white * shape * (hz > 20), n)
    sway = 1 + 0.15 * np.sin(2 * np.pi * rng.uniform(0.1, 0.6) * np.arange(n) / RATE_HZ + rng.uniform(0, 6))
    noise *= sway
    return padded + noise / np.std(noise) * speech_level(take) * 10 ** (-below_db / 20)


def _spike(rng: Random) -> Samples:
    """One transient of a mouse button: 4 ms of ringing."""
    t = np.arange(round(0.006 * RATE_HZ)) / RATE_HZ
    ring = sum(rng.normal() * np.sin(2 * np.pi * f * t) for f in rng.uniform(1_200, 6_500, 4))
    return np.asarray(ring * np.exp(-t / rng.uniform(0.0006, 0.0015)), np.float32)


def _peaking(sound: NDArray[np.floating], take: Samples, peak_db: float) -> Samples:
    return np.asarray(sound / np.abs(sound).max() * np.abs(take).max() * 10 ** (peak_db / 20), np.float32)


def _before(take: Samples, sound: NDArray[np.floating], gap_s: float) -> Samples:
    return np.concatenate([sound, np.zeros(round(gap_s * RATE_HZ)), take])
