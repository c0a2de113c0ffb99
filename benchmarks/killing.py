"""Kills Menura at random moments, and takes from it what it needs, to see that nothing is lost.

    python benchmarks/killing.py --work WORK

Each kind of work (an index, its renewal after sounds were added, changed, moved and removed, an adaptation, a
training) is killed with SIGKILL at moments drawn evenly from the time that it takes undisturbed. After each kill the
index has to be whole, as `menura check --all` proves; then the same work is started again and has to end as the
undisturbed one did:

- an index with the same sounds, each of the same size, hash, duration and windows, and with the same projections bit
  for bit, and with the same files skipped for the same reasons;
- a training or an adaptation with the same weights bit for bit, and the same measured figures.

The folder of sounds is hashed before and after: names, bytes, modes and times. Then come full disks, read-only ones,
two programs at once and indexes of other formats; what needs to mount is left out, with the reason, where it may not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import lightning.pytorch  # noqa: F401  # imported once, here: each run is a fork of this process
import numpy as np
import onnxruntime  # noqa: F401
import soundfile
import torch

from menura import Library
from menura.errors import LibraryError, MenuraError, UsageError
from menura.index import update as indexing
from menura.index.database import connect
from menura.model.bundle import Bundle, shipped_model
from menura.training.adapt import AdaptRecipe, adapt
from menura.training.all_pairs import AllPairsTraining, pair_batches
from menura.training.fit import Batches, fit
from menura.whole import written_whole
from results import write_result

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import toy

SEED = 9
N_SOUNDS = 16
KILLS = {"index": 84, "re-index": 84, "train": 26, "adapt": 6}
BUNDLE = Bundle.load()  # its sessions are made in the forks
RECIPE = AdaptRecipe(n_imitations=1, n_test_imitations=1, n_steps=6, batch_size=16)
_KNOWN = "SELECT path, size, mtime_ns, hex(sha256) FROM sounds"


def main() -> None:
    """Kill, starve and lock out; write what was survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder to work in")
    parser.add_argument("--only", nargs="*", help="some of the kinds of work and hardships; the result is not written")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    trials: dict[str, Callable[[Path], dict[str, Any]]] = {
        **{kind: partial(kill_often, kind) for kind in SCENES},
        **HARDSHIPS,
    }
    for name in arguments.only or trials:
        kept = work / f"{name}.json"  # stopped, the same command goes on with what is not there yet
        if not kept.exists():
            shutil.rmtree(work / name, ignore_errors=True)
            figures = trials[name](work / name)
            with written_whole(kept) as unfinished:
                unfinished.write_text(json.dumps(figures))
            print(f"{name}: {figures}", file=sys.stderr)
    if not arguments.only:
        found = {name: json.loads((work / f"{name}.json").read_text()) for name in trials}
        figures = {
            "kills": {kind: found[kind] for kind in SCENES},
            "hardships": {name: found[name] for name in HARDSHIPS},
        }
        write_result(
            "killing",
            data="Sounds that the script makes, and the shipped model",
            seed=SEED,
            figures=figures,
            command="python benchmarks/killing.py --work WORK",
        )


# One run in a process of its own


def run(work: Callable[[], Any], kill_after_s: float | None = None) -> tuple[str, Any]:
    """What `work` gives, run in a fork of this process: ("done", value), ("failed", its error) or ("killed", None)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        code = 1
        try:
            torch.set_num_threads(1)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            vars(sys.modules["__main__"]).pop("__file__", None)  # its own processes need not import this script
            answer = json.dumps(["done", work()])
            code = 0
        except MenuraError as error:
            answer, code = json.dumps(["failed", str(error)]), 0
        except BaseException:  # it goes on in the other process
            answer = json.dumps(["broken", traceback.format_exc()])
        with suppress(OSError), os.fdopen(writer, "w") as out:
            out.write(answer)
        os._exit(code)
    os.close(writer)
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader) as answered:
        text = answered.read() if kill_after_s is None else ""
    os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # the pools of one that was killed
    if kill_after_s is not None:
        return "killed", None
    kind, value = json.loads(text) if text else ("broken", "ended without a word")
    if kind == "broken":
        raise RuntimeError(value)
    return kind, value


def done(work: Callable[[], Any]) -> Any:  # noqa: ANN401
    """The same for work that has to succeed."""
    kind, value = run(work)
    if kind != "done":
        raise RuntimeError(value)
    return value


# What is killed


@dataclass(frozen=True)
class Scene:
    """A kind of work: how it begins, what it does, what it leaves, and what has to hold whenever it was killed.

    Attributes:
        prepare: Sets the beginning up.
        work: The work.
        outcome: What the work leaves, as JSON.
        whole: What is wrong with what is there, or "".
        sounds: The user's folder.
    """

    prepare: Callable[[], None]
    work: Callable[[], Any]
    outcome: Callable[[], Any]
    whole: Callable[[], str]
    sounds: Path

    def aftermath(self) -> list[Any]:
        """What is wrong after a kill, then the work to its end, what is wrong then, and what it left."""
        wrong = self.whole()
        self.work()
        return [wrong, self.whole(), self.outcome()]


def kill_often(kind: str, work: Path) -> dict[str, Any]:
    """Kill a kind of work as often as `KILLS` says; how often what was found."""
    scene, kills, rng = SCENES[kind](work), KILLS[kind], np.random.default_rng((SEED, list(KILLS).index(kind)))
    before = fingerprint(scene.sounds)
    for _ in range(2):  # the first warms up
        scene.prepare()
        started = time.monotonic()
        done(scene.work)
        seconds = time.monotonic() - started
    wanted = done(scene.outcome)
    counts: Counter[str] = Counter(kills=kills)
    faults = []
    began = time.monotonic()
    for number in range(1, kills + 1):
        scene.prepare()
        run(scene.work, kill_after_s=float(rng.uniform(0, seconds)))
        wrong, wrong_then, outcome = done(scene.aftermath)
        counts["whole after the kill"] += not wrong
        counts["ended as if never killed"] += outcome == wanted and not wrong_then
        if wrong or wrong_then or outcome != wanted:
            faults.append(wrong or wrong_then or "another outcome")
        left_s = (time.monotonic() - began) / number * (kills - number)
        print(f"{kind}: {number} of {kills} kills, {len(faults)} faults, {left_s / 60:.1f} min left", file=sys.stderr)
    counts["folder unchanged"] = int(fingerprint(scene.sounds) == before)
    return {**counts, "seconds_undisturbed": round(seconds, 2), "faults": sorted(set(faults))[:10]}


def fingerprint(folder: Path) -> str:
    """A hash of everything that can be told from a folder: names, bytes, modes and times."""
    digest = hashlib.sha256()
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        digest.update(f"{path}/{status.st_mode}/{status.st_mtime_ns}/{status.st_ctime_ns}".encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def write_sound(path: Path, seed: int) -> None:
    """A noise with a pulse, of 0.1 to 4 s, another for each seed."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(22_050 * rng.uniform(0.1, 4))) / 22_050
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = rng.normal(0, 0.1, len(time_s)) * np.sin(2 * np.pi * rng.uniform(0.5, 9) * time_s)
    soundfile.write(path, sound, 22_050)


def write_library(folder: Path, n: int = N_SOUNDS) -> Path:
    """Sounds in five folders, and one file that is none."""
    for seed in range(n):
        write_sound(folder / str(seed % 5) / f"{seed}.wav", seed)
    (folder / "notes.wav").write_text("no sound")
    return folder


def change_library(folder: Path) -> None:
    """So many sounds go and change that most rows are dead and the rest is copied; others move and come."""
    for seed in range(N_SOUNDS):
        path = folder / str(seed % 5) / f"{seed}.wav"
        if seed < 9:
            path.unlink()
        elif seed < 12:
            write_sound(path, 100 + seed)
        elif seed < 14:
            path.rename(folder / f"moved {seed}.wav")
    for seed in range(200, 204):
        write_sound(folder / "new" / f"{seed}.wav", seed)


def index(folder: Path, data: Path) -> None:
    """Index a folder, in batches so small that there are many moments between commits."""
    indexing._BATCH_CHANGES = 2
    Library.open(folder, BUNDLE, data).index()


def contents(folder: Path, data: Path) -> dict[str, Any]:
    """All that an index says, by path: its sounds and their projections, and what was skipped."""
    library = Library.open(folder, BUNDLE, data)
    opened = library._opened()
    info = library.info()
    with opened.snapshot() as snapshot:
        table = snapshot.table
        sounds = snapshot.sounds(table.sound_ids)
        with opened._connection() as db:
            known = {os.fsdecode(path): row for path, *row in db.execute(_KNOWN)}
        rows = {
            sound.path: [
                *known[sound.path],
                sound.duration_s,
                hashlib.sha256(np.array(table.projections[first : first + n]).tobytes()).hexdigest(),
            ]
            for sound, first, n in zip(sounds, table.first_rows, table.n_windows, strict=True)
        }
    return {"sounds": rows, "skipped": dict(info.skipped), "complete": info.complete}


def check(folder: Path, data: Path) -> str:
    """What `menura check --all` finds wrong."""
    try:
        return "; ".join(Library.open(folder, BUNDLE, data).check(everything=True).faults)
    except UsageError as error:
        return "" if "not indexed yet" in str(error) else str(error)


def index_scene(work: Path) -> Scene:
    """A first index."""
    folder, data = write_library(work / "sounds"), work / "data"
    return Scene(
        partial(shutil.rmtree, data, ignore_errors=True),
        partial(index, folder, data),
        partial(contents, folder, data),
        partial(check, folder, data),
        folder,
    )


def reindex_scene(work: Path) -> Scene:
    """An index brought up to date."""
    folder, data, before = write_library(work / "sounds"), work / "data", work / "before"
    done(partial(index, folder, before))
    change_library(folder)

    def prepare() -> None:
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(before, data)

    return Scene(
        prepare,
        partial(index, folder, data),
        partial(contents, folder, data),
        partial(check, folder, data),
        folder,
    )


def weights_of(run_folder: Path) -> str:
    """A hash of the weights in a run's checkpoint."""
    state = torch.load(run_folder / "last.ckpt", map_location="cpu", weights_only=True)["state_dict"]
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode() + state[name].numpy().tobytes())
    return digest.hexdigest()


def train_scene(work: Path) -> Scene:
    """Eight epochs of a network small enough to be killed often."""
    features, state, epochs = toy.toy_features(n=32), work / "run", 8
    (work / "sounds").mkdir(parents=True)

    def train() -> None:
        torch.manual_seed(SEED)
        module = AllPairsTraining(toy.toy_network(), learning_rate=0.01, n_steps=4 * epochs)
        draw = partial(pair_batches, [features], np.arange(len(features)), 8)
        fit(module, Batches(draw, 4), run=state, epochs=epochs, seed=SEED)

    clear = partial(shutil.rmtree, state, ignore_errors=True)
    return Scene(clear, train, partial(weights_of, state), str, work / "sounds")


def adapt_scene(work: Path) -> Scene:
    """A very short adaptation of the shipped model."""
    folder, state = write_library(work / "sounds", 24), work / "state"
    base = Path(str(shipped_model()))

    def work_on() -> None:
        result = adapt(base, folder, state / "out", work=state / "work", recipe=RECIPE, told=lambda _: None)
        (state / "result.json").write_text(json.dumps(asdict(result)))

    def outcome() -> Any:  # noqa: ANN401
        (run_folder,) = (state / "work").glob("adapt-*")
        models = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (state / "out").glob("*")}
        result = json.loads((state / "result.json").read_text())
        return [weights_of(run_folder), result, models]

    clear = partial(shutil.rmtree, state, ignore_errors=True)
    return Scene(clear, work_on, outcome, str, folder)


SCENES = {"index": index_scene, "re-index": reindex_scene, "adapt": adapt_scene, "train": train_scene}


# What is taken away


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[str]:
    """A mount at a folder for a while; what hinders it, or ""."""
    place.mkdir(parents=True, exist_ok=True)
    tried = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    try:
        yield tried.stderr.strip()
    finally:
        if tried.returncode == 0:
            subprocess.run(["umount", str(place)], check=False)


def remount(place: Path, option: str) -> None:
    """Mount again what is mounted there, with another option."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(place)], check=True)


def full_disk(work: Path) -> dict[str, Any]:
    """Data directories on disks too small for the index, of many sizes, that grow afterwards."""
    folder = write_library(work / "sounds")
    done(partial(index, folder, work / "roomy"))
    wanted, before = done(partial(contents, folder, work / "roomy")), fingerprint(folder)
    counts: Counter[str] = Counter()
    for size_kb in range(8, 248, 12):
        disk = work / f"disk-{size_kb}"
        with mounted(disk, "-t", "tmpfs", "-o", f"size={size_kb}k", "menura") as hindrance:
            if hindrance:
                return {"left out": hindrance}
            kind, answer = run(partial(index, folder, disk))
            counts["disks"] += 1
            counts["refused in one line"] += kind == "failed" and "\n" not in answer
            counts["large enough"] += kind == "done"
            counts["check finds it whole while full"] += run(partial(check, folder, disk)) == ("done", "")
            remount(disk, "size=64m")
            counts["whole once there is room"] += done(partial(check, folder, disk)) == ""
            done(partial(index, folder, disk))
            counts["ended as if never full"] += done(partial(contents, folder, disk)) == wanted
    counts["folder unchanged"] = int(fingerprint(folder) == before)
    return dict(counts)


def read_only(work: Path) -> dict[str, Any]:
    """A folder of sounds on a read-only disk, and then a data directory on one."""
    folder = write_library(work / "sounds")
    done(partial(index, folder, work / "data"))
    wanted = done(partial(contents, folder, work / "data"))
    with mounted(work / "locked", "--bind", str(folder)) as hindrance:
        if hindrance:
            return {"left out": hindrance}
        remount(work / "locked", "bind,ro")
        done(partial(index, work / "locked", work / "data"))
        found = done(partial(contents, work / "locked", work / "data"))
    disk = work / "disk"
    with mounted(disk, "-t", "tmpfs", "menura") as hindrance:
        shutil.copytree(work / "data", disk, dirs_exist_ok=True)
        remount(disk, "ro")
        kind, answer = run(partial(index, folder, disk))
        remount(disk, "rw")
        after = done(partial(contents, folder, disk))
    return {
        "sounds on a read-only disk are indexed": found == wanted,
        "a read-only index is refused for writing": kind == "failed",
        "in the words": str(answer).replace(str(folder), "FOLDER").replace(str(disk), "DATA"),
        "and stays as it was": after == wanted,
    }


def two_at_once(work: Path) -> dict[str, Any]:
    """Two programs that index the same folder into the same index."""
    folder, counts = write_library(work / "sounds"), Counter[str]()
    done(partial(index, folder, work / "alone"))
    wanted = done(partial(contents, folder, work / "alone"))
    for number in range(10):
        data = work / f"data-{number}"
        other = os.fork()
        if other == 0:
            ended, _ = run(partial(index, folder, data))
            os._exit(0 if ended == "done" else 1)
        kind, _ = run(partial(index, folder, data))
        counts["runs"] += 1
        counts["both done"] += os.waitpid(other, 0)[1] == 0 and kind == "done"
        counts["whole"] += done(partial(check, folder, data)) == ""
        counts["one and the same index"] += done(partial(contents, folder, data)) == wanted
    return dict(counts)


def other_formats(work: Path) -> dict[str, Any]:
    """Indexes of an older and of a future format."""
    folder, data, refused = write_library(work / "sounds"), work / "data", {}
    done(partial(index, folder, data))
    (file,) = data.rglob("index.sqlite")
    for version in ("0", "2"):
        db = connect(file)
        db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (version,))
        db.close()
        before = file.read_bytes()
        kind, answer = run(partial(index, folder, data))
        refused[f"format {version}"] = str(answer).replace(str(folder), "FOLDER") if kind == "failed" else "misread"
        refused[f"format {version} left alone"] = before == file.read_bytes()
    return refused


HARDSHIPS = {
    "full disk": full_disk,
    "read-only disks": read_only,
    "two indexers at once": two_at_once,
    "other formats": other_formats,
}

if __name__ == "__main__":
    try:
        main()
    except LibraryError as error:
        sys.exit(str(error))
