"""Servers with small libraries, and clients that ask them, for the tests of all that is served."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from fastapi.testclient import TestClient

from bundles import write_sound
from menura.web.app import create_app
from menura.web.settings import Limits, Settings

ADDRESS = "http://127.0.0.1:8573"
CHANGES = {"X-Menura": "1"}


def write_library(folder: Path) -> Path:
    """Twelve sounds in three folders, one of 7 s, and one file that is no sound."""
    for seed in range(10):
        place = ("", "drums/", "drums/kicks/")[seed % 3]
        write_sound(folder / f"{place}sound {seed}.wav", seed, duration_s=0.3 + 0.1 * seed)
    write_sound(folder / "long.flac", 20, duration_s=7.0, rate_hz=22_050)
    write_sound(folder / "old.aiff", 21, duration_s=0.5)
    (folder / "broken.wav").write_bytes(b"this is no sound")
    return folder


def wav_bytes(seed: int = 99, *, duration_s: float = 1.0, rate_hz: int = 16_000, silence_s: float = 0.0) -> bytes:
    """A take: noise after some silence."""
    noise = np.random.default_rng(seed).normal(0, 0.1, round(duration_s * rate_hz))
    stream = io.BytesIO()
    soundfile.write(stream, np.concatenate([np.zeros(round(silence_s * rate_hz)), noise]), rate_hz, format="WAV")
    return stream.getvalue()


@contextmanager
def served(
    folders: list[Path] | None,
    model: Path,
    data_dir: Path,
    *,
    wait: bool = True,
    limits: Limits | None = None,
    peer: str = "testclient",
    **told: Any,
) -> Iterator[TestClient]:
    """A client of a server, at an address as the server sees it; by default once everything is indexed.

    Without folders, those that are known are served.
    """
    named = None if folders is None else tuple(folders)
    settings = Settings(named, model=model, data_dir=data_dir, limits=limits or Limits(), **told)
    with TestClient(
        create_app(settings), base_url=ADDRESS, raise_server_exceptions=False, client=(peer, 50_000)
    ) as client:
        if wait:
            wait_until_indexed(client)
        yield client


def wait_until_indexed(client: TestClient) -> list[dict[str, Any]]:
    """The libraries once none is being indexed."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        libraries = client.get("/api/libraries").json()
        if not any(library["state"] == "indexing" for library in libraries):
            return libraries
        time.sleep(0.02)
    raise TimeoutError(libraries)


def add_take(client: TestClient, content: bytes | None = None) -> str:
    """The id of a take that was taken in."""
    answer = client.post("/api/takes", content=wav_bytes() if content is None else content, headers=CHANGES)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def refusal(answer: Any, status: int) -> str:
    """The one line of an answer that refuses."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    line = answer.json()["error"]
    assert line and "\n" not in line
    return line
