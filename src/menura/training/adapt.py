"""A model fine-tuned on simulated imitations of one library's own sounds, kept only if it finds them better.

What a user searches afterwards is this very library, by a voice that no training heard. So imitations by people that no
training heard are ranked among all its sounds, before and after: of the sounds that the adaptation learned from, and of
a fifth that stayed out of it.

The adapted weights lie between the model's and the fine-tuned ones, as far along as other imitations of the same sounds
say (interpolated weights keep what a model knew while it learns: Wortsman et al. 2022, 'Robust fine-tuning of zero-shot
models').
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import torch

from menura.audio.walk import sound_files
from menura.errors import UsageError
from menura.evaluation.metrics import chance_mrr
from menura.evaluation.tables import compare
from menura.inputs.digest import run_digest
from menura.inputs.pair_features import PairFeatures, load_variants
from menura.inputs.readable import unreadable_files
from menura.model.heard import Heard
from menura.model.steps import Steps
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.simulate.people import load_people
from menura.simulate.voices import RealVoices
from menura.training.all_pairs import AllPairsTraining, pair_batches
from menura.training.calibration import calibrate, steps_of
from menura.training.export import export_bundle
from menura.training.fit import Batches, fit
from menura.training.heard import heard_files
from menura.training.judges import Judges, Mrr
from menura.training.recipe import refuse_other_ears
from menura.training.settings import Precision

FEWEST_SOUNDS = 20
_LEARNED_FROM, _JUDGES = slice(0, 9, 2), slice(1, 9, 2)  # of the people who come with Menura


@dataclass(frozen=True)
class AdaptRecipe:
    """What decides an adaptation, apart from the library and the model.

    Attributes:
        seed: Decides the sounds kept out, the simulated people and the batches.
        held_out: Share of the sounds kept out of the training.
        n_imitations: Simulated imitations of each training sound.
        n_variants: Further sounds made from each training sound, half as many imitations of each.
        n_test_imitations: Simulated imitations of a sound to report by, and as many others to choose by.
        most_tested: Of the sounds that were learned from, so many are measured at most.
        n_steps: Training steps, at least.
        batch_size: Sounds in a step, if there are as many.
        learning_rate: AdamW's highest.
        shares: How far from the model to the fine-tuned weights the adapted ones may lie.
        most_sounds: Of a larger library, so many sounds are drawn.
    """

    seed: int = 0
    held_out: float = 0.2
    n_imitations: int = 8
    n_variants: int = 2
    n_test_imitations: int = 3
    most_tested: int = 200
    n_steps: int = 200
    batch_size: int = 64
    learning_rate: float = 3e-4
    shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    most_sounds: int = 2_000


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation did.

    Attributes:
        n_sounds: Sounds of the library that took part, those kept out included.
        n_held_out: Sounds that were kept out of the training.
        before: Of the model that was adapted.
        standing: Of the model that stood where the new one goes, if one did.
        after: Of the adapted model.
        share: How far the adapted weights lie from the model's to the fine-tuned ones.
        chance: MRR of a random order.
        p_value: Of the difference between before and after, over all sounds that were measured.
        kept: Whether the adapted model was written: only if it is better than both.
    """

    n_sounds: int
    n_held_out: int
    before: Mrr
    standing: Mrr | None
    after: Mrr
    share: float
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
        UsageError: The library has too few sounds that can be read, or the model does not hear as the paper's does.
        ModelError: A bundle is missing or damaged.
    """
    refuse_other_ears(base)
    network = load_network(base)
    paths = _choose_sounds(library, work / "features", recipe, told)
    n_held_out = max(1, round(recipe.held_out * len(paths)))
    told(f"{len(paths) - n_held_out:,} sounds to learn from, {n_held_out:,} others to measure by")
    people = load_people()
    variants = _load_lessons(paths[n_held_out:], people, recipe, work / "features")
    judges = _load_judges(paths, n_held_out, variants[0], people, recipe=recipe, cache=work / "features")
    ranked_before = judges.rank(network)
    standing = judges.mrr(judges.rank(load_network(out))) if out.exists() else None

    tuned = load_network(base)
    _fine_tune(tuned, variants, _run(base, paths[n_held_out:], people.only(_LEARNED_FROM), recipe, work), recipe)
    share = _best_share(network, tuned, judges, recipe)
    adapted = _between(network, tuned, share)
    ranked_after = judges.rank(adapted)
    before, after = judges.mrr(ranked_before), judges.mrr(ranked_after)
    result = Adaptation(
        n_sounds=len(paths),
        n_held_out=n_held_out,
        before=before,
        standing=standing,
        after=after,
        share=share,
        chance=chance_mrr(len(paths)),
        p_value=compare([ranked_after], [ranked_before]),
        kept=after.library > max(before.library, standing.library if standing else 0.0),
    )
    if result.kept:
        calibrate(adapted, judges.held_out(), np.arange(n_held_out))
        logits, target = judges.scores(adapted)
        unseen = target < n_held_out
        heard = heard_files(paths[n_held_out:], paths[:n_held_out], work / "features").and_also(Heard.read(base))
        steps = steps_of(logits[unseen], target[unseen])
        _write(adapted, out, library.name, recipe, result, steps=steps, heard=heard)
    return result


def _write(
    adapted: IMINET,
    out: Path,
    library: str,
    recipe: AdaptRecipe,
    result: Adaptation,
    *,
    steps: Steps | None,
    heard: Heard,
) -> None:
    told_of = {
        "command": "menura adapt FOLDER",
        "recipe": asdict(recipe),
        "date": datetime.now(UTC).date().isoformat(),
        "imitations": "simulated by Menura; no recorded imitation was used",
    }
    name, scores = f"{library}-adapted", asdict(result)
    export_bundle(adapted, out, name=name, training=told_of, scores=scores, steps=steps, heard=heard)


def _load_lessons(paths: list[Path], people: RealVoices, recipe: AdaptRecipe, cache: Path) -> list[PairFeatures]:
    """The sounds that are learned from and variants of them, with simulated imitations."""
    return load_variants(
        paths,
        n_imitations=recipe.n_imitations,
        n_variants=recipe.n_variants,
        seed=recipe.seed,
        cache=cache,
        voices=people.only(_LEARNED_FROM),
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
        voices=people.only(_JUDGES),
    )


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


def _between(network: IMINET, tuned: IMINET, share: float) -> IMINET:
    """The network whose weights lie at `share` of the way from one to the other."""
    mixed = IMINET(network.spec)
    ours, theirs = network.state_dict(), tuned.state_dict()
    mixed.load_state_dict({name: torch.lerp(ours[name], theirs[name].cpu(), share) for name in ours})
    return mixed.eval()


def _best_share(network: IMINET, tuned: IMINET, judges: Judges, recipe: AdaptRecipe) -> float:
    def found(share: float) -> float:
        return judges.mrr(judges.rank(_between(network, tuned, share), choosing=True)).library

    return max(recipe.shares, key=found)


def _run(base: Path, paths: Sequence[Path], people: RealVoices, recipe: AdaptRecipe, work: Path) -> Path:
    """The folder of the fine-tuning of a model on these sounds, imitated by these people."""
    bundle = sorted(path for path in base.iterdir() if path.is_file())
    digest = run_digest(recipe, people.digest, len(paths), paths=[*paths, *bundle], cache=work / "features")
    return work / f"adapt-{digest}"
