"""The likely kinds of all sounds of an index, and the file beside the projections that keeps what they are read off.

    kinds-RANDOM-MODEL.u8   eight bytes for each row of projections-RANDOM.f32, see `menura.model.kinds`

It is derived from the projections, row by row, by the kinds of a model whose digest it bears. Committed rows never
change, so neither do its bytes: whoever misses some, a search too, works them out and writes them where they belong,
and two who do so at once write the same. Where it cannot be written, each program works them out for itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.index.projections import kinds_stem
from menura.index.snapshot import Table
from menura.model.kinds import KEPT, Kinds

_ROW_BYTES = 2 * KEPT
_DIGITS = 8
_BLOCK_ROWS = 16_384


@dataclass(frozen=True, eq=False)
class LikelyKinds:
    """The likely kinds of the sounds of a table.

    Attributes:
        kinds: The kinds.
        sound_ids: (m,) sounds, one entry for each of their likely kinds.
        numbers: (m,) these kinds.
    """

    kinds: Kinds
    sound_ids: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, table: Table, kinds: Kinds) -> LikelyKinds:
        """Those of a table, from the file beside its projections as far as that goes."""
        sounds, numbers = kinds.likely_of(_codes(table, kinds), table.first_rows, table.n_windows)
        return cls(kinds, table.sound_ids[sounds], numbers)

    def having(self, number: int) -> NDArray[np.int64]:
        """Ids of the sounds that are likely of a kind."""
        found: NDArray[np.int64] = self.sound_ids[self.numbers == number]
        return found

    def counts(self, among: NDArray[np.int64] | None) -> dict[str, int]:
        """How many sounds are likely of each kind, of all or `among` these ids; the most frequent kinds first."""
        numbers = self.numbers if among is None else self.numbers[np.isin(self.sound_ids, among)]
        counts = np.bincount(numbers, minlength=len(self.kinds.names))
        order = np.argsort(-counts, kind="stable")
        return {self.kinds.names[number].name: int(counts[number]) for number in order.tolist() if counts[number]}


def _codes(table: Table, kinds: Kinds) -> NDArray[np.uint8]:
    """(rows, 4, 2) codes of all rows of a table's projections."""
    projections = table.projections
    file = _file_of(projections, kinds)
    known = _known(file, len(projections))
    starts = range(len(known), len(projections), _BLOCK_ROWS)
    new = [kinds.codes(np.asarray(projections[start : start + _BLOCK_ROWS])) for start in starts]
    if not new:
        return known
    made = np.concatenate(new)
    if file is not None:
        with suppress(OSError):  # a disk that is full, or may only be read
            _write(file, made, at=len(known))
    return np.concatenate([known, made])


def _file_of(projections: NDArray[np.float32], kinds: Kinds) -> Path | None:
    """Where codes of mapped projections are kept; None for others."""
    if not isinstance(projections, np.memmap) or projections.filename is None:
        return None
    mapped = Path(projections.filename)
    return mapped.with_name(f"{kinds_stem(mapped.name)}-{kinds.digest[:_DIGITS]}.u8")


def _known(file: Path | None, n_rows: int) -> NDArray[np.uint8]:
    found = np.zeros(0, np.uint8)
    if file is not None and not file.is_symlink():
        with suppress(OSError):
            found = np.fromfile(file, np.uint8, n_rows * _ROW_BYTES)
    n_known = len(found) // _ROW_BYTES
    return found[: n_known * _ROW_BYTES].reshape(n_known, KEPT, 2)


def _write(file: Path, codes: NDArray[np.uint8], *, at: int) -> None:
    if file.is_symlink():  # to write through a link would write to another's file
        return
    with file.open("r+b" if file.exists() else "xb") as stream:
        stream.seek(at * _ROW_BYTES)
        stream.write(codes.tobytes())
    for other in file.parent.glob(f"{file.stem.rpartition('-')[0]}-*.u8"):
        if other != file:  # of kinds that the model had before
            other.unlink()
