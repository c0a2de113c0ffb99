"""The room in which a take was made: learned from the take's own quiet moments, and taken out of it.

A room is a plateau: many quiet moments, about equally quiet, well below the loudest. The end of a fading sound is no
plateau, and a hum that fills the whole take is not below itself; from neither is a room learned.

The room's spectrum is taken out by spectral subtraction in power (Boll, *Suppression of acoustic noise in speech using
spectral subtraction*, 1979). More is taken out than was learned (Berouti, Schwartz and Makhoul, *Enhancement of speech
corrupted by acoustic noise*, 1979), from a take smoothed over time and frequency, so that no single bins are left over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from menura.audio.stft import smooth

# Measured on takes with and without rooms: smoothed levels of a room's frames spread by .3 to 1.1 dB, those of the
# quietest frames of a voice alone by 1.4 and more. The deeper the plateau, the less harm a mistake does.
_LEAST_DEPTH_DB = 12.0
_SPREAD_DB, _SPREAD_DB_A_DB = 1.0, 1 / 14
_DRIFT_DB = 1.5  # from its earlier half to its later; a sound that fades drifts by half of what it fades
_QUIETEST = 0.05  # share of frames below which the plateau begins
_PLATEAU_DB = 3.0  # and how far it reaches above
_LEAST_SHARE, _LEAST_FRAMES = 0.06, 6
_SILENT = 1e-8  # of the loudest, and 1e-11 of full scale: no room, but a gate that is shut, or the steps of 16 bits
_SILENT_POWER = 1e-11
_LEVEL_REACH = 2  # frames on each side over which levels are smoothed
_TAKEN_OUT = 2.0  # times the room's power


def frame_levels(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """The power of (frames, bands), smoothed over 60 ms: (frames,)."""
    return smooth(bands.sum(axis=1), _LEVEL_REACH)


def recorded_frames(levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of the frames are recorded: not those in which a gate was shut or a device not ready, nor their neighbours.

    Args:
        levels: (frames,) from `frame_levels`.
    """
    silent = levels < _SILENT_POWER
    near: NDArray[np.bool_] = smooth(silent.astype(np.float32), 2 * _LEVEL_REACH + 1) > 0
    return ~near


def room_frames(levels: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """Which of the frames hold the room alone.

    Args:
        levels: (frames,) from `frame_levels`.

    Returns:
        (frames,), or None where no room can be told from the sound.
    """
    loudest = float(levels.max(initial=0))
    sounding = levels >= max(loudest * _SILENT, _SILENT_POWER)
    n_sounding = int(np.count_nonzero(sounding))
    if n_sounding < 2 * _LEAST_FRAMES:
        return None
    quiet = float(np.quantile(levels[sounding], _QUIETEST))
    plateau: NDArray[np.bool_] = sounding & (levels < quiet * 10 ** (_PLATEAU_DB / 10))
    if np.count_nonzero(plateau) < max(_LEAST_FRAMES, _LEAST_SHARE * n_sounding):
        return None
    decibels = 10 * np.log10(levels[plateau])
    depth_db = 10 * np.log10(loudest) - decibels.mean()
    if depth_db < _LEAST_DEPTH_DB or decibels.std() > _SPREAD_DB + _SPREAD_DB_A_DB * (depth_db - _LEAST_DEPTH_DB):
        return None
    earlier, later = np.array_split(decibels, 2)
    if abs(earlier.mean() - later.mean()) > _DRIFT_DB:
        return None
    return plateau


def without_room(
    spectra: NDArray[np.complex64], power: NDArray[np.float32], room: NDArray[np.float32]
) -> NDArray[np.complex64]:
    """Spectra without the room's.

    Args:
        spectra: (frames, bins).
        power: (frames, bins) their power.
        room: (bins,) the power of the room in a frame.

    Returns:
        (frames, bins), 0 where nothing stands out of the room.
    """
    around = smooth(smooth(power).T).T
    share = np.maximum(around - _TAKEN_OUT * room, 0) / np.maximum(around, np.float32(1e-30))
    cleared: NDArray[np.complex64] = spectra * np.sqrt(share, dtype=np.float32)
    return cleared
