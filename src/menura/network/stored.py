"""A network's files by name, and its sizes read from them without torch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError, safe_open

from menura.errors import ModelError
from menura.specs import NetworkSpec

WEIGHTS_FILE = "weights.safetensors"
HEAD_FILE = "head.safetensors"

IMINET_SYSTEM, DUAL_ENCODER_SYSTEM = "tl-iminet", "dual-encoder"
"""What two towers in a folder may be part of."""

TEMPERATURE_TENSOR = "temperature"
"""Of a dual encoder, all that its head holds."""


def stored_spec(folder: Path) -> NetworkSpec:
    """The sizes of the network in a folder, from the metadata of its weights.

    Raises:
        ModelError: A file is missing or damaged.
    """
    try:
        for name in (WEIGHTS_FILE, HEAD_FILE):
            (folder / name).open("rb").close()
        with safe_open(folder / WEIGHTS_FILE, framework="numpy") as weights:
            return NetworkSpec.from_dict(json.loads((weights.metadata() or {})["spec"]))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _not_loaded(folder, error) from error


def stored_system(folder: Path) -> str:
    """Which system the towers in a folder are part of, by what compares them.

    Raises:
        ModelError: The file is missing or damaged.
    """
    try:
        with safe_open(folder / HEAD_FILE, framework="numpy") as head:
            return DUAL_ENCODER_SYSTEM if TEMPERATURE_TENSOR in head.keys() else IMINET_SYSTEM  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise _not_loaded(folder, error) from error


def _not_loaded(folder: Path, error: Exception) -> ModelError:
    reason = str(error).splitlines()[0]
    return ModelError(f"{folder}: the network cannot be loaded ({reason}); train or download it again")


def network_sha256(folder: Path) -> str:
    """SHA-256 (hexadecimal) over the weights of the network in a folder: which model a result is of."""
    digest = hashlib.sha256()
    for name in (WEIGHTS_FILE, HEAD_FILE):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()
