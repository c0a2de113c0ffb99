"""A day's worth of `menura watch` in fast motion, on a folder that changes under it.

    python -m benchmarks.robustness.watching --work WORK [--hours 24] [--write]

`menura watch` runs as anybody runs it. In each hour of the day 60 changes are made to its folder (`day.py`) in some
seconds; then the folder rests, and the index has to come to hold what is there: each sound that can be found with the
hash of its file, what is no sound with a reason, nothing else, and nothing of a disk that is away. How long that takes
after the last change is its lag. What the process holds in memory is read after every hour. At the end
`menura check --all` has to find the index whole.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import write_result
from benchmarks.robustness.day import NO_SOUND, Day
from menura import Bundle, Library
from menura.errors import MenuraError
from menura.index.database import DATABASE_FILE, connect

SEED = 11
CHANGES_AN_HOUR = 60
LONGEST_PAUSE_S = 0.15
PATIENCE_S = 120.0  # within which the index has to hold what is there


def main() -> None:
    """Live through the day, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder to work in, made anew")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--write", action="store_true", help="write docs/results/watching.json")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    figures = live(work, arguments.hours)
    if arguments.write:
        write_result(
            "watching",
            data="Sounds that the script makes, and the shipped model",
            seed=SEED,
            figures=figures,
            command=f"python -m benchmarks.robustness.watching --work WORK --hours {arguments.hours} --write",
        )
    else:
        print(figures)


def live(work: Path, hours: int) -> dict[str, Any]:
    """What came of so many hours."""
    rng = np.random.default_rng(SEED)
    day = Day(work, rng)
    done: Counter[str] = Counter()
    lags_s, memory_mb, faults = [], [], []
    with closing(day), watched(day.folder, work) as process:
        library = Library.open(day.folder, Bundle.load(), work / "data/menura")
        settle(library, day)
        for hour in range(1, hours + 1):
            for _ in range(CHANGES_AN_HOUR):
                done[day.step()] += 1
                time.sleep(float(rng.uniform(0, LONGEST_PAUSE_S)))
            lag_s, wrong = settle(library, day)
            lags_s.append(lag_s)
            memory_mb.append(memory_of(process.pid))
            faults += [f"hour {hour}: {line}" for line in wrong]
            print(f"{hour} of {hours} h, {len(faults)} faults, lag {lag_s:.1f} s, {memory_mb[-1]} MB", file=sys.stderr)
        report = library.check(everything=True)
        n_lines = len((work / "lines").read_text().splitlines())
    return {
        "hours": hours,
        "changes": done.total(),
        "kinds": dict(sorted(done.items())),
        "disk left out": day.hindrance,
        "lines printed": n_lines,
        "lag_s_median": round(float(np.median(lags_s)), 2),
        "lag_s_longest": round(max(lags_s), 2),
        "memory_mb_after_the_first_hour": memory_mb[0],
        "memory_mb_at_the_end": memory_mb[-1],
        "sounds_at_the_end": report.sounds,
        "whole_at_the_end": report.whole,
        "faults": faults,
    }


@contextmanager
def watched(folder: Path, work: Path) -> Iterator[subprocess.Popen[str]]:
    """`menura watch` on a folder for a while; it has to live to its end, which is Ctrl-C."""
    command = [sys.executable, "-c", "from menura.cli import main; main()", "watch", str(folder)]
    environment = {**os.environ, "XDG_DATA_HOME": str(work / "data")}
    with (work / "lines").open("w") as lines, subprocess.Popen(
        command, stdout=lines, stderr=subprocess.STDOUT, text=True, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:  # fmt: skip
        try:
            while not (work / "lines").stat().st_size:
                time.sleep(0.1)
            yield process
            if process.poll() is not None:
                raise SystemExit(f"it ended by itself: {(work / 'lines').read_text()[-500:]}")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def settle(library: Library, day: Day) -> tuple[float, list[str]]:
    """How long the index takes to hold what is there, and what it does not hold even then."""
    there, no_sounds = truth(day.folder)
    began = time.monotonic()
    while wrong := differences(library, there, no_sounds):
        if time.monotonic() - began > PATIENCE_S:
            break
        time.sleep(0.05)
    return time.monotonic() - began, wrong


def truth(folder: Path) -> tuple[dict[str, str], set[str]]:
    """The hash of every sound of a folder by its path, and the paths of what is none."""
    there, no_sounds = {}, set()
    for path in folder.rglob("*.*"):
        if path.is_file() and not path.name.startswith("."):
            content, name = path.read_bytes(), path.relative_to(folder).as_posix()
            if content == NO_SOUND:
                no_sounds.add(name)
            else:
                there[name] = hashlib.sha256(content).hexdigest()
    return there, no_sounds


def differences(library: Library, there: dict[str, str], no_sounds: set[str]) -> list[str]:
    """What an index holds otherwise than it is there, in words."""
    try:
        with library.snapshot() as snapshot:
            sounds = {sound.path: sound.sha256.hex() for sound in snapshot.sounds(snapshot.table.sound_ids)}
        with closing(connect(library.info().home / DATABASE_FILE)) as db:
            skipped = {os.fsdecode(path) for (path,) in db.execute("SELECT path FROM skipped")}
    except MenuraError as error:
        return [str(error)]
    wrong = [f"{path}: not found" for path in there.keys() - sounds.keys()]
    wrong += [f"{path}: not there" for path in sounds.keys() - there.keys()]
    wrong += [f"{path}: of another content" for path in there.keys() & sounds.keys() if there[path] != sounds[path]]
    return wrong + [f"{path}: skipped, or not" for path in no_sounds ^ skipped]


def memory_of(pid: int) -> float | None:
    """What a process holds, in MB, without the files that it has mapped; None where the system does not say."""
    try:
        found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return round(int(found[1]) / 1_024, 1) if found else None


if __name__ == "__main__":
    main()
