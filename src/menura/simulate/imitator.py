"""A person who imitates: the body and the habits that stay the same from one imitation to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOWEST_VOICE_HZ, HIGHEST_VOICE_HZ = 70.0, 900.0


@dataclass(frozen=True)
class Imitator:
    """One simulated person.

    Attributes:
        tract_scale: formant frequencies relative to an average man's (17.5 cm of vocal tract): 0.88 bass .. 1.45 child.
        lowest_hz: lowest note the voice reaches.
        highest_hz: highest note, falsetto included.
        comfortable_hz: pitch of relaxed imitation.
        matches_pitch: sings the recording's own notes, up to octaves, rather than only their contour.
        contour_gain: how much of the contour's span is reproduced; below 1 flattens, above 1 exaggerates.
        pitch_error_semitones: standard deviation of the whole imitation's mistuning.
        pitch_drift_semitones: standard deviation of the slow drift within it.
        vibrato_semitones: depth of the vibrato, usually 0.
        jitter: relative standard deviation of the glottal period.
        shimmer: relative standard deviation of the glottal amplitude.
        breathiness: amplitude of aspiration relative to the voice.
        open_quotient: share of the glottal cycle that is open; large is soft and dark, small pressed and bright.
        brilliance_db_octave: tilt of the voice's spectrum above 500 Hz, muffled (below 0) or piercing.
        voicing_bias: leaning towards voice (above 0) or breath (below 0) for what is neither tone nor noise.
        contrast: how categorical the choice between voice and breath is.
        whisper: share of the breath that passes through vowels, as in 'hoo', rather than a fricative, as in 'shh'.
        frication_gain: amplitude of frication relative to the voice.
        vowel_offset: position between /u/ (0) and /i/ (1) of a dark recording's vowel.
        vowel_gain: change of that position from a dark to a bright recording.
        exaggeration: how far brightness changes within an imitation are overdone (above 1) or flattened (below).
        vowel_shift: relative shifts of F1, F2 and F3 away from the average speaker's.
        resonates: how closely the vowel follows what resonates in the recording, 0..1.
        jaw: how much louder is also more open.
        fricative_shift: shift of the places of frication in octaves.
        ignores_db: level below the recording's loudest moment that is not imitated any more.
        dynamic_gain: share of the loudness's range, in dB, that is reproduced.
        release_db_s: fastest fall of the voice's level in dB a second.
        tempo: speed of the imitation relative to the recording.
        timing_jitter_s: standard deviation of the onsets' timing.
        plosiveness: chance that a sharp onset is spoken with a plosive or a click.
        nasal_coda: chance that a decaying tone closes into a nasal, as in 'dong'.
        hums: how readily a tone is hummed with the mouth closed, 0..1.
        whistles: how readily a high tone is whistled, 0..1.
        growls: how readily roughness becomes a growl, 0..1.
        growl_rate_hz: rate of that growl.
        hisses: how readily a noise is only breathed, 0..1.
        trills: how readily a motor or a rattle is trilled with the lips, 0..1.
        trill_rate_hz: rate at which the lips flap.
        beatboxes: how readily beats become plosives alone, 0..1.
        syllabic: how readily a sound becomes syllables, 0..1.
    """

    tract_scale: float
    lowest_hz: float
    highest_hz: float
    comfortable_hz: float
    matches_pitch: bool
    contour_gain: float
    pitch_error_semitones: float
    pitch_drift_semitones: float
    vibrato_semitones: float
    jitter: float
    shimmer: float
    breathiness: float
    open_quotient: float
    brilliance_db_octave: float
    voicing_bias: float
    contrast: float
    whisper: float
    frication_gain: float
    vowel_offset: float
    vowel_gain: float
    exaggeration: float
    vowel_shift: tuple[float, float, float]
    resonates: float
    jaw: float
    fricative_shift: float
    ignores_db: float
    dynamic_gain: float
    release_db_s: float
    tempo: float
    timing_jitter_s: float
    plosiveness: float
    nasal_coda: float
    hums: float
    whistles: float
    growls: float
    growl_rate_hz: float
    hisses: float
    trills: float
    trill_rate_hz: float
    beatboxes: float
    syllabic: float


def draw_imitator(rng: np.random.Generator) -> Imitator:
    """A person drawn from a population of men, women and children, careful and careless."""
    scale, comfortable_hz = _draw_body(rng)
    care = rng.uniform()  # 0: a careless person, 1: a trained one
    shift = rng.normal(0.0, (0.07, 0.06, 0.04))
    return Imitator(
        tract_scale=scale,
        lowest_hz=max(comfortable_hz * 2 ** rng.uniform(-0.8, -0.4), LOWEST_VOICE_HZ),
        highest_hz=min(comfortable_hz * 2 ** rng.uniform(0.9, 2.0), HIGHEST_VOICE_HZ),
        comfortable_hz=comfortable_hz,
        matches_pitch=bool(rng.uniform() < 0.5 + 0.4 * care),
        contour_gain=float(rng.normal(0.95, 0.2 - 0.1 * care)),
        pitch_error_semitones=float(1.6 - 1.3 * care),
        pitch_drift_semitones=float(rng.uniform(0.1, 0.9 - 0.5 * care)),
        vibrato_semitones=float(rng.uniform(0.1, 0.6) * (rng.uniform() < 0.15)),
        jitter=float(rng.uniform(0.003, 0.02)),
        shimmer=float(rng.uniform(0.02, 0.12)),
        breathiness=float(0.02 + 0.35 * rng.uniform() ** 2),
        open_quotient=float(rng.uniform(0.4, 0.85)),
        brilliance_db_octave=float(rng.uniform(-2.0, 4.0)),
        voicing_bias=float(rng.normal(0.08, 0.2)),
        contrast=float(rng.uniform(4.0, 14.0)),
        whisper=float(rng.uniform() ** 2),
        frication_gain=float(10 ** (rng.uniform(-12.0, 2.0) / 20)),
        vowel_offset=float(rng.uniform(-0.1, 0.45)),
        vowel_gain=float(rng.normal(0.75, 0.2)),
        exaggeration=float(rng.uniform(0.7, 1.8)),
        vowel_shift=(float(shift[0]), float(shift[1]), float(shift[2])),
        resonates=float(0.2 + 0.7 * care),
        jaw=float(rng.uniform(0.0, 0.6)),
        fricative_shift=float(rng.normal(0.0, 0.25)),
        ignores_db=float(rng.uniform(-38.0, -22.0)),
        dynamic_gain=float(rng.uniform(0.5, 1.0)),
        release_db_s=float(70 * 2 ** rng.uniform(0.0, 2.7)),
        tempo=float(2 ** rng.normal(0.0, 0.28 - 0.18 * care)),
        timing_jitter_s=float(0.03 - 0.022 * care),
        plosiveness=float(rng.uniform(0.2, 1.0)),
        nasal_coda=float(rng.uniform(0.0, 0.8)),
        hums=float(rng.uniform() ** 3),
        whistles=float(0.8 * rng.uniform() ** 2),
        growls=float(rng.uniform()),
        growl_rate_hz=float(rng.uniform(17.0, 32.0)),
        hisses=float(rng.uniform() ** 2),
        trills=float(rng.uniform()),
        trill_rate_hz=float(rng.uniform(20.0, 30.0)),
        beatboxes=float(rng.uniform() ** 2),
        syllabic=float(rng.uniform()),
    )


def _draw_body(rng: np.random.Generator) -> tuple[float, float]:
    """Tract scale and comfortable pitch (Hz), which go together: half men, two fifths women, the rest children."""
    man, woman = rng.uniform(size=2) < (0.52, 0.85)
    if man:
        scale, comfortable_hz = rng.normal(1.0, 0.045), 125 * 2 ** rng.normal(0, 0.22)
    elif woman:
        scale, comfortable_hz = rng.normal(1.16, 0.05), 220 * 2 ** rng.normal(0, 0.18)
    else:
        scale, comfortable_hz = rng.normal(1.35, 0.08), 280 * 2 ** rng.normal(0, 0.18)
    return float(np.clip(scale, 0.88, 1.5)), float(comfortable_hz)
