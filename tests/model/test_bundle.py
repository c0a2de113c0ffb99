"""The bundle at work: it does what the torch network does, and refuses what is damaged."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

import menura.model.bundle
from bundles import clips, edit_card, random_network, resign
from menura.audio.features import network_input
from menura.errors import ModelError
from menura.model.bundle import Bundle
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END


@pytest.fixture
def bundle_copy(random_bundle_folder: Path, tmp_path: Path) -> Path:
    """A bundle to damage."""
    return Path(shutil.copytree(random_bundle_folder, tmp_path / "bundle"))


def test_embedding_and_projections_are_those_of_torch(random_bundle):
    network = random_network()
    query, *_ = clips(1, 40_000)
    recordings = clips(3, 100_000)
    imitation_input = torch.from_numpy(network_input(query, IMITATION_FRONT_END))[None, None]
    recording_input = torch.stack([torch.from_numpy(network_input(clip, RECORDING_FRONT_END)) for clip in recordings])
    with torch.no_grad():
        embedding = network.embed_imitation(imitation_input)[0].numpy()
        projections = network.project_recording(recording_input[:, None]).numpy()
    np.testing.assert_allclose(random_bundle.embed_query(query), embedding, atol=1e-5)
    np.testing.assert_allclose(random_bundle.project_recordings(recordings), projections, atol=1e-5)


def test_no_clips_give_no_projections(random_bundle):
    assert random_bundle.project_recordings([]).shape == (0, 108)


def test_only_what_a_tower_hears_counts(random_bundle):
    (query,) = clips(1, 80_000)
    np.testing.assert_array_equal(random_bundle.embed_query(query), random_bundle.embed_query(query[:64_000]))
    assert not np.array_equal(random_bundle.embed_query(query), random_bundle.embed_query(query[:63_000]))


def test_threads_share_a_bundle(random_bundle_folder):
    bundle = Bundle.load(random_bundle_folder)  # a new one, so that the threads also race for its first session
    recordings = clips(8, 50_000)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda clip: bundle.project_recordings([clip]), recordings))
    for clip, projection in zip(recordings, together, strict=True):
        np.testing.assert_array_equal(projection, bundle.project_recordings([clip]))


def test_the_fingerprint_tells_models_apart_and_ignores_the_card(random_bundle, bundle_copy):
    edit_card(bundle_copy, name="renamed", scores={"mrr": 1.0})
    renamed = Bundle.load(bundle_copy)
    assert (renamed.fingerprint, renamed.name) == (random_bundle.fingerprint, "renamed")

    head = load_file(bundle_copy / "head.safetensors")
    save_file(head | {"output_bias": head["output_bias"] + 1}, bundle_copy / "head.safetensors")
    resign(bundle_copy, "head.safetensors")
    assert Bundle.load(bundle_copy).fingerprint != random_bundle.fingerprint


def test_a_query_does_not_load_the_recording_tower_and_search_imports_no_onnxruntime(random_bundle_folder):
    code = f"""
import sys, pathlib, numpy, menura
bundle = menura.Bundle.load(pathlib.Path({str(random_bundle_folder)!r}))
import menura.search.library
assert "onnxruntime" not in sys.modules
assert not {{"torch", "scipy", "librosa"}} & sys.modules.keys()
bundle.embed_query(numpy.ones(100, numpy.float32))
assert "onnxruntime" in sys.modules
assert bundle.imitation_tower._session is not None and bundle.recording_tower._session is None
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_menura_imports_nothing_heavy():
    code = "import sys, menura; assert not {'numpy', 'sqlite3', 'soundfile', 'onnxruntime'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_default_bundle_is_in_the_package(monkeypatch, random_bundle_folder, random_bundle, tmp_path):
    monkeypatch.setattr(menura.model.shipped.resources, "files", lambda package: tmp_path / package)
    with pytest.raises(ModelError, match=r"models/default: no model there; reinstall menura$"):
        Bundle.load()
    shutil.copytree(random_bundle_folder, tmp_path / "menura" / "models" / "default")
    assert Bundle.load().fingerprint == random_bundle.fingerprint


@pytest.mark.parametrize("name", ["imitation.onnx", "recording.onnx", "head.safetensors", "model.json"])
def test_a_missing_file_is_named(bundle_copy, name):
    (bundle_copy / name).unlink()
    with pytest.raises(ModelError, match=rf"bundle/{name}: cannot be read \(No such file or directory\); export or"):
        Bundle.load(bundle_copy)


@pytest.mark.parametrize("name", ["imitation.onnx", "recording.onnx", "head.safetensors"])
def test_a_file_of_another_hash_is_named(bundle_copy, name):
    content = bytearray((bundle_copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle_copy / name).write_bytes(content)
    with pytest.raises(ModelError, match=rf"bundle/{name}: damaged, or not the file that model.json describes; export"):
        Bundle.load(bundle_copy)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ModelError, match="nowhere: no model there; name a folder"):
        Bundle.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "model.json: not JSON"),
        (b"\xff\xfe\xfd", "model.json: not JSON"),
        ("[]", "model.json: a model of format None, and this Menura reads 1"),
        ('{"format": 2}', "model.json: a model of format 2, and this Menura reads 1"),
        ('{"format": 1, "name": "x", "spec": []}', "model.json: spec, sha256 missing or garbled"),
        ('{"format": 1, "name": "x", "spec": {}, "sha256": {}}', "model.json: the network's sizes cannot be read"),
    ],
)
def test_a_garbled_card_is_refused(bundle_copy, text, message):
    (bundle_copy / "model.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=message):
        Bundle.load(bundle_copy)


def test_sizes_that_do_not_fit_together_are_refused(bundle_copy):
    spec = json.loads((bundle_copy / "model.json").read_text())["spec"]
    spec["imitation"]["layers"][0]["kernel"] = [99, 99]
    edit_card(bundle_copy, spec=spec)
    with pytest.raises(ModelError, match=r"model.json: .* is too small for .*; export or download"):
        Bundle.load(bundle_copy)


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("output_weight", np.zeros(107, np.float32), r"output_weight is \(107, 'float32'\), not \(108, 'float32'\)"),
        ("hidden_bias", np.zeros(108, np.float64), r"hidden_bias is \(108, 'float64'\), not \(108, 'float32'\)"),
        ("imitation_weight", np.zeros((108, 2400), np.float32), r"imitation_weight is \(108, 2400, 'float32'\), not"),
        ("output_bias", np.array([np.nan], np.float32), "output_bias holds NaN or infinity"),
    ],
)
def test_a_head_of_other_sizes_is_refused(bundle_copy, name, tensor, message):
    head = load_file(bundle_copy / "head.safetensors")
    save_file(head | {name: tensor}, bundle_copy / "head.safetensors")
    resign(bundle_copy, "head.safetensors")
    with pytest.raises(ModelError, match=f"head.safetensors: {message}"):
        Bundle.load(bundle_copy)


def test_a_head_without_a_tensor_is_refused(bundle_copy):
    head = load_file(bundle_copy / "head.safetensors")
    del head["output_bias"]
    save_file(head, bundle_copy / "head.safetensors")
    resign(bundle_copy, "head.safetensors")
    with pytest.raises(ModelError, match="output_bias is None"):
        Bundle.load(bundle_copy)


def test_a_head_that_is_no_safetensors_file_is_refused(bundle_copy):
    (bundle_copy / "head.safetensors").write_bytes(b"garbage")
    resign(bundle_copy, "head.safetensors")
    with pytest.raises(ModelError, match=r"head.safetensors: not a safetensors file"):
        Bundle.load(bundle_copy)


def test_a_tower_of_other_sizes_is_refused_when_it_is_used(bundle_copy):
    shutil.copy(bundle_copy / "imitation.onnx", bundle_copy / "recording.onnx")
    resign(bundle_copy, "recording.onnx")
    bundle = Bundle.load(bundle_copy)
    with pytest.raises(ModelError, match=r"recording.onnx: its inputs and outputs are .*imitation_log_mel.*, not"):
        bundle.project_recordings(clips(1, 1_000))


def test_a_tower_that_is_no_onnx_file_is_refused_when_it_is_used(bundle_copy):
    (bundle_copy / "imitation.onnx").write_bytes(b"garbage")
    resign(bundle_copy, "imitation.onnx")
    bundle = Bundle.load(bundle_copy)
    with pytest.raises(ModelError, match=r"^\S*imitation.onnx: ONNX Runtime cannot load it \(.*\); export"):
        bundle.embed_query(clips(1, 1_000)[0])
