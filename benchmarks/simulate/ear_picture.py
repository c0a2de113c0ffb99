"""The picture of the ear: a take as a microphone sent it, and what is heard of it.

    python -m benchmarks.simulate.ear_picture

The take is a simulated imitation of a sound that Menura synthesises, after a mouse click and in a room. Drawn to
`docs/pictures/ear.png`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

from benchmarks.models.circumstances_of_takes import RATE_HZ, click, room
from benchmarks.results import DOCS
from menura.audio.features import log_mel
from menura.audio.files import read_audio
from menura.audio.hear import Take, hear
from menura.corpora.synthetic import synthesise_library
from menura.simulate import simulate_imitation
from menura.specs import IMITATION_FRONT_END
from menura.visualise.axes import draw_spectrogram

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

SEED = 3
DIM, BRIGHT = "0.75", "tab:blue"


def main(sound: str = "sirens/siren_01.wav") -> None:
    """Make the take, hear it, draw it."""
    with tempfile.TemporaryDirectory() as scratch:
        synthesise_library(Path(scratch))
        sounds = sorted(path.relative_to(scratch).as_posix() for path in Path(scratch).rglob("*.wav"))
        recording = read_audio(Path(scratch) / (sound if sound in sounds else sounds[0]), 44_100)
    rng = np.random.default_rng(SEED)
    imitation = simulate_imitation(recording, 44_100, SEED)
    samples = click(room(imitation, 34.0, rng), 0.0, rng).astype(np.float32)
    take = hear(samples, RATE_HZ, longest_s=IMITATION_FRONT_END.duration_s)
    figure, panels = plt.subplots(3, 1, figsize=(9, 7), layout="constrained")
    draw_wave(panels[0], samples, take)
    draw_clip(panels[1], samples, 0.0, "as the microphone sent it, its first 4 s")
    draw_clip(panels[2], take.heard.samples, take.heard.start_s, "as it is heard")
    figure.savefig(DOCS / "pictures" / "ear.png", dpi=120)


def draw_wave(axes: Axes, samples: NDArray[np.float32], take: Take) -> None:
    """The take's waveform, what is heard of it in colour, what is left out by name."""
    time_s = np.arange(len(samples)) / RATE_HZ
    axes.plot(time_s, samples, color=DIM, linewidth=0.5)
    inside = (time_s >= take.heard.start_s) & (time_s < take.heard.end_s)
    axes.plot(time_s[inside], samples[inside], color=BRIGHT, linewidth=0.5)
    top = float(samples.max())
    for part in take.left_out:
        axes.axvspan(part.start_s, part.end_s, color="tab:red", alpha=0.25)
        axes.annotate(part.kind, (part.end_s, top), xytext=(3, -2), textcoords="offset points", va="top")
    room_db = "" if take.room_db is None else f", the room {take.room_db - take.level_db:.0f} dB beside it"
    axes.set_title(f"the take: what is heard is blue{room_db}", loc="left")
    axes.set_xlabel("time (s)")
    axes.set_xlim(0, time_s[-1])


def draw_clip(axes: Axes, samples: NDArray[np.float32], start_s: float, title: str) -> None:
    """What the imitation tower is given."""
    image = draw_spectrogram(axes, log_mel(samples, IMITATION_FRONT_END), IMITATION_FRONT_END)
    low, high = image.get_extent()[2:]
    image.set_extent((start_s, start_s + IMITATION_FRONT_END.duration_s, low, high))
    axes.set_title(title, loc="left")
    axes.set_xlabel("time in the take (s)")
    axes.set_ylabel("frequency (Hz)")


if __name__ == "__main__":
    main()
