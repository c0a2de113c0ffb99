"""Measures how fast imitations are simulated, on one core and a sample of real recordings.

OPENBLAS_NUM_THREADS=1 python -m benchmarks.simulate.simulation DATA
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.audio.kinds import AUDIO_SUFFIXES
from menura.simulate import LISTENED_S, simulate_imitation, simulate_performances
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END

FOLDERS = ("esc10", "sonic-pi", "philharmonia", "freedoom", "minetest", "kenney")
SOUNDS_A_FOLDER = 20
IMITATIONS_A_SOUND = 10
RATE_HZ = RECORDING_FRONT_END.sample_rate_hz


def main() -> None:
    """Measure and write `docs/results/simulation.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder of corpora")
    data = parser.parse_args().data
    figures = {}
    strategies: Counter[str] = Counter()
    with threadpool_limits(1):
        for folder in FOLDERS:
            sounds = list(sample(data / folder))
            if sounds:
                figures[folder], taken = measure(sounds)
                strategies += taken
    if not figures:
        sys.exit(f"{data}: none of {', '.join(FOLDERS)} is there")
    total = sum(strategies.values())
    write_result(
        "simulation",
        data=f"{SOUNDS_A_FOLDER} recordings of each folder, {IMITATIONS_A_SOUND} imitations of each, on one core",
        seed=0,
        figures={"folders": figures, "strategies": {name: n / total for name, n in strategies.most_common()}},
        command="OPENBLAS_NUM_THREADS=1 python -m benchmarks.simulate.simulation DATA",
    )


def sample(folder: Path) -> Iterator[Path]:
    """Sounds of a folder, evenly spaced by name."""
    sounds = sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    yield from sounds[:: max(1, len(sounds) // SOUNDS_A_FOLDER)][:SOUNDS_A_FOLDER]


def measure(sounds: list[Path]) -> tuple[dict[str, float], Counter[str]]:
    """Rates over some sounds, in CPU seconds of this process, and how often each strategy was taken."""
    heard_s = made_s = took_s = took_one_s = made_one_s = 0.0
    strategies: Counter[str] = Counter()
    for number, path in enumerate(sounds):
        people = range(number * IMITATIONS_A_SOUND, (number + 1) * IMITATIONS_A_SOUND)
        samples = read_audio(path, RATE_HZ, duration_s=LISTENED_S)
        simulate_imitation(samples, RATE_HZ, 0)  # what is computed once, and caches
        started = time.process_time()
        performances = list(simulate_performances(samples, RATE_HZ, people))
        took_s += time.process_time() - started
        started = time.process_time()
        alone = simulate_imitation(samples, RATE_HZ, people[0])
        took_one_s += time.process_time() - started
        heard_s += len(samples) / RATE_HZ
        made_s += sum(len(performance.samples) for performance in performances) / IMITATION_FRONT_END.sample_rate_hz
        made_one_s += len(alone) / IMITATION_FRONT_END.sample_rate_hz
        strategies.update(performance.strategy.value for performance in performances)
    rates = {
        "recordings": len(sounds),
        "imitations": len(sounds) * IMITATIONS_A_SOUND,
        "heard_s_per_s": heard_s / took_one_s,
        "made_s_per_s_one_each": made_one_s / took_one_s,
        "made_s_per_s": made_s / took_s,
    }
    return rates, strategies


if __name__ == "__main__":
    main()
