"""The log-mel inputs of a set of recordings and of several imitations of each, made once and memory-mapped.

Simulating an imitation costs as much as training on it a few times, so a training draws from ones made beforehand.
Each array is a plain `.npy` file under the cache folder; a file that is there is whole, since it is written under
another name and renamed when finished, and its name is a hash of all that it depends on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import menura.audio
import menura.simulate
from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.simulate import simulate_imitations
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END

Arrays = NDArray[np.float16]


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


def imitation_seed(seed: int, path: Path, take: int) -> int:
    """Seed of one simulated imitation: it depends on the sound's name, not on what else is in the corpus."""
    text = f"{seed}/{path.parent.name}/{path.name}/{take}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest())


def load_pair_features(paths: Sequence[Path], *, n_imitations: int, seed: int, cache: Path) -> PairFeatures:
    """Features of recordings and of `n_imitations` simulated imitations of each, from the cache or made now.

    Args:
        paths: The recordings.
        n_imitations: How many people imitate each recording.
        seed: Picks the people; trainings and measurements must use different ones.
        cache: A folder for the arrays.
    """
    cache.mkdir(parents=True, exist_ok=True)
    names = "\n".join(f"{path.parent.name}/{path.name}/{path.stat().st_size}" for path in paths)
    key = hashlib.blake2b(f"{n_imitations}/{seed}/{names}/{_code()}".encode(), digest_size=8).hexdigest()
    recordings = _cached(
        cache / f"recordings-{key}.npy",
        (len(paths), *RECORDING_FRONT_END.shape),
        "log-mel of recordings",
        partial(_parallel, _recording_input, paths),
    )
    imitations = _cached(
        cache / f"imitations-{key}.npy",
        (len(paths), n_imitations, *IMITATION_FRONT_END.shape),
        "simulating imitations",
        partial(_parallel, partial(_imitation_inputs, n=n_imitations, seed=seed), paths),
    )
    return PairFeatures(recordings, imitations)


def _code() -> str:
    """Hash of the code that makes the features, so that what an older simulator spoke is never taken for its own."""
    folders = (Path(package.__path__[0]) for package in (menura.audio, menura.simulate))
    sources = (source.read_bytes() for folder in folders for source in sorted(folder.glob("*.py")))
    return hashlib.blake2b(b"".join(sources)).hexdigest()


def _recording_input(path: Path) -> Arrays:
    samples = read_audio(path, RECORDING_FRONT_END.sample_rate_hz, duration_s=RECORDING_FRONT_END.duration_s)
    return network_input(samples, RECORDING_FRONT_END).astype(np.float16)


def _imitation_inputs(path: Path, *, n: int, seed: int) -> Arrays:
    rate_hz = RECORDING_FRONT_END.sample_rate_hz
    recording = read_audio(path, rate_hz, duration_s=RECORDING_FRONT_END.duration_s)
    takes = simulate_imitations(recording, rate_hz, (imitation_seed(seed, path, take) for take in range(n)))
    return np.stack([network_input(take, IMITATION_FRONT_END) for take in takes]).astype(np.float16)


def _parallel(work: Callable[[Path], Arrays], paths: Sequence[Path]) -> Iterable[Arrays]:
    """`work` on each path, in order, over all cores."""
    with _one_blas_thread(), ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, paths, chunksize=4)


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Processes started within have one thread each for linear algebra: a pool in each of a pool only fights."""
    before = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    os.environ.update(dict.fromkeys(before, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _cached(path: Path, shape: tuple[int, ...], what: str, make: Callable[[], Iterable[Arrays]]) -> Arrays:
    """The float16 array at `path`, memory-mapped; filled from `make` and put there whole if it is missing."""
    if not path.exists():
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        array = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.float16, shape=shape)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        try:
            with Progress(*columns, transient=True) as progress:
                for index, rows in enumerate(progress.track(make(), total=shape[0], description=what)):
                    array[index] = rows
            array.flush()
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    mapped: Arrays = np.load(path, mmap_mode="r")
    return mapped
