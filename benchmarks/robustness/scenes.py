"""The kinds of work that are killed: how each begins, what it does, and what it leaves."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from benchmarks.robustness.forks import done
from menura import Library
from menura.errors import UsageError
from menura.index import update as indexing
from menura.inputs.pair_features import PairFeatures
from menura.model.bundle import Bundle
from menura.model.shipped import model_home
from menura.network.iminet import IMINET
from menura.specs import ConvSpec, ConvTowerSpec, FrontEndSpec, NetworkSpec
from menura.training.adapt import adapt
from menura.training.all_pairs import AllPairsTraining, pair_batches
from menura.training.course import AdaptRecipe
from menura.training.fit import Batches, fit

SEED = 9
N_SOUNDS = 16
BUNDLE = Bundle.load()  # its sessions are made in the forks
RECIPE = AdaptRecipe(n_imitations=1, n_test_imitations=1, n_steps=6, batch_size=16)
_FRONT_END = FrontEndSpec(8_000, 0.2, 12, 0, 4_000, 100, 100, 16)
_TOWER = ConvTowerSpec(_FRONT_END, (ConvSpec(6, (3, 3), (2, 2)), ConvSpec(6, (3, 3))))
SMALL = NetworkSpec(_TOWER, _TOWER, n_hidden=8)  # trained in seconds, so that it can be killed often
_KNOWN = "SELECT path, size, mtime_ns, hex(sha256) FROM sounds"


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
        return "" if "not indexed with" in str(error) else str(error)


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
    rng, shape = np.random.default_rng(SEED), SMALL.recording.front_end.shape
    recordings, noise = rng.standard_normal((32, 1, *shape)), rng.standard_normal((32, 3, *shape))
    imitations = recordings + 0.3 * noise
    features = PairFeatures(recordings[:, 0].astype(np.float16), imitations.astype(np.float16))
    state, epochs = work / "run", 8
    (work / "sounds").mkdir(parents=True)

    def train() -> None:
        torch.manual_seed(SEED)
        module = AllPairsTraining(IMINET(SMALL), learning_rate=0.01, n_steps=4 * epochs)
        draw = partial(pair_batches, [features], np.arange(len(features)), 8)
        fit(module, Batches(draw, 4), run=state, epochs=epochs, seed=SEED)

    clear = partial(shutil.rmtree, state, ignore_errors=True)
    return Scene(clear, train, partial(weights_of, state), str, work / "sounds")


def adapt_scene(work: Path) -> Scene:
    """A very short adaptation of the paper's network, as it ships."""
    folder, state = write_library(work / "sounds", 24), work / "state"
    base = model_home("tl-iminet")

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
