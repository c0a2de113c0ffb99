"""The same imitations in the circumstances in which people record them: how much of the MRR is left.

    python -m benchmarks.models.circumstances --yardstick YARDSTICK [--sounds 96] [--model MODEL] [--write]

YARDSTICK is what `make_voice_yardstick.py` made. Each of some held-out recordings of Kenney, Philharmonia and Freedoom
is imitated by the simulator and by a real voice, and every imitation ranked among all held-out recordings: clean, and
in every circumstance of `circumstances_of_takes.py`, as it comes (the first seconds of the mean of its channels) and as
it is heard. With `--write`, writes `docs/results/circumstances.json`.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.corpora.folder import identifier
from benchmarks.models.candidates import Cut
from benchmarks.models.circumstances_of_takes import RATE_HZ, Circumstance, circumstances
from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.audio.hear import hear
from menura.errors import AudioError
from menura.model.bundle import Bundle
from menura.simulate import LISTENED_S, simulate_imitation

CORPORA = ("kenney", "philharmonia", "freedoom")  # the ear was made on others
CLEAN = Circumstance("clean", "", lambda take, rng: take)
SIMULATED, REAL = "simulated", "real voice"
Samples = NDArray[np.float32]


class Query(NamedTuple):
    """An imitation, who made it, and the row of what was imitated."""

    samples: Samples
    source: str
    target: int


class Setting(NamedTuple):
    """A yardstick, its first pairs by recording, the names of all recordings, those imitated, and the library."""

    yardstick: Path
    pairs: dict[str, str]
    names: list[str]
    chosen: list[str]
    library: Cut

    @property
    def described(self) -> str:
        """What is measured on."""
        return (
            f"{len(self.chosen)} held-out recordings of {', '.join(CORPORA)}, each imitated by the simulator and by a "
            f"real voice (a mosaic of speech), ranked among {len(self.names)}"
        )


def main() -> None:
    """Measure, print, and write if asked to."""
    arguments = parsed(__doc__)
    bundle = Bundle.load(arguments.model)
    setting = setting_of(arguments.yardstick, arguments.sounds, bundle)
    queries = [query for name in setting.chosen for query in queries_of(name, setting)]
    measured = measure(queries, setting.library, bundle)
    figures = shares(measured, n_sounds=len(setting.chosen), n_candidates=len(setting.names))
    print_shares(figures)
    if arguments.write:
        write_result(
            "circumstances",
            data=setting.described,
            seed=0,
            figures=figures,
            command="python -m benchmarks.models.circumstances --yardstick YARDSTICK --write",
        )


def parsed(description: str | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--sounds", type=int, default=96)
    parser.add_argument("--model")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def setting_of(yardstick: Path, n_sounds: int, bundle: Bundle) -> Setting:
    """All recordings of a yardstick as a library, and some of those whose corpora the ear was not made on."""
    pairs = pairs_of(yardstick)
    names = sorted(pairs)
    library = Cut.of([yardstick / "recordings" / name for name in names], bundle)
    chosen = [name for name in names if name.startswith(CORPORA)]
    chosen = [chosen[place] for place in np.linspace(0, len(chosen) - 1, n_sounds).astype(int)]
    return Setting(yardstick, pairs, names, chosen, library)


def pairs_of(yardstick: Path) -> dict[str, str]:
    """The first imitation of each recording."""
    pairs: dict[str, str] = {}
    with (yardstick / "pairs.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            pairs.setdefault(row["recording"], row["imitation"])
    return pairs


def queries_of(name: str, setting: Setting) -> Iterator[Query]:
    """A recording's imitations."""
    target = setting.names.index(name)
    recording = read_audio(setting.yardstick / "recordings" / name, 44_100, duration_s=LISTENED_S)
    yield Query(simulate_imitation(recording, 44_100, identifier("circumstances", name)), SIMULATED, target)
    yield Query(read_audio(setting.yardstick / "imitations" / setting.pairs[name], RATE_HZ), REAL, target)


def as_it_comes(take: Samples, longest_s: float) -> Samples:
    """The beginning of the mean of a take's channels."""
    mono = take if take.ndim == 1 else take.mean(axis=1)
    return mono[: round(longest_s * RATE_HZ)]


def as_it_is_heard(take: Samples, longest_s: float) -> Samples:
    """What Menura hears of a take; nothing where it refuses it."""
    try:
        return hear(take, RATE_HZ, longest_s=longest_s).heard.samples
    except AudioError:
        return np.zeros(RATE_HZ, np.float32)


WAYS: dict[str, Callable[[Samples, float], Samples]] = {"as it comes": as_it_comes, "as it is heard": as_it_is_heard}
Measured = dict[tuple[str, str, str, str], list[float]]  # reciprocal ranks by way, source, kind and strength


def measure(queries: list[Query], library: Cut, bundle: Bundle) -> Measured:
    """The reciprocal rank of each query in each circumstance, however it is heard."""
    measured: Measured = defaultdict(list)
    longest_s = bundle.spec.imitation.front_end.duration_s
    for number, query in enumerate(track(queries, "Imitations")):
        for circumstance in (CLEAN, *circumstances()):
            rng = np.random.default_rng(identifier(number, circumstance.kind, circumstance.strength))
            take = circumstance.make(query.samples, rng)
            for way, heard in WAYS.items():
                key = (way, query.source, circumstance.kind, circumstance.strength)
                measured[key].append(reciprocal_rank(heard(take, longest_s), query.target, library, bundle))
    return measured


def reciprocal_rank(samples: Samples, target: int, library: Cut, bundle: Bundle) -> float:
    """One through the place of the right recording; ties count against it."""
    scores = library.scores(embedded(samples, bundle), bundle)
    return 1 / float((scores >= scores[target]).sum())


def embedded(samples: Samples, bundle: Bundle) -> NDArray[np.float32]:
    """The embedding of what is heard of a take, at the rate that the model hears."""
    return bundle.embed_query(soxr.resample(samples, RATE_HZ, bundle.spec.imitation.front_end.sample_rate_hz))


def shares(measured: Measured, *, n_sounds: int, n_candidates: int) -> dict[str, Any]:
    """MRR of clean takes, and that in each circumstance as a share of it, by way of hearing and source."""
    figures: dict[str, Any] = {"sounds": n_sounds, "candidates": n_candidates}
    for (way, source, kind, strength), ranks in measured.items():
        mrr = float(np.mean(ranks))
        of_way = figures.setdefault(way, {}).setdefault(
            source, {"clean_mrr": round(mrr, 4), "shares": {}}
        )  # clean first
        if kind != CLEAN.kind:
            clean = float(np.mean(measured[way, source, CLEAN.kind, CLEAN.strength]))
            of_way["shares"].setdefault(kind, {})[strength] = round(mrr / clean, 3)
    return figures


def print_shares(figures: dict[str, Any]) -> None:
    """A line a circumstance, a column a way of hearing and source."""
    columns = [(way, source) for way in WAYS for source in figures[way]]
    print(f"{'':28}", *(f"{way}, {source}".rjust(28) for way, source in columns))
    print(f"{'MRR of clean takes':28}", *(f"{figures[way][source]['clean_mrr']:28.3f}" for way, source in columns))
    way, source = columns[0]
    for kind, strengths in figures[way][source]["shares"].items():
        for strength in strengths:
            found = (figures[way][source]["shares"][kind][strength] for way, source in columns)
            print(f"{f'{kind}, {strength}':28}", *(f"{share:28.0%}" for share in found))


if __name__ == "__main__":
    main()
