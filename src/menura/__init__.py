"""Menura finds a sound in a library from a vocal imitation of it.

    from menura import Library

    with Library.open("sounds") as library:
        for hit in library.search("hum.wav"):
            print(hit.score, hit.path, hit.start_s)

Importing the package loads nothing: each name arrives when it is first asked for.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.audio.hear import Take
    from menura.errors import (
        AudioError,
        DataError,
        LibraryError,
        MenuraError,
        ModelError,
        TrainingError,
        UsageError,
    )
    from menura.explanation.evidence import Evidence, Explanation
    from menura.explanation.explain import explain
    from menura.index.changes import Skipped
    from menura.index.check import CheckReport
    from menura.index.info import LibraryInfo
    from menura.index.snapshot import Snapshot
    from menura.index.sound import Sound
    from menura.index.update import IndexProgress, IndexReport
    from menura.model.bundle import Bundle
    from menura.search.library import Library
    from menura.search.ranking import Hit, Page, Question

    __version__: str

# ONNX Runtime, from 1.29 on, tells its makers what it runs unless this is set before it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = [
    "AudioError",
    "Bundle",
    "CheckReport",
    "DataError",
    "Evidence",
    "Explanation",
    "Hit",
    "IndexProgress",
    "IndexReport",
    "Library",
    "LibraryError",
    "LibraryInfo",
    "MenuraError",
    "ModelError",
    "Page",
    "Question",
    "Skipped",
    "Snapshot",
    "Sound",
    "Take",
    "TrainingError",
    "UsageError",
    "__version__",
    "explain",
]

_HOMES = {
    "AudioError": "menura.errors",
    "Bundle": "menura.model.bundle",
    "CheckReport": "menura.index.check",
    "DataError": "menura.errors",
    "Evidence": "menura.explanation.evidence",
    "Explanation": "menura.explanation.evidence",
    "Hit": "menura.search.ranking",
    "IndexProgress": "menura.index.update",
    "IndexReport": "menura.index.update",
    "Library": "menura.search.library",
    "LibraryError": "menura.errors",
    "LibraryInfo": "menura.index.info",
    "MenuraError": "menura.errors",
    "ModelError": "menura.errors",
    "Page": "menura.search.ranking",
    "Question": "menura.search.ranking",
    "Skipped": "menura.index.changes",
    "Snapshot": "menura.index.snapshot",
    "Sound": "menura.index.sound",
    "Take": "menura.audio.hear",
    "TrainingError": "menura.errors",
    "UsageError": "menura.errors",
    "explain": "menura.explanation.explain",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        version: str = importlib.import_module("importlib.metadata").version("menura")
        return version
    if name in _HOMES:
        found: object = getattr(importlib.import_module(_HOMES[name]), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
