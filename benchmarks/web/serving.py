"""How a server bears many people who search at once, while a library grows.

    python -m benchmarks.web.serving FOLDER [--clients 32] [--seconds 20] [--grow N] [--name serving]

Starts `menura serve FOLDER` on this machine, with its indexes in a folder of its own. Once FOLDER is indexed, every
client sends a take of its own and searches with it, again and again, one request after the other. With --grow, N sounds
are indexed meanwhile in a second library, and every fourth client searches that one. Reported are latencies from the
first byte sent to the last received, searches a second, errors, and the server's memory after a while and at the end.
With --sounds, what is searched is an index of so many sounds that are not there, each with two or three of FOLDER's
projections and some noise. With --extra-clients the server is then asked for more than it takes on. Writes
`docs/results/NAME.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

from benchmarks.results import write_result
from menura import Bundle, Library
from menura.audio.walk import SoundFile, Stamp
from menura.index.changes import Embedded
from menura.index.identity import ModelIdentity
from menura.index.store import LibraryIndex
from menura.simulate import simulate_imitation
from menura.web.settings import Limits

SEED = 0
RATE_HZ = 16_000
CHANGES = {"X-Menura": "1"}
MOST_CLIENTS, MOST_S = Limits().takes, 900
N_ALONE = 20
GROWTHS = 20


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--grow", type=int, default=0, help="sounds to index meanwhile")
    parser.add_argument("--extra-clients", type=int, default=0, help="clients at once beyond what is taken on")
    parser.add_argument("--sounds", type=int, default=0, help="search an index of so many made-up sounds instead")
    parser.add_argument("--name", default="serving")
    arguments = parser.parse_args()
    if not (0 < arguments.clients <= MOST_CLIENTS and 0 < arguments.seconds <= MOST_S):
        parser.error(f"up to {MOST_CLIENTS} clients for up to {MOST_S} s")
    with tempfile.TemporaryDirectory() as scratch:
        figures = measure(arguments, Path(scratch))
    command = f"python -m benchmarks.web.serving DATA/{arguments.folder.name} --clients {arguments.clients}"
    write_result(
        arguments.name,
        data=f"the folder {arguments.folder.name}"
        + (f" made into an index of {arguments.sounds:,} sounds" if arguments.sounds else "")
        + "; every client searches with a simulated imitation of noise",
        seed=SEED,
        figures=figures,
        command=f"{command} --seconds {arguments.seconds:g} --grow {arguments.grow} --sounds {arguments.sounds} "
        f"--extra-clients {arguments.extra_clients}",
    )


def measure(arguments: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Start a server, load it, end it."""
    growing = scratch / "growing"
    growing.mkdir()
    environment = {**os.environ, "XDG_DATA_HOME": str(scratch / "data")}
    folder = arguments.folder
    if arguments.sounds:
        folder = make_up(arguments.folder, scratch, arguments.sounds)
    program = "from menura.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", str(folder), str(growing), "--no-open"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"(http://[^/]+)/#token=(\S+)", line)
            if found is None:
                raise SystemExit(f"the server did not start: {line}")
            return asyncio.run(load(f"{found[1]}/api", found[2], process, arguments, growing))
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


def make_up(folder: Path, scratch: Path, n_sounds: int) -> Path:
    """A library whose index has `n_sounds` sounds and whose folder has one file, which is none of them."""
    bundle, data_dir, made_up = Bundle.load(), scratch / "data" / "menura", scratch / "made-up"
    with Library.open(folder, bundle, data_dir) as library:
        library.index()
    index = LibraryIndex.open(folder.resolve(), data_dir, ModelIdentity.of(bundle))
    with index.snapshot() as snapshot:
        rows = np.array(snapshot.table.projections)
    made_up.mkdir()
    rng = np.random.default_rng(SEED)
    other = LibraryIndex.open(made_up.resolve(), data_dir, ModelIdentity.of(bundle))
    noise = 0.3 * rows.std(axis=0)
    for start in range(0, n_sounds, 10_000):
        changes = []
        for number in range(start, min(start + 10_000, n_sounds)):
            own = rows[rng.integers(0, len(rows), rng.integers(2, 4))]
            own = (own + noise * rng.standard_normal(own.shape)).astype(np.float32)
            file = SoundFile(f"folder {number % 100}/sound {number}.wav", Stamp(1_000, 0))
            starts_s = 1.5 * np.arange(len(own))
            changes.append(Embedded(file, number.to_bytes(32, "big"), 1.5 * (len(own) + 1), starts_s, own))
        other.write(changes)
    other.finish([], [])
    other.encode(bundle.output_weight)
    return made_up


async def load(
    address: str, token: str, process: subprocess.Popen[str], arguments: argparse.Namespace, growing: Path
) -> dict[str, Any]:
    """Everything that is asked of the server."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None), headers=headers) as client:
        library, other = await indexed(client, address)
        searched = [other if arguments.grow and n % 4 == 0 else library for n in range(arguments.clients)]
        urls = [f"{address}/libraries/{one['id']}/search" for one in searched]
        alone_ms = await time_alone(client, address, urls[-1])
        # Last, since a server keeps no more takes than there may be clients.
        asked = [await add_take(client, address, number) for number in range(arguments.clients)]
        seen = Seen()
        stop_at = time.monotonic() + arguments.seconds
        growth = asyncio.create_task(grow(client, address, growing, arguments.grow, stop_at))
        clients = [
            asyncio.create_task(ask(client, url, one, stop_at, seen)) for url, one in zip(urls, asked, strict=True)
        ]
        await asyncio.sleep(min(5.0, arguments.seconds / 2))
        early = memory_mb(process.pid)
        await asyncio.gather(*clients)
        late = memory_mb(process.pid)
        await growth
        figures: dict[str, Any] = {
            "sounds": library["sounds"],
            "segments": library["segments"],
            "clients": arguments.clients,
            "seconds": arguments.seconds,
            "ms_alone_from_take_to_hits": alone_ms,
            **seen.figures(arguments.seconds),
            "memory_mb_after_5_s": early,
            "memory_mb_at_the_end": late,
        }
        if arguments.grow:
            figures["sounds_indexed_meanwhile"] = (await client.get(f"{address}/libraries")).json()[1]["sounds"]
        if arguments.extra_clients:
            figures["over_capacity"] = await overload(client, address, library["id"], arguments.extra_clients)
        return figures


async def indexed(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    """The libraries, once nothing is being indexed."""
    while True:
        libraries: list[dict[str, Any]] = (await client.get(f"{address}/libraries")).json()
        if not any(library["state"] == "indexing" for library in libraries):
            return libraries
        await asyncio.sleep(0.5)


class Seen:
    """What the clients saw."""

    def __init__(self) -> None:
        self.latencies_s: list[float] = []
        self.statuses: Counter[str] = Counter()

    def figures(self, seconds: float) -> dict[str, Any]:
        """Percentiles of the latencies of what succeeded, and how many there were."""
        p50, p95, p99 = np.percentile(self.latencies_s or [np.nan], [50, 95, 99]) * 1_000
        n_good = self.statuses["200"]
        return {
            "searches": n_good,
            "errors": {status: count for status, count in self.statuses.items() if status != "200"},
            "searches_per_s": round(n_good / seconds, 1),
            "ms_p50": round(p50, 1),
            "ms_p95": round(p95, 1),
            "ms_p99": round(p99, 1),
        }


async def add_take(client: httpx.AsyncClient, address: str, number: int) -> str:
    """The id of a take that the server has taken in."""
    answer = await client.post(f"{address}/takes", content=take(number), headers=CHANGES)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def time_alone(client: httpx.AsyncClient, address: str, url: str) -> dict[str, float]:
    """How long one person waits who asks alone: from sending a take to having the hits."""
    spent = []
    for number in range(N_ALONE):
        content = take(1_000 + number)
        started = time.perf_counter()
        answer = await client.post(f"{address}/takes", content=content, headers=CHANGES)
        (await client.get(url, params={"take": answer.json()["id"]})).raise_for_status()
        spent.append(1_000 * (time.perf_counter() - started))
    return {"p50": round(float(np.median(spent)), 1), "worst": round(max(spent), 1)}


async def ask(client: httpx.AsyncClient, url: str, take_id: str, stop_at: float, seen: Seen) -> None:
    """One person, who searches as fast as the answers come."""
    while time.monotonic() < stop_at:
        started = time.perf_counter()
        try:
            answer = await client.get(url, params={"take": take_id})
        except httpx.HTTPError as error:
            seen.statuses[type(error).__name__] += 1
            continue
        seen.statuses[str(answer.status_code)] += 1
        if answer.status_code == 200:
            seen.latencies_s.append(time.perf_counter() - started)


async def overload(client: httpx.AsyncClient, address: str, library: str, n_clients: int) -> dict[str, Any]:
    """Ask for more at once than is taken on, then for one thing more."""
    url = f"{address}/libraries/{library}/search"
    started = time.perf_counter()

    async def once() -> tuple[int, float]:
        status = (await client.get(url, params={"like": 1})).status_code
        return status, time.perf_counter() - started

    answers = await asyncio.gather(*(once() for _ in range(n_clients)))
    refused_s = [seconds for status, seconds in answers if status == 503]
    afterwards = (await client.get(url)).status_code
    return {
        "asked_at_once": n_clients,
        "statuses": dict(Counter(str(status) for status, _ in answers)),
        "ms_until_the_last_refusal": round(1_000 * max(refused_s), 1) if refused_s else None,
        "status_afterwards": afterwards,
    }


async def grow(client: httpx.AsyncClient, address: str, folder: Path, count: int, stop_at: float) -> None:
    """Put sounds into the second library, a twentieth at a time all along, and have them indexed."""
    library = (await client.get(f"{address}/libraries")).json()[1]["id"]
    rng = np.random.default_rng(SEED)
    pause_s = 0.9 * (stop_at - time.monotonic()) / GROWTHS
    for part in range(GROWTHS if count else 0):
        for number in range(part * count // GROWTHS, (part + 1) * count // GROWTHS):
            soundfile.write(folder / f"{number}.wav", rng.normal(0, 0.1, 22_050), 22_050)
        await client.post(f"{address}/libraries/{library}/index", headers=CHANGES)
        await asyncio.sleep(pause_s)


def take(number: int) -> bytes:
    """A wav of an imitation, another for each number."""
    noise = np.random.default_rng(number).normal(0, 0.1, 2 * RATE_HZ)
    stream = io.BytesIO()
    soundfile.write(stream, simulate_imitation(noise, RATE_HZ, number), RATE_HZ, format="WAV")
    return stream.getvalue()


def memory_mb(pid: int) -> float | None:
    """What a process holds in memory, without the files that it has mapped; None where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return round(int(found[1]) / 1_024, 1) if found else None


if __name__ == "__main__":
    main()
