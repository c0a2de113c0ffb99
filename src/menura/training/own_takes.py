"""A person's own takes in an adaptation, and what they say of it: each judged by a model that never met its sound's.

The sounds are parted into a few folds. For each, the model learns without the person's takes of its sounds (but with
simulated ones, as of any sound of the library), and these takes are ranked before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from menura.errors import MenuraError, UsageError
from menura.evaluation.metrics import target_ranks
from menura.evaluation.scoring import score_all
from menura.model.usual import Usual
from menura.network.iminet import IMINET
from menura.personal.given import GivenTake
from menura.personal.learning import learn, sure_gain
from menura.personal.lessons import Lessons, Pool
from menura.personal.takes import TaughtTake
from menura.personal.telling import FEWEST_SOUNDS, found_of
from menura.training.adapt_heads import HeadsCourse, heard_take
from menura.training.heads import Heads
from menura.training.tuned_heads import OwnTakes, between, tuned

N_FOLDS = 5


@dataclass(frozen=True, eq=False)
class OwnOutcome:
    """What a person's takes say of an adaptation.

    Attributes:
        before: (t,) where each finds its sound by the model as it is.
        after: (t,) by one that was adapted without the person's takes of that sound.
        fast: (t,) by the model as it is and what `menura teach --learn` learns without that sound.
        n_sounds: How many sounds they are of.
        n_among: How many sounds they are ranked among.
        share: How far the adapted weights lie from the model's to the fine-tuned ones.
        kept: Whether the takes say that it is surely better.
    """

    before: NDArray[np.intp]
    after: NDArray[np.intp]
    fast: NDArray[np.intp]
    n_sounds: int
    n_among: int
    share: float
    kept: bool

    def to_dict(self) -> dict[str, Any]:
        """Its figures, as a bundle states them."""
        found = {name: found_of(ranks) for name, ranks in vars(self).items() if isinstance(ranks, np.ndarray)}
        return {**found, "takes": len(self.before), "sounds": self.n_sounds, "among": self.n_among}


def hear_own(
    takes: Sequence[GivenTake], paths: Sequence[Path], library: Path, network: IMINET, told: Callable[[str], None]
) -> OwnTakes:
    """What the layers make of a person's takes.

    Args:
        takes: The takes.
        paths: The sounds that are learned from; takes of others are left out.
        library: Their folder.
        network: The model.
        told: Called with a line about each take in which nothing is heard.

    Raises:
        UsageError: In takes of too few sounds is anything heard.
    """
    row_of = {path.relative_to(library).as_posix(): row for row, path in enumerate(paths)}
    kept, rows = [], []
    for take in takes:
        if take.sound not in row_of:
            continue
        try:
            kept.append(heard_take(take.file, network))
        except MenuraError as error:
            told(f"left out: {error}")
            continue
        rows.append(row_of[take.sound])
    if len(set(rows)) < FEWEST_SOUNDS:
        raise UsageError(
            f"takes of {len(set(rows))} sounds are left: to learn from and to judge by, it takes {FEWEST_SOUNDS} sounds"
        )
    return OwnTakes(np.stack(kept), np.array(rows, np.intp))


def judged_by_own(
    course: HeadsCourse, own: OwnTakes, shares: Sequence[float], usual: Usual | None = None
) -> OwnOutcome:
    """How far to go by a person's takes, if anywhere.

    Args:
        course: What learns.
        own: The takes.
        shares: How far the adapted weights may lie.
        usual: What takes of a sound usually are to the model as it is, for what is learned without a training.
    """
    _, sounds = np.unique(own.rows, return_inverse=True)
    n_sounds = int(sounds.max()) + 1
    folds = np.random.default_rng(course.settings.seed).permutation(n_sounds)[sounds] % N_FOLDS
    before = ranks_of(course, course.heads, own)
    after = {share: before.copy() for share in shares}
    for fold in np.unique(folds):
        learned = tuned(course.heads, course.lessons, own.only(folds != fold), course.settings)
        for share in shares:
            after[share][folds == fold] = ranks_of(
                course, between(course.heads, learned, share), own.only(folds == fold)
            )
    worth = {share: sure_gain(before, ranks, sounds) for share, ranks in after.items()}
    best = max(worth, key=lambda share: worth[share])
    kept = bool(worth[best] > 0 and (1 / after[best]).mean() > (1 / before).mean())
    fast = learn(lessons_of(course, own), course.heads.fc2.weight.detach().numpy()[0], usual)
    return OwnOutcome(before, after[best], fast.after, n_sounds, len(_candidates(course)), best, kept)


def ranks_of(course: HeadsCourse, heads: Heads, own: OwnTakes) -> NDArray[np.intp]:
    """(t,) where each take finds its sound among all sounds of the library."""
    return target_ranks(score_all(heads, own.kept, _candidates(course)), course.judges.n_held_out + own.rows)


@torch.no_grad()
def lessons_of(course: HeadsCourse, own: OwnTakes) -> Lessons:
    """The same takes among the same sounds, as what is learned without a training hears them."""
    candidates = _candidates(course)
    queries, rows = (
        made(torch.from_numpy(kept.astype(np.float32))).numpy()
        for made, kept in ((course.heads.imitation, own.kept), (course.heads.recording, candidates))
    )
    columns = course.judges.n_held_out + own.rows
    return Lessons(
        takes=tuple(TaughtTake(str(number), str(row)) for number, row in enumerate(own.rows)),
        queries=queries,
        sounds=np.unique(own.rows, return_inverse=True)[1],
        targets=tuple(rows[[column]] for column in columns),
        pool=Pool(np.arange(len(rows)), rows, np.ones(len(rows), np.int64)),
        same=columns[:, None] == np.arange(len(rows)),
    )


def _candidates(course: HeadsCourse) -> NDArray[np.floating]:
    """(n, g) what the layers make of all sounds, those kept out of the training first."""
    return np.concatenate([course.judges.tested.recordings, course.judges.others])
