"""What each part of the default recipe is worth: stage one without it, for equally many steps.

    python -m benchmarks.models.voice_recipes --data DATA --mn04 WEIGHTS --work RUNS [--steps 1500]

DATA is the folder that `menura train default` was given. Each network is measured by validation people, who imitate the
validation recordings: by simulated ones, by mosaics of real ones and by the recordings themselves, disturbed. Stopped,
it goes on with the recipe that it was at. Writes `docs/results/voice_recipes.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.results import write_result
from menura.corpora.collections import load_collections
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.evaluation.metrics import mean_reciprocal_rank
from menura.inputs.arrays import Arrays
from menura.inputs.digest import run_digest
from menura.inputs.takes import KINDS, TakeInputs, TakePlan, load_take_inputs
from menura.network.iminet import IMINET
from menura.specs import SIDES, MobileNetTowerSpec, NetworkSpec, PoolSpec, Side
from menura.training.frozen import LAST_FROZEN, frozen_outputs, mobilenet_tower
from menura.training.heads import HeadSettings, train_heads
from menura.training.voice_model import (
    SPEC,
    Lessons,
    VoiceRecipe,
    load_lessons,
    measured_mouths,
    new_network,
)

_TESTS = TakePlan(simulated=4, mosaics=4, own=2, variants=0, seed=1)


@dataclass(frozen=True)
class Variant:
    """How a recipe differs from the default: settings, sizes, and the share of the recordings."""

    settings: HeadSettings = field(default_factory=HeadSettings)
    spec: NetworkSpec = SPEC
    share: float = 1.0


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
        "without simulated people": Variant(replace(default, shares=(0.0, 0.7, 0.3))),
        "without mosaics": Variant(replace(default, shares=(0.7, 0.0, 0.3))),
        "without the recordings themselves": Variant(replace(default, shares=(0.46, 0.54, 0.0))),
        "nothing dropped": Variant(replace(default, dropped=0.0)),
        "means of six layers alone": Variant(spec=with_towers(means, tower.n_neurons)),
        "means of the last layer alone": Variant(spec=with_towers(means[-1:], tower.n_neurons)),
        "half as many neurons": Variant(spec=with_towers(tower.pools, tower.n_neurons // 2)),
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
    tests = load_tests(recordings, arguments.data, arguments.mn04, arguments.work)
    figures = {}
    for name, variant in variants().items():
        network = new_network(variant.spec, arguments.mn04)
        run = lessons.folder / f"{name.replace(' ', '-')}-{arguments.steps}"
        train(network, lessons, variant, arguments.steps, run)
        figures[name] = measured(network, tests)
        print(name, figures[name], flush=True)
    write_result(
        "voice_recipes",
        data=f"{len(lessons.chosen):,} recordings to train on; measured on {len(lessons.validation)} others, imitated "
        "by people whom no training heard, each among all of these",
        seed=0,
        figures={"steps": arguments.steps, "recipes": figures},
        command="python -m benchmarks.models.voice_recipes --data DATA --mn04 WEIGHTS --work RUNS",
    )


def load_tests(recordings: list[Recording], data: Path, weights: Path, work: Path) -> TakeInputs:
    """What the frozen layers make of the validation recordings and of takes of them by validation people."""
    paths = [recording.path for recording in recordings if recording.split is Split.VALIDATION]
    mouths = measured_mouths(data, Split.VALIDATION, work)
    inputs = load_take_inputs(paths, SPEC, _TESTS, mouths, work / "features")
    digest = run_digest(_TESTS, SPEC, paths=[*paths, *mouths, weights], cache=work / "features")
    return frozen_outputs(new_network(SPEC, weights), inputs, work / f"tests-{digest}")


def train(network: IMINET, lessons: Lessons, variant: Variant, n_steps: int, run: Path) -> None:
    """Stage one, in place."""
    chosen = lessons.chosen
    drawn = np.random.default_rng(0).permutation(len(chosen))[: round(variant.share * len(chosen))]
    settings = replace(variant.settings, n_steps=n_steps)
    pools = lessons.pools(network)
    train_heads(network, pools, chosen[np.sort(drawn)], lessons.validation, run=run, settings=settings)


@torch.no_grad()
def measured(network: IMINET, tests: TakeInputs) -> dict[str, float]:
    """MRR by who imitates."""
    network.eval()
    linear = torch.nn.functional.linear
    projections = linear(features(network, "recording", tests.recordings[:, 0]), network.recording_weight)
    target = np.arange(len(tests.takes))
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for take, kind in enumerate(tests.kinds.tolist()):
        imitations = features(network, "imitation", tests.takes[:, take])
        embeddings = linear(imitations, network.imitation_weight, network.fc1.bias)
        found[KINDS[kind]].append(mean_reciprocal_rank(network.logits(embeddings, projections).numpy(), target))
    return {kind: round(float(np.mean(mrrs)), 4) for kind, mrrs in found.items()}


def features(network: IMINET, side: Side, outputs: Arrays) -> torch.Tensor:
    """A tower's features of what its frozen layers made."""
    tower = mobilenet_tower(network, side)
    return tower.perceptron(tower.pooled(torch.from_numpy(outputs.astype(np.float32)), after=LAST_FROZEN))


if __name__ == "__main__":
    main()
