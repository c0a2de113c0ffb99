"""Syllables: the consonants with which the events of a sound begin when it is imitated by onomatopoeia.

A consonant has a place: the lips, the soft palate, or the ridge behind the teeth. From the place's locus the formants
move into the vowel within some 60 ms, and its burst and its frication have the place's spectrum (Fant 1960).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.simulate.curves import FRAME_S, Curve, as_curve, frames_at, smooth, smoothstep
from menura.simulate.plan import Bursts, Draft

CONSONANT_HZ = 20.0  # a consonant's gestures take some 25 ms
CLOSURE_FRAMES = 4  # the mouth is shut for 40 ms before a plosive
CLOSING_S, OPENING_S, GLIDING_S = 0.05, 0.06, 0.11
CLOSEST_SYLLABLES_S = 0.12
# By place, from dark to bright: F1..F3 at the release of 'b', 'g' and 'd', in Hz of an average man.
LOCI_HZ = np.array([[280.0, 720.0, 2_200.0], [280.0, 2_200.0, 2_450.0], [280.0, 1_800.0, 2_700.0]])
# Centre (octaves above 1 Hz) and width (octaves) of the bursts of 'p', 'k', 't' and of the hiss of 'f', 'sh', 's'.
BURSTS = np.array([[9.9, 1.2], [11.0, 0.45], [12.0, 0.6]])
FRICATION = np.array([[11.6, 1.3], [11.5, 0.6], [12.5, 0.45]])


@dataclass(frozen=True)
class Consonants:
    """The consonants of an imitation, each array of shape (consonants,), one at least.

    Attributes:
        time_s: of the release, ascending.
        place: 0 labial, 1 velar, 2 alveolar.
        glide: spoken as in 'wow': the mouth does not close.
        burst: amplitude of the burst, 0..1.
        hiss: amplitude of the frication, 0..1.
        hiss_s: its length in seconds.
        delay_s: how long after the release the voice starts.
    """

    time_s: Curve
    place: NDArray[np.int64]
    glide: NDArray[np.bool_]
    burst: Curve
    hiss: Curve
    hiss_s: Curve
    delay_s: Curve

    @property
    def closed_s(self) -> Curve:
        """The releases of those before which the mouth is shut."""
        return self.time_s[~self.glide]

    def formants_hz(self, vowels_hz: Curve, tract_scale: float) -> Curve:
        """The vowels' formants, (frames, 5), bent towards each consonant's locus about its release."""
        after = np.arange(len(vowels_hz)) * FRAME_S - self.time_s[:, None]
        opening = np.where(self.glide, GLIDING_S, OPENING_S)[:, None]
        distance = np.clip(np.where(after < 0, -after / CLOSING_S, after / opening), 0.0, 1.0)
        nearness = 0.5 + 0.5 * np.cos(np.pi * distance)
        nearness /= np.maximum(nearness.sum(axis=0), 1.0)
        bent = vowels_hz.copy()
        loci = LOCI_HZ[self.place] * tract_scale
        bent[:, :3] = (1.0 - nearness.sum(axis=0))[:, None] * vowels_hz[:, :3] + np.einsum("ij,ik->jk", nearness, loci)
        return as_curve(bent)

    def voicing(self, n_frames: int) -> Curve:
        """0 between a release and the start of the voice, 1 elsewhere: (n_frames,)."""
        after = np.arange(n_frames) * FRAME_S - self.time_s[:, None]
        waiting = ((after > -0.03) & (after < self.delay_s[:, None])).any(axis=0)
        return smooth(as_curve(~waiting), CONSONANT_HZ)

    def frication(self, draft: Draft) -> tuple[Curve, Curve, Curve]:
        """Amplitude 0..1, centre (octaves above 1 Hz) and width (octaves) of the frication, each (frames,)."""
        after = np.arange(draft.n_frames) * FRAME_S - self.time_s[:, None]
        sounding = (after >= 0.0) & (after < self.hiss_s[:, None])
        strength = self.hiss * force_at(draft, frames_at(self.time_s, draft.n_frames))
        amplitude = smooth(as_curve((sounding * strength[:, None]).max(axis=0)), CONSONANT_HZ)
        nearest = np.abs(after - 0.5 * self.hiss_s[:, None]).argmin(axis=0)
        shape = FRICATION[self.place][nearest]
        return amplitude, smooth(as_curve(shape[:, 0]), 10.0), smooth(as_curve(shape[:, 1]), 10.0)

    def bursts(self, draft: Draft) -> Bursts:
        """The bursts of those that have one."""
        spoken = self.burst > 0.05
        strength = self.burst * force_at(draft, frames_at(self.time_s, draft.n_frames))
        octave, width = as_curve(BURSTS[self.place[spoken]]).T
        return Bursts(time_s=self.time_s[spoken], amplitude=strength[spoken], octave=octave, width=width)


def draw_consonants(draft: Draft, rng: np.random.Generator) -> Consonants:
    """The consonants for the events of a sound: sharp for sharp onsets, bright for bright, noisy for noisy."""
    time_s, strength = _syllable_starts(draft)
    frames = np.minimum(frames_at(time_s, draft.n_frames) + 2, draft.n_frames - 1)
    n = len(time_s)
    # One habit for all syllables of an imitation: people say 'ta ta ta' rather than 'ta ka da'.
    lean, noisy_lean, voiceless = rng.normal(0.0, 0.18), rng.normal(0.0, 0.2), rng.uniform() < 0.5
    brightness = smooth(draft.shade, 8.0)[frames] + lean + rng.normal(0.0, 0.05, n)
    tonality = draft.tonality[frames]
    glide = (strength < 0.25) & (tonality > 0.4)
    noise = np.clip(1.1 * (1.0 - tonality) + noisy_lean, 0.0, 1.0) * ~glide
    aspirated_s = rng.uniform(0.03, 0.07, n) if voiceless else np.zeros(n)
    hiss_s = rng.uniform(0.05, 0.12, n)
    return Consonants(
        time_s=time_s,
        place=np.clip(np.round(2.0 * brightness), 0, 2).astype(np.int64),
        glide=glide,
        burst=as_curve(smoothstep(strength, 0.1, 0.5) * rng.uniform(0.4, 1.0, n) * ~glide),
        hiss=as_curve(noise),
        hiss_s=as_curve(hiss_s),
        delay_s=as_curve(np.where(glide, -1.0, np.maximum(aspirated_s, hiss_s * (noise > 0.5)))),
    )


def _syllable_starts(draft: Draft) -> tuple[Curve, Curve]:
    """Times (s) and strengths (0..1) of the syllables: the onsets, or the swells of a tremolo, or only the start."""
    onsets_s, strength = struck(draft, 0.1)
    swells_s = draft.line.times_s(draft.heard.swells()) if draft.heard.swelling > 0.3 else np.zeros(0, np.float32)
    if len(swells_s) > len(onsets_s):
        swells_s = _apart(swells_s)
        return swells_s, np.full(len(swells_s), 0.2, np.float32)
    if len(onsets_s):
        return onsets_s, strength
    first = float(np.argmax(draft.level > 0.1)) * FRAME_S
    return as_curve([first]), as_curve([0.2])


def struck(draft: Draft, weakest: float) -> tuple[Curve, Curve]:
    """Times (s) and strengths (0..1) of the onsets that are no weaker than that, each (onsets,), perhaps none."""
    kept = draft.line.onset_strength >= weakest
    return draft.line.onset_s[kept], draft.line.onset_strength[kept]


def _apart(times_s: Curve) -> Curve:
    """Those of some ascending times that are far enough apart to be spoken."""
    kept: list[float] = []
    for time_s in times_s.tolist():
        if not kept or time_s - kept[-1] >= CLOSEST_SYLLABLES_S:
            kept.append(time_s)
    return as_curve(kept)


def force_at(draft: Draft, frames: NDArray[np.int64]) -> Curve:
    """How forcefully each event is spoken, 0.3..1, after the loudest of its first 50 ms."""
    following = np.minimum(frames[:, None] + np.arange(5), draft.n_frames - 1)
    return as_curve(0.3 + 0.7 * draft.level[following].max(axis=1, initial=0.0))


def mouth_opening(n_frames: int, release_s: Curve) -> Curve:
    """1 where the mouth is open, 0 where it is shut before a plosive: (n_frames,)."""
    opening = np.ones(n_frames, np.float32)
    for frame in np.round(release_s / FRAME_S).astype(int):
        opening[max(frame - CLOSURE_FRAMES, 0) : frame] = 0.0
    return smooth(opening, CONSONANT_HZ)
