"""The microphone, and the room about it, through which an imitation reaches a search."""

from __future__ import annotations

import numpy as np

from menura.simulate.curves import Curve, as_curve
from menura.simulate.telephone import over_the_telephone

LONGEST_S = 4.0
FFT_BLOCK = 8_192
HIGHEST = 0.9875  # of the frequencies that the rate can hold, the share that passes
TELEPHONED = 0.1  # share of recordings that come over a telephone line


def record(spoken: Curve, sample_rate_hz: int, rng: np.random.Generator) -> Curve:
    """Record a voice in some room with some microphone.

    A little silence on either side, the room's reverberation, the microphone's frequency response, background noise and
    mains hum, a random gain, now and then an overloaded input, and now and then a telephone line.

    Args:
        spoken: the voice alone, shape (n,).
        sample_rate_hz: its sample rate.
        rng: chooses the room and the microphone.

    Returns:
        At most 4 s at the same rate, peak at most 1.
    """
    lead, trail = (round(s * sample_rate_hz) for s in rng.uniform(0.0, 0.3, 2))
    longest = round(LONGEST_S * sample_rate_hz)
    dry = np.concatenate([np.zeros(lead, np.float32), spoken, np.zeros(trail, np.float32)])[:longest]
    room = _room_response(sample_rate_hz, rng)
    n_fft = -(-(len(dry) + len(room)) // FFT_BLOCK) * FFT_BLOCK
    hz = np.fft.rfftfreq(n_fft, 1 / sample_rate_hz).astype(np.float32)
    # In double, since a product of single complex numbers is rounded once or twice, as the processor has it.
    spectrum = np.multiply(np.fft.rfft(dry, n_fft), np.fft.rfft(room, n_fft), dtype=np.complex128)
    wet = np.fft.irfft(spectrum.astype(np.complex64) * _microphone_response(hz, rng), n_fft)[: len(dry)]
    # Loudness of the voice itself; a silent imitation still has the noise of its room.
    level = max(float(np.sqrt(np.mean(wet**2))), 1e-3)
    noise = _background(hz, n_fft, rng)[: len(dry)]
    recorded = wet + level * 10 ** (-rng.uniform(12.0, 55.0) / 20) * noise
    overload = rng.uniform(0.5, 4.0) if rng.uniform() < 0.15 else 0.1
    loudest = max(float(np.abs(recorded).max()), 0.05)
    recorded = np.tanh(overload * recorded / loudest, dtype=np.float64) / np.tanh(overload)
    peak_db = rng.uniform(-24.0, -0.5)
    recorded = as_curve(recorded * 10 ** (peak_db / 20))
    return over_the_telephone(recorded, sample_rate_hz) if rng.uniform() < TELEPHONED else recorded


def _room_response(sample_rate_hz: int, rng: np.random.Generator) -> Curve:
    """Impulse response: the voice itself, then decaying noise."""
    reverberation_s, direct_db = rng.uniform(0.1, 0.6), rng.uniform(6.0, 30.0)
    n_samples = round(reverberation_s * sample_rate_hz)
    # 60 dB down after the reverberation time.
    decay = as_curve(np.exp(-6.9 * np.arange(n_samples) / n_samples))
    tail = rng.standard_normal(n_samples, dtype=np.float32) * decay
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    return tail


def _microphone_response(hz: Curve, rng: np.random.Generator) -> Curve:
    """Magnitude response: a low cut, a tilt, a few broad bumps, and a high cut."""
    low_cut_hz = rng.uniform(30.0, 200.0)
    high_cut_hz = rng.uniform(3_400.0, 5_000.0) if rng.uniform() < 0.12 else HIGHEST * float(hz[-1])
    octaves = np.log2(np.maximum(hz, 20.0) / 1_000.0, dtype=np.float64)
    response_db = rng.normal(0.0, 1.5) * octaves
    for centre in rng.uniform(-3.0, 3.0, 3):
        response_db = response_db + rng.normal(0.0, 2.5) * np.exp(-0.5 * np.square((octaves - centre) / 0.5))
    low_cut = np.square(hz) / (np.square(hz) + low_cut_hz**2)
    high_cut = 1.0 / np.sqrt(1.0 + np.power(hz / high_cut_hz, 16, dtype=np.float64))
    return as_curve(10 ** (response_db / 20) * low_cut * high_cut)


def _background(hz: Curve, n_fft: int, rng: np.random.Generator) -> Curve:
    """Steady noise of unit RMS, falling by 0 to 6 dB an octave, sometimes with mains hum: (n_fft,)."""
    slope = rng.uniform(0.0, 1.0)
    spectrum = rng.standard_normal((2, len(hz)), dtype=np.float32)
    spectrum *= np.power(np.maximum(hz, 40.0), -slope, dtype=np.float64)
    noise = np.fft.irfft(spectrum[0] + 1j * spectrum[1], n_fft)
    noise = noise / np.sqrt(np.mean(noise**2))
    mains_hz, humming = rng.choice([50.0, 60.0]), rng.uniform() < 0.15
    if humming:
        phase = 2 * np.pi * mains_hz * np.arange(n_fft) / (2 * hz[-1])
        noise = 0.7 * noise + 0.7 * np.sin(phase) + 0.4 * np.sin(2 * phase)
    return as_curve(noise)
