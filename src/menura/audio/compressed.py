"""Recordings that libsndfile cannot read, decoded by FFmpeg through PyAV: m4a, aac, wma, webm, 3gp and amr.

The format is told by the file's first bytes and FFmpeg is held to it. Left to itself it would try all that it knows,
among them playlists, which open other files.
"""

from __future__ import annotations

import errno
import os
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_EBML = bytes.fromhex("1a45dfa3")
_KINDS = {"mov": "m4a (MPEG-4)", "asf": "wma", "matroska": "webm", "amr": "amr", "aac": "aac"}
_STATE_LENGTH = frozenset({"mov"})  # the header lists every frame: one that is not there was lost
_PLACED = frozenset({"mov", "aac"})  # frames say where they are to the sample, and are decoded without many before them
_COUNTED = frozenset({"aac", "amr"})  # there is no header to say how long they are
_ROUNDING_S = 0.1  # by which what is stated may differ from what comes: some frames of a codec
_PREROLL_S = 0.25  # a decoder that begins in the middle is right after some frames
_SCALES = {"u8": (1 << 7, 1 << 7), "s16": (1 << 15, 0), "s32": (1 << 31, 0)}  # full scale, and the value of silence


class DamagedError(Exception):
    """A recording cannot be decoded from here on."""


def demuxer_of(head: bytes) -> str | None:
    """FFmpeg's name for the format of a file that begins so, or None if it is none that is decoded here."""
    if head[4:8] == b"ftyp":
        return "mov"
    if head.startswith(_ASF):
        return "asf"
    if head.startswith(_EBML):
        return "matroska"
    if head.startswith(b"#!AMR"):
        return "amr"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # ADTS; in an mp3 the layer's bits are not 0
        return "aac"
    return None


def kind_of(demuxer: str) -> str:
    """What a person calls that format."""
    return _KINDS[demuxer]


class _Places:
    """A stream as FFmpeg may use it, which in a damaged file goes to places that there cannot be."""

    def __init__(self, source: BinaryIO) -> None:
        self.read, self.tell = source.read, source.tell
        self._seek = source.seek

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Where it is then; negative, which FFmpeg takes for damage, where there is no such place."""
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno not in (errno.EINVAL, errno.EOVERFLOW):
                raise  # the disk's, and not the file's
            return -errno.EINVAL


def _words(error: Exception) -> str:
    """What FFmpeg says is wrong, without its number and without the name of the file, which it repeats."""
    return str(getattr(error, "strerror", None) or error)


class CompressedSound:
    """The sound of a stream, with as much of the interface of `soundfile.SoundFile` as is used.

    Args:
        source: The content of a file, which can be sought.
        demuxer: FFmpeg's name for its format.

    Raises:
        DamagedError: There is no sound in it that can be decoded.
    """

    def __init__(self, source: BinaryIO, demuxer: str) -> None:
        import av  # noqa: PLC0415  # it is not there for everybody

        self._open = partial(av.open, _Places(source), mode="r", format=demuxer, metadata_errors="replace")
        self._failures = (av.FFmpegError, OverflowError)
        self._demuxer = demuxer
        self._source = source
        self._begin()
        self.format = _KINDS[demuxer].split()[0].upper()
        self.subtype = self._stream.codec_context.name.upper()
        self.samplerate = self._stream.rate or 0
        self.channels = self._stream.layout.nb_channels
        self._states_length = demuxer in _STATE_LENGTH and self._stream.duration is not None
        self.frames = self._count() if self.samplerate else 0

    def read(self, *, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill `out` (n, channels) with what comes next.

        Returns:
            Its beginning, as far as there was something: shorter only at the end.

        Raises:
            DamagedError: It cannot be decoded further; what could be is in `out`.
        """
        n = 0
        while n < len(out) and (len(self._held) or self._decode_next()):
            part = self._held[: len(out) - n]
            out[n : n + len(part)] = part
            n += len(part)
            self._drop(len(part))
        return out[:n]

    def seek(self, frame: int) -> int:
        """Go to a frame, and tell at which it is: an earlier one if there are not so many.

        Raises:
            DamagedError: It cannot be decoded on the way.
        """
        preroll = round(_PREROLL_S * self.samplerate)
        if self._demuxer in _PLACED and not self._at <= frame <= self._at + 2 * preroll and frame > preroll:
            self._go_near(frame - preroll)
        elif frame < self._at:
            self.close()
            self._begin()
        while self._at < frame and (len(self._held) or self._decode_next()):
            self._drop(min(frame - self._at, len(self._held)))
        return self._at

    def tell(self) -> int:
        """The frame that comes next."""
        return self._at

    def close(self) -> None:
        """Let go of the decoder; the stream stays open."""
        self._container.close()

    def _begin(self) -> None:
        """Open it, at its beginning: to go back there would not set all of a decoder's state."""
        self._source.seek(0)
        try:
            self._container = self._open()
        except self._failures as error:
            raise DamagedError(_words(error)) from error
        if not self._container.streams.audio:
            self.close()
            raise DamagedError("no sound in it")
        self._stream = self._container.streams.audio[0]
        if self._stream.codec_context is None:
            self.close()
            raise DamagedError("of an encoding that is not known")
        self._decoded = self._container.decode(self._stream)
        self._held = np.zeros((0, self._stream.layout.nb_channels), np.float32)
        self._at = 0

    def _count(self) -> int:
        """How many frames there are: as the header states, or about as many as its duration or its packets make."""
        stream, container = self._stream, self._container
        units, unit_s = stream.duration, stream.time_base or 0
        if self._demuxer in _COUNTED or (units is None and container.duration is None):
            units = self._units_demuxed()
        elif not self._states_length:
            units, unit_s = container.duration, Fraction(1, 1_000_000)
        return max(0, round((units or 0) * unit_s * self.samplerate))

    def _units_demuxed(self) -> int:
        """Where the last packet ends, in the stream's units of time; afterwards it stands at its beginning again."""
        end = first = self._stream.start_time or 0
        try:
            for packet in self._container.demux(self._stream):
                if packet.pts is not None:
                    end = max(end, packet.pts + (packet.duration or 0))
        except self._failures:  # decoding comes to that place, too
            pass
        self.close()
        self._begin()
        return end - first

    def _go_near(self, frame: int) -> None:
        """Go to the frame, or to one near it at which decoding can begin."""
        stream = self._stream
        assert stream.time_base is not None
        units = round(frame / (self.samplerate * stream.time_base))
        try:
            self._container.seek((stream.start_time or 0) + units, stream=stream)
        except self._failures as error:
            raise DamagedError(_words(error)) from error
        self._decoded = self._container.decode(stream)
        self._decode_next(placed=True)

    def _decode_next(self, *, placed: bool = False) -> bool:
        """Hold the samples of the next frame that has any; whether there was one.

        Args:
            placed: It says itself where it is; otherwise it follows the last one.
        """
        try:
            for frame in self._decoded:
                if placed and frame.pts is not None and frame.time_base is not None:
                    since = (frame.pts - (self._stream.start_time or 0)) * frame.time_base
                    self._at = max(0, round(since * self.samplerate))
                placed = False
                self._held = self._samples(frame)
                if self._states_length:  # a codec's last frame is full, and the sound ends within it
                    self._held = self._held[: max(0, self.frames - self._at)]
                if len(self._held):
                    return True
        except self._failures as error:
            raise DamagedError(_words(error)) from error
        if self._states_length and self._at < self.frames - _ROUNDING_S * self.samplerate:
            raise DamagedError("it ends too early")
        return False

    def _drop(self, count: int) -> None:
        self._held = self._held[count:]
        self._at += count

    def _samples(self, frame: AudioFrame) -> NDArray[np.float32]:
        """A decoded frame as (n, channels)."""
        if frame.sample_rate != self.samplerate or frame.layout.nb_channels != self.channels:
            raise DamagedError("it changes its rate or channels")
        values = frame.to_ndarray()
        by_frame = values.T if frame.format.is_planar else values.reshape(-1, self.channels)
        full_scale, offset = _SCALES.get(frame.format.name.removesuffix("p"), (1, 0))
        if full_scale == 1:
            return by_frame.astype(np.float32, copy=False)
        return ((by_frame - np.float64(offset)) / full_scale).astype(np.float32)
