"""What a card draws of a sound: the waveform of all of it, and the log-mel spectrogram of one window."""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.containers import UNDECODABLE, Sound, open_sound
from menura.audio.features import log_mel, mel_centres_hz
from menura.audio.files import decoded_blocks, joined, read_frames
from menura.audio.windows import Window, without_offset
from menura.specs import FrontEndSpec
from menura.web import schemas
from menura.web.levels import level_of

_PEAKS = 400
_WHOLE_SAMPLES = 1 << 23  # over all channels, 32 MB; of a longer file the peaks are those of samples of it
_WEIGHED_SAMPLES = 1 << 21  # 24 s of stereo; a longer file is as loud as the window, which is what is heard of it first
_NEAR_PEAKS = 300
_GLANCE_FRAMES = 2_048
_MARGIN_S = 0.05  # decoded before a window, for the resampler to have settled
_VIEWS = 512  # 25 kB each


class Views:
    """The views made last, so that scrolling back costs nothing. Safe to use from several threads."""

    def __init__(self, most: int = _VIEWS) -> None:
        self._most = most
        self._views: OrderedDict[Hashable, schemas.View] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], schemas.View]) -> schemas.View:
        """The view of this key, made where it is not known."""
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        view = make()
        with self._lock:
            self._views[key] = view
            while len(self._views) > self._most:
                self._views.popitem(last=False)
        return view


def view_of(stream: BufferedReader, path: Path, front_end: FrontEndSpec, start_s: float) -> schemas.View:
    """The view of an open file, with the window that begins at `start_s`.

    Raises:
        AudioError: It cannot be read as sound.
    """
    with open_sound(stream, path) as sound:
        duration_s, rate_hz = sound.frames / sound.samplerate, sound.samplerate
        whole = _whole(sound)
        peaks = _glances(sound) if whole is None else _peaks(np.abs(whole).max(axis=1), _PEAKS)
    stream.seek(0)
    window = read_window(stream, path, front_end, start_s)
    decibels = log_mel(window.samples, front_end)
    is_long = duration_s > front_end.duration_s
    if whole is not None and whole.size <= _WEIGHED_SAMPLES:
        level = level_of(whole, rate_hz)
    else:
        peak = 1.0 if whole is None else float(peaks.max(initial=0.0))
        level = level_of(window.samples, front_end.sample_rate_hz, peak=peak)
    return schemas.View(
        duration_s=duration_s,
        start_s=window.start_s,
        end_s=window.end_s,
        peaks=[round(float(peak), 4) for peak in peaks],
        near=[round(float(peak), 4) for peak in _peaks(np.abs(window.samples), _NEAR_PEAKS)] if is_long else [],
        level=level,
        f_min_hz=front_end.f_min_hz,
        f_max_hz=front_end.f_max_hz,
        **drawn(decibels, front_end).model_dump(),
    )


def read_window(stream: BufferedReader, path: Path, front_end: FrontEndSpec, start_s: float) -> Window:
    """The window of an open file that begins at `start_s`; beyond the end, the last one.

    Raises:
        AudioError: It cannot be read as sound.
    """
    rate_hz = front_end.sample_rate_hz
    with open_sound(stream, path) as sound:
        duration_s = sound.frames / sound.samplerate
        if start_s >= duration_s:
            start_s = max(0.0, duration_s - front_end.duration_s)
        first = max(0, round((start_s - _MARGIN_S) * sound.samplerate))
        if first and not _sought(sound, first):
            first = 0
        skipped = round((start_s - first / sound.samplerate) * rate_hz)
        samples = joined(decoded_blocks(sound, path, rate_hz, first), skipped + front_end.n_samples)
    samples = without_offset(samples[skipped:])
    return Window(start_s, start_s + len(samples) / rate_hz, samples)


def drawn(decibels: NDArray[np.float32], front_end: FrontEndSpec) -> schemas.LogMel:
    """A log-mel spectrogram (bands, frames) in dB, 0 the loudest, as it is sent."""
    silent = not decibels.any()  # nothing is louder than silence, which is 0 dB everywhere
    low = -front_end.dynamic_range_db
    levels = np.zeros(decibels.shape, np.uint8) if silent else np.round(255 * (1 - decibels / low)).astype(np.uint8)
    return schemas.LogMel(
        log_mel=base64.b64encode(levels.tobytes()).decode(),
        bands=front_end.n_mels,
        frames=front_end.n_frames,
        frame_s=front_end.hop_s,
        band_hz=[round(float(hz), 1) for hz in mel_centres_hz(front_end)],
    )


def _whole(sound: Sound) -> NDArray[np.float32] | None:
    """(n, channels) all of a file that is not too long; nothing of one that is damaged somewhere, None for others."""
    if sound.frames * sound.channels > _WHOLE_SAMPLES:
        return None
    try:
        return read_frames(sound, sound.frames).samples
    except UNDECODABLE:
        return np.zeros((0, sound.channels), np.float32)


def _peaks(magnitudes: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Up to `count` peaks in [0, 1], each of an equal piece of (n,) magnitudes."""
    edges = np.linspace(0, len(magnitudes), min(count, len(magnitudes)) + 1).astype(np.int64)[:-1]
    return _limited(np.maximum.reduceat(magnitudes, edges)) if len(edges) else np.zeros(0, np.float32)


def _glances(sound: Sound) -> NDArray[np.float32]:
    """400 peaks in [0, 1] of a long file, each of a moment of it; none if it is damaged somewhere."""
    edges = np.linspace(0, sound.frames, _PEAKS + 1).astype(np.int64)
    try:
        return _limited(np.array([_glance(sound, int(at)) for at in edges[:-1]], np.float32))
    except UNDECODABLE:  # the card shows what it can
        return np.zeros(0, np.float32)


def _limited(peaks: NDArray[np.float32]) -> NDArray[np.float32]:
    limited: NDArray[np.float32] = np.clip(np.nan_to_num(peaks, posinf=1), 0, 1)
    return limited


def _glance(sound: Sound, at: int) -> float:
    sound.seek(at)
    return float(np.abs(read_frames(sound, _GLANCE_FRAMES).samples).max(initial=0))


def _sought(sound: Sound, frame: int) -> bool:
    """Whether the file now stands at this frame; otherwise it stands where it stood, at its beginning."""
    try:
        return bool(sound.seek(frame) == frame)
    except UNDECODABLE:
        return False
