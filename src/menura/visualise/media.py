"""Pictures and sounds as data URIs, so that a page is one file."""

from __future__ import annotations

import base64
import io

import matplotlib as mpl
import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

from menura.visualise.axes import COLOURS

_SHORT_S = 0.3  # below, the silence that MP3 puts around a sound would be longer than the sound
_LEVELS = 64  # shades of a picture: half the bytes of 256, and no eye tells


def picture_uri(decibels: NDArray[np.floating], lowest_db: float) -> str:
    """A PNG of (mel, frames), a pixel a tile, low bands at the bottom; from `lowest_db`, darkest, to 0 dB."""
    scaled = np.clip(1 - decibels / min(lowest_db, -1e-6), 0, 1)
    picture = Image.fromarray(np.flipud(np.rint(scaled * (_LEVELS - 1)).astype(np.uint8)), "P")
    palette = mpl.colormaps[COLOURS](np.linspace(0, 1, _LEVELS))[:, :3]
    picture.putpalette(np.rint(255 * palette).astype(np.uint8).tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, bits=6)
    return _uri("image/png", file)


def sound_uri(samples: NDArray[np.float32], sample_rate_hz: int) -> str:
    """A sound of (n,) samples: MP3, which every browser plays, at about 40 kbit/s; a very short one as WAV."""
    file = io.BytesIO()
    if len(samples) < _SHORT_S * sample_rate_hz:
        soundfile.write(file, samples, sample_rate_hz, format="WAV", subtype="PCM_16")
        return _uri("audio/wav", file)
    soundfile.write(file, samples, sample_rate_hz, format="MP3", bitrate_mode="VARIABLE", compression_level=0.9)
    return _uri("audio/mpeg", file)


def _uri(kind: str, file: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
