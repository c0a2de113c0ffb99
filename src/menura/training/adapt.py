"""A model fine-tuned on simulated imitations of one library's own sounds, kept only if it finds them better.

A fifth of the sounds stays out of the training. Before and after, imitations of these by people that no training heard
are ranked among all sounds of the library, so the two figures say what the adaptation did for sounds it did not see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from menura.errors import UsageError
from menura.metrics import chance_mrr
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.search.walk import sound_files
from menura.training.all_pairs import AllPairsTraining, pair_batches
from menura.training.calibration import calibrate
from menura.training.export import export_bundle
from menura.training.features import PairFeatures, load_pair_features
from menura.training.fit import Batches, fit
from menura.training.ranking import ALL, Ranked, rank_within_categories
from menura.training.readable import unreadable_files
from menura.training.scoring import score_all
from menura.training.table import compare

FEWEST_SOUNDS = 20


@dataclass(frozen=True)
class AdaptRecipe:
    """What decides an adaptation, apart from the library and the model.

    Attributes:
        seed: Decides the sounds kept out, the simulated people and the batches.
        held_out: Share of the sounds kept out of the training.
        n_imitations: Simulated imitations of each training sound.
        n_test_imitations: Simulated imitations of each sound that is kept out, by other people.
        n_steps: Training steps, at least.
        batch_size: Sounds in a step, if there are as many.
        learning_rate: AdamW's highest.
        most_sounds: Of a larger library, so many sounds are drawn.
    """

    seed: int = 0
    held_out: float = 0.2
    n_imitations: int = 8
    n_test_imitations: int = 5
    n_steps: int = 400
    batch_size: int = 64
    learning_rate: float = 3e-4
    most_sounds: int = 2_000


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation did.

    Attributes:
        n_sounds: Sounds of the library that took part, those kept out included.
        n_held_out: Sounds that were kept out of the training.
        before: MRR of the model that was adapted.
        standing: MRR of the model that stood where the new one goes, if one did.
        after: MRR of the adapted model.
        chance: MRR of a random order.
        p_value: Of the difference between before and after.
        kept: Whether the adapted model was written: only if it is the best of them.
    """

    n_sounds: int
    n_held_out: int
    before: float
    standing: float | None
    after: float
    chance: float
    p_value: float
    kept: bool


def adapt(
    base: Path, library: Path, out: Path, *, work: Path, recipe: AdaptRecipe, told: Callable[[str], None]
) -> Adaptation:
    """Fine-tune a model on a library, going on from `work` if an earlier call was stopped.

    Args:
        base: The bundle to start from; it is not changed.
        library: The folder of sounds; it is only read.
        out: Where the adapted bundle goes, if it is better than `base` and than what stands there.
        work: A folder for inputs, checkpoints and logs.
        recipe: How to train.
        told: Called with lines about what is going on.

    Raises:
        UsageError: The library has too few sounds that can be read.
        ModelError: A bundle is missing or damaged.
    """
    network = load_network(base)
    paths = _choose_sounds(library, work / "features", recipe, told)
    n_held_out = max(1, round(recipe.held_out * len(paths)))
    held_out, training = paths[:n_held_out], paths[n_held_out:]
    told(f"{len(training):,} sounds to learn from, {n_held_out:,} others to measure by")
    load = partial(load_pair_features, cache=work / "features")
    features = load(training, n_imitations=recipe.n_imitations, seed=recipe.seed)
    measured_by = load(held_out, n_imitations=recipe.n_test_imitations, seed=recipe.seed + 1)
    rank = partial(_rank, measured_by=measured_by, others=features.recordings)

    ranked_before = rank(network)
    before, standing = _mrr(ranked_before), _mrr(rank(load_network(out))) if out.exists() else None
    _fine_tune(network, features, work / f"adapt-{_key(base, paths, recipe)}", recipe)
    ranked_after = rank(network)
    after = _mrr(ranked_after)
    result = Adaptation(
        n_sounds=len(paths),
        n_held_out=n_held_out,
        before=before,
        standing=standing,
        after=after,
        chance=chance_mrr(len(paths)),
        p_value=compare([ranked_after], [ranked_before]),
        kept=after > max(before, standing or 0.0),
    )
    if result.kept:
        calibrate(network, measured_by, np.arange(n_held_out))
        told_of = {
            "command": "menura adapt FOLDER",
            "recipe": asdict(recipe),
            "date": datetime.now(UTC).date().isoformat(),
            "imitations": "simulated by Menura; no recorded imitation was used",
        }
        export_bundle(network, out, name=f"{library.name}-adapted", training=told_of, scores=asdict(result))
    return result


def _choose_sounds(library: Path, cache: Path, recipe: AdaptRecipe, told: Callable[[str], None]) -> list[Path]:
    """The sounds that take part, in an order that the seed decides."""
    found = [library / file.path for file in sound_files(library)]
    order = np.random.default_rng(recipe.seed).permutation(len(found))
    chosen = [found[index] for index in order[: recipe.most_sounds]]
    if len(chosen) < len(found):
        told(f"{len(chosen):,} of {len(found):,} sounds are drawn")
    unreadable = unreadable_files(chosen, cache)
    for path, reason in unreadable.items():
        told(f"left out: {path.relative_to(library)}: {reason}")
    readable = [path for path in chosen if path not in unreadable]
    if len(readable) < FEWEST_SOUNDS:
        raise UsageError(
            f"{library}: {len(readable)} sounds that can be read; an adaptation needs {FEWEST_SOUNDS} to learn from "
            "and to be measured by"
        )
    return readable


def _fine_tune(network: IMINET, features: PairFeatures, run: Path, recipe: AdaptRecipe) -> None:
    torch.manual_seed(recipe.seed)
    size = min(recipe.batch_size, len(features))
    n_batches = len(features) // size
    epochs = -(-recipe.n_steps // n_batches)
    module = AllPairsTraining(network, learning_rate=recipe.learning_rate, n_steps=epochs * n_batches)
    draw = partial(pair_batches, [features], np.arange(len(features)), size)
    fit(module, Batches(draw, n_batches), run=run, epochs=epochs, seed=recipe.seed)


def _rank(network: IMINET, measured_by: PairFeatures, others: NDArray[np.floating]) -> list[Ranked]:
    """All imitations of the sounds that are kept out, ranked among all sounds."""
    n, takes = measured_by.imitations.shape[:2]
    imitations = measured_by.imitations.reshape(n * takes, *measured_by.imitations.shape[2:])
    scores = score_all(network, imitations, np.concatenate([measured_by.recordings, others]))
    ids = [str(index) for index in range(scores.shape[1])]
    return rank_within_categories(scores, np.repeat(np.arange(n), takes), ids, [ALL] * len(ids), ids)


def _mrr(ranked: Sequence[Ranked]) -> float:
    return float(np.mean([1 / item.rank for item in ranked]))


def _key(base: Path, paths: Sequence[Path], recipe: AdaptRecipe) -> str:
    """Names the run by what decides it, so that only the same training is resumed."""
    card = (base / "model.json").read_bytes()
    text = f"{recipe}/" + "/".join(f"{path.parent.name}/{path.name}/{path.stat().st_size}" for path in paths)
    return hashlib.blake2b(card + text.encode(), digest_size=6).hexdigest()
