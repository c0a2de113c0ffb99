"""Arrays of log-mel inputs that are made once, on all cores, and memory-mapped from then on.

Each is a plain `.npy` file under a cache folder; a file that is there is whole, since it is written under another name
and renamed when finished, and its name holds the digest of all that it depends on (see `digest`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from menura.inputs.counted import counted
from menura.whole import written_whole

Made = TypeVar("Made")

Arrays = NDArray[np.float16]
"""Half precision: its error, 0.05 % of a standard deviation, is far below what any two microphones differ by."""


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
        with FileLock(file.with_name(f".{file.name}.lock")):  # a second process waits for what the first one makes
            if not file.exists():
                rows = _RowFile(file.with_name(f".{file.name}.part"), (len(paths), *row_shape))
                for row in in_parallel(work, paths, what, done=rows.n_written()):
                    rows.append(row)
                rows.file.replace(file)
    mapped: Arrays = np.load(file, mmap_mode="r")
    return mapped


@dataclass(frozen=True)
class _RowFile:
    """A `.npy` file that grows row by row.

    What is there is kept when its writer is stopped. Not memory-mapped: a full disk is then an error, not a crash.
    """

    file: Path
    shape: tuple[int, ...]

    def n_written(self) -> int:
        """Rows that are there; a row cut off in the middle is cut away."""
        header, row_bytes = self._header(), self._row_bytes()
        size = self.file.stat().st_size if self.file.exists() else 0
        if size < len(header):
            self.file.write_bytes(header)
            return 0
        n = (size - len(header)) // row_bytes
        os.truncate(self.file, len(header) + n * row_bytes)
        return n

    def append(self, row: Arrays) -> None:
        """Write the next row."""
        assert row.shape == self.shape[1:]
        with self.file.open("ab") as out:
            out.write(np.ascontiguousarray(row, np.float16).tobytes())

    def _row_bytes(self) -> int:
        return int(np.prod(self.shape[1:])) * np.dtype(np.float16).itemsize

    def _header(self) -> bytes:
        header = io.BytesIO()
        dtype = np.lib.format.dtype_to_descr(np.dtype(np.float16))
        np.lib.format.write_array_header_2_0(header, {"descr": dtype, "fortran_order": False, "shape": self.shape})
        return header.getvalue()


def cached_windows(
    file: Path, what: str, work: Callable[[Path], Arrays], paths: Sequence[Path]
) -> tuple[Arrays, NDArray[np.intp]]:
    """Like `cached_array` where `work` gives a different number of rows for each path.

    Returns:
        The rows of all paths in order, (rows, ...), memory-mapped, and (rows,) the path that each belongs to.
    """
    owners_file = file.with_suffix(".owners.npy")
    if not (file.exists() and owners_file.exists()):
        parts = list(in_parallel(work, paths, what))
        save_array(owners_file, np.repeat(np.arange(len(parts)), [len(part) for part in parts]))
        save_array(file, np.concatenate(parts))
    return np.load(file, mmap_mode="r"), np.load(owners_file)


def save_array(file: Path, array: NDArray[np.generic]) -> None:
    """Write an array to a file, whole or not at all."""
    with written_whole(file) as unfinished, unfinished.open("wb") as out:
        np.save(out, array)


def in_parallel(work: Callable[[Path], Made], paths: Sequence[Path], what: str, *, done: int = 0) -> Iterator[Made]:
    """`work` on each path after the first `done` ones, in order, over all cores, told as it goes."""
    with (
        _one_blas_thread(),
        ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool,
    ):
        yield from counted(pool.map(work, paths[done:], chunksize=4), what, len(paths), done=done)


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
