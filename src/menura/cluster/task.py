"""What any machine does for a filling: read some files of the source, decode and embed them. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from threadpoolctl import threadpool_limits

from menura.audio.walk import SoundFile, Unreadable
from menura.cluster.card import fetched_model
from menura.cluster.source import Source
from menura.cluster.store import Store, reason_of
from menura.index.changes import Change
from menura.index.examine import Examiner
from menura.index.sound import Sound
from menura.model.bundle import Bundle

Files = Sequence[tuple[SoundFile, Sound | None]]
"""Files, and what the index has at their paths."""


@dataclass(frozen=True)
class Work:
    """What a task needs to know besides its files.

    Attributes:
        store: Address of the library's store.
        source: That of its sounds.
        model: Fingerprint of the model.
    """

    store: str
    source: str
    model: str


@dataclass(frozen=True)
class Examined:
    """What has become of the files of a task, in their order, and how long that took."""

    changes: list[Change]
    seconds: float


def examined(work: Work, files: Files, disk: Path) -> Examined:
    """Examine files; errors as for `fetched_model`."""
    started = time.perf_counter()
    bundle = _model(work.store, work.model, disk)
    source = Source(work.source)
    with threadpool_limits(1, user_api="blas"):
        changes = [_examined(source, bundle, file, known) for file, known in files]
    return Examined(changes, time.perf_counter() - started)


@lru_cache(maxsize=2)
def _model(store: str, fingerprint: str, disk: Path) -> Bundle:
    """A model, kept from task to task of a process."""
    return fetched_model(Store(store), fingerprint, disk)


def _examined(source: Source, bundle: Bundle, file: SoundFile, known: Sound | None) -> Change:
    try:
        with source.file(file.path) as copy:
            # The copy has a name of its own; what is found is said of the file.
            asked = SoundFile(copy.name, file.stamp)
            found = Examiner(copy.parent, bundle, claim=lambda _: None).examine(asked, known)
    except OSError as error:
        return Unreadable(file.path, reason_of(error), None)
    if isinstance(found, Unreadable):
        return replace(found, path=file.path)
    return replace(found, file=file)
