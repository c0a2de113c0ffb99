"""Measuring what an index does not have of its sounds yet: of new ones, or of all where it was filled without.

Threads decode and measure, which is done in libraries that release the interpreter lock; the calling thread commits
what they find a second's worth at a time. A sound whose file is not there, or is not the one that was indexed, is left
for the indexing that sees it again. Without `menura[music]` no file is read, only names, which costs next to nothing.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import soxr

from menura.audio import music, pitch, tempo
from menura.audio.files import read_audio
from menura.audio.walk import Stamp
from menura.errors import AudioError, UsageError
from menura.index.measured import NAMED_TEMPO, PITCH, TEMPO, Measured, Measurement
from menura.index.sound import Sound

_AT_ONCE = 64
_NAMES_AT_ONCE = 4_096
_COMMIT_S = 1.0
_TOLD_S = 0.25  # where nothing ends for so long, progress is told all the same: whoever hears of it may stop the work
_MEASURES = (PITCH, TEMPO)
_log = logging.getLogger("menura.index")


def measure_missing(folder: Path, measured: Measured, tell: Callable[[int, int], None]) -> int:
    """Measure the sounds of an index of which something is missing, and keep what is found.

    Args:
        folder: The library.
        measured: What was measured of its sounds.
        tell: Called with the sounds done and their number, in the calling thread; what it raises ends the work, after
            what is finished is kept.

    Returns:
        How many were measured; those of which only the name was read are none.
    """
    measured.forget_others()
    if not music.has_music():
        _read_names(measured)
        return 0
    total = measured.count_lacking(_MEASURES)
    if not total or not music.loads():
        return 0
    done, kept, waiting, kept_at = 0, 0, list[Measurement](), time.monotonic()
    try:
        for ended in _found(folder, measured):
            done += len(ended)
            waiting += [found for found in ended if found is not None]
            tell(done, total)
            if time.monotonic() - kept_at > _COMMIT_S:
                measured.keep(waiting)
                kept, waiting, kept_at = kept + len(waiting), [], time.monotonic()
    finally:
        measured.keep(waiting)
    return kept + len(waiting)


def _read_names(measured: Measured) -> None:
    for sounds in measured.lacking((NAMED_TEMPO,), _NAMES_AT_ONCE):
        told = ((sound, tempo.named_bpm(sound.name, sound.duration_s)) for sound in sounds)
        measured.keep(Measurement(sound, ((NAMED_TEMPO, bpm),)) for sound, bpm in told)


def _found(folder: Path, measured: Measured) -> Iterator[list[Measurement | None]]:
    """What is found of the sounds of which something is missing, some at a time; None where the file is not there."""
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="menura-measure") as pool:
        running: set[Future[Measurement | None]] = set()
        try:
            for sounds in measured.lacking(_MEASURES, _AT_ONCE):
                running |= {pool.submit(_measured, folder, sound) for sound in sounds}
                yield from _ended(running, _AT_ONCE // 2)
            yield from _ended(running, 0)
        finally:
            pool.shutdown(cancel_futures=True)


def _ended(running: set[Future[Measurement | None]], most: int) -> Iterator[list[Measurement | None]]:
    """What those found that end, until at most so many are running; nothing where none has ended for a while."""
    while len(running) > most:
        ended, _ = wait(running, _TOLD_S, return_when=FIRST_COMPLETED)
        running -= ended
        yield from ([one.result()] for one in ended)
        if not ended:
            yield []


def _measured(folder: Path, sound: Sound) -> Measurement | None:
    path = folder / sound.path
    try:
        if Stamp.of(path.stat()) != sound.stamp:
            return None
        return Measurement(sound, _values(path, sound))
    except (OSError, UsageError):
        return None
    except AudioError as error:
        if isinstance(error.__cause__, OSError):  # a passing trouble: it may be measured another time
            return None
    except Exception:  # one odd sound is no reason to measure no other
        _log.warning("%s: pitch and tempo cannot be measured", path, exc_info=True)
    return Measurement(sound, tuple((measure, None) for measure in _MEASURES))


def _values(path: Path, sound: Sound) -> tuple[tuple[str, float | None], ...]:
    bpm = tempo.named_bpm(sound.name, sound.duration_s)
    if bpm is not None or not tempo.may_be_loop(sound.duration_s):  # most sounds: no more of it is read than is heard
        return (PITCH, pitch.pitch_hz(read_audio(path, pitch.RATE_HZ, duration_s=pitch.HEARD_S))), (TEMPO, bpm)
    samples = read_audio(path, tempo.RATE_HZ)
    heard = samples[: round(pitch.HEARD_S * tempo.RATE_HZ)]
    hz = pitch.pitch_hz(soxr.resample(heard, tempo.RATE_HZ, pitch.RATE_HZ))
    return (PITCH, hz), (TEMPO, tempo.tempo_bpm(samples))
