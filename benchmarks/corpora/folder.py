"""What the scripts that make a corpus share: a folder that is begun once and gone on with, and files written whole."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from menura.corpora.recordings import TRAINING_CORPORA
from menura.errors import MenuraError, UsageError

REPOSITORY = Path(__file__).resolve().parents[2]
UNFINISHED = ".unfinished"


def identifier(*parts: object) -> int:
    """A number of sixteen digits, as VocalSketch's are, that depends on the parts alone."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return 10**15 + int.from_bytes(digest) % (9 * 10**15)


def begin(out: Path, recipe: dict[str, object]) -> None:
    """Make the folder, or find it begun by the same recipe; a `UsageError` if it holds anything else."""
    if out.resolve().is_relative_to(REPOSITORY):
        raise UsageError(f"{out}: lies in the repository, where no corpus belongs; name a folder outside")
    begun = out / "recipe.json"
    content = (json.dumps(recipe, indent=2) + "\n").encode()
    if begun.is_file():
        if begun.read_bytes() != content:
            raise UsageError(f"{out}: was begun with other settings, data or code; name another folder or delete it")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out}: is not an empty folder; name another")
    out.mkdir(parents=True, exist_ok=True)
    for unfinished in out.rglob(f".*{UNFINISHED}"):
        unfinished.unlink()
    write(begun, content)


def work_off(pool: Executor, jobs: Sequence[Callable[[], None]], what: str) -> None:
    """Do all jobs behind a bar that tells the time left; the first that fails stops the rest."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=len(jobs))
        try:
            for done in as_completed([pool.submit(job) for job in jobs]):
                done.result()
                progress.advance(task)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def write_wav(path: Path, samples: NDArray[np.float32], sample_rate_hz: int) -> None:
    """Write 16-bit samples, whole or not at all."""
    wav = io.BytesIO()
    soundfile.write(wav, samples, sample_rate_hz, format="WAV", subtype="PCM_16")
    write(path, wav.getvalue())


def write_csv(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    """Write a table, whole or not at all."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([header.split(","), *rows])
    write(path, table.getvalue().encode())


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def licences(used: Mapping[str, int]) -> str:
    """Whose the recordings are, so many of each corpus, for a README."""
    lines = [
        f"- {corpus.title}, {used[corpus.folder]} of them: {corpus.licence} ({corpus.source})"
        for corpus in TRAINING_CORPORA
        if used[corpus.folder]
    ]
    lines += ["", "Not to be passed on: Philharmonia's samples are not to be made available as they are."]
    return "\n".join(lines)


def run(work: Callable[[], None]) -> None:
    """Do the work; what goes wrong is said in one line."""
    try:
        work()
    except MenuraError as error:
        message, code = str(error), error.exit_code
    except OSError as error:
        message, code = f"{error.filename or 'a file'}: {error.strerror}; mend that and run again to go on", 1
    except KeyboardInterrupt:
        message, code = "stopped; run again to go on", 130
    else:
        return
    print(message, file=sys.stderr)
    sys.exit(code)


def follow_parent() -> None:
    """Ends a worker when its parent ends, however that does, and leaves Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()
