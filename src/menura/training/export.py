"""From a trained network to the bundle that search loads: ONNX towers, the head, and a card that says what it is."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from menura.errors import ModelError
from menura.model.bundle import Bundle
from menura.model.heard import Heard
from menura.model.steps import Steps
from menura.model.usual import USUAL_FILE, Usual
from menura.network.checkpoint import save_network
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower
from menura.network.stored import HEAD_FILE, WEIGHTS_FILE
from menura.network.towers import Tower
from menura.whole import replace_folder

BUNDLE_FORMAT = 1
PARITY_TOLERANCE = 1e-5


def export_bundle(
    network: IMINET,
    folder: Path,
    *,
    name: str,
    training: dict[str, Any],
    scores: dict[str, Any],
    steps: Steps | None = None,
    window_correction: float = 0.0,
    heard: Heard | None = None,
    usual: Usual | None = None,
) -> Path:
    """Write a model bundle, replacing what stood at `folder` only when the new one is whole and agrees with torch.

    Args:
        network: The trained network; batch normalisation is folded in.
        folder: Where the bundle goes.
        name: What the model is called.
        training: How it was trained: data, licences, seed, command, date.
        scores: What it was measured to do, with chance beside it.
        steps: From which scores on a hit is likely or close, if that was measured.
        window_correction: What part of its chance is taken off the best of many windows (`score.chance_of_many`).
        heard: What it has heard, so that no measurement takes that for something new.
        usual: What takes of a sound usually are to it, if that was measured.

    Returns:
        `folder`.

    Raises:
        ModelError: ONNX Runtime and torch differ by more than 1e-5.
    """
    plain = network.folded()
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        work.chmod(0o755)  # mkdtemp keeps its folders private, a bundle is shared
        files = _save(plain, usual, work)
        card = {
            "format": BUNDLE_FORMAT,
            "name": name,
            "spec": plain.spec.to_dict(),
            "training": training,
            "scores": scores,
            **({} if steps is None else {"steps": steps.to_dict()}),
            "window_correction": window_correction,
            "sha256": {file: hashlib.sha256((work / file).read_bytes()).hexdigest() for file in files},
        }
        (work / "model.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if heard is not None:
            heard.put(work)
        difference = parity(plain, work)
        if not difference < PARITY_TOLERANCE:
            raise ModelError(f"{folder}: torch and ONNX Runtime differ by {difference:.2g}; the export was not kept")
        replace_folder(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _save(network: IMINET, usual: Usual | None, folder: Path) -> list[str]:
    """Write all but the card, and say what."""
    save_network(network, folder)
    for file in (HEAD_FILE, WEIGHTS_FILE):
        (folder / file).chmod(0o644)  # safetensors keeps its files private too
    _export_tower(network.imitation_tower, "imitation", folder / "imitation.onnx")
    _export_tower(network.recording_tower, "recording", folder / "recording.onnx")
    files = ["imitation.onnx", "recording.onnx", HEAD_FILE, WEIGHTS_FILE]
    if usual is not None:
        (folder / USUAL_FILE).write_bytes(usual.to_bytes())
        files.append(USUAL_FILE)
    return files


def parity(network: IMINET, folder: Path, *, n_clips: int = 4, seed: int = 0) -> float:
    """Largest difference between torch's and ONNX Runtime's similarities and features on random clips.

    Features are compared relative to their largest value, similarities as they are.
    """
    bundle = Bundle.load(folder)
    generator = torch.Generator().manual_seed(seed)
    spec = network.spec
    imitations = torch.randn(n_clips, 1, *spec.imitation.front_end.shape, generator=generator)
    recordings = torch.randn(n_clips, 1, *spec.recording.front_end.shape, generator=generator)
    with torch.no_grad():
        pairs = [
            (network.imitation_tower(imitations).numpy(), bundle.imitation_features(imitations.numpy())),
            (network.recording_tower(recordings).numpy(), bundle.recording_features(recordings.numpy())),
        ]
    return max(float(np.abs(ours - theirs).max() / max(np.abs(ours).max(), 1.0)) for ours, theirs in pairs)


def _export_tower(tower: Tower, kind: str, path: Path) -> None:
    example = torch.zeros(2, 1, *tower.spec.front_end.shape)
    dynamic = {0: torch.export.Dim("batch")}
    if isinstance(tower, MobileNetTower):
        dynamic[3] = torch.export.Dim("frames", min=1)
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns about its own internals
            program = torch.onnx.export(
                tower.eval(),
                (example,),
                input_names=[f"{kind}_log_mel"],
                output_names=[f"{kind}_features"],
                dynamic_shapes=(dynamic,),
                dynamo=True,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
    assert program is not None
    model = program.model_proto
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.functions):
        del part.metadata_props[:]  # traces of the exporter, with paths of the machine it ran on
        part.doc_string = ""
    path.write_bytes(model.SerializeToString())
