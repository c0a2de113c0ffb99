"""A process that indexes a folder whose files do not rest meanwhile, watched until it ends or hangs."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

STILL_S = 90.0  # without any progress for so long, a process hangs


def run_child(folder: Path, scratch: Path, rng: np.random.Generator) -> str:
    """Index and search in another process; "ended", or how it went wrong."""
    shutil.rmtree(scratch / "data", ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.robustness.fuzzed", str(folder), str(scratch)]
    with (scratch / "stderr").open("wb") as stderr:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True
        )
    resting = threading.Event()
    unrest = threading.Thread(target=disturb, args=(folder / "restless", rng.integers(2**31), resting))
    unrest.start()
    last = ""
    try:
        for line in lines_of(child):
            last = line
            if line == "indexed":
                resting.set()
                unrest.join()
                assert child.stdin is not None
                child.stdin.write(b"go\n")
                child.stdin.close()
    except TimeoutError:
        child.kill()
        child.wait()
        return f"hang after {last!r}"
    finally:
        resting.set()
        unrest.join()
    code = child.wait()
    if code:
        tail = (scratch / "stderr").read_text(errors="replace").strip().splitlines()[-1:]
        return f"exit {code}: {' '.join(tail)[:200]}"
    return last


def lines_of(child: subprocess.Popen[bytes]) -> Iterator[str]:
    """What a process prints, line by line; a `TimeoutError` when nothing comes for too long."""
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        held = b""
        while True:
            if not selector.select(STILL_S):
                raise TimeoutError
            got = os.read(child.stdout.fileno(), 1 << 16)
            if not got:
                return
            *whole, held = (held + got).split(b"\n")
            for line in whole:
                yield line.decode()


def disturb(folder: Path, seed: int, resting: threading.Event) -> None:
    """Cut, lengthen, replace, delete and turn into pipes the files of a folder until it may rest."""
    rng = np.random.default_rng(seed)
    if not folder.exists():
        return
    files = sorted(file for file in folder.iterdir() if file.is_file())
    held = {file: file.read_bytes() for file in files}
    while not resting.is_set() and files:
        file, other = (files[at] for at in rng.integers(len(files), size=2))
        with suppress(OSError):
            match rng.integers(5):
                case 0:
                    os.truncate(file, rng.integers(len(held[file]) + 1))
                case 1:
                    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)  # it may be a pipe by now
                    os.write(out, held[other])
                    os.close(out)
                case 2:
                    file.unlink()
                case 3:
                    file.unlink()
                    os.mkfifo(file)
                case 4:
                    beside = file.with_name(".beside")
                    beside.write_bytes(held[other])
                    beside.replace(file)
        time.sleep(0.002)
