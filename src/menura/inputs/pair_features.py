"""The log-mel inputs of a set of recordings and of several simulated imitations of each.

Simulating an imitation costs as much as training on it a few times, so a training draws from ones made beforehand.
Each goes the way of a query: some with silence, noise or a click about it, and then what is heard of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.inputs.arrays import Arrays, cached_array
from menura.inputs.circumstances import heard_of, surround
from menura.inputs.digest import run_digest
from menura.inputs.variants import vary
from menura.simulate import simulate_imitations
from menura.simulate.voices import RealVoices
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END


@dataclass(frozen=True)
class PairFeatures:
    """Inputs of both towers, normalised, for n recordings and k imitations of each.

    Attributes:
        recordings: (n, 128, 128), the first window of each recording.
        imitations: (n, k, 39, 482).
    """

    recordings: Arrays
    imitations: Arrays

    def __post_init__(self) -> None:
        assert len(self.recordings) == len(self.imitations)

    def __len__(self) -> int:
        return len(self.recordings)


def imitation_seed(seed: int, path: Path, take: int, variant: int = 0) -> int:
    """Seed of one simulated imitation: it depends on the sound's name, not on what else is in the corpus."""
    text = f"{seed}/{path.parent.name}/{path.name}/{take}" + (f"/{variant}" if variant else "")
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest())


def load_pair_features(
    paths: Sequence[Path],
    *,
    n_imitations: int,
    seed: int,
    cache: Path,
    voices: RealVoices | None = None,
    variant: int = 0,
) -> PairFeatures:
    """Features of recordings and of `n_imitations` simulated imitations of each, from the cache or made now.

    Args:
        paths: The recordings.
        n_imitations: How many people imitate each recording.
        seed: Picks the people; trainings and measurements must use different ones.
        cache: A folder for the arrays.
        voices: Real voices to mix into the simulated ones.
        variant: 0: the recordings themselves; from 1: a variant of each, as `vary` makes it.
    """
    key = run_digest(n_imitations, seed, voices and voices.digest, variant, paths=paths, cache=cache)
    recordings = cached_array(
        cache / f"recordings-{key}.npy",
        RECORDING_FRONT_END.shape,
        "log-mel of recordings",
        partial(_recording_input, seed=seed, variant=variant),
        paths,
    )
    imitations = cached_array(
        cache / f"imitations-{key}.npy",
        (n_imitations, *IMITATION_FRONT_END.shape),
        "simulating imitations",
        partial(_imitation_inputs, n=n_imitations, seed=seed, voices=voices, variant=variant),
        paths,
    )
    return PairFeatures(recordings, imitations)


def load_variants(
    paths: Sequence[Path],
    *,
    n_imitations: int,
    n_variants: int,
    seed: int,
    cache: Path,
    voices: RealVoices | None = None,
) -> list[PairFeatures]:
    """The recordings as they are, then `n_variants` variants of each with half as many imitations."""
    few = max(n_imitations // 2, 1)
    return [
        load_pair_features(
            paths,
            n_imitations=few if variant else n_imitations,
            seed=seed,
            cache=cache,
            voices=voices,
            variant=variant,
        )
        for variant in range(1 + n_variants)
    ]


def _recording_input(path: Path, *, seed: int, variant: int) -> Arrays:
    return network_input(_read(path, seed, variant), RECORDING_FRONT_END).astype(np.float16)


def _imitation_inputs(path: Path, *, n: int, seed: int, voices: RealVoices | None, variant: int) -> Arrays:
    seeds = (imitation_seed(seed, path, take, variant) for take in range(n))
    takes = simulate_imitations(_read(path, seed, variant), RECORDING_FRONT_END.sample_rate_hz, seeds, voices)
    rng = np.random.default_rng((imitation_seed(seed, path, 0, variant), variant, 2))
    return np.stack([_take_input(take, rng) for take in takes]).astype(np.float16)


def _take_input(take: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    front_end = IMITATION_FRONT_END
    surrounded = surround(take, front_end.sample_rate_hz, rng)
    heard = heard_of(surrounded, front_end.sample_rate_hz, front_end.sample_rate_hz, front_end.duration_s)
    return network_input(heard, front_end)


def _read(path: Path, seed: int, variant: int) -> NDArray[np.float32]:
    """The beginning of a recording, or of a variant of it."""
    front_end = RECORDING_FRONT_END
    samples = read_audio(path, front_end.sample_rate_hz, duration_s=front_end.duration_s)
    if variant == 0:
        return samples
    rng = np.random.default_rng((imitation_seed(seed, path, 0, variant), variant))
    return vary(samples, front_end.sample_rate_hz, rng)[: round(front_end.duration_s * front_end.sample_rate_hz)]
