"""Asks a server for whatever its description of its API allows, and for much that it does not.

    python -m benchmarks.web.contracts --examples 1000 [--write]

schemathesis makes the requests: of each operation so many that keep to the description, and so many that break it.
Every answer has to be of a status, a type and a shape that the description names, and none an error of the server's;
what breaks the description has to be refused. The tests ask for a dozen of each.
"""

from __future__ import annotations

import argparse
import io
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import schemathesis
import soundfile
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from benchmarks.results import write_result
from menura.web.app import create_app
from menura.web.settings import Limits, Settings

CHANGES = {"X-Menura": "1"}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
LIMITS = Limits(uploads_per_s=1e6, upload_burst=10**6, requests_per_s=1e6, request_burst=10**6)
N_SOUNDS = 13
PATIENCE_S = 60.0


@schemathesis.serializer("audio/wav")
def as_it_is(_context: object, value: object) -> bytes:
    """A body of bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def main() -> None:
    """Ask, and tell what was answered otherwise than it is described."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1_000, help="of each operation, in either way")
    parser.add_argument("--write", action="store_true", help="write docs/results/contracts.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "sounds"
        folder.mkdir()
        for seed in range(N_SOUNDS):
            (folder / f"sound {seed}.wav").write_bytes(wav_bytes(seed))
        with served(folder, Path(scratch) / "data") as asked:
            figures = ask_everything(asked, arguments.examples)
    if arguments.write:
        write_result(
            "contracts",
            data=f"{N_SOUNDS} sounds that the script makes, and the shipped model",
            seed=None,
            figures=figures,
            command=f"python -m benchmarks.web.contracts --examples {arguments.examples} --write",
        )
    else:
        print(figures)


class Asked:
    """A server that is asked: its description, and names that nobody guesses.

    Args:
        address: Of its API.
    """

    def __init__(self, address: str) -> None:
        self.schema = schemathesis.openapi.from_url(f"{address}/openapi.json", timeout=PATIENCE_S)
        self.take = httpx.post(f"{address}/takes", content=wav_bytes(99), headers=CHANGES, timeout=PATIENCE_S).json()[
            "id"
        ]
        self.library = httpx.get(f"{address}/libraries", timeout=PATIENCE_S).json()[0]["id"]
        self.n_requests = 0

    def operations(self) -> list[Any]:
        """All that can be asked for."""
        return [result.ok() for result in self.schema.get_all_operations()]

    def check(self, operation: Any, mode: GenerationMode, n_examples: int) -> None:  # noqa: ANN401
        """Ask for one thing so often; what is answered wrongly is raised, the simplest that was found."""

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=n_examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def asked(case: Any) -> None:  # noqa: ANN401
            self.n_requests += 1
            if mode is GenerationMode.POSITIVE:
                self._lead_to_what_is_there(case)
            # It judges the body that it made, not the take that was put in its place.
            excluded = [negative_data_rejection] if case.operation.path == "/api/takes" else []
            case.call_and_validate(headers=CHANGES, excluded_checks=excluded, timeout=PATIENCE_S)

        with suppress(Unsatisfiable):  # nothing can be wrong about a request without parameters
            asked()

    def _lead_to_what_is_there(self, case: Any) -> None:  # noqa: ANN401
        """Without these names the answer would always be that there is no such thing.

        And what no schema says of a search: a text holds a letter or a digit, some length is longer and shorter, pitch
        and tempo are written as such, and a model without kinds is asked for none.
        """
        if "lib" in case.path_parameters:
            case.path_parameters["lib"] = self.library
        if "id" in case.path_parameters:
            case.path_parameters["id"] %= 15
        if case.operation.path.endswith("/search") and case.query.get("take"):
            case.query["take"] = self.take
        if case.operation.path.endswith(("/search", "/kinds")) and not any(
            map(str.isalnum, case.query.get("text", "a").strip() or "a")
        ):
            case.query["text"] += "a"
        if case.operation.path.endswith("/search"):
            case.query.pop("kind", None)
            case.query |= {
                what: known for what, known in (("pitch", "C3-B3"), ("tempo", "120")) if case.query.get(what)
            }
        if case.query.get("longer") is not None and case.query.get("shorter") is not None:
            case.query["shorter"] = float(case.query["longer"]) + 1
        if case.operation.label == "POST /api/collections":
            case.body["name"] = secrets.token_hex(8)  # one that is not taken
        if case.operation.label == "POST /api/takes":
            case.body = wav_bytes(99)


@contextmanager
def served(folder: Path, data_dir: Path, model: Path | None = None) -> Iterator[Asked]:
    """A server in a thread, on a socket of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        told = Settings((folder,), port=port, model=model, data_dir=data_dir, limits=LIMITS)
        config = uvicorn.Config(create_app(told), log_level="error", access_log=False, server_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield Asked(f"http://127.0.0.1:{port}/api")
        finally:
            server.should_exit = True
            thread.join(30)


def ask_everything(asked: Asked, n_examples: int) -> dict[str, Any]:
    """How much was asked for, and what was answered wrongly."""
    faults = []
    operations = asked.operations()
    began = time.monotonic()
    for number, operation in enumerate(operations, start=1):
        for mode in MODES:
            try:
                asked.check(operation, mode, n_examples)
            except Exception as error:  # whatever schemathesis says of an answer
                within = getattr(error, "exceptions", [error])  # an answer that was another the second time
                faults.append(f"{operation.label}, {mode.value}: {'; '.join(map(str, within))}"[:1_000])
        left_s = (time.monotonic() - began) / number * (len(operations) - number)
        told = f"{number} of {len(operations)} operations, {asked.n_requests:,} requests, {len(faults)} faults"
        print(f"{told}, {left_s / 60:.0f} min left", file=sys.stderr)
    return {"operations": len(operations), "requests": asked.n_requests, "faults": faults}


def wav_bytes(seed: int) -> bytes:
    """A second of noise as a wav, another for each seed."""
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(seed).normal(0, 0.1, 16_000), 16_000, format="WAV")
    return stream.getvalue()


if __name__ == "__main__":
    main()
