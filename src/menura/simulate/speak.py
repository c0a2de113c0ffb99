"""Speaking a plan: a source-filter synthesis of the voice.

A glottal pulse train with jitter and shimmer, and breath, pass through moving formants; frication and plosives are
noise shaped by their place; whistling is a sine. The filters move every 10 ms, so they are applied to short-time
spectra and overlap-added (source and filter after Fant 1960, glottal pulse after Rosenberg 1971).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from menura.simulate.curves import FRAME_S, Curve, as_curve
from menura.simulate.imitator import Imitator
from menura.simulate.plan import Bursts, Plan
from menura.simulate.voices import Timbre

RATE_HZ = 16_000
HOP = round(RATE_HZ * FRAME_S)
WINDOW = 2 * HOP
N_FFT = 512
TABLE_SIZE = 1_024
LOWEST_TABLE_HZ = 60.0
FORMANT_BANDWIDTHS_HZ = (80.0, 100.0, 140.0, 220.0, 300.0)
NASAL_HZ = np.array([[270.0, 1_100.0, 2_200.0, 3_300.0, 4_400.0]], np.float32)
NASAL_BANDWIDTHS_HZ = (90.0, 350.0, 450.0, 500.0, 600.0)
BURST_S = 0.03
DARKEST_F2_HZ, F2_RANGE = 870.0, float(np.log(2_290.0 / 870.0))  # of an average man's /u/, and up to his /i/
FRICATION_OCTAVES = (9.6, 12.6)  # centres from /h/ to /s/


def speak(plan: Plan, person: Imitator, rng: np.random.Generator, timbre: Timbre | None = None) -> Curve:
    """Perform a plan with a person's voice.

    Args:
        plan: what to do.
        person: whose voice.
        rng: chance.
        timbre: a real person's spectra to mix into the model's.

    Returns:
        Samples at 16 kHz, shape (160 x frames,), the loudest moments about 0.3 in RMS.
    """
    n_samples = plan.n_frames * HOP
    noise = rng.standard_normal(n_samples, dtype=np.float32)
    glottal = _glottal_source(plan, person, rng)
    growl = _growl(plan, person, rng)
    lips = _lip_trill(plan, person, rng)
    excitation = (glottal * _at_samples(plan.voice) * growl + noise * _at_samples(plan.aspiration)) * lips
    voice = _filtered(excitation, _tract_response(plan, person, timbre))
    hiss = rng.standard_normal(n_samples, dtype=np.float32) * _at_samples(plan.frication) * growl * lips
    frication = _filtered(hiss, _frication_response(plan, timbre))
    spoken = voice + frication + _whistle(plan, noise)
    _add_bursts(spoken, plan.bursts, rng)
    return 0.3 * spoken


def _at_samples(curve: Curve) -> Curve:
    """A curve of 10 ms frames, read linearly at every sample: (frames x 160,)."""
    ramp = np.arange(HOP, dtype=np.float32) / HOP
    following = np.append(curve[1:], curve[-1])
    return as_curve(curve[:, None] + (following - curve)[:, None] * ramp).ravel()


def _glottal_source(plan: Plan, person: Imitator, rng: np.random.Generator) -> Curve:
    """The derivative of the glottal flow at unit RMS, with jitter and shimmer: (samples,)."""
    # Drawn anew every 5 ms, about once a cycle.
    jitter = 1.0 + person.jitter * rng.standard_normal(2 * plan.n_frames)
    shimmer = 1.0 + person.shimmer * rng.standard_normal(2 * plan.n_frames)
    half_frames = np.arange(2 * plan.n_frames) * (HOP // 2)
    samples = np.arange(plan.n_frames * HOP)
    pitch_hz = _at_samples(plan.pitch_hz) * np.interp(samples, half_frames, jitter)
    cycles = np.cumsum(pitch_hz / RATE_HZ) + rng.uniform()
    position = ((cycles % 1.0) * TABLE_SIZE).astype(np.int64) % TABLE_SIZE
    octave = np.clip(np.log2(pitch_hz / LOWEST_TABLE_HZ) * 2, 0, 9).astype(np.int64)
    tables = _glottal_tables(round(person.open_quotient, 1))
    return as_curve(tables[octave, position] * np.interp(samples, half_frames, shimmer))


@lru_cache(maxsize=8)
def _glottal_tables(open_quotient: float) -> Curve:
    """One cycle of the pulse for every half octave of pitch above 60 Hz, without harmonics above 8 kHz: (10, 1024)."""
    phase = np.arange(TABLE_SIZE) / TABLE_SIZE
    opening, closing = 0.67 * open_quotient, 0.33 * open_quotient
    rising = 0.5 * (1 - np.cos(np.pi * phase / opening))
    falling = np.cos(0.5 * np.pi * (phase - opening) / closing)
    flow = np.where(phase < opening, rising, np.where(phase < open_quotient, falling, 0.0))
    harmonics = np.fft.rfft(flow)
    number = np.arange(len(harmonics))
    harmonics = harmonics * 1j * number
    highest_hz = LOWEST_TABLE_HZ * 2 ** (0.5 * (np.arange(10) + 1))
    kept = number * highest_hz[:, None] < RATE_HZ / 2
    tables = np.fft.irfft(harmonics * kept, TABLE_SIZE)
    return as_curve(tables / np.sqrt(np.mean(tables**2, axis=1, keepdims=True)))


def _growl(plan: Plan, person: Imitator, rng: np.random.Generator) -> Curve:
    """The slow opening and closing of a growl that multiplies voice and frication: (samples,) in 0..1."""
    if not plan.growl.any():
        return np.ones(plan.n_frames * HOP, np.float32)
    swing = _unsteady_cosine(person.growl_rate_hz, 0.1, plan.n_frames, rng)
    return as_curve(1.0 - 0.45 * _at_samples(plan.growl) * (1.0 + swing))


def _lip_trill(plan: Plan, person: Imitator, rng: np.random.Generator) -> Curve:
    """The flapping of the lips, which are shut for some third of each cycle: (samples,) in 0..1."""
    if not plan.lip_trill.any():
        return np.ones(plan.n_frames * HOP, np.float32)
    swing = _unsteady_cosine(person.trill_rate_hz, 0.06, plan.n_frames, rng)
    opening = np.maximum(swing + 0.4, 0.0) / 1.4
    return as_curve(1.0 - _at_samples(plan.lip_trill) * (1.0 - opening))


def _unsteady_cosine(rate_hz: float, unsteadiness: float, n_frames: int, rng: np.random.Generator) -> Curve:
    """A cosine whose rate varies from frame to frame by a relative standard deviation: (samples,)."""
    varied_hz = rate_hz * (1.0 + unsteadiness * rng.standard_normal(n_frames).astype(np.float32))
    return as_curve(np.cos(2 * np.pi * np.cumsum(_at_samples(varied_hz), dtype=np.float64) / RATE_HZ))


def _frequencies_hz() -> Curve:
    return as_curve(np.fft.rfftfreq(N_FFT, 1 / RATE_HZ))


def _tract_response(plan: Plan, person: Imitator, timbre: Timbre | None) -> Curve:
    """Magnitude response of the vocal tract, mouth open or closed, of unit mean power: (frames, bins)."""
    mouth = _resonances(plan.formants_hz, FORMANT_BANDWIDTHS_HZ)
    if plan.nasality.any():
        nose = _resonances(NASAL_HZ * person.tract_scale, NASAL_BANDWIDTHS_HZ)
        mouth = as_curve(nose * np.power(mouth / nose, 1 - plan.nasality[:, None], dtype=np.float64))
    if timbre is not None:
        second_hz = plan.formants_hz[:, 1] / person.tract_scale
        mouth = timbre.mixed_tract(mouth, as_curve(np.log(second_hz / DARKEST_F2_HZ, dtype=np.float64) / F2_RANGE))
    octaves_up = np.log2(np.maximum(_frequencies_hz(), 500.0) / 500.0, dtype=np.float64)
    mouth = mouth * as_curve(10 ** (person.brilliance_db_octave * octaves_up / 20))
    # The voice's own spectrum falls by about 6 dB an octave after radiation; level the result for that spectrum.
    weight = 1.0 / (1.0 + np.square(_frequencies_hz() / 300.0))
    power = np.einsum("ij,j->i", np.square(mouth), weight / weight.sum())
    return as_curve(mouth / np.sqrt(power)[:, None])


def _frication_response(plan: Plan, timbre: Timbre | None) -> Curve:
    """Magnitude of the frication's spectrum, of unit mean power: (frames, bins)."""
    response = _band_response(plan.frication_octave, plan.frication_width)
    if timbre is None:
        return response
    low, high = FRICATION_OCTAVES
    response = timbre.mixed_frication(response, as_curve((plan.frication_octave - low) / (high - low)))
    return as_curve(response / np.sqrt(np.mean(np.square(response), axis=1, keepdims=True)))


def _resonances(formants_hz: Curve, bandwidths_hz: tuple[float, ...]) -> Curve:
    """Magnitude of a cascade of resonators: (frames, bins) for formants (frames, 5)."""
    squared_hz = np.square(_frequencies_hz())
    denominator = np.ones((len(formants_hz), len(squared_hz)), np.float32)
    for formant_hz, bandwidth_hz in zip(formants_hz.T, bandwidths_hz, strict=True):
        ratio = squared_hz / np.square(formant_hz)[:, None]
        damping = np.square(bandwidth_hz / formant_hz)[:, None]
        denominator *= np.square(1.0 - ratio) + ratio * damping
    return as_curve(1.0 / np.sqrt(denominator))


def _band_response(octave: Curve, width: Curve) -> Curve:
    """Magnitude of a bell in log-frequency, of unit mean power: (frames, bins)."""
    octaves = as_curve(np.log2(np.maximum(_frequencies_hz(), 30.0), dtype=np.float64))
    bell = as_curve(np.exp(-0.25 * np.square((octaves - octave[:, None]) / width[:, None]), dtype=np.float64))
    return as_curve(bell / np.sqrt(np.mean(np.square(bell), axis=1, keepdims=True)))


def _filtered(excitation: Curve, response: Curve) -> Curve:
    """The excitation through a filter that changes every 10 ms: Hann frames, filtered, overlap-added: (samples,)."""
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(excitation, (HOP, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(excitation) + HOP : HOP]
    response = np.concatenate([response, response[-1:]])
    spectra = np.fft.rfft(frames * window, N_FFT)
    # The response's phase is zero: its impulse response is centred, so frames are placed half the margin earlier.
    margin = (N_FFT - WINDOW) // 2
    filtered = as_curve(np.roll(np.fft.irfft(spectra * response, N_FFT), margin, axis=1))
    return _overlap_added(filtered)[margin + HOP :][: len(excitation)]


def _overlap_added(frames: Curve) -> Curve:
    """Sum of frames of 512 samples placed 160 apart: (160 x (frames + 4),)."""
    pieces = -(-frames.shape[1] // HOP)
    padded = np.pad(frames, ((0, 0), (0, pieces * HOP - frames.shape[1]))).reshape(len(frames), pieces, HOP)
    total = np.zeros((len(frames) + pieces, HOP), np.float32)
    for piece in range(pieces):
        total[piece : piece + len(frames)] += padded[:, piece]
    return total.ravel()


def _whistle(plan: Plan, noise: Curve) -> Curve:
    """A sine with a little breath about it: (samples,)."""
    if not plan.whistle.any():
        return np.zeros_like(noise)
    phase = 2 * np.pi * np.cumsum(_at_samples(plan.whistle_hz).astype(np.float64)) / RATE_HZ
    tone = 1.4 * np.sin(phase) + 0.05 * np.sin(2 * phase)
    return as_curve((tone + 0.05 * noise) * _at_samples(plan.whistle))


def _add_bursts(spoken: Curve, bursts: Bursts, rng: np.random.Generator) -> None:
    """Add each plosive: a burst of noise of some 10 ms, shaped by its place."""
    n_burst = round(BURST_S * RATE_HZ)
    seconds = np.arange(n_burst) / RATE_HZ
    responses = _band_response(bursts.octave, bursts.width)
    for release_s, amplitude, response in zip(bursts.time_s, bursts.amplitude, responses, strict=True):
        noise = rng.standard_normal(n_burst) * np.exp(-seconds / rng.uniform(0.003, 0.012))
        burst = np.fft.irfft(np.fft.rfft(noise, N_FFT) * response, N_FFT)[:n_burst]
        start = round(float(release_s) * RATE_HZ)
        end = min(start + n_burst, len(spoken))
        spoken[start:end] += (1.5 * amplitude * burst[: end - start]).astype(np.float32)
