"""A trained network as search runs it: the two towers in ONNX Runtime, the fully connected layers in NumPy.

A model bundle is a folder:

    model.json          what the model is: format, name, sizes, training data, scores, steps, SHA-256 of the files
    imitation.onnx      the imitation tower
    recording.onnx      the recording tower
    head.safetensors    FC1 and FC2, as the factors of the exact score (see `menura.model.score`)
    kinds.safetensors   what tells the likely kinds of a sound, where the model knows any (see `menura.model.kinds`)
    usual.safetensors   what takes of a sound usually are, where that was measured (see `menura.model.usual`)
    weights.safetensors the towers again, to go on training; search does not read it
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from menura.audio.features import network_input
from menura.errors import ModelError
from menura.model.kinds import KINDS_FILE, Kinds
from menura.model.shipped import CARD_FILE, DEFAULT, model_home, shipped_name
from menura.model.steps import Steps
from menura.model.tower import ADVICE, Tower
from menura.model.usual import USUAL_FILE, Usual
from menura.specs import NetworkSpec

FORMAT = 1
HEAD_FILE = "head.safetensors"
IMITATION_FILE = "imitation.onnx"
RECORDING_FILE = "recording.onnx"

_QUERY_THREADS = 4  # at most: the layers are too small for more


@dataclass(frozen=True)
class Head:
    """The fully connected layers, as the factors of the exact score; h = 108 hidden neurons."""

    imitation_weight: NDArray[np.float32]  # Wa, (h, imitation features)
    recording_weight: NDArray[np.float32]  # Wb, (h, recording features)
    hidden_bias: NDArray[np.float32]  # c, (h,)
    output_weight: NDArray[np.float32]  # v, (h,)
    output_bias: NDArray[np.float32]  # d, (1,)


@dataclass(frozen=True)
class Bundle:
    """A model bundle, loaded and checked. Safe to use from several threads.

    Attributes:
        spec: The network's sizes.
        card: The contents of `model.json`.
        fingerprint: SHA-256 (hexadecimal) over all that decides a score: an index made with one model is
            meaningless to another.
        called: What `--model` has to say to name it; None for the default model, which is taken without a word.
        steps: From which scores on a hit is likely or close; None where the card does not say.
        window_correction: What part of its chance is taken off the best of many windows (`score.chance_of_many`).
        kinds: The kinds of sounds that it knows; None for none. No score depends on them.
        usual: What takes of a sound usually are; None where that was not measured. No score depends on it.
    """

    spec: NetworkSpec
    card: dict[str, Any]
    fingerprint: str
    imitation_tower: Tower = field(repr=False)
    recording_tower: Tower = field(repr=False)
    head: Head = field(repr=False)
    called: str | None = None
    steps: Steps | None = None
    window_correction: float = 0.0
    kinds: Kinds | None = field(default=None, repr=False)
    usual: Usual | None = None

    @classmethod
    def load(cls, model: str | Path | None = None) -> Bundle:
        """Load a bundle and check that it is whole.

        Args:
            model: The bundle's folder, or the name of a model that Menura ships, as `shipped_name` tells them apart;
                the default model by default.

        Raises:
            ModelError: There is no such model, a file of it is missing, damaged or of another format, or a tensor is
                not of the stated size.
        """
        home = model_home(model)
        card = _read_card(home / CARD_FILE)
        spec = _read_spec(home / CARD_FILE, card)
        contents = {
            name: _read_checked(home / name, card["sha256"].get(name))
            for name in (IMITATION_FILE, RECORDING_FILE, HEAD_FILE)
        }
        n_threads = min(_QUERY_THREADS, os.cpu_count() or 1)
        return cls(
            spec=spec,
            card=card,
            fingerprint=_fingerprint(spec, contents),
            imitation_tower=Tower(
                "imitation", spec.imitation, contents[IMITATION_FILE], home / IMITATION_FILE, n_threads
            ),
            recording_tower=Tower("recording", spec.recording, contents[RECORDING_FILE], home / RECORDING_FILE),
            head=_read_head(home / HEAD_FILE, contents[HEAD_FILE], spec),
            called=None if shipped_name(model) == DEFAULT else str(model),
            steps=_read_steps(home / CARD_FILE, card),
            window_correction=_read_window_correction(home / CARD_FILE, card),
            kinds=_read_kinds(home / KINDS_FILE, card, spec),
            usual=_read_usual(home / USUAL_FILE, card, spec),
        )

    @property
    def name(self) -> str:
        """What the model is called."""
        return str(self.card["name"])

    @property
    def output_weight(self) -> NDArray[np.float32]:
        """The weights v of FC2, (h,)."""
        return self.head.output_weight

    @property
    def output_bias(self) -> float:
        """The bias d of FC2."""
        return float(self.head.output_bias[0])

    def warm(self) -> None:
        """Load the imitation tower now, so that no query has to wait for it."""
        self.embed_query(np.zeros(self.spec.imitation.front_end.n_samples, np.float32))

    def imitation_features(self, log_mels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features a, (n, fa), of (n, 1, mel bands, frames) log-mel spectrograms of imitations."""
        return self.imitation_tower.features(log_mels)

    def recording_features(self, log_mels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features b, (n, fb), of (n, 1, mel bands, frames) log-mel spectrograms of recordings."""
        return self.recording_tower.features(log_mels)

    def embed_query(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embedding q = Wa a + c, (h,), of a vocal imitation.

        Args:
            samples: (n,) mono at the rate of the imitation tower's front end, in about [-1, 1]; as much counts as that
                front end hears, 4 s by default.
        """
        log_mel = network_input(samples, self.spec.imitation.front_end)
        features = self.imitation_features(log_mel[None, None])
        embedding: NDArray[np.float32] = (
            _matrix_product(features, self.head.imitation_weight)[0] + self.head.hidden_bias
        )
        return embedding

    def project_recordings(self, clips: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Projections p = Wb b, (n, h), of clips of recordings.

        Args:
            clips: n clips, each (samples,) mono at the rate of the recording tower's front end, in about [-1, 1]; of
                each, as much counts as that front end hears, 3 s by default.
        """
        if not clips:
            return np.empty((0, self.spec.n_hidden), np.float32)
        log_mels = np.stack([network_input(clip, self.spec.recording.front_end) for clip in clips])
        return _matrix_product(self.recording_features(log_mels[:, None]), self.head.recording_weight)


def _matrix_product(features: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """W f for each of n features, (n, f) and (h, f) to (n, h).

    Not by `@`: callers are worker threads, which would fight over the threads of the BLAS library.
    """
    product: NDArray[np.float32] = np.einsum("nf,hf->nh", features, weight)
    return product


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}); {ADVICE}") from error


def _read_card(file: Path) -> dict[str, Any]:
    try:
        card = json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{file}: not JSON ({error}); {ADVICE}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        found = card.get("format") if isinstance(card, dict) else None
        raise ModelError(f"{file}: a model of format {found!r}, and this Menura reads {FORMAT}; {ADVICE}")
    wanted = {"name": str, "spec": dict, "sha256": dict}
    if missing := [key for key, kind in wanted.items() if not isinstance(card.get(key), kind)]:
        raise ModelError(f"{file}: {', '.join(missing)} missing or garbled; {ADVICE}")
    return card


def _read_spec(file: Path, card: dict[str, Any]) -> NetworkSpec:
    try:
        spec = NetworkSpec.from_dict(card["spec"])
        _ = spec.n_joint  # a tower too small for its layers shows here
    except (ModelError, ValueError, ArithmeticError) as error:
        raise ModelError(f"{file}: {error}; {ADVICE}") from error
    return spec


def _read_steps(file: Path, card: dict[str, Any]) -> Steps | None:
    try:
        return Steps.of_card(card.get("steps"))
    except ValueError as error:
        raise ModelError(f"{file}: {error}; {ADVICE}") from error


def _read_window_correction(file: Path, card: dict[str, Any]) -> float:
    correction = card.get("window_correction", 0.0)
    if type(correction) not in (int, float) or not 0 <= correction < math.inf:  # a bool is no number
        raise ModelError(f"{file}: a window correction of {correction!r}, not a number from 0 on; {ADVICE}")
    return float(correction)


def _read_kinds(file: Path, card: dict[str, Any], spec: NetworkSpec) -> Kinds | None:
    if "kinds" not in card:
        return None
    content = _read_checked(file, card["sha256"].get(KINDS_FILE))
    try:
        return Kinds.read(content, card["kinds"], spec.n_hidden)
    except ValueError as error:
        raise ModelError(f"{file}: {error}; {ADVICE}") from error


def _read_usual(file: Path, card: dict[str, Any], spec: NetworkSpec) -> Usual | None:
    if USUAL_FILE not in card["sha256"]:
        return None
    content = _read_checked(file, card["sha256"][USUAL_FILE])
    try:
        return Usual.read(content, spec.n_hidden)
    except ValueError as error:
        raise ModelError(f"{file}: {error}; {ADVICE}") from error


def _read_checked(file: Path, sha256: object) -> bytes:
    content = _read(file)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{file}: damaged, or not the file that {CARD_FILE} describes; {ADVICE}")
    return content


def _read_head(file: Path, content: bytes, spec: NetworkSpec) -> Head:
    shapes = {
        "imitation_weight": (spec.n_hidden, spec.imitation.n_features),
        "recording_weight": (spec.n_hidden, spec.recording.n_features),
        "hidden_bias": (spec.n_hidden,),
        "output_weight": (spec.n_hidden,),
        "output_bias": (1,),
    }
    try:
        tensors = load_tensors(content)
    except SafetensorError as error:
        raise ModelError(f"{file}: not a safetensors file ({error}); {ADVICE}") from error
    for name, shape in shapes.items():
        tensor = tensors.get(name)
        found = None if tensor is None else (*tensor.shape, str(tensor.dtype))
        if found != (*shape, "float32"):
            raise ModelError(f"{file}: {name} is {found}, not {(*shape, 'float32')}; {ADVICE}")
        if not np.isfinite(tensors[name]).all():
            raise ModelError(f"{file}: {name} holds NaN or infinity; {ADVICE}")
    return Head(**{name: tensors[name] for name in shapes})


def _fingerprint(spec: NetworkSpec, contents: dict[str, bytes]) -> str:
    digest = hashlib.sha256(json.dumps(spec.to_dict(), sort_keys=True).encode())
    for name, content in contents.items():
        digest.update(name.encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
