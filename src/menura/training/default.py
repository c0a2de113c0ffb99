"""The default model: trained on real recordings and simulated imitations of them, then packed as a bundle."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from menura.data.recordings import CORPORA, Recording, Split, load_recordings
from menura.network.iminet import IMINET
from menura.network.towers import Tower
from menura.specs import TL_IMINET
from menura.training.calibration import calibrate
from menura.training.export import export_bundle
from menura.training.features import PairFeatures, load_pair_features
from menura.training.fit import Batches, fit
from menura.training.listwise import ListwiseTraining, pair_batches, plain_batch
from menura.training.ranking import Summary, rank_features
from menura.training.source_tasks import PreTraining, accuracy, load_windows, pretrain

BATCH_SIZE = 64
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class DefaultRecipe:
    """What decides the default model, apart from the recordings.

    Attributes:
        seed: Decides the split, the simulated people, the initial weights and the batches.
        n_imitations: Simulated imitations of each training recording.
        n_test_imitations: Simulated imitations of each held-out recording, by people that no training heard.
        pretrain_epochs: Passes over ESC-10's training folds for the recording tower.
        epochs: Passes over the training recordings, each time with one imitation of each.
    """

    seed: int = 0
    n_imitations: int = 12
    n_test_imitations: int = 5
    pretrain_epochs: int = 20
    epochs: int = 36


def train_default(data: Path, out: Path, work: Path, recipe: DefaultRecipe) -> dict[str, Any]:
    """Train the default model and write its bundle; called again after an interruption, it goes on.

    Args:
        data: The folder of corpora that `load_recordings` reads.
        out: Where the bundle goes.
        work: A folder for features, checkpoints and logs.
        recipe: What to train.

    Returns:
        The bundle's scores.
    """
    recordings = load_recordings(data, recipe.seed)
    torch.manual_seed(recipe.seed)
    network = IMINET(TL_IMINET, batch_norm=True)
    run = work / f"default-{_key(recipe, recordings)}"

    esc10 = [recording for recording in recordings if recording.corpus == "esc10"]
    environment = None
    if esc10:
        settings = PreTraining(LEARNING_RATE, BATCH_SIZE, recipe.pretrain_epochs, recipe.seed)
        environment = _pretrain_on_esc10(network.recording_tower, esc10, work, run / "environment", settings)

    training = [recording for recording in recordings if recording.split is not Split.HELD_OUT]
    features = load_pair_features(
        [recording.path for recording in training],
        n_imitations=recipe.n_imitations,
        seed=recipe.seed,
        cache=work / "features",
    )
    validation = _fine_tune(network, training, features, run / "pairs", recipe)

    network = network.folded()
    calibrate(network, features, validation)
    scores: dict[str, Any] = {"held_out_simulated": _held_out_scores(network, recordings, work, recipe).to_dict()}
    if environment is not None:
        scores["esc10_fold5_accuracy"] = round(environment, 4)
    export_bundle(network, out, name="menura-default", training=_describe(recordings, recipe), scores=scores)
    return scores


def _pretrain_on_esc10(
    tower: Tower, recordings: Sequence[Recording], work: Path, run: Path, settings: PreTraining
) -> float:
    """Pre-train the recording tower in place; returns its clip accuracy on the held-out fold."""
    labels = [recording.label for recording in recordings]
    windows = load_windows(
        [recording.path for recording in recordings], labels, tower.spec.front_end, work / "features"
    )
    held_out = np.array([recording.split is Split.HELD_OUT for recording in recordings])
    classifier = pretrain(tower, windows.of_clips(~held_out), run, settings, n_classes=len(set(labels)))
    return accuracy(classifier, windows.of_clips(held_out))


def _fine_tune(
    network: IMINET, recordings: Sequence[Recording], features: PairFeatures, run: Path, recipe: DefaultRecipe
) -> NDArray[np.intp]:
    """Fine-tune the whole network in place; returns which recordings were kept aside for validation."""
    is_training = np.array([recording.split is Split.TRAIN for recording in recordings])
    training, validation = np.flatnonzero(is_training), np.flatnonzero(~is_training)
    n_batches = len(training) // BATCH_SIZE
    module = ListwiseTraining(network, learning_rate=LEARNING_RATE, n_steps=n_batches * recipe.epochs)
    batches = Batches(
        partial(pair_batches, features, training, BATCH_SIZE), n_batches, plain_batch(features, validation)
    )
    fit(module, batches, run=run, epochs=recipe.epochs, seed=recipe.seed)
    return validation


def _held_out_scores(network: IMINET, recordings: Sequence[Recording], work: Path, recipe: DefaultRecipe) -> Summary:
    held_out = [recording.path for recording in recordings if recording.split is Split.HELD_OUT]
    features = load_pair_features(
        held_out, n_imitations=recipe.n_test_imitations, seed=recipe.seed + 1, cache=work / "features"
    )
    return rank_features(network, features, np.arange(len(held_out)))


def _key(recipe: DefaultRecipe, recordings: Sequence[Recording]) -> str:
    """Names the run by what decides it, so that only the same training is resumed."""
    text = f"{recipe}/" + "/".join(recording.path.name for recording in recordings)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _describe(recordings: Sequence[Recording], recipe: DefaultRecipe) -> dict[str, Any]:
    """The part of the model card that says where the model comes from."""
    present = [corpus for corpus in CORPORA if any(recording.corpus == corpus.folder for recording in recordings)]
    return {
        "command": "menura train default --data DATA --out OUT",
        "recipe": asdict(recipe),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads",
        "imitations": "simulated by Menura; no recorded imitation was used",
        "data": [
            {
                **asdict(corpus),
                **{
                    split.name.lower(): sum(
                        recording.corpus == corpus.folder and recording.split is split for recording in recordings
                    )
                    for split in Split
                },
            }
            for corpus in present
        ],
    }
