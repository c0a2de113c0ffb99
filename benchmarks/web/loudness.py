"""How far sounds still differ in loudness once the page has matched them, by a meter of another's making.

    python -m benchmarks.web.loudness DATA [--each 8]

The page plays each sound with a gain that comes from what the server tells of it: its loudness by ITU-R BS.1770, and
its peak, which is never lifted above full scale. Here some files of every corpus are played so, and what comes out is
measured again by ffmpeg's `ebur128` (in PyAV), which shares no code with Menura: the loudest 400 ms of each. Beside
the spread stands how far the loudest and the softest of ten sounds drawn at random differ, as of a page of results.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.results import DOCS, write_result
from menura.audio.walk import sound_files
from menura.errors import AudioError
from menura.specs import RECORDING_FRONT_END
from menura.web.views import view_of

SEED = 0
TENS = 2_000
TAIL_S = 0.5  # of silence, so that the meter's 400 ms get all of a short sound
BLOCK_S = 0.1
RULES = DOCS.parent / "page" / "src" / "audio" / "loudness.ts"


def main() -> None:
    """Measure, and write `docs/results/loudness.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder with a folder of sounds for each corpus")
    parser.add_argument("--each", type=int, default=8, help="how many files of a corpus")
    told = parser.parse_args()
    measured = np.array([one for file in chosen(told.data, told.each) for one in played(file)])
    before, after, full, most = measured.T
    figures: dict[str, Any] = {
        "sounds": len(measured),
        "as they are": spread(before),
        "matched": spread(after),
        "kept softer, since their peak would pass full scale": int(full.sum()),
        "kept softer, since they would be lifted further than the page lifts": int(most.sum()),
        "matched, without these": spread(after[(full + most) == 0]),
    }
    command = f"python -m benchmarks.web.loudness DATA --each {told.each}"
    data = f"{told.each} sounds at most of every corpus in DATA and DATA/more, drawn at random"
    write_result("loudness", data=data, seed=SEED, figures=figures, command=command)


def chosen(data: Path, each: int) -> Iterator[Path]:
    """Some files of each corpus; speech is a corpus of its own."""
    rng = np.random.default_rng(SEED)
    corpora = [folder for top in (data, data / "more") for folder in sorted(top.iterdir()) if folder.is_dir()]
    for corpus in corpora:
        if corpus == data / "more":
            continue
        files = [corpus / file.path for file in sound_files(corpus)]
        yield from (files[at] for at in sorted(rng.permutation(len(files))[:each].tolist()))


def played(file: Path) -> Iterator[tuple[float, float, bool, bool]]:
    """Its loudness as it is and as it is played, in LUFS, and whether its gain was bounded, by its peak or at all.

    Nothing of a file that cannot be read, or in which nothing is heard.
    """
    with suppress(AudioError, soundfile.LibsndfileError):
        samples, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
        with file.open("rb") as stream:
            level = view_of(stream, file, RECORDING_FRONT_END, 0.0).level
        pair = np.clip(
            samples[:, [0, -1]] if samples.shape[1] < 3 else samples.mean(1, keepdims=True)[:, [0, 0]], -1, 1
        )
        before = loudness(pair, rate_hz)
        wanted, most = rules()
        lift_db = min(most, wanted - level.loudness_lufs)
        gain = min(10 ** (lift_db / 20), 1 / max(level.peak, 1e-6))
        if before > -70:
            after = loudness((gain * pair).astype(np.float32), rate_hz)
            yield before, after, gain < 10 ** (lift_db / 20), wanted - level.loudness_lufs > most


def rules() -> tuple[float, float]:
    """What the page brings sounds to, in LUFS, and by how many dB it lifts them at most."""
    text = RULES.read_text(encoding="utf-8")
    wanted, most = (re.search(rf"const {name} = (-?[\d.]+);", text) for name in ("MATCHED_LUFS", "MOST_DB"))
    assert wanted is not None and most is not None, "the page's rules are written another way now"
    return float(wanted[1]), float(most[1])


def loudness(pair: NDArray[np.float32], rate_hz: int) -> float:
    """The greatest momentary loudness of (n, 2) samples by ffmpeg, in LUFS."""
    import av  # noqa: PLC0415  # of the formats extra
    from av.filter import Graph  # noqa: PLC0415

    graph = Graph()
    ends = (
        graph.add_abuffer(sample_rate=rate_hz, format="fltp", layout="stereo", time_base=Fraction(1, rate_hz)),
        graph.add("ebur128", "metadata=1"),
        graph.add("abuffersink"),
    )
    for one, next_one in pairwise(ends):
        one.link_to(next_one)
    graph.configure()
    padded = np.concatenate([pair, np.zeros((round(TAIL_S * rate_hz), 2), np.float32)])
    n_block, found = round(BLOCK_S * rate_hz), [-120.0]
    for start in range(0, len(padded), n_block):
        block = np.ascontiguousarray(padded[start : start + n_block].T, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
        graph.push(frame)
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                found.append(float(graph.pull().metadata["lavfi.r128.M"]))
    return max(found)


def spread(lufs: NDArray[np.float64]) -> dict[str, float]:
    """Standard deviation, and from the softest to the loudest: of nine in ten, and of ten at the median; in dB."""
    rng = np.random.default_rng(SEED)
    tens = np.array([np.ptp(rng.choice(lufs, 10, replace=False)) for _ in range(TENS)])
    low, high = np.quantile(lufs, [0.05, 0.95])
    figures = {"deviation_db": lufs.std(), "nine_in_ten_db": high - low, "of_ten_db": np.median(tens)}
    return {name: round(float(value), 2) for name, value in figures.items()} | {"sounds": len(lufs)}


if __name__ == "__main__":
    main()
