"""A model whose towers begin as mn04, and learn to find by any voice.

Recordings are imitated by simulated people, by mosaics of real people and by themselves. Stage one trains the FCN on
frozen towers, stage two both together. Called again after an interruption, a training goes on.

Sources: Greif, Schmid, Primus and Widmer, *Improving query-by-vocal imitation with contrastive learning and audio
pretraining*, DCASE 2024, for towers that know AudioSet under a listwise loss; section 3 of the paper for the FCN.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from menura.audio.files import read_audio
from menura.corpora import mn04
from menura.corpora.collections import load_collections
from menura.corpora.recordings import TRAINING_CORPORA, Recording, Split, load_recordings
from menura.corpora.registry import Corpus
from menura.corpora.voices import load_speakers
from menura.evaluation.ranking import rank_features
from menura.inputs.digest import run_digest
from menura.inputs.pair_features import PairFeatures
from menura.inputs.takes import KINDS, TakeInputs, TakePlan, load_take_inputs
from menura.model.steps import Steps
from menura.model.usual import Usual
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower, load_mn04
from menura.simulate import measure_mouth, save_mouth
from menura.specs import NetworkSpec
from menura.training.calibration import calibrate, measure_steps
from menura.training.end_to_end import train_end_to_end
from menura.training.export import export_bundle
from menura.training.frozen import LAST_FROZEN, frozen_outputs, frozen_pools
from menura.training.heads import train_heads
from menura.training.heard import heard_by_default
from menura.training.kinds import add_kinds
from menura.training.usual import FITTED_ON, measure_usual
from menura.training.voice_recipe import VoiceRecipe

VOICES_FOLDER = "voices"
_MOUTH_HZ = 24_000


def train_voice_model(data: Path, weights: Path, out: Path, work: Path, recipe: VoiceRecipe) -> dict[str, Any]:
    """Train the model and write its bundle.

    Args:
        data: The folder of corpora, with the folders that `load_recordings`, `load_collections` and `load_speakers`
            read; collections and people may be absent.
        weights: mn04, see `load_mn04`.
        out: Where the bundle goes.
        work: A folder for inputs, checkpoints and logs.
        recipe: How to train.

    Returns:
        The bundle's scores.
    """
    collected, collections = load_collections(data)
    recordings = load_recordings(data, recipe.seed) + collected
    network, steps, usual = train_network(recordings, data, weights, work, recipe)
    scores = _held_out_scores(network, recordings, data, work, recipe)
    described = _describe(recordings, collections, data, recipe)
    heard = heard_by_default(recordings, data / VOICES_FOLDER, work / "features")
    export_bundle(
        network,
        out,
        name=recipe.name,
        training=described,
        scores=scores,
        steps=steps,
        window_correction=recipe.window_correction,
        heard=heard,
        usual=usual,
    )
    add_kinds(out, data, weights, work)
    return scores


def train_network(
    recordings: Sequence[Recording], data: Path, weights: Path, work: Path, recipe: VoiceRecipe
) -> tuple[IMINET, Steps | None, Usual]:
    """Train on those recordings that are not held out, in both stages, and calibrate; arguments as above.

    Returns:
        The network, what its scores say, see `measure_steps`, and what takes usually are to it.
    """
    network = new_network(recipe.spec, weights)
    lessons = load_lessons(recordings, data, weights, work, recipe)
    known = [recording.split.name for recording in recordings]
    run = work / f"{recipe.name}-{run_digest(recipe, known, paths=lessons.paths, cache=work / 'features')}"
    chosen, validation = lessons.chosen, lessons.validation
    train_heads(network, lessons.pools(network), chosen, validation, run=run / "heads", settings=recipe.heads)
    for number, round_ in enumerate(recipe.rounds):
        if number:
            del lessons  # gigabytes
            lessons = load_lessons(recordings, data, weights, work, recipe, number=number)
        home = run / f"end-to-end-{number}"
        before = deepcopy(network)
        network = train_end_to_end(network, lessons.outputs, chosen, validation, run=home, settings=round_.settings)
        _move_back(network, before, 1 - round_.share)
    calibrate(network, _pairs(lessons.inputs), validation, as_in_a_library=True)
    steps = measure_steps(network, _by_people(lessons.inputs, validation), np.arange(len(validation)))
    some = chosen[:: -(-len(chosen) // FITTED_ON)]
    usual = measure_usual(network, _by_people(lessons.inputs, some), np.arange(len(some)))
    return network, steps, usual


@torch.no_grad()
def _move_back(network: IMINET, before: IMINET, share: float) -> None:
    for now, then in zip(network.parameters(), before.parameters(), strict=True):
        now.lerp_(then, share)


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a training hears.

    Attributes:
        inputs: Of all recordings that are not held out.
        outputs: What the frozen layers make of them.
        chosen: The recordings to train on.
        validation: Those to watch by.
        paths: The files that it is made of: recordings, mouths and weights.
        folder: Where what frozen layers make of it is kept.
    """

    inputs: TakeInputs
    outputs: TakeInputs
    chosen: NDArray[np.intp]
    validation: NDArray[np.intp]
    paths: tuple[Path, ...]
    folder: Path

    def pools(self, network: IMINET) -> TakeInputs:
        """What a network, its layers being mn04's, keeps of its layers."""
        digest = run_digest(network.spec, paths=(), cache=self.folder)
        return frozen_pools(network, self.outputs, self.folder / f"pools-{digest}")


def load_lessons(
    recordings: Sequence[Recording], data: Path, weights: Path, work: Path, recipe: VoiceRecipe, *, number: int = 0
) -> Lessons:
    """Takes of the recordings that are not held out for a round, from the cache or made now; arguments as above."""
    training = [recording for recording in recordings if recording.split is not Split.HELD_OUT]
    mouths = measured_mouths(data, Split.TRAIN, work)
    plan = _possible(recipe.rounds[number].takes, mouths)
    inputs = load_take_inputs([r.path for r in training], recipe.spec, plan, mouths, work / "features")
    paths = (*(recording.path for recording in training), *mouths, weights)
    front_ends = [tower.front_end for tower in (recipe.spec.imitation, recipe.spec.recording)]
    folder = work / f"heard-{run_digest(plan, front_ends, LAST_FROZEN, paths=paths, cache=work / 'features')}"
    is_training = np.array([recording.split is Split.TRAIN for recording in training])
    return Lessons(
        inputs=inputs,
        outputs=frozen_outputs(new_network(recipe.spec, weights), inputs, folder / "outputs"),
        chosen=np.flatnonzero(is_training),
        validation=np.flatnonzero(~is_training),
        paths=paths,
        folder=folder,
    )


def new_network(spec: NetworkSpec, weights: Path) -> IMINET:
    """A network whose towers are mn04, normalisation folded in, and whose FCN knows nothing."""
    network = IMINET(spec)
    for tower in (network.imitation_tower, network.recording_tower):
        assert isinstance(tower, MobileNetTower)
        tower.net = load_mn04(weights).folded()
    return network.eval()


def measured_mouths(data: Path, split: Split, work: Path) -> list[Path]:
    """Files of the mouths of a split's people, measured now if need be; none where no voices are."""
    if not (data / VOICES_FOLDER).is_dir():
        return []
    files = []
    for person in load_speakers(data / VOICES_FOLDER, split):
        key = run_digest(paths=person.clips, cache=work / "features")
        files.append(work / "mouths" / f"{person.name}-{key}.safetensors")
        if not files[-1].exists():
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            save_mouth(measure_mouth(read_audio(clip, _MOUTH_HZ, duration_s=5.0) for clip in person.clips), files[-1])
    return files


def _possible(plan: TakePlan, mouths: Sequence[Path]) -> TakePlan:
    """The plan, without mosaics where there is nobody to make them of."""
    return plan if mouths else replace(plan, mosaics=0)


def _pairs(inputs: TakeInputs, kind: int | None = None) -> PairFeatures:
    """Recordings as they are, with all takes or those of one kind."""
    wanted = np.flatnonzero(inputs.kinds == kind) if kind is not None else slice(None)
    return PairFeatures(inputs.recordings[:, 0], inputs.takes[:, wanted])


def _by_people(inputs: TakeInputs, chosen: NDArray[np.intp]) -> PairFeatures:
    """The chosen recordings with people's imitations alone: a disturbed recording is found far too well."""
    people = np.flatnonzero(inputs.kinds != KINDS.index("own"))
    return PairFeatures(inputs.recordings[chosen, 0], inputs.takes[chosen][:, people])


def _held_out_scores(
    network: IMINET, recordings: Sequence[Recording], data: Path, work: Path, recipe: VoiceRecipe
) -> dict[str, Any]:
    """Held-out recordings imitated by people that no training heard, all of them candidates, by kind of imitation."""
    held_out = [recording.path for recording in recordings if recording.split is Split.HELD_OUT]
    mouths = measured_mouths(data, Split.HELD_OUT, work)
    plan = _possible(recipe.tests, mouths)
    inputs = load_take_inputs(held_out, recipe.spec, plan, mouths, work / "features")
    everything = np.arange(len(held_out))
    return {
        f"held_out_{KINDS[kind]}": rank_features(network, _pairs(inputs, kind), everything).to_dict()
        for kind in np.unique(inputs.kinds).tolist()
    }


def _describe(
    recordings: Sequence[Recording], collections: Sequence[Corpus], data: Path, recipe: VoiceRecipe
) -> dict[str, Any]:
    """The part of the model card that says where the model comes from."""
    counts = {
        corpus.folder: {
            split.name.lower(): sum(r.corpus == corpus.folder and r.split is split for r in recordings)
            for split in Split
        }
        for corpus in (*TRAINING_CORPORA, *collections)
    }
    used = [corpus for corpus in (*TRAINING_CORPORA, *collections) if any(counts[corpus.folder].values())]
    people = load_speakers(data / VOICES_FOLDER) if (data / VOICES_FOLDER).is_dir() else []
    return {
        "command": "menura train default --data DATA --out OUT",
        "recipe": asdict(recipe),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads",
        "began_as": {"title": mn04.TITLE, "source": mn04.PAGE, "licence": mn04.LICENCE, "notice": mn04.NOTICE},
        "imitations": "simulated by Menura, mosaics of real people's speech, and the recordings themselves; "
        "no recorded imitation was used",
        "data": [{**asdict(corpus), **counts[corpus.folder]} for corpus in used],
        "people": {split.name.lower(): [person.name for person in people if person.split is split] for split in Split},
    }
