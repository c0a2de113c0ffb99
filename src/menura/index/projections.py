"""The file of projections beside an index's database: row-major float32, appended to and memory-mapped.

The file does not know how many of its rows count; the database does (see `menura.index.store`), and tells.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.index.database import Meta, damaged
from menura.index.identity import IndexIdentity

_PATTERN = "projections-{}.f32"
_CODES_PATTERN = "projections-*.u8"  # see menura.index.codes
_KINDS_PATTERN = "kinds-*.u8"  # see menura.index.kinds
_COPY_ROWS = 65_536  # 28 MB of 108 floats


def create_projections(home: Path) -> str:
    """Make an empty projections file in the index's folder, of a name that never was, and return the name."""
    name = _PATTERN.format(secrets.token_hex(4))
    (home / name).touch(exist_ok=False)
    return name


def delete_strays(home: Path, meta: Meta) -> None:
    """Delete files of projections, codes and kinds that are not of this index: replaced ones, and those of a crash."""
    strays = [
        *(file for file in home.glob(_PATTERN.format("*")) if file.name != meta.projections),
        *(file for file in home.glob(_CODES_PATTERN) if file.name != meta.codes),
        *(file for file in home.glob(_KINDS_PATTERN) if not file.name.startswith(kinds_stem(meta.projections))),
    ]
    for file in strays:
        with suppress(OSError):  # Windows keeps a file that a reader has mapped: the next indexing takes it
            file.unlink()


def kinds_stem(projections: str) -> str:
    """What the names of files of kinds begin with that belong to the projections of this name."""
    return Path(projections).stem.replace("projections", "kinds", 1)


@dataclass(frozen=True)
class ProjectionsFile:
    """The committed rows of a projections file.

    Attributes:
        file: Where it is.
        n_rows: How many rows are committed.
        width: Floats in a row.
        identity: What it belongs to, for messages.
    """

    file: Path
    n_rows: int
    width: int
    identity: IndexIdentity

    @classmethod
    def of(cls, meta: Meta, home: Path, identity: IndexIdentity) -> ProjectionsFile:
        """The file that an index names.

        Raises:
            FileNotFoundError: There is no such file.
            LibraryError: It is shorter than the index says.
        """
        projections = cls(home / meta.projections, meta.rows, meta.width, identity)
        status = projections.file.lstat()
        if not stat.S_ISREG(status.st_mode):  # to write through a link would write to another's file
            raise damaged(identity, f"{meta.projections} is not a file")
        if status.st_size < projections._n_bytes:
            raise damaged(identity, f"{meta.projections} is shorter than {meta.rows} rows")
        return projections

    def mapped(self) -> NDArray[np.float32]:
        """The committed rows, (n_rows, width), memory-mapped for reading."""
        if self.n_rows == 0:
            return np.empty((0, self.width), np.float32)  # an empty file cannot be mapped
        return np.memmap(self.file, np.dtype("<f4"), mode="r", shape=(self.n_rows, self.width))

    def append(self, batch: Iterable[NDArray[np.float32]]) -> None:
        """Write arrays of rows (n, width) after the committed ones, over whatever a crash left there, and fsync."""
        with self.file.open("r+b") as stream:
            stream.seek(self._n_bytes)
            for rows in batch:
                stream.write(np.ascontiguousarray(rows, "<f4").data)
            stream.flush()
            os.fsync(stream.fileno())

    def copy(self, rows: NDArray[np.int64]) -> str:
        """Copy some of the rows (n,), in this order, to a new file beside this one, and return its name."""
        name = create_projections(self.file.parent)
        mapped = self.mapped()
        blocks = (mapped[rows[start : start + _COPY_ROWS]] for start in range(0, len(rows), _COPY_ROWS))
        ProjectionsFile(self.file.with_name(name), 0, self.width, self.identity).append(blocks)
        return name

    @property
    def _n_bytes(self) -> int:
        return self.n_rows * self.width * 4
