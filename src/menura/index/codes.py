"""The file of codes beside the projections: derived from them, and made anew wherever it is missing.

    projections-RANDOM-RANDOM.u8   a page or more with the quantiser, then whole blocks of 4,096 coded rows

As with the projections, the database alone says how many rows of it count; and it counts only for the projections
whose name it bears. Rows without codes are searched all the same, four times as slowly.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.index.database import Meta
from menura.index.identity import IndexIdentity
from menura.index.projections import ProjectionsFile
from menura.model.quantiser import BLOCK_ROWS, MAX_COLUMNS, Quantiser

# Below that, a search without codes takes milliseconds.
MIN_ROWS = 65_536

_PAGE_BYTES = 4_096
_BATCH_BLOCKS = 32  # 16 MB of codes


@dataclass(frozen=True, eq=False)
class Codes:
    """Codes as a search reads them.

    Attributes:
        quantiser: What they mean.
        blocks: (blocks, columns, 4096) memory-mapped codes of the first rows of the projections, those of a row's
            spread in the last column.
    """

    quantiser: Quantiser
    blocks: NDArray[np.uint8]


@dataclass(frozen=True)
class CodesFile:
    """A file of codes.

    Attributes:
        file: Where it is.
        fitted_rows: How many rows there were when its quantiser was fitted.
        quantiser: What its codes mean.
    """

    file: Path
    fitted_rows: int
    quantiser: Quantiser

    @classmethod
    def of(cls, meta: Meta, home: Path) -> CodesFile | None:
        """The file that an index names, or None: it has none, or another's, or it is lost, cut off or garbled."""
        if not (meta.codes.startswith(Path(meta.projections).stem) and 0 < meta.coded_rows <= meta.rows):
            return None
        file = home / meta.codes
        if meta.coded_rows % BLOCK_ROWS or file.is_symlink():
            return None
        try:
            header = np.fromfile(file, "<f8", 2 + 3 * meta.width)
        except FileNotFoundError:
            return None
        if len(header) < 2 + 3 * meta.width:
            return None
        weight, low, n_columns = header[2:].reshape(3, meta.width)
        # The compiled scan reads where the columns say, and refuses those that are not there.
        if not (np.isfinite(header).all() and header[1] > 0 and n_columns.min() >= 0 and n_columns.sum() < MAX_COLUMNS):
            return None
        codes = cls(file, int(header[0]), Quantiser(weight, float(header[1]), low, n_columns.astype(np.int64)))
        return codes if file.stat().st_size >= codes.n_bytes(meta.coded_rows) else None

    @classmethod
    def create(cls, meta: Meta, home: Path, rows: NDArray[np.float32], weight: NDArray[np.float32]) -> CodesFile:
        """Make a file without codes for projections (n, h), of a name that never was; `weight` is that of FC2, (h,)."""
        quantiser = Quantiser.fit(rows, weight)
        file = home / f"{Path(meta.projections).stem}-{secrets.token_hex(4)}.u8"
        codes = cls(file, len(rows), quantiser)
        header = np.zeros(codes.n_bytes(0) // 8)
        parts = ([len(rows), quantiser.step], quantiser.weight, quantiser.low, quantiser.n_columns)
        header[: 2 + 3 * meta.width] = np.concatenate(parts)
        with file.open("xb") as stream:
            stream.write(header.astype("<f8").data)
        return codes

    def mapped(self, n_rows: int) -> Codes:
        """The codes of the first `n_rows`, a multiple of 4,096, memory-mapped for reading."""
        shape = (n_rows // BLOCK_ROWS, self.quantiser.width, BLOCK_ROWS)
        return Codes(self.quantiser, np.memmap(self.file, np.uint8, "r", self.n_bytes(0), shape))

    def append(self, coded_rows: int, projections: NDArray[np.float32]) -> None:
        """Write the codes of (n, h) projections, n a multiple of 4,096, after those of `coded_rows`, and fsync."""
        with self.file.open("r+b") as stream:
            stream.seek(self.n_bytes(coded_rows))
            for block in encoded(projections, self.quantiser):
                stream.write(block.data)
            stream.flush()
            os.fsync(stream.fileno())

    def n_bytes(self, n_rows: int) -> int:
        """What the quantiser and the codes of `n_rows`, a multiple of 4,096, take."""
        pages = -(-8 * (2 + 3 * len(self.quantiser.low)) // _PAGE_BYTES)
        return pages * _PAGE_BYTES + n_rows * self.quantiser.width


def update_codes(meta: Meta, home: Path, identity: IndexIdentity, weight: NDArray[np.float32]) -> dict[str, object]:
    """Code the rows that have no codes yet, and all of them anew once their number has doubled since the last time.

    Args:
        meta: The index, inside a write transaction.
        home: Its folder.
        identity: What it belongs to, for messages.
        weight: (h,) weights v of FC2.

    Returns:
        What has changed in the index, for `update_meta`: nothing where the library is small.
    """
    rows = ProjectionsFile.of(meta, home, identity).mapped()
    n_rows = meta.rows // BLOCK_ROWS * BLOCK_ROWS
    if n_rows < MIN_ROWS:
        return {}
    codes, coded_rows = CodesFile.of(meta, home), meta.coded_rows
    if codes is not None and coded_rows == n_rows:
        return {}
    if codes is None or n_rows >= 2 * codes.fitted_rows:
        codes, coded_rows = CodesFile.create(meta, home, rows, weight), 0
    codes.append(coded_rows, rows[coded_rows:n_rows])
    return {"codes": codes.file.name, "coded_rows": n_rows}


def encoded(projections: NDArray[np.float32], quantiser: Quantiser) -> Iterable[NDArray[np.uint8]]:
    """The blocks of codes of (n, h) projections, n a multiple of 4,096."""
    blocks = [projections[start : start + BLOCK_ROWS] for start in range(0, len(projections), BLOCK_ROWS)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(blocks), _BATCH_BLOCKS):
            yield from pool.map(quantiser.encoded, blocks[first : first + _BATCH_BLOCKS])
