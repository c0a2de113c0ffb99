"""Whole sound files of every container and encoding that Menura reads, to be damaged."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

try:
    import av
except ImportError:  # then it reads none of these
    av = None  # type: ignore[assignment]

Rng = np.random.Generator

BY_LIBSNDFILE = (
    *((".wav", "WAV", subtype) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
    *((".wav", "WAV", subtype) for subtype in ("ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "NMS_ADPCM_16")),
    (".wav", "WAVEX", "PCM_16"),
    (".wav", "RF64", "PCM_16"),
    (".rf64", "RF64", "PCM_24"),
    (".w64", "W64", "PCM_16"),
    *((".caf", "CAF", subtype) for subtype in ("PCM_16", "FLOAT", "ALAC_16")),
    *((".flac", "FLAC", subtype) for subtype in ("PCM_16", "PCM_24")),
    (".ogg", "OGG", "VORBIS"),
    (".opus", "OGG", "OPUS"),
    *((".mp3", "MP3", subtype) for subtype in ("MPEG_LAYER_III", "MPEG_LAYER_II")),
    *((".aiff", "AIFF", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24", "FLOAT", "IMA_ADPCM", "DWVW_12")),
    *((".au", "AU", subtype) for subtype in ("PCM_16", "ULAW", "G721_32")),
    (".voc", "VOC", "PCM_16"),
    (".avr", "AVR", "PCM_16"),
    (".paf", "PAF", "PCM_24"),
    (".pvf", "PVF", "PCM_16"),
    (".sds", "SDS", "PCM_16"),
    (".sf", "IRCAM", "PCM_16"),
    (".sph", "NIST", "PCM_16"),
    (".svx", "SVX", "PCM_16"),
    (".wve", "WVE", "ALAW"),
    (".xi", "XI", "DPCM_16"),
)
"""Ending, container and encoding."""

BY_FFMPEG = (
    (".m4a", "mp4", "aac"),
    (".m4a", "mp4", "alac"),
    (".m4b", "ipod", "aac"),
    (".mp4", "mp4", "libmp3lame"),
    (".aac", "adts", "aac"),
    (".wma", "asf", "wmav1"),
    (".wma", "asf", "wmav2"),
    (".webm", "webm", "libopus"),
    (".3gp", "3gp", "aac"),
    (".amr", "amr", "libopencore_amrnb"),
)
"""The same of what PyAV reads."""


class Seed(NamedTuple):
    """A whole sound file: the ending of its name, its bytes, and what it is called in tables."""

    suffix: str
    content: bytes
    container: str


def make_seeds(rng: Rng) -> list[Seed]:
    """A short sound in every format and encoding that is read, mono and stereo where it can be."""
    return [*_by_libsndfile(rng), *(_by_ffmpeg(rng) if av is not None else ())]


def _by_libsndfile(rng: Rng) -> Iterator[Seed]:
    for suffix, container, subtype in BY_LIBSNDFILE:
        for channels in (1, 2):
            file = io.BytesIO()
            rate_hz = {"OPUS": 48_000, "WVE": 8_000}.get(subtype if subtype == "OPUS" else container, 16_000)
            # Of an encoding for mono alone, or one that this libsndfile was built without.
            with suppress(soundfile.LibsndfileError):
                soundfile.write(file, _sound(rng, channels), rate_hz, format=container, subtype=subtype)
                yield Seed(suffix, file.getvalue(), container)


def _by_ffmpeg(rng: Rng) -> Iterator[Seed]:
    for suffix, container, codec in BY_FFMPEG:
        rate_hz = {"amr": 8_000, "webm": 48_000}.get(container, 44_100)
        for channels in (1,) if container == "amr" else (1, 2):
            with suppress(av.FFmpegError):  # an FFmpeg built without this encoder
                yield Seed(suffix, _encoded(_sound(rng, channels), rate_hz, container, codec), f"{suffix[1:]}, {codec}")


def _sound(rng: Rng, channels: int) -> NDArray[np.float64]:
    """Tones and noise, (n, channels)."""
    n = int(rng.integers(2_000, 9_000))
    time_s = np.arange(n)[:, None] / 16_000
    tones = 0.4 * np.sin(2 * np.pi * rng.uniform(80, 3_000, channels) * time_s)
    return tones + rng.normal(0, 0.02, (n, channels))


def _encoded(sound: NDArray[np.float64], rate_hz: int, container: str, codec: str) -> bytes:
    content, layout = io.BytesIO(), "mono" if sound.shape[1] == 1 else "stereo"
    with av.open(content, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate_hz)
        stream.layout = layout
        stream.bit_rate = 12_200 if container == "amr" else 96_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T, np.float32), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        encoder = stream.codec_context
        resampler = av.AudioResampler(encoder.format.name, layout, rate_hz, frame_size=encoder.frame_size or 1_024)
        for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(ready))
    return content.getvalue()
