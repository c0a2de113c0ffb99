"""Arrays of log-mel inputs that are made once, on all cores, and memory-mapped from then on.

Each is a plain `.npy` file under a cache folder; a file that is there is whole, since it is written under another name
and renamed when finished, and its name is a hash of all that it depends on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

import menura.audio
import menura.simulate

Arrays = NDArray[np.float16]
"""Half precision: its error, 0.05 % of a standard deviation, is far below what any two microphones differ by."""

_COLUMNS = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def cache_key(*parts: object, paths: Sequence[Path]) -> str:
    """Names an array after all that it depends on: files by name and size, the code that reads them, and `parts`."""
    folders = (Path(package.__path__[0]) for package in (menura.audio, menura.simulate))
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8)
    for path in paths:
        digest.update(f"{path.parent.name}/{path.name}/{path.stat().st_size}\n".encode())
    for folder in folders:
        for source in sorted(folder.glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def cached_array(
    file: Path, row_shape: tuple[int, ...], what: str, work: Callable[[Path], Arrays], paths: Sequence[Path]
) -> Arrays:
    """`work` on each path as the rows of one array, from `file` if it is there, or made now and put there whole.

    Args:
        file: Where the array is kept.
        row_shape: Shape of what `work` gives.
        what: What is being made, for the progress bar.
        work: A function of a module, so that other processes can run it.
        paths: n paths.

    Returns:
        (n, *row_shape), memory-mapped.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        unfinished = file.with_name(f".{file.name}.{os.getpid()}")
        array = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.float16, shape=(len(paths), *row_shape))
        try:
            with Progress(*_COLUMNS, transient=True) as progress:
                rows = progress.track(_in_parallel(work, paths), total=len(paths), description=what)
                for index, row in enumerate(rows):
                    array[index] = row
            array.flush()
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    mapped: Arrays = np.load(file, mmap_mode="r")
    return mapped


def cached_windows(
    file: Path, what: str, work: Callable[[Path], Arrays], paths: Sequence[Path]
) -> tuple[Arrays, NDArray[np.intp]]:
    """Like `cached_array` where `work` gives a different number of rows for each path.

    Returns:
        The rows of all paths in order, (rows, ...), memory-mapped, and (rows,) the path that each belongs to.
    """
    owners_file = file.with_suffix(".owners.npy")
    if not (file.exists() and owners_file.exists()):
        file.parent.mkdir(parents=True, exist_ok=True)
        with Progress(*_COLUMNS, transient=True) as progress:
            parts = list(progress.track(_in_parallel(work, paths), total=len(paths), description=what))
        _save(owners_file, np.repeat(np.arange(len(parts)), [len(part) for part in parts]))
        _save(file, np.concatenate(parts))
    return np.load(file, mmap_mode="r"), np.load(owners_file)


def _save(file: Path, array: NDArray[np.generic]) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as out:
            np.save(out, array)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _in_parallel(work: Callable[[Path], Arrays], paths: Sequence[Path]) -> Iterator[Arrays]:
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
