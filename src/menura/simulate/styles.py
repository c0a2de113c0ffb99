"""Styles: what each strategy makes of a draft.

The base of all is the voice that follows: tones voiced, noises blown, sharp onsets spoken as plosives. The other
strategies keep of it what they can do and leave out what they cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from menura.simulate.curves import Curve, as_curve, frames_at, latest_of, since_last, smooth, smoothstep
from menura.simulate.imitator import HIGHEST_VOICE_HZ, LOWEST_VOICE_HZ, Imitator
from menura.simulate.pitch import to_hz, whistled_hz
from menura.simulate.plan import Bursts, Draft, Plan
from menura.simulate.strategy import Strategy
from menura.simulate.syllables import CONSONANT_HZ, draw_consonants, force_at, mouth_opening, struck

Style = Callable[[Draft, Imitator, np.random.Generator], Plan]

# The lips of a trill are rounded and nearly shut, which lowers all formants, the second most (Fant 1960).
TRILLED_HZ = np.array([310.0, 760.0, 2_150.0, 3_300.0, 4_400.0])
NO_BURSTS = Bursts(*(np.zeros(0, np.float32) for _ in range(4)))


def voice(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """Vowels and noise that follow the sound, with plosives on some of its sharp onsets."""
    bursts = _plosives(draft, person, rng)
    opened = replace(draft, level=draft.level * mouth_opening(draft.n_frames, bursts.time_s))
    plan = _followed(opened, person, Strategy.VOICE)
    return replace(plan, nasality=_coda(opened, person, rng), bursts=bursts)


def hum(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """The mouth stays shut, so there is neither frication nor plosive, and what is noise is voiced too."""
    humming = replace(draft, voiced=as_curve(0.8 + 0.2 * draft.voiced))
    plan = _followed(humming, person, Strategy.HUM)
    return replace(plan, frication=np.zeros_like(plan.voice), nasality=np.ones_like(plan.voice))


def hiss(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """Breath alone, through a narrowing or through a vowel, with plosives on some sharp onsets."""
    bursts = _plosives(draft, person, rng)
    breath = replace(draft, voiced=np.zeros_like(draft.voiced))
    breath = replace(breath, level=draft.level * mouth_opening(draft.n_frames, bursts.time_s))
    return replace(_followed(breath, person, Strategy.HISS), bursts=bursts)


def lip_trill(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """The lips flap over voice or breath, 'brrr'; nothing is articulated meanwhile."""
    share = np.clip(draft.voiced + rng.choice([0.5, -0.3], p=[0.75, 0.25]), 0.0, 1.0)
    plan = _followed(replace(draft, voiced=as_curve(share)), person, Strategy.LIP_TRILL)
    formants = np.tile(TRILLED_HZ * person.tract_scale, (draft.n_frames, 1))
    depth = np.full(draft.n_frames, rng.uniform(0.8, 1.0))
    return replace(
        plan,
        # The breath leaves through the lips, so its noise is low and soft.
        frication=0.4 * plan.frication,
        frication_octave=np.minimum(plan.frication_octave, np.float32(10.5)),
        formants_hz=as_curve(formants),
        growl=np.zeros_like(plan.voice),
        lip_trill=as_curve(depth),
    )


def whistle(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """What would be sung is whistled, and little of the rest is blown."""
    plan = _followed(draft, person, Strategy.WHISTLE)
    silent = np.zeros_like(plan.voice)
    return replace(
        plan,
        voice=silent,
        whistle=plan.voice,
        aspiration=0.3 * plan.aspiration,
        frication=0.3 * plan.frication,
    )


def plosives(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """Beatboxing: a beat for each onset, a low voiced one where it is dark, a hissed one where it is bright.

    The kick's falling voice, the snare's burst and noise and the hi-hat's short hiss are those that Stowell and
    Plumbley 2008 describe in 'Characteristics of the beatboxing vocal style'.
    """
    n_frames = draft.n_frames
    times_s = struck(draft, 0.2)[0]
    times_s = times_s if len(times_s) else np.zeros(1, np.float32)
    frames = frames_at(times_s, n_frames)
    shade = smooth(draft.shade, CONSONANT_HZ)[np.minimum(frames + 2, n_frames - 1)] + rng.normal(0.0, 0.1)
    kick, latest = smoothstep(as_curve(-shade), -0.5, -0.25), latest_of(n_frames, times_s)
    force = force_at(draft, frames)
    decay_s = 0.03 + 0.05 * (1.0 - np.clip(shade, 0.0, 1.0)) + rng.uniform(0.0, 0.03, len(frames))
    since_s = since_last(n_frames, times_s)
    envelope = np.where(since_s < 0.0, 0.0, np.exp(-np.maximum(since_s, 0.0) / decay_s[latest])) * force[latest]
    envelope = smooth(as_curve(envelope), CONSONANT_HZ) * mouth_opening(n_frames, times_s)
    fall = 10.0 * np.exp(-np.maximum(since_s, 0.0) / 0.04, dtype=np.float64) * kick[latest] - 8.0 * kick[latest]
    drums = replace(draft, level=envelope, voiced=as_curve(kick[latest]), semitones=as_curve(draft.semitones + fall))
    plan = _followed(drums, person, Strategy.PLOSIVES)
    return replace(
        plan,
        growl=np.zeros_like(plan.voice),
        bursts=Bursts(
            time_s=times_s,
            amplitude=as_curve(force * rng.uniform(0.6, 1.0, len(frames))),
            octave=plan.frication_octave[frames],
            width=np.full(len(frames), rng.uniform(0.5, 1.2), np.float32),
        ),
    )


def syllables(draft: Draft, person: Imitator, rng: np.random.Generator) -> Plan:
    """Each event of the sound is a syllable: a consonant, the vowel of its brightness, at times a nasal to end it."""
    consonants = draw_consonants(draft, rng)
    # A syllable has a vowel, so its noise is voiced sooner; where voice does not start at once there is breath.
    voiced = np.clip(draft.voiced + rng.uniform(0.0, 0.3), 0.0, 1.0)
    spoken = replace(
        draft,
        level=draft.level * mouth_opening(draft.n_frames, consonants.closed_s),
        voiced=as_curve(voiced * consonants.voicing(draft.n_frames)),
        formants_hz=consonants.formants_hz(draft.formants_hz, person.tract_scale),
    )
    plan = _followed(spoken, person, Strategy.SYLLABLES)
    noise, octave, width = consonants.frication(draft)
    share = noise / (noise + plan.frication + np.float32(1e-3))
    return replace(
        plan,
        aspiration=as_curve(plan.aspiration + 0.4 * spoken.level * voiced * (1.0 - consonants.voicing(draft.n_frames))),
        frication=as_curve(plan.frication + person.frication_gain * noise),
        frication_octave=as_curve(plan.frication_octave + share * (octave - plan.frication_octave)),
        frication_width=as_curve(plan.frication_width + share * (width - plan.frication_width)),
        nasality=_coda(spoken, person, rng),
        bursts=consonants.bursts(draft),
    )


STYLES: dict[Strategy, Style] = {
    Strategy.VOICE: voice,
    Strategy.HUM: hum,
    Strategy.HISS: hiss,
    Strategy.LIP_TRILL: lip_trill,
    Strategy.PLOSIVES: plosives,
    Strategy.WHISTLE: whistle,
    Strategy.SYLLABLES: syllables,
}


def _followed(draft: Draft, person: Imitator, strategy: Strategy) -> Plan:
    """The draft voiced and blown as it stands: mouth open, without plosives."""
    sung, blown = draft.level * draft.voiced, draft.level * (1 - draft.voiced)
    return Plan(
        strategy=strategy,
        voice=sung,
        aspiration=person.breathiness * sung + person.whisper * blown,
        frication=person.frication_gain * (1 - person.whisper) * blown,
        whistle=np.zeros_like(sung),
        pitch_hz=to_hz(draft.semitones, LOWEST_VOICE_HZ, HIGHEST_VOICE_HZ),
        whistle_hz=whistled_hz(draft.semitones),
        formants_hz=draft.formants_hz,
        nasality=np.zeros_like(sung),
        frication_octave=draft.frication_octave,
        frication_width=draft.frication_width,
        growl=draft.growl,
        lip_trill=np.zeros_like(sung),
        bursts=NO_BURSTS,
    )


def _plosives(draft: Draft, person: Imitator, rng: np.random.Generator) -> Bursts:
    """Plosives on the sharp onsets, bright where the recording is bright."""
    line = draft.line
    chance = person.plosiveness * smoothstep(line.onset_strength, 0.1, 0.7)
    spoken = rng.uniform(size=len(chance)) < chance
    frames = frames_at(line.onset_s[spoken], draft.n_frames)
    force = line.onset_strength[spoken] * force_at(draft, frames)
    return Bursts(
        time_s=line.onset_s[spoken],
        amplitude=as_curve(force * rng.uniform(0.3, 1.0, len(frames))),
        octave=draft.frication_octave[frames],
        width=np.full(len(frames), rng.uniform(0.2, 1.0), np.float32),
    )


def _coda(draft: Draft, person: Imitator, rng: np.random.Generator) -> Curve:
    """0 mouth open .. 1 closed: now and then it closes as a tone dies away ('dong')."""
    coda, depth = rng.uniform(size=2)
    if coda >= person.nasal_coda:
        return np.zeros_like(draft.level)
    since_onset_s = since_last(draft.n_frames, draft.line.onset_s)
    closing = smoothstep(-draft.level, -0.5, -0.1) * (since_onset_s > 0.12) * draft.tonality
    return smooth(as_curve(closing), 8.0) * np.float32(depth)
