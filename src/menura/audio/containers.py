"""Opening a sound, whatever it is kept in: by libsndfile, by FFmpeg, and with what is odd about some files set right.

A tag in front of an aiff, wav or flac is passed over, and a wav whose writer never came to fill in its length is read
to the end of the file. Neither is changed: what decodes them sees them through a stream that differs in these places.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from menura.audio.compressed import CompressedSound, DamagedError, demuxer_of, kind_of
from menura.audio.encodings import riff_chunks, unread_encoding
from menura.audio.kinds import has_formats, needs_formats, reason_not_read, suffix_of
from menura.errors import AudioError

_RATES_HZ = (1_000, 1_000_000)
_MAX_CHANNELS = 64
_HEAD_BYTES = 64
_TAGGED = (b"FORM", b"RIFF", b"RF64", b"fLaC")  # after a tag; an mp3's belongs to it
UNKNOWN_FORMAT = 1
"""libsndfile's error number for what is no sound that it knows."""

_REASONS = {UNKNOWN_FORMAT: "its format is not known", 4: "its encoding is not supported"}
_OPEN_ENDED = 0xFFFFFFFF  # of a length in a wav


class Sound(Protocol):
    """An open sound: that of `soundfile.SoundFile` which is used here."""

    format: str
    subtype: str
    samplerate: int
    channels: int
    frames: int

    def read(self, *, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill (n, channels) with the next frames, or its beginning where there are less of them; returns that."""

    def seek(self, frame: int, /) -> int:
        """Go to a frame, and tell at which it is."""

    def tell(self) -> int:
        """The frame that comes next."""

    def close(self) -> None:
        """Let go of it."""


UNDECODABLE = (soundfile.LibsndfileError, DamagedError)
"""What reading and seeking raise where a sound is damaged."""


@contextmanager
def open_sound(source: BinaryIO, path: Path) -> Iterator[Sound]:
    """The sound in a stream, for as long as the context lasts; arguments and errors as for `opened_sound`."""
    sound = opened_sound(source, path)
    try:
        yield sound
    finally:
        sound.close()


def opened_sound(source: BinaryIO, path: Path, plainly: Callable[[], soundfile.SoundFile] | None = None) -> Sound:
    """The sound in a stream, after every check that its header allows.

    Args:
        source: The content of a file, which can be sought.
        path: What it is called in messages.
        plainly: Opens it by libsndfile where nothing about it is odd; by default through the stream.

    Returns:
        It is the caller's to close; the stream stays open.

    Raises:
        AudioError: It is not a sound, or of a rate or number of channels that cannot be read.
    """
    mended = _mended(source)
    demuxer = demuxer_of(_bytes_at(mended, 0, _HEAD_BYTES))
    mended.seek(0)
    if demuxer is not None:
        sound = _decoded_by_ffmpeg(mended, demuxer, path)
    else:
        by_itself = plainly if plainly is not None and mended is source else lambda: soundfile.SoundFile(mended)
        sound = _decoded_by_libsndfile(by_itself, mended, path)
    try:
        _check(sound, path)
    except AudioError:
        sound.close()
        raise
    return sound


def is_odd(source: BinaryIO) -> bool:
    """Whether a sound is read otherwise than it is written, so that other programs may not be able to."""
    return _mended(source) is not source


def _decoded_by_ffmpeg(source: BinaryIO, demuxer: str, path: Path) -> Sound:
    kind = kind_of(demuxer)
    if not has_formats():
        raise AudioError(f"{path}: {needs_formats(kind)}")
    try:
        return CompressedSound(source, demuxer)
    except DamagedError as error:
        raise AudioError(
            f"{path}: damaged, or no sound in it ({kind}: {error}); copy it again from its source"
        ) from error


def _decoded_by_libsndfile(opened: Callable[[], soundfile.SoundFile], source: BinaryIO, path: Path) -> Sound:
    try:
        return cast(Sound, opened())
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a name in .raw, which promises no header
        encoding = unread_encoding(source)
        code = getattr(error, "code", UNKNOWN_FORMAT)
        reason = f"its encoding, {encoding}, is not read" if encoding else _REASONS.get(code, "its header is damaged")
        if code == UNKNOWN_FORMAT and (other := reason_not_read(suffix_of(path.name))) is not None:
            raise AudioError(f"{path}: {other}") from error
        raise AudioError(f"{path}: not a sound file that can be read ({reason}); convert it to wav or flac") from error


def _check(sound: Sound, path: Path) -> None:
    if not _RATES_HZ[0] <= sound.samplerate <= _RATES_HZ[1]:
        raise AudioError(
            f"{path}: its sample rate is {sound.samplerate:,} Hz; rates from {_RATES_HZ[0]:,} to "
            f"{_RATES_HZ[1]:,} Hz can be read"
        )
    if not 1 <= sound.channels <= _MAX_CHANNELS:
        raise AudioError(f"{path}: has {sound.channels:,} channels; from 1 to {_MAX_CHANNELS} can be read")


def _mended(source: BinaryIO) -> BinaryIO:
    """The stream itself, at its beginning; or, where something about it is odd, one that reads as it should be."""
    start = _after_tag(source)
    unfinished = _unfinished_length(source) if not start else None
    if unfinished is not None:
        at, length = unfinished
        return cast(BinaryIO, _Mended(source, 0, at, length.to_bytes(4, "little")))
    source.seek(0)
    return cast(BinaryIO, _Mended(source, start)) if start else source


def _after_tag(source: BinaryIO) -> int:
    """Where the sound begins after an ID3v2 tag that does not belong to its format; 0 if there is none."""
    head = _bytes_at(source, 0, 10)
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    start = 10 + size + (10 if head[5] & 0x10 else 0)
    after = _bytes_at(source, start, 4)
    return start if after in _TAGGED or demuxer_of(after) is not None else 0


def _unfinished_length(source: BinaryIO) -> tuple[int, int] | None:
    """Where the length of a wav's samples is to be written, and what: its writer was to do so and never did.

    An empty wav says the same of its samples, but also where the file ends.
    """
    head = _bytes_at(source, 0, 12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    claimed = int.from_bytes(head[4:8], "little")
    n_bytes = source.seek(0, os.SEEK_END)
    if claimed + 8 >= n_bytes and claimed != _OPEN_ENDED:
        return None
    for name, at, size in riff_chunks(source):
        if name == b"data":
            is_unfinished = size == 0 and n_bytes > at and (claimed + 8 <= at or claimed == _OPEN_ENDED)
            return (at - 4, min(n_bytes - at, _OPEN_ENDED)) if is_unfinished else None
    return None


def _bytes_at(source: BinaryIO, at: int, count: int) -> bytes:
    source.seek(at)
    return source.read(count)


class _Mended(io.RawIOBase):
    """A stream as it should be: from a place on, and with some bytes replaced.

    Args:
        source: The stream as it is.
        start: Where it is to begin.
        at: Where bytes are to be replaced, from that beginning.
        by: What they are replaced by.
    """

    def __init__(self, source: BinaryIO, start: int, at: int = 0, by: bytes = b"") -> None:
        self._source = source
        self._start = start
        self._at = at
        self._by = by
        self._end = source.seek(0, os.SEEK_END) - start
        self._place = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where it is."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go somewhere."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._end}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: object, /) -> int:
        """Read what comes next into a buffer, and tell how much."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        self._source.seek(self._start + self._place)
        content = bytearray(self._source.read(len(view)))
        for place, byte in enumerate(self._by, start=self._at - self._place):
            if 0 <= place < len(content):
                content[place] = byte
        view[: len(content)] = content
        self._place += len(content)
        return len(content)
