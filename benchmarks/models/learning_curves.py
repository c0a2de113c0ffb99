"""What TL-IMINET learns from fewer and from more pairs, and by longer training, beside 2DFT, which learns nothing.

    python -m benchmarks.models.learning_curves --data STAND_IN --work WORK [--runs 1] [--write]

STAND_IN is what `corpora/stand_in.py` made; any corpus that `menura reproduce systems` takes will do. Of the training
half of a split the network is given a quarter, half, or all of the sounds with seven or ten imitations of each, and
trained from scratch as section 3.2 of the paper says, but for four times as many updates. After each stage it ranks, as
table 1 does, the testing half; other imitations of the sounds that it learned; and the very imitations that it learned.
Where only the last are found, pairs are lacking; where not even these are, training is.

Stopped at any moment, the same command goes on from the last epoch. With `--write`, writes
`docs/results/learning_curves.json` and draws `docs/pictures/learning_curves.png` from it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.corpora.stand_in import read_who_imitates
from benchmarks.models.learning_curves_picture import draw_learning_curves
from benchmarks.results import write_result
from menura.corpora.catalogue import Catalogue
from menura.corpora.registry import load_imitations
from menura.evaluation.ranking import ALL, Ranked, rank_part
from menura.evaluation.scoring import score_all
from menura.evaluation.system_scores import system_scores
from menura.evaluation.systems import two_dft
from menura.evaluation.tables import compare
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.network.iminet import IMINET
from menura.paper.networks import Experiment
from menura.paper.systems import fitting
from menura.specs import TL_IMINET
from menura.training.fine_tune import fine_tune
from menura.training.settings import FineTuning
from menura.whole import written_whole

NEW, OTHER, LEARNED = "sounds never heard", "other imitations of the sounds learned", "the imitations learned"
UPDATES = (105, 210, 420, 840, 1680)
"""After so many the network is measured; the paper's fine-tuning on 840 + 840 pairs has 420."""

SETTINGS = FineTuning(precision="bf16")

Scorer = Callable[[Catalogue], NDArray[np.floating]]
"""(imitations, sounds) of a catalogue."""


class Amount(NamedTuple):
    """How much of a training half is learned from: a share of the sounds, and how many imitations of each."""

    share: float
    imitations: int


AMOUNTS = (Amount(1, 7), Amount(0.5, 7), Amount(0.25, 7), Amount(1, 10))


@dataclass(frozen=True)
class Lesson:
    """The halves of a split, and what of the first is learned from."""

    training: Catalogue
    testing: Catalogue
    learned: Catalogue

    @classmethod
    def of(cls, catalogue: Catalogue, amount: Amount, run: int) -> Lesson:
        """A split's; what a smaller amount has, a larger one of as many sounds or imitations has too."""
        training, testing = catalogue.split_half(run)
        kept: set[str] = set()
        for index, category in enumerate(training.categories):
            ids = [sound.id for sound in training.sounds_in(category)]
            order = np.random.default_rng([run, index]).permutation(len(ids))
            kept |= {ids[place] for place in order[: max(1, round(amount.share * len(ids)))]}
        return cls(training, testing, training.choose_imitations(amount.imitations, run).of_sounds(kept))

    @property
    def tests(self) -> dict[str, Catalogue]:
        """What is ranked: imitations with all sounds of their half; other imitations only where there are any."""
        heard = {item.id for item in self.learned.imitations}
        known = {sound.id for sound in self.learned.sounds}
        others = tuple(i for i in self.training.imitations if i.sound_id in known and i.id not in heard)
        of_training = {OTHER: others, LEARNED: self.learned.imitations}
        return {NEW: self.testing} | {
            name: replace(self.training, imitations=imitations)
            for name, imitations in of_training.items()
            if imitations
        }

    def ranks(self, score: Scorer) -> dict[str, list[Ranked]]:
        """The ranks of all that is ranked."""
        of_new, of_known = score(self.testing), score(self.training)
        return {
            name: rank_part(of_new if name == NEW else of_known, self.testing if name == NEW else self.training, part)
            for name, part in self.tests.items()
        }


Stages = dict[str, dict[str, list[list[Ranked]]]]
"""The ranks of every test, run by run, by its name and by what ranked: the network after some updates, or 2DFT."""


def main() -> None:
    """Train and measure what is not done yet, print it, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs/learning-curves"))
    parser.add_argument("--runs", type=int, default=1, help="how many splits")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    catalogue = fitting(load_imitations(arguments.data))
    experiment = Experiment(catalogue, SETTINGS, arguments.work)
    who = read_who_imitates(arguments.data)
    found = []
    for amount in AMOUNTS:
        found.append(summary(experiment, amount, measured(experiment, amount, arguments.runs), who))
        print(json.dumps(found[-1]), flush=True)
    if arguments.write:
        data = f"TL-IMINET without pre-training on {catalogue.name} ({catalogue.summary})"
        command = (
            f"python -m benchmarks.models.learning_curves --data STAND_IN --work WORK --runs {arguments.runs} --write"
        )
        write_result("learning_curves", data=data, seed=0, figures={"amounts": found}, command=command)
        draw_learning_curves()


def measured(experiment: Experiment, amount: Amount, runs: int) -> Stages:
    """The ranks at every stage, and 2DFT's."""
    (baseline,) = two_dft.SYSTEMS
    score = partial(system_scores, baseline, learns_from=(), seed=0, cache=experiment.cache)
    stages: Stages = {}
    for run in range(runs):
        lesson = Lesson.of(experiment.catalogue, amount, run)
        by_name = {baseline.name: lesson.ranks(score)} | trained(experiment, lesson, amount, run)
        for name, tests in by_name.items():
            for test, ranked in tests.items():
                stages.setdefault(test, {}).setdefault(name, []).append(ranked)
    return stages


def trained(experiment: Experiment, lesson: Lesson, amount: Amount, run: int) -> dict[str, dict[str, list[Ranked]]]:
    """The ranks by a network after each number of updates, from the folder of its training or measured now."""
    home = experiment.folder("learning curve", run, TL_IMINET, amount)
    torch.manual_seed(run)
    network = IMINET()
    inputs = load_catalogue_inputs(lesson.learned, network.spec, experiment.cache)
    stages = {}
    for updates in UPDATES:
        file = home / f"ranks-{updates}.json"
        if not file.exists():
            epochs = epochs_of(updates, len(inputs.imitations))
            fine_tune(network, inputs, replace(experiment.settings, epochs=epochs), home, run)
            found = lesson.ranks(partial(scores_of, network, cache=experiment.cache))
            with written_whole(file) as unfinished:
                kept = {test: [asdict(item) for item in ranked] for test, ranked in found.items()}
                unfinished.write_text(json.dumps(kept), encoding="utf-8")
        kept = json.loads(file.read_text(encoding="utf-8"))
        stages[f"{updates} updates"] = {test: [Ranked(**item) for item in ranked] for test, ranked in kept.items()}
        print(f"run {run + 1}, {amount}, {updates} updates: {in_words(stages[f'{updates} updates'])}", flush=True)
    return stages


def scores_of(network: IMINET, catalogue: Catalogue, *, cache: Path) -> NDArray[np.float32]:
    """What a network makes of all imitations of a catalogue with all its sounds."""
    inputs = load_catalogue_inputs(catalogue, network.spec, cache)
    return score_all(network, inputs.imitations, inputs.recordings)


def epochs_of(updates: int, n_imitations: int) -> int:
    """How many passes over so many imitations' pairs come nearest to so many updates."""
    return max(1, round(updates / -(-2 * n_imitations // SETTINGS.batch_size)))


def summary(experiment: Experiment, amount: Amount, stages: Stages, who: Mapping[str, str]) -> dict[str, Any]:
    """MRR of every test by what ranked and whom, and p-values of the differences from 2DFT on sounds never heard."""
    (baseline,) = two_dft.SYSTEMS
    speaker_of = {item.id: item.speaker or "" for item in experiment.catalogue.imitations}
    learned = Lesson.of(experiment.catalogue, amount, 0).learned
    imitated_by = {item: who[speaker] for item, speaker in speaker_of.items() if speaker in who}
    new = {name: by_group(runs, imitated_by) for name, runs in stages[NEW].items()}
    return {
        "sounds": len(learned.sounds),
        "imitations_of_each": amount.imitations,
        "pairs": len(learned.imitations),
        "mrr": {
            test: {name: mrr_of(by_group(runs, imitated_by)) for name, runs in of_test.items()}
            for test, of_test in stages.items()
        },
        "p_values": {
            name: {group: round(compare(runs, new[baseline.name][group]), 4) for group, runs in groups.items()}
            for name, groups in new.items()
            if name != baseline.name
        },
    }


def by_group(runs: Sequence[Sequence[Ranked]], imitated_by: Mapping[str, str]) -> dict[str, list[list[Ranked]]]:
    """All ranks, those of each category, and those of each kind of people who imitate, run by run."""
    groups: dict[str, list[list[Ranked]]] = {}
    for name_of in (
        lambda _: ALL,
        lambda item: item.category if item.category != ALL else None,
        lambda item: imitated_by.get(item.imitation_id),
    ):
        for run, ranked in enumerate(runs):
            for item in ranked:
                if name := name_of(item):
                    groups.setdefault(name, [[] for _ in runs])[run].append(item)
    return groups


def mrr_of(groups: Mapping[str, Iterable[Sequence[Ranked]]]) -> dict[str, float]:
    """MRR of each group over all runs."""
    return {
        name: round(float(np.mean([1 / item.rank for ranked in runs for item in ranked])), 4)
        for name, runs in groups.items()
    }


def in_words(tests: Mapping[str, Sequence[Ranked]]) -> str:
    """MRR of every test."""
    return ", ".join(f"{test} {mrr:.3f}" for test, mrr in mrr_of({t: [r] for t, r in tests.items()}).items())


if __name__ == "__main__":
    main()
