"""The fine-tuning of section 3.2 on a set of inputs, and a model of one's own pairs by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import torch

from menura.corpora.catalogue import Catalogue
from menura.errors import UsageError
from menura.inputs.catalogue_inputs import CatalogueInputs, load_catalogue_inputs
from menura.inputs.digest import run_digest
from menura.model.heard import Heard
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.network.stored import network_sha256
from menura.training.export import export_bundle
from menura.training.fit import Batches, fit
from menura.training.heard import heard_files
from menura.training.pairs import draw_pairs
from menura.training.pairwise import PairBatch, PairwiseTraining, tensors_of_pairs
from menura.training.settings import FineTuning


def train_on_pairs(
    catalogue: Catalogue,
    begin: Path | None,
    out: Path,
    work: Path,
    settings: FineTuning,
    *,
    told: Callable[[str], None],
) -> None:
    """Train a network on all pairs of a corpus and write its bundle; called again after an interruption, it goes on.

    Args:
        catalogue: The corpus.
        begin: The folder of a network to begin with; None for the paper's, from scratch.
        out: Where the bundle goes.
        work: A folder for inputs, checkpoints and logs.
        settings: How to train.
        told: Called with lines about what is going on.
    """
    cache = work / "features"
    if few := catalogue.few_imitations(settings.imitations_per_sound):
        told(few)
    chosen = catalogue.choose_imitations(settings.imitations_per_sound, 0)
    torch.manual_seed(0)
    network = IMINET() if begin is None else load_network(begin)
    began = begin and network_sha256(begin)
    run = (
        work / f"pairs-{run_digest(settings, network.spec, began, _pairs_of(chosen), paths=chosen.paths, cache=cache)}"
    )
    fine_tune(network, load_catalogue_inputs(chosen, network.spec, cache), settings, run, 0)
    heard = heard_files(chosen.paths, (), cache).and_also(Heard.read(begin) if begin else None)
    training = {
        "command": "menura train pairs --data CORPUS --out OUT",
        "settings": asdict(settings),
        "began_as": began,
        "date": datetime.now(UTC).date().isoformat(),
        "imitations": f"{catalogue.name}: {chosen.summary}",
    }
    export_bundle(network, out, name=out.name, training=training, scores={}, heard=heard)


def fine_tune(network: IMINET, inputs: CatalogueInputs, settings: FineTuning, home: Path, run: int) -> None:
    """Train a network in place, going on from `home` if it was stopped there.

    Args:
        network: The network.
        inputs: What it learns from, `settings.validation_sounds` of it to watch by.
        settings: How.
        home: The folder of the training.
        run: Decides the pairs, the sounds to watch by, and the batches.
    """
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


def _pairs_of(catalogue: Catalogue) -> list[tuple[str, str]]:
    return [(item.id, item.sound_id) for item in catalogue.imitations]
