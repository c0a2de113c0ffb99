"""The networks that the paper compares, trained as its section 3 says, each kept under a name of all that decides it.

A run is one split of a corpus. In each, every configuration is trained on one half; the first run's networks are also
those of the figures and findings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import torch

from menura.corpora.catalogue import Catalogue
from menura.corpora.classes import ClassCatalogue
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.inputs.digest import run_digest
from menura.model.heard import Heard
from menura.network.checkpoint import load_network, load_tower, save_network, save_tower
from menura.network.iminet import IMINET
from menura.network.stored import HEAD_FILE, WEIGHTS_FILE
from menura.network.tied import TIED_IMINET, TiedIMINET
from menura.network.towers import Tower
from menura.specs import TL_IMINET, NetworkSpec
from menura.training.fine_tune import fine_tune
from menura.training.heard import heard_files
from menura.training.pretraining import (
    ENVIRONMENT,
    LANGUAGE,
    SourceTask,
    pretrained_classifier,
    pretraining_run,
)
from menura.training.settings import FineTuning, PreTraining

TIED, SCRATCH, TRANSFER = "Tied-IMINET", "TL-IMINET without pre-training", "TL-IMINET with pre-training"
"""The rows of table 1."""

THREE = ("pre-trained only", "from scratch", "pre-trained and fine-tuned")
"""The networks that figures 2 and 3 and section 4 compare, in their order."""


@dataclass(frozen=True)
class Pretrained:
    """The two towers after their source tasks, and a name of all that decided them.

    These are the first run's. A later run has towers of its own, pre-trained from another seed, so that the spread over
    runs is that of the whole method; `others` makes them.
    """

    imitation: Tower
    recording: Tower
    name: str
    others: Callable[[int], Pretrained] | None = None
    heard: Heard | None = None

    def of_run(self, run: int) -> Pretrained:
        """The towers of a run, pre-trained now if they are not there."""
        return self.others(run) if run and self.others else self

    def name_of_run(self, run: int) -> str:
        """The name of all that decides the towers of a run."""
        return f"{self.name}, seed + {run}" if run else self.name


@dataclass(frozen=True)
class Configuration:
    """One row of the table.

    Attributes:
        name: As the table has it.
        spec: Sizes of its network.
        build: A function that makes its network before the fine-tuning.
        starts_from: Names the weights that it starts from, if they are not drawn at random.
        heard: What these have heard.
    """

    name: str
    spec: NetworkSpec
    build: Callable[[], IMINET]
    starts_from: str = ""
    heard: Heard | None = None


@dataclass(frozen=True)
class Experiment:
    """What all trainings of a table share.

    Attributes:
        catalogue: VocalSketch, or a corpus laid out like it.
        settings: Of the fine-tuning.
        work: A folder for inputs, checkpoints and results; it may hold several experiments.
    """

    catalogue: Catalogue
    settings: FineTuning
    work: Path

    @property
    def cache(self) -> Path:
        """The folder of the inputs."""
        return self.work / "features"

    def home(self, configuration: Configuration, run: int) -> Path:
        """The folder of one training, named after all that decides it."""
        return self.folder(configuration.name, run, configuration.spec, configuration.starts_from)

    def folder(self, name: str, run: int, *decides: object) -> Path:
        """A folder of a run, named after the corpus, the settings, and what else decides what is in it."""
        digest = run_digest(self._digest, *decides, paths=(), cache=self.cache, code=())
        return self.work / f"run-{run:02d}" / f"{name.replace(' ', '-')}-{digest}"

    @cached_property
    def _digest(self) -> str:
        sounds = [(sound.id, sound.label, sound.category) for sound in self.catalogue.sounds]
        imitations = [(imitation.id, imitation.sound_id) for imitation in self.catalogue.imitations]
        return run_digest(self.settings, sounds, imitations, paths=self.catalogue.paths, cache=self.cache)


def configurations(pretrained: Pretrained | None, run: int = 0) -> list[Configuration]:
    """The table's rows in a run; the last only if there are pre-trained towers."""
    rows = [Configuration(TIED, TIED_IMINET, TiedIMINET), Configuration(SCRATCH, TL_IMINET, IMINET)]
    if pretrained is not None:
        build, name = partial(_from_pretrained, pretrained, run), pretrained.name_of_run(run)
        rows.append(Configuration(TRANSFER, TL_IMINET, build, name, pretrained.heard))
    return rows


def pretrained_towers(
    speech: ClassCatalogue, environment: ClassCatalogue, settings: PreTraining, work: Path
) -> Pretrained:
    """Both towers after their source tasks, from `work` or trained now.

    The imitation tower hears the training speakers alone, 70 % of the speech, as in the paper. Of the ten folds'
    networks the paper does not say which becomes the recording tower: here, one trained on all clips.
    """
    training, _ = speech.split_speakers(settings.seed)
    heard = heard_files([*training.paths, *environment.paths], (), work / "features")

    def towers(run: int) -> Pretrained:
        chosen = replace(settings, seed=settings.seed + run)
        language, imitation = _run_and_tower(training, LANGUAGE, chosen, work)
        sounds, recording = _run_and_tower(environment, ENVIRONMENT, chosen, work)
        return Pretrained(imitation, recording, f"{language.name} and {sounds.name}", towers, heard)

    return towers(0)


def _run_and_tower(
    catalogue: ClassCatalogue, task: SourceTask, settings: PreTraining, work: Path
) -> tuple[Path, Tower]:
    """The folder of a pre-training, and its tower, from there or trained now."""
    run = pretraining_run(catalogue, task, settings, work)
    file = run / "tower.safetensors"
    if not file.exists():
        save_tower(pretrained_classifier(catalogue, task, settings, work).tower, file)
    return run, load_tower(file, task.tower)


def trained_network(experiment: Experiment, configuration: Configuration, run: int) -> IMINET:
    """A configuration's network after training on the training half of split `run`, unless it is there already.

    Args:
        experiment: What it is trained on, and how.
        configuration: What to train.
        run: Number of the run; it decides split, pairs, initial weights and batches.
    """
    home = experiment.home(configuration, run)
    if (home / WEIGHTS_FILE).exists() and (home / HEAD_FILE).exists():
        return load_network(home)
    training_half, _ = experiment.catalogue.split_half(run)
    training_half = training_half.choose_imitations(experiment.settings.imitations_per_sound, run)
    torch.manual_seed(run)
    network = configuration.build()
    training = load_catalogue_inputs(training_half, network.spec, experiment.cache)
    fine_tune(network, training, experiment.settings, home, run)
    save_network(network, home)
    heard_files(training_half.paths, (), experiment.cache).and_also(configuration.heard).put(home)
    (home / "last.ckpt").unlink(missing_ok=True)  # ten megabytes that nothing needs any more
    return network


def three_networks(experiment: Experiment, pretrained: Pretrained, told: Callable[[str], None]) -> dict[str, IMINET]:
    """The networks of `THREE`, those of the first run of table 1, trained unless they are there.

    Of the first, the fully connected layers are as they were drawn.
    """
    _, scratch, transfer = configurations(pretrained)
    untuned, *tuned = THREE
    torch.manual_seed(0)
    networks = {untuned: transfer.build().eval()}
    for name, configuration in zip(tuned, (scratch, transfer), strict=True):
        told(f"{name}: {configuration.name}, trained or read from {experiment.work}")
        networks[name] = trained_network(experiment, configuration, run=0)
    return networks


def _from_pretrained(pretrained: Pretrained, run: int) -> IMINET:
    network = IMINET()  # first: a pre-training that is made now leaves another state of the generator
    towers = pretrained.of_run(run)
    network.imitation_tower.load_state_dict(towers.imitation.state_dict())
    network.recording_tower.load_state_dict(towers.recording.state_dict())
    return network
