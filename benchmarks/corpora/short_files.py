"""A library of many short sounds, made from a seed, as large as a collection of samples that took years.

    python -m benchmarks.corpora.short_files FOLDER [--count 100000]

The sounds are 0.2 to 1 s long, 16-bit wav at 44.1 kHz, a hundred in a folder: decaying mixtures of a few partials and
noise. A file that is there already is left as it is. 100,000 take 5.4 GB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 44_100
IN_A_FOLDER = 100
DURATION_S = (0.2, 1.0)
PARTIALS = 4


def main() -> None:
    """Make the library."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    options = parser.parse_args()
    make_short_files(options.folder, options.count)


def make_short_files(folder: Path, count: int) -> None:
    """Make the first `count` sounds of the library, those that are not there."""
    noise = np.random.default_rng(0).standard_normal(4 * RATE_HZ).astype(np.float32)
    for number in range(count):
        path = folder / f"{number // IN_A_FOLDER:04}" / f"{number:06}.wav"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, short_sound(number, noise), RATE_HZ, subtype="PCM_16")


def short_sound(number: int, noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound of a number: (n,) samples. `noise` is what it cuts its noise from."""
    rng = np.random.default_rng(number)
    length = int(rng.uniform(*DURATION_S) * RATE_HZ)
    at_s = np.arange(length, dtype=np.float32) / RATE_HZ
    start = rng.integers(len(noise) - length)
    sound = rng.uniform(0, 0.3) * noise[start : start + length]
    for hz, level in zip(np.exp(rng.uniform(np.log(60), np.log(8_000), PARTIALS)), rng.random(PARTIALS), strict=True):
        sound += level * np.sin(2 * np.pi * np.float32(hz) * at_s)
    sound *= np.exp(-at_s * rng.uniform(0, 12))
    shaped: NDArray[np.float32] = (0.9 / np.abs(sound).max() * sound).astype(np.float32)
    return shaped


if __name__ == "__main__":
    main()
