"""The paper's table 1: three networks trained and ranked on the halves of a corpus, run by run (section 3).

A run is one split of the corpus. In each, every configuration is trained on one half and ranks the other, and its ranks
are kept in a file of their own; a reproduction that was stopped goes on after the last of these, and within a training
after its last epoch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from menura.corpora.catalogue import Catalogue
from menura.errors import UsageError
from menura.evaluation.ranking import Ranked, rank_part
from menura.evaluation.scoring import score_all
from menura.inputs.catalogue_inputs import CatalogueInputs, load_catalogue_inputs
from menura.network.checkpoint import HEAD_FILE, WEIGHTS_FILE, load_network, save_network
from menura.network.iminet import IMINET
from menura.network.tied import TiedIMINET
from menura.network.towers import Tower
from menura.training.fit import Batches, fit
from menura.training.pairs import draw_pairs
from menura.training.pairwise import FineTuning, PairBatch, PairwiseTraining, tensors_of_pairs
from menura.whole import written_whole

PUBLISHED = {
    "Tied-IMINET": {"AI": 0.401, "CS": 0.327, "ED": 0.158, "SS": 0.380},
    "TL-IMINET without pre-training": {"AI": 0.397, "CS": 0.309, "ED": 0.225, "SS": 0.377},
    "TL-IMINET with pre-training": {"AI": 0.462, "CS": 0.349, "ED": 0.246, "SS": 0.390},
}
"""MRR on VocalSketch 1.0.4, mean of 10 runs (table 1 of the paper)."""


@dataclass(frozen=True)
class Pretrained:
    """The two towers after their source tasks."""

    imitation: Tower
    recording: Tower


@dataclass(frozen=True)
class Configuration:
    """One row of the table: its name, and a function that makes its untrained network."""

    name: str
    build: Callable[[], IMINET]

    @property
    def directory(self) -> str:
        """Name of its folder within a run's."""
        return self.name.replace(" ", "-")


def configurations(pretrained: Pretrained | None) -> list[Configuration]:
    """The table's rows; the last only if there are pre-trained towers."""
    tied, scratch, transfer = PUBLISHED
    rows = [Configuration(tied, TiedIMINET), Configuration(scratch, IMINET)]
    if pretrained is not None:
        rows.append(Configuration(transfer, partial(_from_pretrained, pretrained)))
    return rows


def run_configuration(
    configuration: Configuration, catalogue: Catalogue, settings: FineTuning, work: Path, run: int
) -> list[Ranked]:
    """Train a configuration on the training half of split `run` and rank the other half, unless that is done already.

    Args:
        configuration: What to train.
        catalogue: The whole corpus.
        settings: Of the fine-tuning.
        work: A folder for inputs, checkpoints and results.
        run: Number of the run; it decides split, pairs, initial weights and batches.
    """
    result = _home(configuration, work, run) / "ranks.json"
    if result.exists():
        return [Ranked(**item) for item in json.loads(result.read_text(encoding="utf-8"))]
    network = trained_network(configuration, catalogue, settings, work, run)
    _, testing_half = catalogue.split_half(run)
    testing = load_catalogue_inputs(testing_half, network.spec, work / "inputs")
    scores = score_all(network, testing.imitations, testing.recordings)
    ranked = rank_part(scores, testing_half, testing_half)
    with written_whole(result) as unfinished:
        unfinished.write_text(json.dumps([asdict(item) for item in ranked]), encoding="utf-8")
    return ranked


def trained_network(
    configuration: Configuration, catalogue: Catalogue, settings: FineTuning, work: Path, run: int
) -> IMINET:
    """A configuration's network after the training of run `run`, from `work` or trained now; arguments likewise."""
    home = _home(configuration, work, run)
    if (home / WEIGHTS_FILE).exists() and (home / HEAD_FILE).exists():
        return load_network(home)
    training_half, _ = catalogue.split_half(run)
    training_half = training_half.choose_imitations(settings.imitations_per_sound, run)
    torch.manual_seed(run)
    network = configuration.build()
    training = load_catalogue_inputs(training_half, network.spec, work / "inputs")
    _fine_tune(network, training, settings, home, run)
    save_network(network, home)
    (home / "last.ckpt").unlink(missing_ok=True)  # ten megabytes that nothing needs any more
    return network


def _home(configuration: Configuration, work: Path, run: int) -> Path:
    return work / f"run-{run:02d}" / configuration.directory


def _fine_tune(network: IMINET, inputs: CatalogueInputs, settings: FineTuning, home: Path, run: int) -> None:
    n_sounds, n_watched = len(inputs.recordings), settings.validation_sounds
    if n_watched == 1 or n_watched > n_sounds - 2:
        raise UsageError(f"validation_sounds is {n_watched} of {n_sounds}; pairs need two on either side")
    order = np.random.default_rng((run, n_sounds)).permutation(n_sounds)
    training = inputs.of_sounds(np.sort(order[n_watched:]))
    draw, n_batches = _batches(training, settings.batch_size, run)
    validation = None
    if n_watched:
        watched = inputs.of_sounds(order[:n_watched])
        draw_all, _ = _batches(watched, 2 * len(watched.imitations), run)
        validation = next(draw_all(np.random.default_rng(0)))
    fit(
        PairwiseTraining(network, settings),
        Batches(draw, n_batches, validation),
        run=home,
        epochs=settings.epochs,
        seed=run,
        precision=settings.precision,
        patience=settings.patience,
    )


def _batches(
    inputs: CatalogueInputs, batch_size: int, run: int
) -> tuple[Callable[[np.random.Generator], Iterator[PairBatch]], int]:
    """A function that draws an epoch of batches from a run's pairs, and how many there are in one."""
    pairs = draw_pairs(inputs.recording_of, len(inputs.recordings), np.random.default_rng(run))
    draw = partial(tensors_of_pairs, inputs.imitations, inputs.recordings, pairs, batch_size)
    return draw, -(-len(pairs) // batch_size)


def _from_pretrained(pretrained: Pretrained) -> IMINET:
    network = IMINET()
    network.imitation_tower.load_state_dict(pretrained.imitation.state_dict())
    network.recording_tower.load_state_dict(pretrained.recording.state_dict())
    return network
