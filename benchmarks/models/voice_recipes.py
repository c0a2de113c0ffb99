"""What each part of the default recipe is worth: stage one without it, for equally many steps.

    python -m benchmarks.models.voice_recipes --data DATA --mn04 WEIGHTS --work RUNS [--steps 1500]

DATA is the folder that `menura train default` was given. Each network is measured by validation people, who imitate the
validation recordings: by simulated ones, by mosaics of real ones and by the recordings themselves, disturbed. Stopped,
it goes on with the recipe that it was at. Writes `docs/results/voice_recipes.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from torch import Tensor, nn

from benchmarks.results import write_result
from menura.corpora.collections import load_collections
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.evaluation.metrics import mean_reciprocal_rank
from menura.inputs.digest import run_digest
from menura.inputs.takes import KINDS, TakeInputs, TakePlan, load_take_inputs
from menura.specs import SIDES, MobileNetTowerSpec, NetworkSpec, PoolSpec
from menura.training.fit import Batch, Batches, fit
from menura.training.frozen import frozen_outputs, frozen_pools
from menura.training.heads import Heads, HeadSettings, HeadTraining
from menura.training.take_batches import plain_takes, take_batches
from menura.training.voice_model import Lessons, load_lessons, measured_mouths, new_network
from menura.training.voice_recipe import SPEC, VoiceRecipe

_TESTS = TakePlan(simulated=4, mosaics=4, own=2, variants=0, seed=1)
_ALIKE = 64  # groups of recordings that sound alike


class CosineHeads(Heads):
    """Compares by the cosine of the projections, times a factor that is learned, where `Heads` has the FCN."""

    def __init__(self, kept: TakeInputs, rows: NDArray[np.intp], spec: NetworkSpec, dropped: float) -> None:
        super().__init__(kept, rows, spec, dropped)
        self.scale = nn.Parameter(torch.tensor(10.0))

    def forward(self, takes: Tensor, recordings: Tensor) -> Tensor:
        """Logits (n, m) of all pairs."""
        of_takes = nn.functional.normalize(self.imitation(takes), dim=1)
        of_recordings = nn.functional.normalize(self.recording(recordings), dim=1)
        return self.scale * of_takes @ of_recordings.T


@dataclass(frozen=True)
class Variant:
    """How a recipe differs from the default: settings, sizes, the share of the recordings, what compares, and
    whether half of a batch are recordings that sound alike.
    """

    settings: HeadSettings = field(default_factory=HeadSettings)
    spec: NetworkSpec = SPEC
    share: float = 1.0
    heads: type[Heads] = Heads
    alike: bool = False


def with_towers(pools: tuple[PoolSpec, ...], n_neurons: int) -> NetworkSpec:
    """The default's sizes but for what is kept of the layers, and the neurons that read it."""
    towers = [replace(SPEC.tower(side), pools=pools, n_neurons=n_neurons) for side in SIDES]
    return replace(SPEC, imitation=towers[0], recording=towers[1])


def variants() -> Mapping[str, Variant]:
    """Every recipe by its name in the table."""
    tower, default = SPEC.imitation, HeadSettings()
    assert isinstance(tower, MobileNetTowerSpec)
    means = tuple(pool for pool in tower.pools if pool.statistic == "mean" and pool.grid == (1, 1))
    return {
        "the default": Variant(),
        "a quarter of the recordings": Variant(share=0.25),
        "half of the recordings": Variant(share=0.5),
        "without simulated people": Variant(replace(default, shares=(0.0, 0.7, 0.3))),
        "without mosaics": Variant(replace(default, shares=(0.7, 0.0, 0.3))),
        "without the recordings themselves": Variant(replace(default, shares=(0.46, 0.54, 0.0))),
        "cosine in place of the FCN": Variant(heads=CosineHeads),
        "batches of 64": Variant(replace(default, batch_size=64)),
        "batches of 512": Variant(replace(default, batch_size=512)),
        "half of a batch alike": Variant(alike=True),
        "nothing dropped": Variant(replace(default, dropped=0.0)),
        "means of six layers alone": Variant(spec=with_towers(means, tower.n_neurons)),
        "means of the last layer alone": Variant(spec=with_towers(means[-1:], tower.n_neurons)),
        "half as many neurons": Variant(spec=with_towers(tower.pools, tower.n_neurons // 2)),
        "twice as many neurons": Variant(spec=with_towers(tower.pools, tower.n_neurons * 2)),
    }


def main() -> None:
    """Train and measure every recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mn04", type=Path, required=True, help="its weights")
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--steps", type=int, default=1_500)
    arguments = parser.parse_args()
    recordings = load_recordings(arguments.data, 0) + load_collections(arguments.data)[0]
    lessons = load_lessons(recordings, arguments.data, arguments.mn04, arguments.work, VoiceRecipe())
    tests, folder = load_tests(recordings, arguments.data, arguments.mn04, arguments.work)
    figures = {}
    for name, variant in variants().items():
        network = new_network(variant.spec, arguments.mn04)
        run = lessons.folder / f"{name.replace(' ', '-')}-{arguments.steps}"
        heads = trained(lessons.pools(network), lessons, variant, arguments.steps, run)
        digest = run_digest(variant.spec, paths=(), cache=folder)
        figures[name] = measured(heads, frozen_pools(network, tests, folder / f"pools-{digest}"))
        print(name, figures[name], flush=True)
    write_result(
        "voice_recipes",
        data=f"{len(lessons.chosen):,} recordings to train on; measured on {len(lessons.validation)} others, imitated "
        "by people whom no training heard, each among all of these",
        seed=0,
        figures={"steps": arguments.steps, "recipes": figures},
        command="python -m benchmarks.models.voice_recipes --data DATA --mn04 WEIGHTS --work RUNS",
    )


def load_tests(recordings: list[Recording], data: Path, weights: Path, work: Path) -> tuple[TakeInputs, Path]:
    """What the frozen layers make of validation recordings and of takes of them by validation people, and where."""
    paths = [recording.path for recording in recordings if recording.split is Split.VALIDATION]
    mouths = measured_mouths(data, Split.VALIDATION, work)
    inputs = load_take_inputs(paths, SPEC, _TESTS, mouths, work / "features")
    digest = run_digest(_TESTS, SPEC, paths=[*paths, *mouths, weights], cache=work / "features")
    folder = work / f"tests-{digest}"
    return frozen_outputs(new_network(SPEC, weights), inputs, folder / "outputs"), folder


def trained(kept: TakeInputs, lessons: Lessons, variant: Variant, n_steps: int, run: Path) -> Heads:
    """Stage one."""
    drawn = np.random.default_rng(0).permutation(len(lessons.chosen))[: round(variant.share * len(lessons.chosen))]
    chosen = lessons.chosen[np.sort(drawn)]
    settings = variant.settings
    torch.manual_seed(settings.seed)
    heads = variant.heads(kept, chosen, variant.spec, settings.dropped)
    n_batches = len(chosen) // settings.batch_size
    epochs = -(-n_steps // n_batches)
    module = HeadTraining(heads, settings, n_batches * epochs)
    draw = partial(take_batches, kept, chosen, settings.batch_size, settings.shares)
    if variant.alike:
        draw = partial(alike_batches, kept, chosen, groups(kept, chosen), settings)
    fit(module, Batches(draw, n_batches, plain_takes(kept, lessons.validation)), run=run, epochs=epochs, seed=0)
    averaged = module.averaged.module
    assert isinstance(averaged, Heads)
    return averaged


def groups(kept: TakeInputs, chosen: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The chosen recordings by how they sound, by k-means of what is kept of them."""
    features = kept.recordings[chosen, 0].astype(np.float32)
    standardised = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-3)
    _, labels = kmeans2(standardised, _ALIKE, minit="++", rng=0)
    return [chosen[labels == label] for label in range(_ALIKE)]


def alike_batches(
    kept: TakeInputs,
    chosen: NDArray[np.intp],
    alike: list[NDArray[np.intp]],
    settings: HeadSettings,
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """One epoch of batches, half of each any recordings, half of one group, or as many as that has."""
    for _ in range(len(chosen) // settings.batch_size):
        group = alike[rng.choice(len(alike), p=np.array([len(members) for members in alike]) / len(chosen))]
        near = rng.permutation(group)[: settings.batch_size // 2]
        others = rng.permutation(np.setdiff1d(chosen, near))[: settings.batch_size - len(near)]
        yield from take_batches(kept, np.concatenate([near, others]), settings.batch_size, settings.shares, rng)


@torch.no_grad()
def measured(heads: Heads, tests: TakeInputs) -> dict[str, float]:
    """MRR by who imitates."""
    heads.eval()
    recordings = torch.from_numpy(tests.recordings[:, 0].astype(np.float32))
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for take, kind in enumerate(tests.kinds.tolist()):
        logits = heads(torch.from_numpy(tests.takes[:, take].astype(np.float32)), recordings)
        found[KINDS[kind]].append(mean_reciprocal_rank(logits.numpy(), np.arange(len(recordings))))
    return {kind: round(float(np.mean(mrrs)), 4) for kind, mrrs in found.items()}


if __name__ == "__main__":
    main()
