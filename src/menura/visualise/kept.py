"""What a gallery is made of, kept in files that are named after all that decides what is in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from menura.network.iminet import IMINET
from menura.whole import written_whole


def weights_digest(network: IMINET) -> str:
    """Names a network after its weights."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in network.state_dict().items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


def arrays_digest(arrays: Iterable[tuple[str, NDArray[Any]]]) -> str:
    """Names arrays, each with its name, after what they hold."""
    digest = hashlib.blake2b(digest_size=16)
    for name, array in arrays:
        digest.update(repr((name, array.shape, str(array.dtype))).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def kept_json(file: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is in a file, made and written if it is not there or cannot be read."""
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = make()
        with written_whole(file) as unfinished:
            unfinished.write_text(json.dumps(kept), encoding="utf-8")
    return kept
