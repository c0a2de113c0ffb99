"""A model trained on real recordings and simulated imitations of them, as a recipe says, then packed as a bundle."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from menura.audio.files import read_audio
from menura.corpora.classes import ClassCatalogue, Clip
from menura.corpora.fsdd import TRAINING_SPEAKERS, load_fsdd
from menura.corpora.recordings import TRAINING_CORPORA, VOICES, Recording, Split, load_recordings
from menura.evaluation.ranking import Summary, rank_features
from menura.inputs.digest import run_digest
from menura.inputs.pair_features import PairFeatures, load_pair_features, load_variants
from menura.model.steps import Steps
from menura.network.iminet import IMINET
from menura.network.towers import Classifier, Tower
from menura.simulate.voices import RATE_HZ, RealVoices, measure_voices
from menura.specs import TL_IMINET
from menura.training.all_pairs import (
    AllPairsTraining,
    hardest_loss,
    listwise_loss,
    pair_batches,
    pairs_loss,
    plain_batch,
)
from menura.training.calibration import calibrate, measure_steps
from menura.training.export import export_bundle
from menura.training.fit import Batches, fit
from menura.training.heard import heard_by_recipe
from menura.training.pairs import draw_pairs
from menura.training.pairwise import PairwiseTraining, tensors_of_pairs
from menura.training.pretraining import (
    ENVIRONMENT,
    LANGUAGE,
    SourceTask,
    clip_accuracy,
    pretrained_classifier,
    source_inputs,
)
from menura.training.recipe import Recipe
from menura.training.settings import FineTuning, PreTraining

_LOSSES = {"listwise": listwise_loss, "hardest": hardest_loss, "pairs": pairs_loss}


@dataclass(frozen=True)
class Trained:
    """A trained network, batch normalisation folded in, and what it was measured to do.

    Attributes:
        network: The network.
        held_out: Simulated imitations of the held-out recordings, ranked among all of these.
        environment: Clip accuracy on ESC-10's held-out fold after pre-training; None without it.
        steps: What its scores say, measured on the validation recordings; None if they say little.
    """

    network: IMINET
    held_out: Summary
    environment: float | None
    steps: Steps | None


def train_default(data: Path, out: Path, work: Path, recipe: Recipe) -> dict[str, Any]:
    """Train a model and write its bundle; called again after an interruption, it goes on.

    Args:
        data: The folder of corpora that `load_recordings` reads.
        out: Where the bundle goes.
        work: A folder for features, checkpoints and logs.
        recipe: How to train.

    Returns:
        The bundle's scores.
    """
    trained = train_recipe(data, work, recipe)
    scores: dict[str, Any] = {"held_out_simulated": trained.held_out.to_dict()}
    if trained.environment is not None:
        scores["esc10_fold5_accuracy"] = round(trained.environment, 4)
    recordings, speech = load_recordings(data, recipe.seed), recipe.hears_speech or recipe.real_voices
    export_bundle(
        trained.network,
        out,
        name=recipe.name,
        training=_describe(recordings, recipe, has_voices=_has_voices(data)),
        scores=scores,
        steps=trained.steps,
        heard=heard_by_recipe(
            recordings, data, environment=recipe.hears_environment, speech=speech, cache=work / "features"
        ),
    )
    return scores


def train_recipe(data: Path, work: Path, recipe: Recipe) -> Trained:
    """Train a network as a recipe says and measure it on the held-out recordings."""
    recordings = load_recordings(data, recipe.seed)
    torch.manual_seed(recipe.seed)
    network = IMINET(TL_IMINET, batch_norm=recipe.batch_norm)
    environment = _pretrain_recording_tower(network, recordings, work, recipe) if recipe.hears_environment else None
    speech = load_fsdd(data / VOICES.folder) if recipe.hears_speech and _has_voices(data) else None
    if speech is not None:  # spoken digits, in the voices that training may hear
        _pretrain_tower(network.imitation_tower, speech, LANGUAGE, work, recipe)

    training = [recording for recording in recordings if recording.split is not Split.HELD_OUT]
    voices = _load_voices(data) if recipe.real_voices and _has_voices(data) else None
    variants = load_variants(
        [recording.path for recording in training],
        n_imitations=recipe.n_imitations,
        n_variants=recipe.n_variants,
        seed=recipe.seed,
        cache=work / "features",
        voices=voices,
    )
    is_training = np.array([recording.split is Split.TRAIN for recording in training])
    run = work / f"{recipe.name}-{_run_digest(recipe, training, speech, voices, work)}"
    chosen, validation = np.flatnonzero(is_training), np.flatnonzero(~is_training)
    if recipe.loss == "paper":
        _fine_tune_as_the_paper(network, variants[0], chosen, run, recipe)
    else:
        _fine_tune(network, variants, chosen, validation, run=run, recipe=recipe)
    network = network.folded()
    calibrate(network, variants[0], validation)
    steps = measure_steps(network, variants[0], validation)
    return Trained(network, _held_out_scores(network, recordings, work, recipe), environment, steps)


def _has_voices(data: Path) -> bool:
    return (data / VOICES.folder).is_dir()


def _load_voices(data: Path) -> RealVoices:
    """The voices of the people whom training may hear, from telephone-quality speech."""
    clips = load_fsdd(data / VOICES.folder).clips
    people = [[read_audio(clip.path, RATE_HZ) for clip in clips if clip.speaker == who] for who in TRAINING_SPEAKERS]
    return measure_voices(people, known_to_hz=4_000)


def _pretrain_recording_tower(
    network: IMINET, recordings: Sequence[Recording], work: Path, recipe: Recipe
) -> float | None:
    """Pre-train the recording tower on ESC-10, if it is there; returns its clip accuracy on the held-out fold."""
    esc10 = [recording for recording in recordings if recording.corpus == "esc10"]
    training = _as_clips(recording for recording in esc10 if recording.split is not Split.HELD_OUT)
    testing = _as_clips(recording for recording in esc10 if recording.split is Split.HELD_OUT)
    if not training.clips:
        return None
    # The shipped model's clips are augmented; the paper's recipe does as the paper.
    task = replace(ENVIRONMENT, augmented=recipe.loss != "paper")
    classifier = _pretrain_tower(network.recording_tower, training, task, work, recipe)
    if not testing.clips:
        return None
    return clip_accuracy(classifier, source_inputs(testing, task, work, training))


def _as_clips(esc10: Iterable[Recording]) -> ClassCatalogue:
    return ClassCatalogue("esc10", tuple(Clip(recording.path, recording.label) for recording in esc10))


def _pretrain_tower(tower: Tower, training: ClassCatalogue, task: SourceTask, work: Path, recipe: Recipe) -> Classifier:
    """Give a network's tower the weights of a pre-training, its normalisation folded in unless the network has it."""
    settings = PreTraining(epochs=recipe.pretrain_epochs, seed=recipe.seed, precision=recipe.precision)
    classifier = pretrained_classifier(training, task, settings, work)
    learned = classifier.tower if recipe.batch_norm else classifier.tower.folded()
    tower.load_state_dict(learned.state_dict())
    return classifier


def _run_digest(
    recipe: Recipe, training: Sequence[Recording], speech: ClassCatalogue | None, voices: RealVoices | None, work: Path
) -> str:
    """Names the fine-tuning by what decides it, the pre-trainings before it included."""
    known = [(recording.corpus, recording.label, recording.split.name) for recording in training]
    paths = [recording.path for recording in training] + list(speech.paths if speech else ())
    return run_digest(recipe, TL_IMINET, known, voices and voices.digest, paths=paths, cache=work / "features")


def _fine_tune(
    network: IMINET,
    variants: Sequence[PairFeatures],
    chosen: NDArray[np.intp],
    validation: NDArray[np.intp],
    *,
    run: Path,
    recipe: Recipe,
) -> None:
    n_batches = len(chosen) // recipe.batch_size
    epochs = -(-recipe.n_steps // n_batches)
    module = AllPairsTraining(
        network, learning_rate=recipe.learning_rate, n_steps=n_batches * epochs, loss=_LOSSES[recipe.loss]
    )
    draw = partial(pair_batches, variants, chosen, recipe.batch_size, muffled=recipe.muffled)
    batches = Batches(draw, n_batches, plain_batch(variants[0], validation))
    fit(module, batches, run=run, epochs=epochs, seed=recipe.seed, precision=recipe.precision)


def _fine_tune_as_the_paper(
    network: IMINET, features: PairFeatures, chosen: NDArray[np.intp], run: Path, recipe: Recipe
) -> None:
    """Pairs drawn once, both of an imitation in the same batch, so that a step has `batch_size` imitations too."""
    takes = features.imitations.shape[1]
    imitations = features.imitations[chosen].reshape(-1, *features.imitations.shape[2:])
    recording_of = np.repeat(np.arange(len(chosen)), takes)
    pairs = draw_pairs(recording_of, len(chosen), np.random.default_rng(recipe.seed))
    settings = FineTuning(batch_size=2 * recipe.batch_size)
    draw = partial(tensors_of_pairs, imitations, features.recordings[chosen], pairs, settings.batch_size)
    n_batches = -(-len(pairs) // settings.batch_size)
    epochs = -(-recipe.n_steps // n_batches)
    module = PairwiseTraining(network, settings)
    fit(module, Batches(draw, n_batches), run=run, epochs=epochs, seed=recipe.seed, precision=recipe.precision)


def _held_out_scores(network: IMINET, recordings: Sequence[Recording], work: Path, recipe: Recipe) -> Summary:
    held_out = [recording.path for recording in recordings if recording.split is Split.HELD_OUT]
    features = load_pair_features(
        held_out, n_imitations=recipe.n_test_imitations, seed=recipe.seed + 1, cache=work / "features"
    )
    return rank_features(network, features, np.arange(len(held_out)))


def _describe(recordings: Sequence[Recording], recipe: Recipe, *, has_voices: bool) -> dict[str, Any]:
    """The part of the model card that says where the model comes from."""
    there = {recording.corpus for recording in recordings}
    present = [corpus for corpus in TRAINING_CORPORA if corpus.folder in there]
    data = [
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
    ]
    if has_voices and (recipe.hears_speech or recipe.real_voices):
        data.append({**asdict(VOICES), "speakers": list(TRAINING_SPEAKERS)})
    return {
        "command": f"menura train default --recipe {recipe.name} --data DATA --out OUT",
        "recipe": asdict(recipe),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads",
        "imitations": "simulated by Menura; no recorded imitation was used",
        "data": data,
    }
