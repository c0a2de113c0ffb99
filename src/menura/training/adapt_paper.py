"""The course of a model that hears as the paper's does: all of it is fine-tuned, on augmented inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from menura.inputs.digest import run_digest
from menura.inputs.pair_features import PairFeatures, load_variants
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.simulate.people import load_people
from menura.simulate.voices import RealVoices
from menura.training.all_pairs import AllPairsTraining, pair_batches
from menura.training.course import JUDGES, LEARNED_FROM, AdaptRecipe, Course, Learner, of_another_kind
from menura.training.fit import Batches, fit
from menura.training.judges import Judges
from menura.training.settings import Precision


def papers_course(base: Path, paths: list[Path], n_held_out: int, recipe: AdaptRecipe, work: Path) -> Course:
    """The course of a model on a library; arguments as for `heads_course`."""
    people = load_people()
    variants = _load_lessons(paths[n_held_out:], people, recipe, work / "features")
    judges = _load_judges(paths, n_held_out, variants[0], people, recipe=recipe, cache=work / "features")

    def tune() -> Learner:
        network = load_network(base)
        run = _run(base, paths[n_held_out:], people.only(LEARNED_FROM), recipe, work)
        _fine_tune(network, variants, run, recipe)
        return network

    def as_network(made: Learner) -> IMINET:
        assert isinstance(made, IMINET)
        return made

    network = load_network(base)

    def read(other: Path) -> Learner:
        found = load_network(other)
        if found.spec != network.spec:
            raise of_another_kind(other, base)
        return found

    return Course(network, judges, tune, read, as_network)


def _load_lessons(paths: list[Path], people: RealVoices, recipe: AdaptRecipe, cache: Path) -> list[PairFeatures]:
    """The sounds that are learned from and variants of them, with simulated imitations."""
    return load_variants(
        paths,
        n_imitations=recipe.n_imitations,
        n_variants=recipe.n_variants,
        seed=recipe.seed,
        cache=cache,
        voices=people.only(LEARNED_FROM),
    )


def _load_judges(
    paths: list[Path], n_held_out: int, learned: PairFeatures, people: RealVoices, *, recipe: AdaptRecipe, cache: Path
) -> Judges:
    """Imitations, by people that nothing is learned from, of the sounds kept out and of some `learned` ones."""
    return Judges.load(
        paths[: n_held_out + recipe.most_tested],
        n_held_out,
        learned.recordings[recipe.most_tested :],
        n_imitations=recipe.n_test_imitations,
        seed=recipe.seed + 1,
        cache=cache,
        voices=people.only(JUDGES),
    )


def _fine_tune(network: IMINET, variants: Sequence[PairFeatures], run: Path, recipe: AdaptRecipe) -> None:
    torch.manual_seed(recipe.seed)
    n = len(variants[0])
    size = min(recipe.batch_size, n)
    n_batches = n // size
    epochs = -(-recipe.n_steps // n_batches)
    module = AllPairsTraining(network, learning_rate=recipe.learning_rate, n_steps=epochs * n_batches)
    draw = partial(pair_batches, variants, np.arange(n), size)
    precision: Precision = "bf16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "fp32"
    fit(module, Batches(draw, n_batches), run=run, epochs=epochs, seed=recipe.seed, precision=precision)


def _run(base: Path, paths: Sequence[Path], people: RealVoices, recipe: AdaptRecipe, work: Path) -> Path:
    """The folder of the fine-tuning of a model on these sounds, imitated by these people."""
    bundle = sorted(path for path in base.iterdir() if path.is_file())
    digest = run_digest(recipe, people.digest, len(paths), paths=[*paths, *bundle], cache=work / "features")
    return work / f"adapt-{digest}"
