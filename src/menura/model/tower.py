"""One tower of a model bundle, run by ONNX Runtime."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from menura.errors import ModelError
from menura.specs import MobileNetTowerSpec, TowerSpec

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

ADVICE = "export or download the model again"


@dataclass
class Tower:
    """One tower: log-mel spectrograms in, features out. Safe to use from several threads.

    ONNX Runtime is imported and the session made at the first use, so that a search, which hears one imitation, does
    not pay for the recording tower. The recording tower has one thread: whoever has more cores calls it from more
    threads, and pools inside pools only get in each other's way. The imitation tower has more, because somebody waits
    for a query.
    """

    kind: str
    spec: TowerSpec
    content: bytes = field(repr=False)
    file: Traversable
    n_threads: int = 1
    _session: InferenceSession | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process makes its own session."""
        return (Tower, (self.kind, self.spec, self.content, self.file, self.n_threads))

    def features(self, log_mels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features (n, `spec.n_features`) of (n, 1, mel bands, frames) log-mel spectrograms (see `network_input`)."""
        with self._lock:
            if self._session is None:
                self._session = self._open()
        features: NDArray[np.float32] = self._session.run(None, {f"{self.kind}_log_mel": log_mels})[0]
        return features

    def _open(self) -> InferenceSession:
        import onnxruntime  # noqa: PLC0415  # a tenth of a second that only those who use a tower should pay

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.n_threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting must cost nothing
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors; its warnings are about its own optimiser
        # A tower's weights are in its file, whose hash is known. Others would be looked for where no file can be.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", f"{self.file}/none")
        try:
            session = onnxruntime.InferenceSession(self.content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exception classes have no public common root
            reason = str(error).splitlines()[0]
            raise ModelError(f"{self.file}: ONNX Runtime cannot load it ({reason}); {ADVICE}") from error
        found = [(put.name, put.shape[1:]) for put in (*session.get_inputs(), *session.get_outputs())]
        front_end = self.spec.front_end
        n_frames = "frames" if isinstance(self.spec, MobileNetTowerSpec) else front_end.n_frames  # any number, or one
        wanted = [
            (f"{self.kind}_log_mel", [1, front_end.n_mels, n_frames]),
            (f"{self.kind}_features", [self.spec.n_features]),
        ]
        if found != wanted:
            raise ModelError(f"{self.file}: its inputs and outputs are {found}, not {wanted}; {ADVICE}")
        return session
