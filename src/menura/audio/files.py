"""Sound files of any common kind, decoded to mono float32 at the rate that is asked for.

A file is decoded and resampled in blocks, so that memory does not grow with its length, and a header that promises
hours costs nothing. A flac says how long it is: one that is damaged or cut off is refused, because half a sound would
be found as another sound. In the other formats a missing end looks like a short sound, and what is there is the sound.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import FileIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from menura.audio.containers import UNDECODABLE, UNKNOWN_FORMAT, Sound, opened_sound
from menura.audio.mono import cancelling_channel
from menura.errors import AudioError, UsageError

_BLOCK_S = 0.75  # whole blocks make the few seconds that a tower hears, so that none is decoded for nothing
_MAX_BLOCK_SAMPLES = 1 << 22  # over all channels, 16 MB
_MIX_S = 8.0  # by so much of the sound it is decided how its channels are mixed
_AUDIBLE = 1e-4  # away from the first frame: three steps of a 16-bit recording
_UNKNOWN_LENGTH = 2**63 - 1  # libsndfile's number of frames of a flac that was encoded into a pipe
_BAD_SEEK = 39  # libsndfile's error number


def read_audio(path: str | Path, sample_rate_hz: int, *, duration_s: float | None = None) -> NDArray[np.float32]:
    """A file's sound, its channels mixed: their mean, or the loudest of them where the mean is far below it.

    Args:
        path: A file of any kind that libsndfile reads or, with PyAV, FFmpeg; of any rate and number of channels.
        sample_rate_hz: The rate to resample to.
        duration_s: Return the beginning only, at most so much of it, and decode no more than some seconds after it.

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
    return joined(stream_audio(path, sample_rate_hz), wanted)


def joined(blocks: Iterable[NDArray[np.float32]], wanted: int | None = None) -> NDArray[np.float32]:
    """Blocks, one at least, as one array: all of them, or their first samples, beyond which no block is asked for."""
    kept: list[NDArray[np.float32]] = []
    n = 0
    for block in blocks:
        kept.append(block)
        n += len(block)
        if wanted is not None and n >= wanted:
            break
    return np.concatenate(kept)[:wanted]


def audio_duration_s(path: str | Path) -> float:
    """Length of a file in seconds; errors as for `read_audio`.

    The header is taken at its word if the last frame that it promises can be read; otherwise the file is decoded.
    """
    path = Path(path)
    with _opened(path) as sound:
        rate_hz: int = sound.samplerate
        try:
            sound.seek(sound.frames - 1)
            if sound.frames and len(sound.read(out=np.empty((1, sound.channels), np.float32))):
                return float(sound.frames / rate_hz)
        except UNDECODABLE:
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


def decoded_blocks(sound: Sound, path: Path, sample_rate_hz: int, first: int = 0) -> Iterator[NDArray[np.float32]]:
    """The sound of an open file from the frame at which it stands, which is `first`, as `stream_audio` gives it.

    `path` is its name for messages.
    """
    n = 0
    mono = _mixed(_frame_blocks(sound, path, first), round(_MIX_S * sound.samplerate))
    for block in _resampled(mono, sound.samplerate, sample_rate_hz):
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
def _opened(path: Path) -> Iterator[Sound]:
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
        sound = opened_sound(stream, path, partial(_sound_of, path, stream.fileno()))
        try:
            yield sound
        finally:
            sound.close()


def _sound_of(path: Path, descriptor: int) -> soundfile.SoundFile:
    """What has been checked is what is decoded: the open file, not whatever has its name by now."""
    name = str(path) if os.name == "nt" else os.fsencode(path)  # bytes, because not every name is text
    if os.name == "nt":  # where C libraries share no descriptors
        return soundfile.SoundFile(name)
    try:
        return soundfile.SoundFile(descriptor, closefd=False)
    except soundfile.LibsndfileError as error:
        if error.code != UNKNOWN_FORMAT or path.suffix.lower() != ".mp3":
            raise
        return soundfile.SoundFile(name)  # only by its name is one that begins with rubbish known for an mp3


def _mixed(blocks: Iterator[NDArray[np.float32]], n_decide: int) -> Iterator[NDArray[np.float32]]:
    """One channel of blocks of (n, channels), mixed in one way from the first of them to the last.

    Which way is decided by the first `n_decide` frames from where something is heard. Before that any way is as good.
    """
    held: list[NDArray[np.float32]] = []
    for block in blocks:
        if block.shape[1] == 1:
            yield block[:, 0]
            yield from (later[:, 0] for later in blocks)
            return
        if not held and _is_silent(block):
            yield _mean(block)
            continue
        held.append(block)
        n_most = min(n_decide, _MAX_BLOCK_SAMPLES // block.shape[1])
        if sum(map(len, held)) >= n_most:
            break
    with np.errstate(over="ignore", invalid="ignore"):
        channel = cancelling_channel(np.concatenate(held)) if held else None
    for block in chain(held, blocks):
        yield _mean(block) if channel is None else block[:, channel]


def _is_silent(block: NDArray[np.float32]) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return not len(block) or bool(np.abs(block - block[0]).max() < _AUDIBLE)


def _mean(block: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused as not finite
        total = block[:, 0].copy()
        for channel in range(1, block.shape[1]):  # numpy's mean over two columns takes five times as long
            total += block[:, channel]
        total /= np.float32(block.shape[1])
    return total


def _frame_blocks(sound: Sound, path: Path, first: int) -> Iterator[NDArray[np.float32]]:
    """The sound's frames from `first` on, (n, channels), checked to be as many as a flac promises."""
    size = min(round(_BLOCK_S * sound.samplerate), _MAX_BLOCK_SAMPLES // sound.channels)
    n = first
    while True:
        frames, error = read_frames(sound, size)
        n += len(frames)
        if error is not None and n != sound.frames:  # else what follows is a tag of a ripper's
            raise _cut_off(path, n / sound.samplerate) from error
        yield frames
        if error is not None or not len(frames):
            break
    if sound.format == "FLAC" and n < sound.frames != _UNKNOWN_LENGTH:
        raise _cut_off(path, n / sound.samplerate)


class Frames(NamedTuple):
    """Frames of a sound, (n, channels), and what made the decoding end there, if it was no end."""

    samples: NDArray[np.float32]
    error: Exception | None


def read_frames(sound: Sound, count: int) -> Frames:
    """The next frames of a sound, less of them where it ends or is damaged."""
    frames = np.full((count, sound.channels), np.nan, np.float32)
    try:
        return Frames(sound.read(out=frames), None)
    except UNDECODABLE as error:
        decoded = frames[: np.count_nonzero(~np.isnan(frames[:, 0]))]
        # soundfile seeks after each read, and the end of a flac of unknown length is nowhere
        is_end = sound.frames == _UNKNOWN_LENGTH and getattr(error, "code", None) == _BAD_SEEK
        return Frames(decoded, None if is_end else error)


def _cut_off(path: Path, at_s: float) -> AudioError:
    return AudioError(f"{path}: damaged or cut off, readable for {at_s:.1f} s; copy it again from its source")
