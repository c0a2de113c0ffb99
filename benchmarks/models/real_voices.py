"""What models find of sounds that no training heard, by people whom no training heard, as a person would search.

    python -m benchmarks.models.real_voices --data DATA --yardstick YARDSTICK --mn04 WEIGHTS --work RUNS
        [--model NAME=MODEL ...] [--write]

DATA is the folder that `menura train default` was given, with `more/` and `voices/`. Every held-out recording is
imitated once by a simulated person and once by a mosaic of a held-out person; takes are heard, recordings cut into
windows, and every held-out recording is a candidate. Beside the models stand 2DFT and mn04 as it comes (the cosine of
the means of its last layer). Mouth noises of one person, by name, are measured by the kind of sound that they bring to
the first ten, as are imitations of drums. YARDSTICK is what `corpora/voice_yardstick.py` made: other mosaics, of other
people, among its own recordings, and there MFCC + DTW stands beside as well. With `--write`, writes
`docs/results/real_voices.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.models.candidates import LONGEST_S, TAKE_HZ, Cut, Samples, Yardstick, embedded
from benchmarks.models.kinds_of_sound import DRUMS, NOISES, Kind, is_of_kind
from benchmarks.models.score_words import kept_promises
from benchmarks.results import write_result
from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.corpora.collections import HELD_OUT_COLLECTIONS, load_collections
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.corpora.voices import NOISES as NOISES_FOLDER
from menura.evaluation.metrics import chance_mrr, target_ranks
from menura.evaluation.ranking import bootstrap_interval
from menura.evaluation.systems import BASELINES
from menura.inputs.arrays import in_parallel
from menura.inputs.circumstances import heard_of
from menura.inputs.pair_features import imitation_seed
from menura.model.bundle import Bundle
from menura.model.steps import Steps
from menura.network.mobilenet import load_mn04
from menura.simulate import LISTENED_S, load_mouth, mosaic_imitations, simulate_imitations
from menura.specs import mn04_front_end
from menura.training.voice_model import measured_mouths

SIMULATED, MOSAIC = "simulated people", "mosaics of real people"
SIMULATED_HZ, MOSAIC_HZ, BASELINE_HZ = 16_000, 24_000, 22_050
FIRST_S = 3.0
SEED = 7
DTW = "MFCC + DTW"  # takes a minute for a thousand pairs or so: for the smaller set alone


class Takes(NamedTuple):
    """What is heard of takes, at 32 kHz, and the places of the recordings that they imitate, or their names."""

    samples: list[Samples]
    names: list[str]


class Setting(NamedTuple):
    """The candidates, and the takes of all of them by everybody."""

    recordings: list[Recording]
    takes: dict[str, Takes]

    @property
    def paths(self) -> list[Path]:
        """The candidates' files."""
        return [recording.path for recording in self.recordings]


Scores = Callable[[Sequence[Samples]], NDArray[np.floating]]
"""Of takes, (takes, candidates)."""

Method = Callable[[Sequence[Path]], Scores]
"""Of candidates' files."""


def main() -> None:
    """Measure all, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--mn04", type=Path, required=True, help="its weights")
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--model", action="append", default=[], metavar="NAME=MODEL")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    named = [model.partition("=") for model in arguments.model or ("default=default", "tl-iminet=tl-iminet")]
    bundles = {name: Bundle.load(model) for name, _, model in named}
    steps = {name: bundle.steps for name, bundle in bundles.items()}
    methods: dict[str, Method] = {name: partial(of_bundle, bundle=bundle) for name, bundle in bundles.items()}
    methods |= {"2DFT": partial(of_baseline, name="2DFT"), "mn04 as it comes": partial(of_mn04, weights=arguments.mn04)}
    setting = setting_of(arguments.data, arguments.work)
    figures = {
        "candidates": len(setting.recordings),
        "chance": chance(setting),
        "methods": {
            name: measured(method(setting.paths), setting, steps.get(name)) for name, method in methods.items()
        },
        "yardstick": on_yardstick(
            arguments.yardstick, methods | {"MFCC + DTW": partial(of_baseline, name="MFCC + DTW")}
        ),
    }
    print(figures)
    if arguments.write:
        data = f"{len(setting.recordings)} recordings that no training heard, all candidates; and the yardstick's"
        command = "--data DATA --yardstick YARDSTICK --mn04 WEIGHTS --work RUNS --write"
        command = f"python -m benchmarks.models.real_voices {command}"
        write_result("real_voices", data=data, seed=SEED, figures=figures, command=command)


def setting_of(data: Path, work: Path, split: Split = Split.HELD_OUT, n_takes: int = 1) -> Setting:
    """The recordings and people of a split, the held-out ones by default, and what is heard of all takes; of each
    recording so many by each way of imitating.
    """
    recordings = [r for r in load_recordings(data, 0) + load_collections(data)[0] if r.split is split]
    paths = [recording.path for recording in recordings]
    mouths = [file for file in measured_mouths(data, split, work) if not file.name.startswith(NOISES_FOLDER)]
    made = []
    for number in range(n_takes):
        made += in_parallel(partial(imitated, mouths=tuple(mouths), number=number), paths, "imitating")
    names = [str(place) for _ in range(n_takes) for place in range(len(paths))]
    noises = sorted((data / "voices" / NOISES_FOLDER).iterdir())
    spoken = [heard_of(read_audio(file, TAKE_HZ), TAKE_HZ, TAKE_HZ, LONGEST_S) for file in noises]
    takes = {
        SIMULATED: Takes([simulated for simulated, _ in made], names),
        MOSAIC: Takes([mosaic for _, mosaic in made], names),
        NOISES_FOLDER: Takes(spoken, [file.stem.rpartition("__")[2] for file in noises]),
    }
    return Setting(recordings, takes)


def imitated(path: Path, *, mouths: tuple[Path, ...], number: int) -> tuple[Samples, Samples]:
    """What is heard of a simulated person's take of a recording, and of a real person's mosaic of it; the n-th ones."""
    listened = read_audio(path, MOSAIC_HZ, duration_s=LISTENED_S)
    seed = imitation_seed(SEED, path, number)
    mouth = load_mouth(mouths[seed % len(mouths)])
    (simulated,) = simulate_imitations(listened, MOSAIC_HZ, [seed])
    (mosaic,) = mosaic_imitations(listened, MOSAIC_HZ, [seed], mouth)
    return (
        heard_of(simulated, SIMULATED_HZ, TAKE_HZ, LONGEST_S),
        heard_of(mosaic, MOSAIC_HZ, TAKE_HZ, LONGEST_S),
    )


def of_bundle(paths: Sequence[Path], *, bundle: Bundle) -> Scores:
    """Scores as a search with this model has them: of each recording's best window."""
    cut = Cut.of(paths, bundle)
    return lambda takes: np.stack([cut.scores(query, bundle) for query in embedded(takes, bundle)])


def of_baseline(paths: Sequence[Path], *, name: str) -> Scores:
    """A baseline that learns nothing."""
    method = BASELINES[name]
    known = [method.describe(read_audio(path, BASELINE_HZ), BASELINE_HZ) for path in track(paths, name)]

    def scores(takes: Sequence[Samples]) -> NDArray[np.floating]:
        return method.scores(
            [method.describe(soxr.resample(take, TAKE_HZ, BASELINE_HZ), BASELINE_HZ) for take in takes], known
        )

    return scores


def of_mn04(paths: Sequence[Path], *, weights: Path) -> Scores:
    """mn04 as it was published: the cosine of the means of its last layer."""
    network, front_end = load_mn04(weights), mn04_front_end(LONGEST_S)
    last = len([*network.children()]) - 1

    @torch.no_grad()
    def embedded(samples: Samples) -> NDArray[np.float32]:
        heard = torch.from_numpy(network_input(samples, front_end))[None, None]
        means: NDArray[np.float32] = network.outputs(heard, [last])[last].mean((0, 2, 3)).numpy()
        return means / np.linalg.norm(means)

    known = np.stack([embedded(read_audio(path, TAKE_HZ, duration_s=FIRST_S)) for path in track(paths, "mn04")])
    return lambda takes: np.stack([embedded(take) for take in takes]) @ known.T


def measured(scores: Scores, setting: Setting, steps: Steps | None) -> dict[str, Any]:
    """MRR by who imitates, of all recordings and of the corpora held out whole; how often the right kind is found; and
    what the words of the scores are worth, where there are any.
    """
    figures: dict[str, Any] = {}
    whole = np.array([recording.corpus in HELD_OUT_COLLECTIONS for recording in setting.recordings])
    for who in (SIMULATED, MOSAIC):
        of_takes = scores(setting.takes[who].samples)
        ranks = target_ranks(of_takes, np.arange(len(of_takes)))
        everything = np.arange(len(ranks))
        figures[who] = {
            "all": summary(ranks, everything),
            "corpora held out whole": summary(ranks[whole], everything[whole]),
        }
        if steps is not None:
            figures[who]["words"] = kept_promises(of_takes, steps, SEED)
        if who == MOSAIC:
            imitated_kinds = [kinds_of(recording, DRUMS) for recording in setting.recordings]
            figures["drums"] = by_kind(of_takes, imitated_kinds, DRUMS, setting.recordings)
    noises = setting.takes[NOISES_FOLDER]
    wanted = [[kind for kind, words in NOISES.items() if name in words.noises] for name in noises.names]
    figures["mouth noises"] = by_kind(scores(noises.samples), wanted, NOISES, setting.recordings)
    return figures


def on_yardstick(folder: Path, methods: Mapping[str, Method]) -> dict[str, Any]:
    """MRR of all imitations of a yardstick, each among all its recordings."""
    paths, takes, target = Yardstick.read(folder)
    found = {name: summary(target_ranks(method(paths)(takes), target), target) for name, method in methods.items()}
    return {"candidates": len(paths), "chance_mrr": round(chance_mrr(len(paths)), 4), "methods": found}


def kinds_of(recording: Recording, kinds: Mapping[str, Kind]) -> list[str]:
    """The kinds that a recording is of."""
    return [kind for kind in kinds if is_of_kind(recording, kinds[kind])]


def by_kind(
    of_takes: NDArray[np.floating], wanted: list[list[str]], kinds: Mapping[str, Kind], among: list[Recording]
) -> dict[str, Any]:
    """Of takes of each kind, the mean share of the first ten that are of it, the very sound not counted as given."""
    right = {kind: np.array([is_of_kind(recording, kinds[kind]) for recording in among]) for kind in kinds}
    first_ten = np.argsort(-of_takes, axis=1, kind="stable")[:, :10]
    found = {}
    for kind in kinds:
        takes = [place for place, of in enumerate(wanted) if kind in of]
        if takes:
            found[kind] = {"takes": len(takes), "share": round(float(right[kind][first_ten[takes]].mean()), 4)}
    return found


def chance(setting: Setting) -> dict[str, float]:
    """What a random order finds."""
    shares = {
        kind: np.mean([is_of_kind(r, words) for r in setting.recordings]) for kind, words in (DRUMS | NOISES).items()
    }
    return {"mrr": round(chance_mrr(len(setting.recordings)), 4)} | {
        kind: round(float(share), 4) for kind, share in shares.items()
    }


def summary(ranks: NDArray[np.intp], target: NDArray[np.intp]) -> dict[str, Any]:
    """MRR with its interval, and the share within the first ten."""
    low, high = bootstrap_interval(1 / ranks, [str(sound) for sound in target], seed=SEED)
    return {
        "takes": len(ranks),
        "mrr": round(float((1 / ranks).mean()), 4),
        "interval": [round(low, 4), round(high, 4)],
        "recall_at_1": round(float((ranks == 1).mean()), 4),
        "recall_at_10": round(float((ranks <= 10).mean()), 4),
    }


if __name__ == "__main__":
    main()
