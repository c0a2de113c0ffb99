"""A model fine-tuned on simulated imitations of one library's own sounds, kept only if it finds them better.

What a user searches afterwards is this very library, by a voice that no training heard. So imitations by people that no
training heard are ranked among all its sounds, before and after: of the sounds that the adaptation learned from, and of
a fifth that stayed out of it.

The adapted weights lie between the model's and the fine-tuned ones, as far along as other imitations of the same sounds
say (interpolated weights keep what a model knew while it learns: Wortsman et al. 2022, 'Robust fine-tuning of zero-shot
models').
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from menura.audio.walk import sound_files
from menura.errors import UsageError
from menura.evaluation.metrics import chance_mrr
from menura.evaluation.ranking import Ranked
from menura.evaluation.tables import compare
from menura.inputs.digest import content_digests
from menura.inputs.readable import unreadable_files
from menura.model.bundle import Bundle
from menura.model.heard import Heard
from menura.model.steps import Steps
from menura.network.checkpoint import load_network
from menura.network.stored import stored_spec
from menura.personal.given import GivenTake
from menura.training.adapt_heads import HeadsCourse, heads_course
from menura.training.adapt_paper import papers_course
from menura.training.calibration import calibrate, calibrate_by, steps_of
from menura.training.course import AdaptRecipe, Course, Learner
from menura.training.export import export_bundle
from menura.training.heads import Heads
from menura.training.heard import heard_files
from menura.training.judges import Judges, Mrr
from menura.training.own_takes import OwnOutcome, hear_own, judged_by_own
from menura.training.recipe import hears_by_mn04, refuse_unadaptable
from menura.training.tuned_heads import OwnTakes, between
from menura.training.tuned_heads import tuned as tuned_heads

FEWEST_SOUNDS = 20

HEADS = AdaptRecipe(n_imitations=4, n_own=2, learning_rate=5e-4)
"""The recipe for what reads the layers of mn04."""


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
        own: What the person's own takes say, if there were any.
        kept: Whether the adapted model was written: only if it is better than both, or by the person's own takes.
    """

    n_sounds: int
    n_held_out: int
    before: Mrr
    standing: Mrr | None
    after: Mrr
    share: float
    chance: float
    p_value: float
    own: OwnOutcome | None
    kept: bool

    def to_dict(self) -> dict[str, Any]:
        """Its figures, as a bundle states them."""
        told = {**vars(self), "own": self.own and self.own.to_dict()}
        return {name: asdict(value) if isinstance(value, Mrr) else value for name, value in told.items()}


def recipe_for(base: Path) -> AdaptRecipe:
    """How a model is adapted, by what it hears with; errors as for `stored_spec`."""
    return HEADS if hears_by_mn04(stored_spec(base)) else AdaptRecipe()


def adapt(
    base: Path,
    library: Path,
    out: Path,
    *,
    work: Path,
    recipe: AdaptRecipe,
    told: Callable[[str], None],
    takes: Sequence[GivenTake] = (),
) -> Adaptation:
    """Fine-tune a model on a library, going on from `work` if an earlier call was stopped.

    Args:
        base: The bundle to start from; it is not changed.
        library: The folder of sounds; it is only read.
        out: Where the adapted bundle goes, if it is better than `base` and than what stands there.
        work: A folder for inputs, checkpoints and logs.
        recipe: How to train.
        told: Called with lines about what is going on.
        takes: A person's own takes of sounds of the library. They are learned from, and they alone decide.

    Raises:
        UsageError: The library has too few sounds that can be read, the model hears otherwise than those that can be
            adapted, there are too few takes that can be heard, the model has learned from them already, or `out` is
            the model itself or holds one that only takes can judge.
        ModelError: A bundle is missing or damaged.
    """
    refuse_unadaptable(base, by_own_takes=bool(takes))
    _refuse_to_replace(out, base, by_own_takes=bool(takes))
    _refuse_learned(takes, base, work / "features")
    paths, n_held_out = _choose_sounds(library, {take.sound for take in takes}, work / "features", recipe, told)
    told(f"{len(paths) - n_held_out:,} sounds to learn from, {n_held_out:,} others to measure by")
    own = hear_own(takes, paths[n_held_out:], library, load_network(base), told) if takes else None
    make: Callable[..., Course] = heads_course if hears_by_mn04(stored_spec(base)) else papers_course
    course = make(base, paths, n_held_out, recipe, work)
    judges = course.judges
    ranked_before = judges.rank(course.model)
    stands = judges.mrr(judges.rank(course.read(out))) if out.exists() else None
    adapted, share, outcome = _by_judges(course, recipe) if own is None else _by_own_takes(course, own, recipe, base)
    result = _measured(judges, ranked_before, judges.rank(adapted), standing=stands, share=share, own=outcome)
    if result.kept:
        steps = _calibrated(course, adapted)
        learned = [*paths[n_held_out:], *(take.file for take in takes)]
        heard = heard_files(learned, paths[:n_held_out], work / "features").and_also(Heard.read(base))
        export_bundle(
            course.network(adapted),
            out,
            name=f"{library.name}-adapted",
            training=_described(recipe, result),
            scores=result.to_dict(),
            steps=steps,
            window_correction=Bundle.load(base).window_correction,
            heard=heard,
        )
    return result


def _refuse_to_replace(out: Path, base: Path, *, by_own_takes: bool) -> None:
    """Raise a `UsageError` if the model that stands in `out` is not one that an adaptation may replace."""
    if not out.exists():
        return
    if out.resolve() == base.resolve():
        raise UsageError(f"{out}: this is the model to start from; name another folder with --out")
    if not by_own_takes and Bundle.load(out).card.get("scores", {}).get("own") is not None:
        raise UsageError(
            f"{out}: holds a model that your own takes have judged, which simulated people cannot; name another folder "
            "with --out, or give --takes"
        )


def _refuse_learned(takes: Sequence[GivenTake], base: Path, cache: Path) -> None:
    """Raise a `UsageError` if a model has learned from takes that are to judge it."""
    known = Heard.read(base)
    if known and any(known.purpose(digest) for digest in content_digests([take.file for take in takes], cache)):
        raise UsageError(f"{base}: has learned from these takes, which cannot judge it then; start from another model")


def _measured(
    judges: Judges,
    ranked_before: list[Ranked],
    ranked_after: list[Ranked],
    *,
    standing: Mrr | None,
    share: float,
    own: OwnOutcome | None,
) -> Adaptation:
    """What an adaptation did, and whether it is to be kept."""
    before, after = judges.mrr(ranked_before), judges.mrr(ranked_after)
    n_sounds = len(judges.tested) + len(judges.others)
    return Adaptation(
        n_sounds=n_sounds,
        n_held_out=judges.n_held_out,
        before=before,
        standing=standing,
        after=after,
        share=share,
        chance=chance_mrr(n_sounds),
        p_value=compare([ranked_after], [ranked_before]),
        own=own,
        kept=own.kept if own else after.library > max(before.library, standing.library if standing else 0.0),
    )


def _by_judges(course: Course, recipe: AdaptRecipe) -> tuple[Learner, float, None]:
    """What is learned of the library's sounds alone, as far along as those judges say who do not report."""
    tuned, judges = course.tune(), course.judges

    def found(share: float) -> float:
        return judges.mrr(judges.rank(between(course.model, tuned, share), choosing=True)).library

    share = max(recipe.shares, key=found)
    return between(course.model, tuned, share), share, None


def _by_own_takes(course: Course, own: OwnTakes, recipe: AdaptRecipe, base: Path) -> tuple[Learner, float, OwnOutcome]:
    """What is learned of a person's takes and the library's sounds together, and what the takes say of it."""
    assert isinstance(course, HeadsCourse)
    outcome = judged_by_own(course, own, recipe.shares, Bundle.load(base).usual)
    tuned = tuned_heads(course.heads, course.lessons, own, course.settings)
    return between(course.heads, tuned, outcome.share), outcome.share, outcome


def _calibrated(course: Course, adapted: Learner) -> Steps | None:
    """Calibrate by the sounds that were kept out, and measure the steps of the scores by them, among all sounds."""
    judges = course.judges
    if isinstance(adapted, Heads):  # as the default: as in a library
        logits, target = judges.scores(adapted)
        unseen = target < judges.n_held_out
        calibrate_by(adapted, logits[unseen], target[unseen], as_in_a_library=True)
    else:
        calibrate(adapted, judges.held_out(), np.arange(judges.n_held_out))
    logits, target = judges.scores(adapted)
    unseen = target < judges.n_held_out
    return steps_of(logits[unseen], target[unseen])


def _described(recipe: AdaptRecipe, result: Adaptation) -> dict[str, Any]:
    """The part of the model card that says where the model comes from."""
    people = "simulated by Menura; no recorded imitation was used"
    if result.own is not None:
        people = f"simulated by Menura, and {len(result.own.before)} of the owner's own"
    return {
        "command": "menura adapt FOLDER",
        "recipe": asdict(recipe),
        "date": datetime.now(UTC).date().isoformat(),
        "imitations": people,
    }


def _choose_sounds(
    library: Path, taught: Collection[str], cache: Path, recipe: AdaptRecipe, told: Callable[[str], None]
) -> tuple[list[Path], int]:
    """The sounds that take part, in an order that the seed decides, and how many first ones are kept out.

    Sounds that a person imitated come last: they are all learned from.
    """
    found = [library / file.path for file in sound_files(library)]
    of_takes = {library / path for path in taught}
    order = [found[index] for index in np.random.default_rng(recipe.seed).permutation(len(found))]
    order = [path for path in order if path in of_takes] + [path for path in order if path not in of_takes]
    chosen = order[: recipe.most_sounds]
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
    untaught = [path for path in readable if path not in of_takes]
    n_held_out = max(1, min(round(recipe.held_out * len(readable)), len(untaught)))
    return untaught + [path for path in readable if path in of_takes], n_held_out
