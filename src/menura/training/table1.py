"""The paper's table 1: three networks trained and ranked on the halves of a corpus, run by run (section 3).

A run is one split of the corpus. In each, every configuration is trained on one half and ranks the other, and its ranks
are kept in a file of their own; a reproduction that was stopped goes on after the last of these, and within a training
after its last epoch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from menura.data.catalogue import Catalogue
from menura.data.pairs import draw_pairs
from menura.network.iminet import IMINET
from menura.network.tied import TiedIMINET
from menura.network.towers import Tower
from menura.training.catalogue_inputs import CatalogueInputs, load_catalogue_inputs
from menura.training.fit import Batches, fit
from menura.training.pairwise import FineTuning, PairwiseTraining, tensors_of_pairs
from menura.training.ranking import Ranked, rank_within_categories

PUBLISHED = {
    "Tied-IMINET": {"AI": 0.401, "CS": 0.327, "ED": 0.158, "SS": 0.380},
    "TL-IMINET without pre-training": {"AI": 0.397, "CS": 0.309, "ED": 0.225, "SS": 0.377},
    "TL-IMINET with pre-training": {"AI": 0.462, "CS": 0.349, "ED": 0.246, "SS": 0.390},
}
"""MRR on VocalSketch 1.0.4, mean of 10 runs (table 1 of the paper)."""

INITIALS = {
    "acoustic instruments": "AI",
    "commercial synthesizers": "CS",
    "everyday sounds": "ED",
    "single synthesizer": "SS",
}
_SCORED_AT_ONCE = 64


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
    home = work / f"run-{run:02d}" / configuration.directory
    result = home / "ranks.json"
    if result.exists():
        return [Ranked(**item) for item in json.loads(result.read_text(encoding="utf-8"))]
    training_half, testing_half = catalogue.split_half(run)
    training_half = training_half.choose_imitations(settings.imitations_per_sound, run)
    torch.manual_seed(run)
    network = configuration.build()
    training = load_catalogue_inputs(training_half, network.spec, work / "inputs")
    _fine_tune(network, training, settings, home, run)
    ranked = rank_half(network, testing_half, work)
    unfinished = result.with_suffix(".tmp")
    unfinished.write_text(json.dumps([asdict(item) for item in ranked]), encoding="utf-8")
    unfinished.replace(result)
    (home / "last.ckpt").unlink(missing_ok=True)  # ten megabytes that nothing needs any more
    return ranked


def rank_half(network: IMINET, testing_half: Catalogue, work: Path) -> list[Ranked]:
    """Every imitation of a catalogue ranked against the recordings of its category."""
    testing = load_catalogue_inputs(testing_half, network.spec, work / "inputs")
    return rank_scores(score_all(network, testing), testing.recording_of, testing_half)


def rank_scores(scores: NDArray[np.floating], recording_of: NDArray[np.intp], catalogue: Catalogue) -> list[Ranked]:
    """Ranks from (imitations, sounds) scores of any method."""
    sounds = catalogue.sounds
    return rank_within_categories(
        scores,
        recording_of,
        [sound.id for sound in sounds],
        [INITIALS.get(sound.category, sound.category) for sound in sounds],
        [sound.label for sound in sounds],
    )


def score_all(network: IMINET, inputs: CatalogueInputs) -> NDArray[np.float32]:
    """Logits (imitations, recordings) of everything with everything."""
    network.eval()
    device = next(network.parameters()).device

    def batches(arrays: NDArray[np.floating]) -> Sequence[torch.Tensor]:
        return [
            torch.from_numpy(arrays[start : start + _SCORED_AT_ONCE].astype(np.float32)[:, None]).to(device)
            for start in range(0, len(arrays), _SCORED_AT_ONCE)
        ]

    with torch.no_grad():
        projections = torch.cat([network.project_recording(batch) for batch in batches(inputs.recordings)])
        rows = [network.logits(network.embed_imitation(batch), projections) for batch in batches(inputs.imitations)]
    scores: NDArray[np.float32] = torch.cat(rows).cpu().numpy()
    return scores


def _fine_tune(network: IMINET, inputs: CatalogueInputs, settings: FineTuning, home: Path, run: int) -> None:
    pairs = draw_pairs(inputs.recording_of, len(inputs.recordings), np.random.default_rng(run))
    draw = partial(tensors_of_pairs, inputs.imitations, inputs.recordings, pairs, settings.batch_size)
    n_batches = -(-len(pairs) // settings.batch_size)
    fit(PairwiseTraining(network, settings), Batches(draw, n_batches), run=home, epochs=settings.epochs, seed=run)


def _from_pretrained(pretrained: Pretrained) -> IMINET:
    network = IMINET()
    network.imitation_tower.load_state_dict(pretrained.imitation.state_dict())
    network.recording_tower.load_state_dict(pretrained.recording.state_dict())
    return network
