"""The course of a model whose towers are mn04: what reads their layers is fine-tuned, the layers stay as they are.

The layers hear every recording and every take once, which is what takes minutes. What reads them learns in seconds, so
it can learn again and again without some of a person's takes, to be judged by these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.inputs.digest import run_digest
from menura.inputs.pair_features import PairFeatures
from menura.inputs.takes import TakeInputs, TakePlan, load_take_inputs
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.search.query import hear_query
from menura.simulate.people import load_people
from menura.simulate.voices import RealVoices
from menura.specs import SIDES
from menura.training.course import JUDGES, LEARNED_FROM, AdaptRecipe, Course, Learner, of_another_kind
from menura.training.frozen import heard_pools, mobilenet_tower
from menura.training.heads import Heads
from menura.training.judges import Judges
from menura.training.tuned_heads import TuneSettings, tuned

_Takes = tuple[TakePlan, RealVoices]


@dataclass(frozen=True, eq=False)
class HeadsCourse(Course):
    """A course with what it is made of.

    Attributes:
        lessons: What the layers make of the sounds that are learned from, of variants, and of simulated takes of them.
        settings: How the heads are fine-tuned.
    """

    lessons: TakeInputs
    settings: TuneSettings

    @property
    def heads(self) -> Heads:
        """Where it begins."""
        assert isinstance(self.model, Heads)
        return self.model


def heads_course(base: Path, paths: Sequence[Path], n_held_out: int, recipe: AdaptRecipe, work: Path) -> HeadsCourse:
    """The course of a model on a library.

    Args:
        base: Its bundle; its towers are mn04.
        paths: The sounds, those first that are kept out of the training.
        n_held_out: How many these are.
        recipe: How to train.
        work: A folder for what the layers hear.
    """
    network = load_network(base)
    people = load_people()
    learned = TakePlan(recipe.n_imitations, 0, recipe.n_own, recipe.n_variants, recipe.seed)
    tests = TakePlan(2 * recipe.n_test_imitations, 0, 0, 0, recipe.seed + 1)
    lessons = _pools(network, base, paths[n_held_out:], (learned, people.only(LEARNED_FROM)), work)
    tested = _pools(network, base, paths[: n_held_out + recipe.most_tested], (tests, people.only(JUDGES)), work)
    heads = Heads(lessons, np.arange(len(lessons.recordings)), network.spec, 0.0).eval()
    heads.take_from(network)
    others = lessons.recordings[recipe.most_tested :, 0]
    judges = Judges(PairFeatures(tested.recordings[:, 0], tested.takes), others, n_held_out)
    settings = TuneSettings(recipe.n_steps, recipe.batch_size, recipe.learning_rate, seed=recipe.seed)

    def read(other: Path) -> Heads:
        found = load_network(other)
        if found.spec != network.spec or not _same_layers(found, network):
            raise of_another_kind(other, base)
        theirs = Heads(lessons, np.arange(len(lessons.recordings)), network.spec, 0.0).eval()
        theirs.take_from(found)
        return theirs

    def as_network(made: Learner) -> IMINET:
        assert isinstance(made, Heads)
        whole = load_network(base)
        made.give_to(whole)
        return whole.eval()

    return HeadsCourse(
        heads, judges, lambda: tuned(heads, lessons, None, settings), read, as_network, lessons, settings
    )


def heard_take(file: Path, network: IMINET) -> NDArray[np.float16]:
    """(f,) what the layers make of a recorded take.

    Raises:
        UsageError: There is no such file.
        AudioError: As for `hear_query`.
    """
    return pools_of_take(hear_query(file, network.spec.imitation.front_end).heard.samples, network)


@torch.no_grad()
def pools_of_take(samples: NDArray[np.float32], network: IMINET) -> NDArray[np.float16]:
    """(f,) what the layers make of what is heard of a take, (n,) at the rate of the tower's front end."""
    heard = network_input(samples, network.spec.imitation.front_end)
    kept = mobilenet_tower(network, "imitation").pooled(torch.from_numpy(heard)[None, None])
    found: NDArray[np.float16] = kept[0].numpy().astype(np.float16)
    return found


def _pools(network: IMINET, base: Path, paths: Sequence[Path], takes: _Takes, work: Path) -> TakeInputs:
    """What the layers make of sounds and of simulated takes of them; a call that was stopped goes on."""
    cache, (plan, people) = work / "features", takes
    inputs = load_take_inputs(paths, network.spec, plan, [], cache, voices=people)
    bundle = sorted(path for path in base.iterdir() if path.is_file())
    digest = run_digest(plan, people.digest, paths=[*paths, *bundle], cache=cache)
    return heard_pools(network, inputs, work / f"layers-{digest}")


def _same_layers(one: IMINET, other: IMINET) -> bool:
    for side in SIDES:
        ours, theirs = (mobilenet_tower(network, side).net.state_dict() for network in (one, other))
        if not all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items()):
            return False
    return True
