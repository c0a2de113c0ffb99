"""How near a sound made of a spectrogram comes to it: real clips, their log-mel made audible, and heard again.

    python -m benchmarks.visualise.sonification --data DATA [--clips 40]

Recordings are drawn from all corpora, imitations are simulated ones of these and real speech. Also measures the typical
spread of a log-mel spectrogram, which patterns are drawn with. Writes `docs/results/sonification.json`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import write_result
from menura.audio.features import log_mel, network_input
from menura.audio.files import read_audio
from menura.corpora.fsdd import load_fsdd
from menura.corpora.recordings import VOICES, load_recordings
from menura.model.bundle import Bundle
from menura.model.tower import Tower
from menura.simulate import simulate_imitation
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END, FrontEndSpec
from menura.visualise.sonify import sonify

SEED = 0
AUDIBLE_DB = -60.0


def main() -> None:
    """Measure both towers' front ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=40)
    arguments = parser.parse_args()
    recordings, imitations = clips_of(arguments.data, arguments.clips)
    bundle = Bundle.load("tl-iminet")
    write_result(
        "sonification",
        data=f"{len(recordings)} recordings of all corpora; {len(imitations)} imitations, a quarter real speech",
        seed=SEED,
        figures={
            "recording": round_trip(recordings, RECORDING_FRONT_END, bundle.recording_tower),
            "imitation": round_trip(imitations, IMITATION_FRONT_END, bundle.imitation_tower),
        },
        command="python -m benchmarks.visualise.sonification --data DATA",
    )


def clips_of(data: Path, n: int) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Recordings and imitations, each at its tower's rate."""
    found = load_recordings(data, SEED)
    rate_hz = RECORDING_FRONT_END.sample_rate_hz
    drawn = np.random.default_rng(SEED).permutation(len(found))[:n]
    recordings = [read_audio(found[index].path, rate_hz, duration_s=3.0) for index in drawn]
    speech = load_fsdd(data / VOICES.folder).paths
    n_spoken = n // 4
    spoken = np.random.default_rng(SEED).permutation(len(speech))[:n_spoken]
    simulated = [simulate_imitation(clip, rate_hz, seed) for seed, clip in enumerate(recordings[n_spoken:])]
    return recordings, simulated + [read_audio(speech[index], IMITATION_FRONT_END.sample_rate_hz) for index in spoken]


def round_trip(clips: list[NDArray[np.float32]], spec: FrontEndSpec, tower: Tower) -> dict[str, float | list[float]]:
    """What came back of the clips' spectrograms, and what a tower makes of it."""
    clips = [clip for clip in clips if log_mel(clip, spec).std() > 0]
    wanted = np.stack([log_mel(clip, spec) for clip in clips])
    started = time.perf_counter()
    sounds = sonify(wanted, spec, seed=SEED)
    seconds = time.perf_counter() - started
    heard = np.stack([log_mel(sound, spec) for sound in sounds])
    errors = [np.abs(one - other)[one > AUDIBLE_DB].mean() for one, other in zip(wanted, heard, strict=True)]
    given = np.stack([network_input(clip, spec) for clip in clips])
    returned = np.stack([network_input(sound, spec) for sound in sounds])
    alike = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in zip(given, returned, strict=True)]
    cosines = unit(tower.features(returned[:, None])) @ unit(tower.features(given[:, None])).T
    ranks = 1 + (cosines > np.diagonal(cosines)[:, None]).sum(axis=1)
    return {
        "clips": len(clips),
        "error_db": quartiles(errors),
        "correlation": quartiles(alike),
        "feature_cosine": quartiles(np.diagonal(cosines)),
        "own_clip_is_nearest": round(float((ranks == 1).mean()), 3),
        "seconds_a_clip": round(seconds / len(clips), 2),
        "spread_db": quartiles([one.std() for one in wanted]),
    }


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1."""
    scaled: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def quartiles(values: NDArray[np.floating] | list[float]) -> list[float]:
    """First quartile, median, third quartile."""
    return [round(float(quartile), 4) for quartile in np.percentile(values, [25, 50, 75])]


if __name__ == "__main__":
    main()
