"""A page of pictures: a sound of each kind, and how four simulated people imitate it, as spectrograms.

python -m benchmarks.simulate.pictures DATA
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import matplotlib
import soundfile

from benchmarks.results import DOCS
from benchmarks.search.ranking_picture import spectrogram
from menura.audio.files import read_audio
from menura.simulate import LISTENED_S, simulate_performances
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

SEEDS = range(4)


def main() -> None:
    """Draw the first sound of each class of ESC-10 and its imitations into `docs/pictures/simulation.png`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder of corpora, esc10 among them")
    classes = sorted(folder for folder in (parser.parse_args().data / "esc10").iterdir() if folder.is_dir())
    figure, axes = plt.subplots(
        len(classes), 1 + len(SEEDS), figsize=(11, 1.55 * len(classes)), layout="constrained", squeeze=False
    )
    for folder, row in zip(classes, axes, strict=True):
        draw_row(min(folder.glob("*.ogg")), folder.name.partition(" - ")[2], list(row))
    for axis in axes[:-1].flat:
        axis.set_xlabel("")
    figure.savefig(DOCS / "pictures" / "simulation.png", dpi=80)


def draw_row(sound: Path, name: str, row: list[Axes]) -> None:
    """A sound on the left, its imitations beside it, each under the name of its strategy."""
    spectrogram(row[0], sound, RECORDING_FRONT_END)
    row[0].set_title(name, fontweight="bold", fontsize=9)
    row[0].set_ylabel("frequency (Hz)", fontsize=7)
    rate_hz = RECORDING_FRONT_END.sample_rate_hz
    samples = read_audio(sound, rate_hz, duration_s=LISTENED_S)
    with tempfile.TemporaryDirectory() as scratch:
        for axis, performance in zip(row[1:], simulate_performances(samples, rate_hz, SEEDS), strict=True):
            take = Path(scratch) / "take.wav"
            soundfile.write(take, performance.samples, IMITATION_FRONT_END.sample_rate_hz)
            spectrogram(axis, take, IMITATION_FRONT_END)
            axis.set_title(performance.strategy.value, fontsize=9)


if __name__ == "__main__":
    main()
