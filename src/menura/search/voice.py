"""What was learned of a person's voice: a small map on the query's side, kept beside their takes.

A query is 108 numbers q = Wa a + c (`menura.model.score`). The map moves it to where this person's takes should have
been, q + b + A (q - m), before the library is searched; a library's numbers, its index and the exact scan stay as they
are. Without a map a query is what the model made of it, to the last bit.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from menura.errors import LibraryError
from menura.model.bundle import Bundle
from menura.whole import written_whole

FOLDER = "voice"
"""The folder of a person's takes and of what was learned of them, in the user's data directory."""

_TOLD = "learned"
_DIGITS = 16  # of a model's fingerprint


@dataclass(frozen=True, eq=False)
class VoiceMap:
    """The map.

    Attributes:
        centre: m, (h,), the middle of the person's takes.
        shift: b, (h,).
        weight: A, (h, h).
    """

    centre: NDArray[np.float32]
    shift: NDArray[np.float32]
    weight: NDArray[np.float32]

    def moved(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """A query, (h,), where the person's takes should have been."""
        # Not by `@`: callers are worker threads, which would fight over the threads of the BLAS library.
        moved: NDArray[np.float32] = query + self.shift + np.einsum("ij,j->i", self.weight, query - self.centre)
        return moved.astype(np.float32, copy=False)


class Voice:
    """What is kept of a person's voice for one model. Threads may share it, and programs.

    Args:
        file: Where it is kept, if anything is.
        width: Numbers of a query, h.
    """

    def __init__(self, file: Path, width: int) -> None:
        self.file = file
        self._width = width
        self._known: tuple[tuple[int, int, int], VoiceMap, dict[str, Any]] | None = None

    @classmethod
    def of(cls, bundle: Bundle, data_dir: Path) -> Voice:
        """What the user's data directory has for a model."""
        name = f"{bundle.fingerprint[:_DIGITS]}.safetensors"
        return cls(data_dir / FOLDER / "learned" / name, bundle.spec.n_hidden)

    def moved(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """What to search with for a query, (h,): the query itself where nothing was learned.

        Raises:
            LibraryError: What was learned cannot be read.
        """
        known = self._read()
        return query if known is None else known[1].moved(query)

    @property
    def told(self) -> dict[str, Any] | None:
        """What was said as it was learned; None where nothing is. Errors as for `moved`."""
        known = self._read()
        return None if known is None else known[2]

    def keep(self, learned: VoiceMap, told: dict[str, Any]) -> None:
        """Search with a map from now on.

        Args:
            learned: The map.
            told: What there is to say of it, in plain JSON values.

        Raises:
            LibraryError: It cannot be written.
        """
        tensors = {"centre": learned.centre, "shift": learned.shift, "weight": learned.weight}
        try:
            with written_whole(self.file) as unfinished:
                save_file(tensors, unfinished, metadata={_TOLD: json.dumps(told)})
        except (OSError, SafetensorError) as error:
            raise LibraryError(f"{self.file}: cannot be written ({error}); make room on the disk") from error

    def forget(self) -> bool:
        """Search without a map again; whether there was one."""
        there = self.file.exists()
        self.file.unlink(missing_ok=True)
        self._known = None
        return there

    def _read(self) -> tuple[tuple[int, int, int], VoiceMap, dict[str, Any]] | None:
        try:
            status = os.stat(self.file)  # noqa: PTH116  # a search should not wait for more
        except OSError:
            return None
        version = (status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._known
        if known is None or known[0] != version:
            known = self._known = (version, *self._loaded())
        return known

    def _loaded(self) -> tuple[VoiceMap, dict[str, Any]]:
        try:
            with safe_open(self.file, framework="np") as held:
                found = {name: held.get_tensor(name) for name in ("centre", "shift", "weight")}
                told = json.loads((held.metadata() or {})[_TOLD])
            shapes = [(*tensor.shape, str(tensor.dtype)) for tensor in found.values()]
            if shapes != [(self._width, "float32"), (self._width, "float32"), (self._width, self._width, "float32")]:
                raise ValueError(f"its numbers are {shapes}")
            if not all(np.isfinite(tensor).all() for tensor in found.values()):
                raise ValueError("it holds NaN or infinity")
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise LibraryError(
                f"{self.file}: what was learned of your voice is damaged ({error}); delete the file, then learn again"
            ) from error
        return VoiceMap(**found), told
