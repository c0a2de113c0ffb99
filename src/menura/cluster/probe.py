"""Whether machines compute projections as the first one did: of a sound that all make alike, to the last bit.

Processors of different kinds add up in different orders, so projections may differ in their last bits, and with them
scores in their last digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from menura.cluster.store import Store
from menura.errors import LibraryError
from menura.model.bundle import Bundle

_STEP, _LEVELS = 40_503, 1 << 16


def probe(bundle: Bundle) -> NDArray[np.float32]:
    """The projection, (h,), of the probe sound."""
    n_samples = bundle.spec.recording.front_end.n_samples
    # Whole numbers and halves of them alone: nothing is rounded.
    numbers = (np.arange(n_samples, dtype=np.int64) ** 2 * _STEP) % _LEVELS
    samples = (numbers - _LEVELS // 2).astype(np.float32) / np.float32(_LEVELS)
    projection: NDArray[np.float32] = bundle.project_recordings([samples])[0]
    return projection


def odd_machines(store: Store, model: str, found: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """By how much the projections of machines differ from what the library has, those that do not left out.

    A library that has none yet gets that of the first machine.

    Args:
        store: The library's store.
        model: Fingerprint of the model.
        found: The projection, (h,), of the probe by each machine.

    Raises:
        LibraryError: What the library has is garbled, or the store cannot be read or written.
    """
    key = f"probes/{model}.json"
    if not found:
        return {}
    content = store.get(key)
    if content is None:
        content = json.dumps([float(value) for value in next(iter(found.values()))]).encode()
        if not store.create(key, content):  # somebody else was faster
            content = store.get(key) or content
    try:
        known = np.array(json.loads(content), np.float32)
        apart = {machine: float(np.abs(one - known).max()) for machine, one in found.items()}
    except (ValueError, TypeError, RecursionError) as error:
        raise LibraryError(f"{store.address}: its {key} is garbled; delete it, and it is made anew") from error
    return {machine: most for machine, most in apart.items() if most != 0}
