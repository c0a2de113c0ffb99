"""What a model has heard: short hashes of the contents of its recordings, by what they were for.

`heard.safetensors` lies in the model's folder: a tensor a purpose, (n, 5) bytes, the beginnings of BLAKE2b digests of
whole files, sorted. Forty bits tell ten thousand files from ten thousand others but for one time in ten thousand.
A copy in another format has another content, and is not known again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from menura.errors import ModelError
from menura.model.shipped import CARD_FILE
from menura.whole import written_whole

HEARD_FILE = "heard.safetensors"
TRAINED, CHOSEN = "trained on", "chosen and calibrated by"
_BYTES = 5


@dataclass(frozen=True)
class Heard:
    """Hashes of the files that a model has heard, by purpose, the first of which counts for a file of several."""

    hashes: Mapping[str, frozenset[bytes]]

    @classmethod
    def of(cls, digests: Mapping[str, Iterable[str]]) -> Heard:
        """From hexadecimal digests of contents by purpose, as `content_digests` gives them."""
        return cls({purpose: frozenset(map(_short, found)) for purpose, found in digests.items()})

    @classmethod
    def read(cls, home: Path) -> Heard | None:
        """What the model in a folder has heard; None where nothing is said of it.

        Raises:
            ModelError: The file is damaged, or not the one that the card describes.
        """
        file = home / HEARD_FILE
        if not file.is_file():
            return None
        content = file.read_bytes()
        if _stated(home) not in {None, hashlib.sha256(content).hexdigest()}:
            raise ModelError(f"{file}: damaged, or not the file that {CARD_FILE} describes; get the model again")
        try:
            tensors = load(content)
        except SafetensorError as error:
            raise ModelError(f"{file}: not a safetensors file ({error}); get the model again") from error
        return cls({purpose: frozenset(map(bytes, tensors[purpose])) for purpose in _in_order(tensors)})

    def purpose(self, digest: str) -> str | None:
        """What a file was for, by the digest of its content; None if the model has not heard it."""
        return next((purpose for purpose, known in self.hashes.items() if _short(digest) in known), None)

    def to_bytes(self) -> bytes:
        """The contents of `heard.safetensors`."""
        rows = {purpose: b"".join(sorted(known)) for purpose, known in self.hashes.items()}
        return save({name: np.frombuffer(row, np.uint8).reshape(-1, _BYTES) for name, row in rows.items()})

    def and_also(self, other: Heard | None) -> Heard:
        """What either has heard: a model that began as another has heard what that one did."""
        theirs = other.hashes if other else {}
        purposes = _in_order({**self.hashes, **theirs})
        nothing: frozenset[bytes] = frozenset()
        return Heard({name: self.hashes.get(name, nothing) | theirs.get(name, nothing) for name in purposes})

    def put(self, home: Path) -> None:
        """Write it to a model's folder, and into the card's list of files where there is a card."""
        content, card_file = self.to_bytes(), home / CARD_FILE
        with written_whole(home / HEARD_FILE) as unfinished:
            unfinished.write_bytes(content)
        if card_file.is_file():
            card = json.loads(card_file.read_text(encoding="utf-8"))
            card["sha256"][HEARD_FILE] = hashlib.sha256(content).hexdigest()
            with written_whole(card_file) as unfinished:
                unfinished.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _short(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest[: 2 * _BYTES])
    except ValueError:
        return b""  # of a file that could not be read, which nobody has heard


def _in_order(purposes: Iterable[str]) -> list[str]:
    return sorted(purposes, key=lambda purpose: (purpose != TRAINED, purpose))


def _stated(home: Path) -> str | None:
    try:
        stated = json.loads((home / CARD_FILE).read_text(encoding="utf-8"))["sha256"].get(HEARD_FILE)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return str(stated) if stated else None
