"""Measuring what an index does not have of its sounds yet: of new ones, or of all where it was filled without.

Threads decode and measure, which is done in libraries that release the interpreter lock; the calling thread commits
what they find a second's worth at a time. A sound whose file is not there, or is not the one that was indexed, is left
for the indexing that sees it again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import soxr

from menura.audio import pitch, tempo
from menura.audio.files import read_audio
from menura.errors import AudioError, UsageError
from menura.index.measured import NAMED_TEMPO, PITCH, TEMPO, Measurement
from menura.index.sound import Sound
from menura.index.store import LibraryIndex

_AT_ONCE = 64
_COMMIT_S = 1.0


def measures() -> tuple[str, ...]:
    """The measures that can be taken here."""
    return PITCH, TEMPO if tempo.has_librosa() else NAMED_TEMPO


def measure_missing(index: LibraryIndex, tell: Callable[[int, int], None]) -> int:
    """Measure the sounds of an index of which something is missing, and keep what is found.

    Args:
        index: The index.
        tell: Called with the sounds done and their number, in the calling thread; what it raises ends the work, after
            what is finished is kept.

    Returns:
        How many were measured.
    """
    total = index.unmeasured(measures(), 0, 0).total
    if not total:
        return 0
    done, kept, waiting, kept_at = 0, 0, list[Measurement](), time.monotonic()
    try:
        for found in _found(index):
            done += 1
            waiting += [] if found is None else [found]
            tell(done, total)
            if time.monotonic() - kept_at > _COMMIT_S:
                index.keep_measured(waiting)
                kept, waiting, kept_at = kept + len(waiting), [], time.monotonic()
    finally:
        index.keep_measured(waiting)
    return kept + len(waiting)


def _found(index: LibraryIndex) -> Iterator[Measurement | None]:
    """What is found of each sound of which something is missing; None where its file is not there."""
    after = 0
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="menura-measure") as pool:
        running: set[Future[Measurement | None]] = set()
        try:
            while sounds := index.unmeasured(measures(), after, _AT_ONCE).sounds:
                after = sounds[-1].id
                running |= {pool.submit(_measured, index.folder, sound) for sound in sounds}
                while len(running) > _AT_ONCE // 2:
                    ended, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in ended)
            yield from (one.result() for one in running)
        finally:
            pool.shutdown(cancel_futures=True)


def _measured(folder: Path, sound: Sound) -> Measurement | None:
    path = folder / sound.path
    try:
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) != tuple(sound.stamp):
            return None
        return Measurement(sound, _values(path, sound))
    except (OSError, UsageError):
        return None
    except AudioError:  # an indexing has read it, so this is no passing trouble
        return Measurement(sound, tuple((measure, None) for measure in measures()))


def _values(path: Path, sound: Sound) -> tuple[tuple[str, float | None], ...]:
    bpm = tempo.named_bpm(sound.name, sound.duration_s)
    looks = bpm is None and tempo.has_librosa() and tempo.may_be_loop(sound.duration_s)
    samples = read_audio(path, tempo.RATE_HZ, duration_s=None if looks else pitch.HEARD_S)
    if looks:
        bpm = tempo.tempo_bpm(samples)
    heard = samples[: round(pitch.HEARD_S * tempo.RATE_HZ)]
    hz = pitch.pitch_hz(soxr.resample(heard, tempo.RATE_HZ, pitch.RATE_HZ))
    return (PITCH, hz), (measures()[1], bpm)
