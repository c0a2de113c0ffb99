"""What it takes to fill an index: sounds a second, where the time goes, memory and bytes as a library grows.

    python -m benchmarks.index.filling --data DATA --work WORK
    python -m benchmarks.index.filling --work WORK --growth

DATA/esc10 is indexed as it is (5 s ogg: three windows each), and cut to its first 3 s as ogg and as wav (one window
each), all of it in several copies, so that the half second in which the command starts does not count for much. The
hour is made of ESC-10, one clip after the other. `--growth` takes the library that `corpora/short_files.py` makes, in
WORK/short: its first 10,000 sounds, and all. Everything is indexed by `menura index` in a process and a data directory
of its own, and the time is that of the whole command. Memory is sampled, its peak reported: of the command and of the
processes that help it, without what is mapped from files. The stages are timed on one thread, and beside each stands
what it could not take less than, see `benchmarks/index/limits.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

from benchmarks.corpora.short_files import IN_A_FOLDER, make_short_files
from benchmarks.index.limits import limits_ms
from benchmarks.results import write_result
from menura import Bundle, Library
from menura.audio.features import network_input
from menura.audio.windows import Windows

CUT_S = 3.0
COPIES = 5
HOUR_S = 3_600
STAGED = 100
ROUNDS = 3
SIZES = (10_000, 100_000)


def main() -> None:
    """Measure, and write `docs/results/filling.json` or `filling_growth.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder that holds esc10")
    parser.add_argument("--work", type=Path, required=True, help="for the files that are made; they are kept")
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    if options.growth:
        growth = {str(size): indexed_first(options.work / "short", size) for size in SIZES}
        command = "python -m benchmarks.index.filling --work WORK --growth"
        write_result("filling_growth", data="short_files.py", seed=0, figures=growth, command=command)
        return
    folders = made(options.data / "esc10", options.work)
    figures = {
        "stages_ms": {name: stages(folder) for name, folder in folders.items()},
        "limits_ms": {name: limits_ms(staged(folder), Bundle.load()) for name, folder in folders.items()},
        "rates": {name: indexed(folder) for name, folder in folders.items()},
        "long": {name: indexed(options.work / name) for name in ("minute", "hour")},
    }
    command = "python -m benchmarks.index.filling --data DATA --work WORK"
    write_result("filling", data="ESC-10", seed=None, figures=figures, command=command)


def made(esc10: Path, work: Path) -> dict[str, Path]:
    """The folders of sounds, by what they are; those that are not there yet are made."""
    clips = sorted(esc10.rglob("*.ogg"))
    for clip in clips:
        samples, rate_hz = soundfile.read(clip)
        for copy in range(COPIES):
            name = f"{copy}/{clip.stem}"
            if not written(work / "whole", f"{name}.ogg"):
                shutil.copy(clip, work / "whole" / f"{name}.ogg")
            for suffix in ("ogg", "wav"):
                if not written(work / suffix, f"{name}.{suffix}"):
                    soundfile.write(work / suffix / f"{name}.{suffix}", samples[: round(CUT_S * rate_hz)], rate_hz)
    for name, length_s in (("minute", 60), ("hour", HOUR_S)):
        path = work / name / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            write_long(path, clips, length_s)
    return {"ogg of 5 s": work / "whole", "ogg of 3 s": work / "ogg", "wav of 3 s": work / "wav"}


def written(folder: Path, name: str) -> bool:
    """Whether a file is there; the folder for it is in any case."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    return (folder / name).exists()


def write_long(path: Path, clips: list[Path], length_s: int) -> None:
    """One file of the clips, again and again."""
    with soundfile.SoundFile(path, "w", 44_100, 1, "PCM_16") as long:
        while long.frames < length_s * 44_100:
            for clip in clips:
                if long.frames < length_s * 44_100:
                    long.write(soundfile.read(clip)[0])


def indexed_first(short: Path, count: int) -> dict[str, Any]:
    """Index the first `count` of the short sounds."""
    make_short_files(short, count)
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(count // IN_A_FOLDER):
            (Path(scratch) / f"{number:04}").symlink_to(short.resolve() / f"{number:04}")
        return indexed(Path(scratch))


def staged(folder: Path) -> list[Path]:
    """The sounds whose stages are timed."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".ogg", ".wav"))[:STAGED]


def stages(folder: Path) -> dict[str, float]:
    """Median milliseconds a sound of each stage, on one thread."""
    bundle = Bundle.load()
    spec, weight = bundle.spec.recording.front_end, bundle.head.recording_weight
    files = staged(folder)
    clips = [[window.samples for window in Windows(file, spec)] for file in files]
    mels = [[network_input(clip, spec)[None, None] for clip in sound] for sound in clips]
    features = [[bundle.recording_features(mel) for mel in sound] for sound in mels]
    work: dict[str, Callable[[int], object]] = {
        "hash": lambda i: hashlib.sha256(files[i].read_bytes()).digest(),
        "decode": lambda i: sum(1 for _ in Windows(files[i], spec)),
        "log-mel": lambda i: [network_input(clip, spec) for clip in clips[i]],
        "tower": lambda i: [bundle.recording_features(mel) for mel in mels[i]],
        "projection": lambda i: [np.einsum("nf,hf->nh", found, weight) for found in features[i]],
    }
    taken: dict[str, list[float]] = {name: [] for name in work}
    with threadpool_limits(1):
        for i in [*range(len(files))] * ROUNDS:
            for name, run in work.items():
                started = time.perf_counter()
                run(i)
                taken[name].append(time.perf_counter() - started)
    figures = {name: round(1_000 * statistics.median(seconds), 3) for name, seconds in taken.items()}
    return figures | {"windows": round(statistics.mean(map(len, clips)), 2)}


def indexed(folder: Path) -> dict[str, Any]:
    """Index a folder with the command, and tell how fast, in how much memory, and into how many bytes."""
    home = Path(tempfile.mkdtemp())
    environment = {**os.environ, "XDG_DATA_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed Menura has its bytecode
    command = [str(Path(sys.executable).with_name("menura")), "index", str(folder)]
    started, cpu_started = time.perf_counter(), children_cpu_s()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        peak = Peak(process.pid)
        process.wait()
        seconds = time.perf_counter() - started
        peak.stop()
    with Library.open(folder, data_dir=home / "menura") as library:
        info = library.info()
    (database,) = home.rglob("index.sqlite")
    figures = {
        "sounds": info.sounds,
        "windows": info.windows,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(children_cpu_s() - cpu_started, 2),
        "sounds_per_s": round(info.sounds / seconds, 1),
        "windows_per_s": round(info.windows / seconds, 1),
        "peak_mb": round(peak.own_kb / 1_000),
        "peak_with_helpers_mb": round(peak.total_kb / 1_000),
        "bytes_a_window": round(info.index_bytes / info.windows, 1),
        "database_bytes_a_sound": round(database.stat().st_size / info.sounds, 1),
    }
    shutil.rmtree(home)
    print(folder.name, figures, flush=True)
    return figures


def children_cpu_s() -> float:
    """Seconds that the processors have worked for the processes that this one has started and seen end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Peak:
    """The most memory that a process and its children have had of their own, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self.own_kb = self.total_kb = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            own = anonymous_kb(self._pid)
            children = [anonymous_kb(pid) for pid in children_of(self._pid)]
            self.own_kb, self.total_kb = max(self.own_kb, own), max(self.total_kb, own + sum(children))


def anonymous_kb(pid: int) -> int:
    """Memory of a process that is not mapped from a file, in kB; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text(encoding="utf-8").split())
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main()
