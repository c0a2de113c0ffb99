"""Sound files of any common kind, decoded to mono float32 at the rate that is asked for.

A file is decoded and resampled in blocks, so that memory does not grow with its length, and a header that promises
hours costs nothing. What cannot be decoded whole and finite is refused: half a sound would be found as another sound.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from menura.errors import AudioError, UsageError

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc"})
"""Endings, in lower case, of the files that a library is made of."""

_BLOCK_FRAMES = 1 << 15
_RATES_HZ = (1_000, 1_000_000)
_MAX_CHANNELS = 64
_EXACT_LENGTH = frozenset({"WAV", "WAVEX", "FLAC", "AIFF"})
"""Formats whose header states the length exactly, so that a shorter file is known to be cut off."""


def read_audio(path: str | Path, sample_rate_hz: int, *, duration_s: float | None = None) -> NDArray[np.float32]:
    """A file's sound, channels averaged.

    Args:
        path: A wav (8 to 32 bit or float), flac, ogg, opus, mp3 or aiff file of any rate and number of channels.
        sample_rate_hz: The rate to resample to.
        duration_s: Return the beginning only, and decode no more than it takes.

    Returns:
        (n,) samples, full scale being -1 to 1.

    Raises:
        UsageError: There is no such file.
        AudioError: It is not a sound, is damaged or cut off, or holds no samples or ones that are not finite.
    """
    wanted = None if duration_s is None else round(duration_s * sample_rate_hz)
    blocks: list[NDArray[np.float32]] = []
    n = 0
    for block in stream_audio(path, sample_rate_hz):
        blocks.append(block)
        n += len(block)
        if wanted is not None and n >= wanted:
            break
    return np.concatenate(blocks)[:wanted]


def audio_duration_s(path: str | Path) -> float:
    """Length of a file in seconds, as its header states it; errors as for `read_audio`."""
    with _opened(Path(path)) as sound:
        return float(sound.frames / sound.samplerate)


def stream_audio(path: str | Path, sample_rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """A file's sound block by block; arguments and errors as for `read_audio`.

    Yields:
        (n,) samples, n > 0 and at most some hundred thousand, at least one block.
    """
    path = Path(path)
    n = 0
    with _opened(path) as sound:
        resampler = _Resampler(sound.samplerate, sample_rate_hz)
        for block in _mono_blocks(sound, path):
            resampled = resampler.feed(block)
            n += len(resampled)
            if len(resampled):
                yield resampled
        rest = resampler.finish()
    if not n and not len(rest):
        raise AudioError(f"{path}: holds no samples; remove it or record it again")
    if len(rest):
        yield rest


class _Resampler:
    """soxr's stream resampler, or nothing where the rates are equal."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = (
            None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
        )

    def feed(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        return block if self._stream is None else self._resample(block, last=False)

    def finish(self) -> NDArray[np.float32]:
        nothing = np.zeros(0, np.float32)
        return nothing if self._stream is None else self._resample(nothing, last=True)

    def _resample(self, block: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        assert self._stream is not None
        resampled: NDArray[np.float32] = self._stream.resample_chunk(block, last=last)
        return resampled


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """The open file, after every check that its header allows."""
    _check_is_file(path)
    try:
        sound = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".").lower()
        raise AudioError(f"{path}: not a sound file that can be read ({reason}); convert it to wav or flac") from error
    with sound:
        if not _RATES_HZ[0] <= sound.samplerate <= _RATES_HZ[1]:
            raise AudioError(
                f"{path}: its sample rate is {sound.samplerate:,} Hz; rates from {_RATES_HZ[0]:,} to "
                f"{_RATES_HZ[1]:,} Hz can be read"
            )
        if sound.channels > _MAX_CHANNELS:
            raise AudioError(f"{path}: has {sound.channels:,} channels; up to {_MAX_CHANNELS} can be read")
        yield sound


def _check_is_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; check the name") from error
    except OSError as error:
        raise AudioError(f"{path}: cannot be opened ({error.strerror}); check its permissions") from error
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{path}: is a folder; name a sound file")
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise AudioError(f"{path}: is not a regular file; name a sound file")
    if status.st_size == 0:
        raise AudioError(f"{path}: is empty (0 bytes); record or copy it again")


def _mono_blocks(sound: soundfile.SoundFile, path: Path) -> Iterator[NDArray[np.float32]]:
    """The file's frames with channels averaged, checked to be finite and complete."""
    n = 0
    while True:
        try:
            frames: NDArray[np.float32] = sound.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise _cut_off(path, n / sound.samplerate) from error
        n += len(frames)
        if len(frames) == 0:
            break
        mono = frames[:, 0] if frames.shape[1] == 1 else frames.mean(axis=1, dtype=np.float32)
        if not np.isfinite(mono).all():
            raise AudioError(f"{path}: holds samples that are not numbers (NaN or infinite); export it again")
        yield mono
    if n < sound.frames and sound.format in _EXACT_LENGTH:
        raise _cut_off(path, n / sound.samplerate)


def _cut_off(path: Path, at_s: float) -> AudioError:
    return AudioError(f"{path}: damaged or cut off, readable for {at_s:.1f} s; copy it again from its source")
