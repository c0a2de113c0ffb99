"""Sound files of any common kind, decoded to mono float32 at the rate that is asked for.

A file is decoded and resampled in blocks, so that memory does not grow with its length, and a header that promises
hours costs nothing. A flac says how long it is: one that is damaged or cut off is refused, because half a sound would
be found as another sound. In the other formats a missing end looks like a short sound, and what is there is the sound.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from menura.errors import AudioError, UsageError

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc"})
"""Endings, in lower case, of the files that a library is made of."""

_BLOCK_S = 0.75  # whole blocks make the few seconds that a tower hears, so that none is decoded for nothing
_MAX_BLOCK_SAMPLES = 1 << 22  # over all channels, 16 MB
_UNKNOWN_LENGTH = 2**63 - 1  # libsndfile's number of frames of a flac that was encoded into a pipe
_BAD_SEEK = 39  # libsndfile's error number
_RATES_HZ = (1_000, 1_000_000)
_MAX_CHANNELS = 64
_UNKNOWN_FORMAT = 1  # libsndfile's error number, as those below
_REASONS = {_UNKNOWN_FORMAT: "its format is not known", 4: "its encoding is not supported"}


def read_audio(path: str | Path, sample_rate_hz: int, *, duration_s: float | None = None) -> NDArray[np.float32]:
    """A file's sound, channels averaged.

    Args:
        path: A wav (8 to 32 bit or float), flac, ogg, opus, mp3 or aiff file of any rate and number of channels.
        sample_rate_hz: The rate to resample to.
        duration_s: Return the beginning only, at most so much of it, and decode little more than it takes.

    Returns:
        (n,) samples, full scale being -1 to 1.

    Raises:
        UsageError: There is no such file.
        AudioError: It is not a sound, is damaged or cut off, or holds no samples or ones that are not finite.
        ValueError: `duration_s` is less than a sample.
    """
    wanted = None if duration_s is None else round(duration_s * sample_rate_hz)
    if wanted is not None and wanted < 1:
        raise ValueError(f"duration_s is {duration_s}; it must make one sample at least")
    blocks: list[NDArray[np.float32]] = []
    n = 0
    for block in stream_audio(path, sample_rate_hz):
        blocks.append(block)
        n += len(block)
        if wanted is not None and n >= wanted:
            break
    return np.concatenate(blocks)[:wanted]


def audio_duration_s(path: str | Path) -> float:
    """Length of a file in seconds; errors as for `read_audio`.

    The header is taken at its word if the last frame that it promises can be read; otherwise the file is decoded.
    """
    path = Path(path)
    with _opened(path) as sound:
        rate_hz: int = sound.samplerate
        try:
            sound.seek(sound.frames - 1)
            if sound.frames and len(sound.read(1)):
                return float(sound.frames / rate_hz)
        except soundfile.LibsndfileError:
            pass  # decoding says what is wrong with it, if anything is
    return sum(len(block) for block in stream_audio(path, rate_hz)) / rate_hz


def stream_audio(path: str | Path, sample_rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """A file's sound block by block; arguments and errors as for `read_audio`.

    Yields:
        (n,) samples, n > 0 and about 0.75 s, at least one block.
    """
    path = Path(path)
    with _opened(path) as sound:
        yield from decoded_blocks(sound, path, sample_rate_hz)


def decoded_blocks(
    sound: soundfile.SoundFile, path: Path, sample_rate_hz: int, first: int = 0
) -> Iterator[NDArray[np.float32]]:
    """The sound of an open file from the frame at which it stands, which is `first`, as `stream_audio` gives it.

    `path` is its name for messages.
    """
    n = 0
    for block in _resampled(_mono_blocks(sound, path, first), sound.samplerate, sample_rate_hz):
        if not np.isfinite(block).all():
            raise AudioError(f"{path}: holds samples that are not numbers (NaN or infinite); export it again")
        n += len(block)
        if len(block):
            yield block
    if not n:
        raise AudioError(f"{path}: holds no samples; remove it or record it again")


def _resampled(blocks: Iterator[NDArray[np.float32]], from_hz: int, to_hz: int) -> Iterator[NDArray[np.float32]]:
    """The same sound at another rate, some blocks perhaps empty; the resampler's state runs on from block to block."""
    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def open_regular(path: Path) -> FileIO:
    """A file opened for reading, without ever waiting for another program.

    Raises:
        OSError: It cannot be opened.
        AudioError: It is a pipe, a socket or a device, perhaps since a moment ago.
    """
    try:
        stream = open(path, "rb", buffering=0, opener=_open_at_once)  # noqa: SIM115  # Path.open has no opener
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise _not_regular(path) from error
        raise
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise _not_regular(path)
    return stream


def _open_at_once(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _not_regular(path: Path) -> AudioError:
    return AudioError(f"{path}: is not a regular file; name a sound file")


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """The open file, after every check that its header allows."""
    try:
        stream = open_regular(path)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; check the name") from error
    except IsADirectoryError as error:
        raise UsageError(f"{path}: is a folder; name a sound file") from error
    except OSError as error:
        raise AudioError(f"{path}: cannot be opened ({error.strerror}); check its permissions") from error
    with stream:
        if not os.fstat(stream.fileno()).st_size:
            raise AudioError(f"{path}: is empty (0 bytes); record or copy it again")
        with _checked(partial(_sound_of, path, stream.fileno()), path) as sound:
            yield sound


@contextmanager
def open_sound(source: BinaryIO, path: Path) -> Iterator[soundfile.SoundFile]:
    """The sound in a stream, after every check that its header allows.

    Args:
        source: The content of a file, which can be sought.
        path: What it is called in messages.

    Raises:
        AudioError: It is not a sound, or of a rate or number of channels that cannot be read.
    """
    with _checked(partial(soundfile.SoundFile, source), path) as sound:
        yield sound


@contextmanager
def _checked(opened: Callable[[], soundfile.SoundFile], path: Path) -> Iterator[soundfile.SoundFile]:
    try:
        sound = opened()
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a name in .raw, which promises no header
        reason = _REASONS.get(getattr(error, "code", _UNKNOWN_FORMAT), "its header is damaged")
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


def _sound_of(path: Path, descriptor: int) -> soundfile.SoundFile:
    """What has been checked is what is decoded: the open file, not whatever has its name by now."""
    name = str(path) if os.name == "nt" else os.fsencode(path)  # bytes, because not every name is text
    if os.name == "nt":  # where C libraries share no descriptors
        return soundfile.SoundFile(name)
    try:
        return soundfile.SoundFile(descriptor, closefd=False)
    except soundfile.LibsndfileError as error:
        if error.code != _UNKNOWN_FORMAT or path.suffix.lower() != ".mp3":
            raise
        return soundfile.SoundFile(name)  # only by its name is one that begins with rubbish known for an mp3


def _mono_blocks(sound: soundfile.SoundFile, path: Path, first: int) -> Iterator[NDArray[np.float32]]:
    """The file's frames from `first` on with channels averaged, checked to be as many as a flac promises."""
    size = min(round(_BLOCK_S * sound.samplerate), _MAX_BLOCK_SAMPLES // sound.channels)
    ended, n = False, first
    while not ended:
        frames = np.full((size, sound.channels), np.nan, np.float32)
        try:
            frames = sound.read(out=frames)
            ended = len(frames) == 0
        except soundfile.LibsndfileError as error:
            frames = frames[: np.count_nonzero(~np.isnan(frames[:, 0]))]  # what was decoded before the error
            if sound.frames != _UNKNOWN_LENGTH or error.code != _BAD_SEEK:
                raise _cut_off(path, (n + len(frames)) / sound.samplerate) from error
            ended = True  # soundfile seeks after each read, and the end of such a file is nowhere
        n += len(frames)
        with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused as not finite
            mono = frames[:, 0] if sound.channels == 1 else frames.mean(axis=1, dtype=np.float32)
        yield mono
    if sound.format == "FLAC" and n < sound.frames != _UNKNOWN_LENGTH:
        raise _cut_off(path, n / sound.samplerate)


def _cut_off(path: Path, at_s: float) -> AudioError:
    return AudioError(f"{path}: damaged or cut off, readable for {at_s:.1f} s; copy it again from its source")
