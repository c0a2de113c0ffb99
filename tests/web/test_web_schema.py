"""Whatever the API's document allows, and much that it does not, is answered as the document says."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from menura.web.app import create_app
from menura.web.settings import Limits, Settings
from web_clients import CHANGES, wav_bytes, write_library

pytestmark = [pytest.mark.server, pytest.mark.slow]

N_EXAMPLES = 12  # of each operation and mode
LIMITS = Limits(uploads_per_s=1e6, upload_burst=10**6, requests_per_s=1e6, request_burst=10**6)


@schemathesis.serializer("audio/wav")
def as_it_is(_context, value):
    """A body of bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@contextmanager
def answering(told: Settings, listening: socket.socket) -> Iterator[None]:
    """A server in a thread, on a socket of its own."""
    server = uvicorn.Server(uvicorn.Config(create_app(told), log_level="error", access_log=False, server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="module")
def served(random_bundle_folder, tmp_path_factory):
    folder = write_library(tmp_path_factory.mktemp("library") / "sounds")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        data_dir = tmp_path_factory.mktemp("data")
        told = Settings((folder,), port=port, model=random_bundle_folder, data_dir=data_dir, limits=LIMITS)
        with answering(told, listening):
            address = f"http://127.0.0.1:{port}/api"
            take = httpx.post(f"{address}/takes", content=wav_bytes(), headers=CHANGES).json()["id"]
            library = httpx.get(f"{address}/libraries").json()[0]["id"]
            yield schemathesis.openapi.from_url(f"{address}/openapi.json"), library, take


def lead_to_what_is_there(case, library: str, take: str) -> None:
    """Names that nobody guesses: without them the answer would always be that there is no such thing.

    And what no schema says of a search: a text holds a letter or a digit, some length is longer and shorter, pitch and
    tempo are written as such, and a model without kinds is asked for none.
    """
    if "lib" in case.path_parameters:
        case.path_parameters["lib"] = library
    if "id" in case.path_parameters:
        case.path_parameters["id"] %= 15
    if case.operation.path.endswith("/search") and case.query.get("take"):
        case.query["take"] = take
    if case.operation.path.endswith(("/search", "/kinds")) and not any(
        map(str.isalnum, case.query.get("text", "a").strip() or "a")
    ):
        case.query["text"] += "a"
    if case.operation.path.endswith("/search"):
        case.query.pop("kind", None)
        case.query |= {what: known for what, known in (("pitch", "C3-B3"), ("tempo", "120")) if case.query.get(what)}
    if case.query.get("longer") is not None and case.query.get("shorter") is not None:
        case.query["shorter"] = float(case.query["longer"]) + 1
    if case.operation.label == "POST /api/collections":
        case.body["name"] = secrets.token_hex(8)  # one that is not taken
    if case.operation.label == "POST /api/takes":
        case.body = wav_bytes()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_schemathesis_finds_nothing(served, mode):
    schema, library, take = served
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 14
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=N_EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case):
            if mode is GenerationMode.POSITIVE:
                lead_to_what_is_there(case, library, take)
            # It judges the body that it made, not the take that was put in its place.
            excluded = [negative_data_rejection] if case.operation.path == "/api/takes" else []
            case.call_and_validate(headers=CHANGES, excluded_checks=excluded)

        with suppress(Unsatisfiable):  # nothing can be wrong about a request without parameters
            check()
