"""The inputs of both towers for recordings and takes of them: by simulated people, by real ones, and by themselves.

Every take goes the way of a query: through a room and a microphone, some with silence, noise or a click about it, and
then what is heard of it. Recordings are kept as they are and in some variants, from another moment, at another level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.inputs.arrays import Arrays, cached_array
from menura.inputs.circumstances import heard_of, own_imitation, surround
from menura.inputs.digest import run_digest
from menura.inputs.pair_features import imitation_seed
from menura.inputs.variants import toned
from menura.simulate import LISTENED_S, Mouth, load_mouth, mosaic_imitations, simulate_imitations
from menura.simulate.people import load_people
from menura.simulate.voices import RealVoices
from menura.specs import FrontEndSpec, NetworkSpec

KINDS = ("simulated", "mosaic", "own")
"""Who imitates: a simulated person, a real person's mouth, or the sound itself."""

_SIMULATED_HZ, _MOSAIC_HZ = 16_000, 24_000
_LEVEL_DB = (-12.0, 8.0)  # of a variant, relative to the recording


@dataclass(frozen=True)
class TakePlan:
    """How many takes of each recording, by whom, and how many variants of the recording beside itself."""

    simulated: int
    mosaics: int
    own: int
    variants: int
    seed: int

    @property
    def kinds(self) -> NDArray[np.intp]:
        """(k,) the place in `KINDS` of each take."""
        return np.repeat(np.arange(len(KINDS)), (self.simulated, self.mosaics, self.own))


@dataclass(frozen=True)
class TakeInputs:
    """Inputs of both towers for n recordings.

    Attributes:
        recordings: (n, 1 + variants, mel, time): each recording's first window, then its variants.
        takes: (n, k, mel, time).
        kinds: (k,) the place in `KINDS` of each take.
    """

    recordings: Arrays
    takes: Arrays
    kinds: NDArray[np.intp]


def load_take_inputs(
    paths: Sequence[Path],
    spec: NetworkSpec,
    plan: TakePlan,
    mouths: Sequence[Path],
    cache: Path,
    *,
    voices: RealVoices | None = None,
) -> TakeInputs:
    """Inputs of recordings and of takes of them, from the cache or made now.

    Args:
        paths: The recordings.
        spec: The network that hears them.
        plan: How many of what.
        mouths: Files of the real people's mouths, see `save_mouth`; a take's person is drawn from them.
        cache: A folder for the arrays.
        voices: Real voices to mix into the simulated ones; those of the people who come with Menura by default.
    """
    named = [file.name for file in mouths]
    key = run_digest(plan, spec, named, voices and voices.digest, paths=paths, cache=cache)
    recordings = cached_array(
        cache / f"heard-recordings-{key}.npy",
        (1 + plan.variants, *spec.recording.front_end.shape),
        "log-mel of recordings",
        partial(_recording_inputs, plan=plan, front_end=spec.recording.front_end),
        paths,
    )
    takes = cached_array(
        cache / f"heard-takes-{key}.npy",
        (len(plan.kinds), *spec.imitation.front_end.shape),
        "imitating, recording and hearing",
        partial(_take_inputs, plan=plan, front_end=spec.imitation.front_end, mouths=tuple(mouths), voices=voices),
        paths,
    )
    return TakeInputs(recordings, takes, plan.kinds)


def _recording_inputs(path: Path, *, plan: TakePlan, front_end: FrontEndSpec) -> Arrays:
    rate_hz = front_end.sample_rate_hz
    samples = read_audio(path, rate_hz, duration_s=LISTENED_S)
    made = [samples]
    for number in range(plan.variants):
        rng = np.random.default_rng((imitation_seed(plan.seed, path, number), 1))
        first = int(rng.integers(max(0, len(samples) - front_end.n_samples) + 1))
        variant = toned(samples[first : first + front_end.n_samples], rate_hz, rng)
        made.append(np.clip(variant * 10 ** (rng.uniform(*_LEVEL_DB) / 20), -1, 1).astype(np.float32))
    return np.stack([network_input(sound, front_end) for sound in made]).astype(np.float16)


def _take_inputs(
    path: Path, *, plan: TakePlan, front_end: FrontEndSpec, mouths: tuple[Path, ...], voices: RealVoices | None
) -> Arrays:
    rng = np.random.default_rng((imitation_seed(plan.seed, path, 0), 2))
    inputs = []
    for take, rate_hz in _takes(path, plan, mouths, voices or _spectra(), rng):
        surrounded = surround(take, rate_hz, rng)
        heard = heard_of(surrounded, rate_hz, front_end.sample_rate_hz, front_end.duration_s)
        inputs.append(network_input(heard, front_end))
    return np.stack(inputs).astype(np.float16)


def _takes(
    path: Path, plan: TakePlan, mouths: tuple[Path, ...], voices: RealVoices, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """The takes of a recording in the plan's order, with their rates."""
    listened = read_audio(path, _MOSAIC_HZ, duration_s=LISTENED_S)
    seeds = (imitation_seed(plan.seed, path, take) for take in range(plan.simulated))
    for take in simulate_imitations(listened, _MOSAIC_HZ, seeds, voices):
        yield take, _SIMULATED_HZ
    people = rng.permutation(len(mouths))
    for number in range(plan.mosaics):
        mouth = _mouth(mouths[people[number % len(mouths)]])
        for take in mosaic_imitations(listened, _MOSAIC_HZ, [imitation_seed(plan.seed, path, number, 1)], mouth):
            yield take, _MOSAIC_HZ
    rate_hz = 32_000
    itself = read_audio(path, rate_hz, duration_s=LISTENED_S) if plan.own else listened
    for _ in range(plan.own):
        yield own_imitation(itself, rate_hz, rng), rate_hz


@lru_cache(maxsize=1)
def _spectra() -> RealVoices:
    return load_people()


@lru_cache(maxsize=64)
def _mouth(file: Path) -> Mouth:
    return load_mouth(file)
