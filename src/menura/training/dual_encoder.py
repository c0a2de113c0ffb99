"""Training of a dual encoder with NT-Xent, as Greif et al. (DCASE 2024) train theirs.

NT-Xent is cross-entropy over the cosines of a batch divided by a temperature: every imitation tells its recording from
all others of the batch, and every recording its imitation. That is `listwise_loss` on `DualEncoder.logits`. A batch has
no recording twice, so what does not match is never wrong.

Choices of ours: AdamW under one cycle, all layers at one rate; both sides augmented as everywhere here.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

from menura.corpora.catalogue import Catalogue
from menura.inputs.catalogue_inputs import CatalogueInputs, load_catalogue_inputs
from menura.inputs.digest import content_digests, run_digest
from menura.inputs.pair_features import PairFeatures
from menura.network.dual_encoder import DualEncoder
from menura.network.stored_dual import save_dual_encoder
from menura.training.all_pairs import AllPairsTraining, pair_batches
from menura.training.fit import Batches, fit
from menura.training.heard import heard_files
from menura.training.settings import DualEncoding
from menura.whole import replace_folder, written_whole

_WEIGHTS_FILE = "dual_encoder.safetensors"


def train_dual_encoder_on_pairs(
    catalogue: Catalogue, mn04: Path, out: Path, work: Path, settings: DualEncoding
) -> None:
    """Train a dual encoder on all pairs of a corpus and write it for `menura evaluate`; stopped, it goes on.

    Args:
        catalogue: The corpus; all of its imitations are used.
        mn04: The weights that both towers begin with.
        out: The folder that it goes to; what stands there is replaced when the new one is whole.
        work: A folder for inputs, checkpoints and logs.
        settings: How to train.
    """
    imitated, cache = catalogue.imitated, work / "features"
    network = DualEncoder.from_mn04(mn04)
    pairs = [(item.id, item.sound_id) for item in imitated.imitations]
    decides = (settings, network.spec, content_digests([mn04], cache), pairs)
    run = work / f"dual-encoder-{run_digest(*decides, paths=imitated.paths, cache=cache)}"
    inputs = load_catalogue_inputs(imitated, network.spec, cache)
    trained = trained_dual_encoder(network, inputs, run=run, settings=settings, seed=0)
    training = {
        "command": "menura train pairs --data CORPUS --out OUT --settings SETTINGS",
        "settings": asdict(settings),
        "date": datetime.now(UTC).date().isoformat(),
        "imitations": f"{imitated.name}: {imitated.summary}",
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as unfinished:
        home = Path(unfinished) / out.name
        home.mkdir()
        save_dual_encoder(trained, home)
        heard_files(imitated.paths, (), cache).put(home)
        (home / "training.json").write_text(json.dumps(training, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        replace_folder(home, out)


def trained_dual_encoder(
    network: DualEncoder, inputs: CatalogueInputs, *, run: Path, settings: DualEncoding, seed: int
) -> DualEncoder:
    """A network after training, from `run` if it was trained there, or gone on with where that was stopped.

    Args:
        network: What to begin with; changed.
        inputs: Of recordings with imitations; of a recording with fewer than another, each is heard more often.
        run: A folder for checkpoint, logs and weights, named after all that decides them.
        settings: How.
        seed: Of the batches.
    """
    weights = run / _WEIGHTS_FILE
    if not weights.exists():
        features = _by_recording(inputs)
        n = len(features)
        size = min(settings.batch_size, n)
        n_batches = n // size
        epochs = -(-settings.n_steps // n_batches)
        draw = partial(pair_batches, [features], np.arange(n), size, muffled=False)
        module = AllPairsTraining(network, learning_rate=settings.learning_rate, n_steps=n_batches * epochs)
        batches = Batches(draw, n_batches)
        fit(module, batches, run=run, epochs=epochs, seed=seed, precision=settings.precision)
        with written_whole(weights) as unfinished:
            save_file({name: value.contiguous() for name, value in network.state_dict().items()}, unfinished)
        (run / "last.ckpt").unlink(missing_ok=True)
    network.load_state_dict(load_file(weights))
    return network.eval()


def _by_recording(inputs: CatalogueInputs) -> PairFeatures:
    """Recordings with equally many imitations each: where there are fewer, they stand there again."""
    most = np.bincount(inputs.recording_of).max()
    rows = [np.resize(np.flatnonzero(inputs.recording_of == n), most) for n in range(len(inputs.recordings))]
    return PairFeatures(inputs.recordings, inputs.imitations[np.stack(rows)])
