"""The manifest of a revision: of what pieces in the store the files of a shard's index consist."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass

from menura.index.database import DATABASE_FILE, is_projections_name

FORMAT = 1

_PIECE = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Revision:
    """The contents of a manifest.

    Attributes:
        number: Its number.
        sounds: How many sounds the index holds.
        windows: How many windows they have.
        complete: Whether the filling before it ran to its end.
        written_s: When it was published, in seconds since 1970.
        files: Of each file of the index the pieces, in their order: their SHA-256 and bytes.
        format: Of the manifest.
    """

    number: int
    sounds: int
    windows: int
    complete: bool
    written_s: float
    files: dict[str, list[tuple[str, int]]]
    format: int = FORMAT

    @property
    def pieces(self) -> set[str]:
        """The pieces of all files."""
        return {piece for pieces in self.files.values() for piece, _ in pieces}

    @property
    def n_bytes(self) -> int:
        """What all files take."""
        return sum(size for pieces in self.files.values() for _, size in pieces)

    @property
    def _may_be_read(self) -> bool:
        """Whether it names nothing but what an index has: a name from elsewhere may lead out of the index's folder."""
        names = [name for name in self.files if name != DATABASE_FILE]
        named = DATABASE_FILE in self.files and len(names) == 1 and is_projections_name(names[0])
        return named and all(_PIECE.fullmatch(piece) for piece in self.pieces)

    @property
    def mark(self) -> tuple[int, str]:
        """What tells it from any other: its number, and the SHA-256 of its manifest."""
        return self.number, sha256_of(self.content)

    @property
    def content(self) -> bytes:
        """As it is written."""
        told = json.dumps(asdict(self), sort_keys=True)
        return json.dumps({"sha256": sha256_of(told.encode()), "manifest": told}).encode()

    @classmethod
    def of(cls, content: bytes) -> Revision | None:
        """What a manifest says; None where it is torn, or no manifest."""
        try:
            found = json.loads(content)
            told = found["manifest"]
            if sha256_of(told.encode()) != found["sha256"]:
                return None
            fields = json.loads(told)
            fields["files"] = {name: [(sha, size) for sha, size in pieces] for name, pieces in fields["files"].items()}
            revision = cls(**fields)
            may_be_read = revision.format == FORMAT and revision._may_be_read
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return revision if may_be_read else None


def sha256_of(content: bytes) -> str:
    """The SHA-256 of what an object holds, hexadecimal."""
    return hashlib.sha256(content).hexdigest()
