"""What a way of imitating that no training heard costs the default model, and whether it is the same for all takes.

    python -m benchmarks.models.unheard_way --data DATA --yardstick YARDSTICK --work RUNS [--write]

A query is 108 numbers. Takes of validation recordings, by simulated people and by mosaics, the two ways that training
heard, say where the middle of all queries is. YARDSTICK, which `corpora/voice_yardstick.py` made, has takes of another
way: these are searched for as they are, and moved so that their middle is that one, as far as it is known from all of
them, or from some other takes by the same person. The same is done to the takes of either way that training heard,
which should change nothing. On the halves that `menura reproduce systems` tests by, the model stands beside those
that learned from the other halves. With `--write`, writes `docs/results/unheard_way.json`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.candidates import Cut, Yardstick, embedded
from benchmarks.models.real_voices import MOSAIC, SIMULATED, setting_of
from benchmarks.results import write_result
from menura.corpora.plain import load_plain
from menura.corpora.recordings import Split
from menura.evaluation.metrics import target_ranks
from menura.model.bundle import Bundle

OLDER = "older mosaics"
KNOWN = (10, 20, 40)  # other takes by the same person
DRAWN, SEED, RUNS = 4, 0, 3
Embeddings = NDArray[np.float32]


class Way(NamedTuple):
    """Takes of one way of imitating: candidates, (n, h) queries, (n,) the candidates meant, and (n,) who imitates."""

    cut: Cut
    queries: Embeddings
    target: NDArray[np.intp]
    who: NDArray[np.str_]

    def scores(self, bundle: Bundle, queries: Embeddings) -> NDArray[np.float32]:
        """(n, candidates) logits, as a search has them."""
        return np.stack([self.cut.scores(query, bundle) for query in queries])

    def mrr(self, bundle: Bundle, queries: Embeddings) -> float:
        """Of these queries in place of its own."""
        return round(float((1 / target_ranks(self.scores(bundle, queries), self.target)).mean()), 4)


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    bundle = Bundle.load("default")
    ways = heard_ways(arguments.data, arguments.work, bundle)
    heard = np.concatenate([way.queries for way in ways.values()])
    ways[OLDER] = way_of(arguments.yardstick, bundle)
    figures = {
        "ways": {name: measured(way, heard, bundle) for name, way in ways.items()},
        "on halves": on_halves(arguments.yardstick, ways[OLDER], bundle),
    }
    print(figures)
    if arguments.write:
        n = len(ways[SIMULATED].cut.n_windows)
        data = f"takes of {n} validation recordings, and of the {len(ways[OLDER].cut.n_windows)} of the voice yardstick"
        command = "python -m benchmarks.models.unheard_way --data DATA --yardstick YARDSTICK --work RUNS --write"
        write_result("unheard_way", data=data, seed=SEED, figures=figures, command=command)


def heard_ways(data: Path, work: Path, bundle: Bundle) -> dict[str, Way]:
    """The ways that training heard, by people whom it did not."""
    setting = setting_of(data, work, Split.VALIDATION, n_takes=2)
    cut = Cut.of(setting.paths, bundle)
    ways = {}
    for name in (SIMULATED, MOSAIC):
        takes = setting.takes[name]
        target = np.array([int(place) for place in takes.names])
        ways[name] = Way(cut, np.stack(embedded(takes.samples, bundle)), target, np.full(len(target), "anybody"))
    return ways


def way_of(folder: Path, bundle: Bundle) -> Way:
    """That of a yardstick, whose imitations are called SOUND__WHO_TAKE."""
    paths, takes, target = Yardstick.read(folder)
    who = np.array([imitation.path.stem.split("_")[-2] for imitation in load_plain(folder).imitations])
    return Way(Cut.of(paths, bundle), np.stack(embedded(takes, bundle)), target, who)


def measured(way: Way, heard: Embeddings, bundle: Bundle) -> dict[str, float]:
    """MRR of a way's takes as they are and moved to the middle of what training heard; how far they lay from it."""
    middle, spread = heard.mean(axis=0), heard.std(axis=0)
    apart = way.queries.mean(axis=0) - middle
    found = {
        "apart": round(float(np.sqrt(np.square(apart / spread).mean())), 3),
        "as they are": way.mrr(bundle, way.queries),
        "moved": way.mrr(bundle, way.queries - apart),
    }
    rng = np.random.default_rng(SEED)
    for known in KNOWN:
        drawn = [way.mrr(bundle, moved_by_some(way, middle, known, rng)) for _ in range(DRAWN)]
        found[f"moved by {known} takes"] = round(float(np.mean(drawn)), 4)
    return found


def moved_by_some(way: Way, middle: NDArray[np.floating], known: int, rng: np.random.Generator) -> Embeddings:
    """Each query, moved by what so many other takes by the same person say, half-way where they are ten."""
    moved = way.queries.copy()
    for place, person in enumerate(way.who):
        others = np.setdiff1d(np.flatnonzero(way.who == person), [place])
        some = rng.choice(others, known, replace=False)
        moved[place] -= known / (known + 10) * (way.queries[some].mean(axis=0) - middle)
    return moved


def on_halves(folder: Path, way: Way, bundle: Bundle) -> float:
    """Mean MRR on the testing halves of the splits that `menura reproduce systems` makes."""
    catalogue, scores = load_plain(folder), way.scores(bundle, way.queries)
    found = []
    for run in range(RUNS):
        tested = {sound.id for sound in catalogue.split_half(run)[1].sounds}
        among = np.array([sound.id in tested for sound in catalogue.sounds])
        asked = among[way.target]
        own = scores[np.arange(len(scores)), way.target][asked]
        found.append(float((1 / (scores[asked][:, among] >= own[:, None]).sum(axis=1)).mean()))
    return round(float(np.mean(found)), 4)


if __name__ == "__main__":
    main()
