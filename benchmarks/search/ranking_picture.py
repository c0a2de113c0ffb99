"""The picture on the README's first screen: an imitation, and what it found, as spectrograms.

    python -m benchmarks.search.ranking_picture

The library is the one that Menura synthesises itself, and the query the same simulated imitation as in `menura demo`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib
import soundfile

from benchmarks.results import DOCS
from menura import Hit, Library
from menura.audio.features import log_mel
from menura.audio.files import read_audio
from menura.corpora.synthetic import synthesise_library
from menura.simulate import simulate_imitation
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END, FrontEndSpec
from menura.visualise.axes import draw_spectrogram

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

SHOWN = 5
SEED = 0


def main(sound: str = "barks/bark_01.wav") -> None:
    """Search the synthesised library and draw `docs/pictures/ranking.png`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, query = Path(scratch) / "library", Path(scratch) / "query.wav"
        synthesise_library(folder)
        rate_hz = RECORDING_FRONT_END.sample_rate_hz
        recording = read_audio(folder / sound, rate_hz, duration_s=RECORDING_FRONT_END.duration_s)
        soundfile.write(query, simulate_imitation(recording, rate_hz, SEED), IMITATION_FRONT_END.sample_rate_hz)
        with Library.open(folder, data_dir=Path(scratch) / "data") as library:
            hits = library.search(query, top=SHOWN)
        draw(folder, query, hits, sound, DOCS / "pictures" / "ranking.png")


def draw(folder: Path, query: Path, hits: list[Hit], imitated: str, picture: Path) -> None:
    """The query on the left, the hits in their order beside it."""
    figure, axes = plt.subplots(1, 1 + len(hits), figsize=(3 + 2.2 * len(hits), 3), layout="constrained")
    spectrogram(axes[0], query, IMITATION_FRONT_END)
    axes[0].set_title("the imitation", fontweight="bold")
    axes[0].set_ylabel("frequency (Hz)")
    for rank, (hit, panel) in enumerate(zip(hits, axes[1:], strict=True), start=1):
        spectrogram(panel, folder / hit.path, RECORDING_FRONT_END)
        mark = "  ◀ imitated" if hit.path == imitated else ""
        panel.set_title(f"{rank}. {Path(hit.path).stem}\n{hit.score:.3f}{mark}", fontsize=10)
    figure.savefig(picture, dpi=120)


def spectrogram(axes: Axes, path: Path, spec: FrontEndSpec) -> None:
    """A log-mel spectrogram with its axes in Hz and seconds, as long as the sound."""
    samples = read_audio(path, spec.sample_rate_hz, duration_s=spec.duration_s)
    shown = min(spec.n_frames, 1 + len(samples) // spec.hop_samples)
    draw_spectrogram(axes, log_mel(samples, spec)[:, :shown], spec, lowest_db=-spec.dynamic_range_db)
    axes.set_xlabel("time (s)")


if __name__ == "__main__":
    main()
