"""A chunk of hostile files: made, indexed and searched by a process of its own, and looked at afterwards."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile

from benchmarks.robustness import hostile
from benchmarks.robustness.seeds import make_seeds
from benchmarks.robustness.unrest import run_child
from menura import Library
from menura.simulate import simulate_imitation

SEED = 8
CHUNK_FILES = 1_000
RESTLESS_FILES = 40
RUNAWAY_BYTES = 800 << 20  # resident; an ordinary folder takes half of it
CONTROLS_HZ = (90, 210, 480, 1_050, 2_300, 5_200)
NOTHING: dict[str, Any] = {"outcomes": {}, "containers": {}, "reasons": {}, "peak_bytes": 0, "firsts": 0}


class Made(NamedTuple):
    """What was done to a file, and what kind of file it was."""

    kind: str
    container: str


def make_controls(folder: Path) -> dict[str, Any]:
    """Sounds that have to stay what they are, imitations of them, and their scores when they are alone."""
    sounds, queries = folder / "sounds" / "control", folder / "queries"
    if not (folder / "alone.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        sounds.mkdir(parents=True)
        queries.mkdir()
        for hz in CONTROLS_HZ:
            time_s = np.arange(44_100) / 44_100
            rng = np.random.default_rng(hz)
            sound = np.sin(2 * np.pi * hz * time_s * (1 + 0.3 * time_s)) * np.exp(-3 * time_s * (hz % 4))
            sound += rng.normal(0, 0.001 * (hz % 7), len(time_s)) * np.sin(2 * np.pi * (1 + hz % 5) * time_s)
            soundfile.write(sounds / f"{hz}.wav", 0.5 * sound, 44_100, subtype="PCM_16")
            take = simulate_imitation((0.5 * sound).astype(np.float32), 44_100, hz)
            soundfile.write(queries / f"{hz}.wav", take, 16_000)
        alone = {}
        with Library.open(folder / "sounds", data_dir=folder / "data") as library:
            for hz in CONTROLS_HZ:
                alone[str(hz)] = {hit.path: hit.score for hit in library.search(queries / f"{hz}.wav", top=99)}
        (folder / "alone.json").write_text(json.dumps(alone))
    return {
        "sounds": sounds,
        "queries": {str(hz): str((queries / f"{hz}.wav").resolve()) for hz in CONTROLS_HZ},
        "alone": json.loads((folder / "alone.json").read_text()),
    }


def fuzz_chunk(number: int, work: Path, controls: dict[str, Any]) -> dict[str, Any]:
    """Make, index and search one chunk; what became of its files, and every fault."""
    folder, scratch = work / "chunk", work / "scratch"
    for old in (folder, scratch):
        shutil.rmtree(old, ignore_errors=True)
        old.mkdir()
    rng = np.random.default_rng((SEED, number))
    made, must_skip = write_chunk(folder, rng, controls)
    (scratch / "controls.json").write_text(json.dumps(controls["queries"]))
    faults, lost = [], []
    while True:
        ended = run_child(folder, scratch, rng)
        if ended == "ended":
            break
        culprit = halve(folder, scratch, ended)
        faults.append({"kind": ended, "file": str(made.get(culprit, culprit)), "chunk": number})
        if not culprit or len(faults) > 20:
            return {**NOTHING, "faults": faults, "files": len(made)}
        keep(folder / culprit, work / "culprits", number)
        lost.append(culprit)
    found = json.loads((scratch / "found.json").read_text())
    faults += [{**fault, "chunk": number} for fault in faults_of(folder, found, controls, must_skip)]
    first = sum(
        max(scores, key=scores.__getitem__) == f"control/{name}.wav" for name, scores in found["scores"].items()
    )
    return {
        "faults": faults,
        "outcomes": outcomes_of({path: one.kind for path, one in made.items()}, found, lost),
        "containers": outcomes_of({path: one.container for path, one in made.items()}, found, lost),
        "reasons": Counter(short(reason) for reason in found["skipped"].values()),
        "peak_bytes": found["peak_bytes"],
        "firsts": first,
        "files": len(made),
    }


def outcomes_of(kinds: dict[str, str], found: dict[str, Any], lost: list[str]) -> Counter[str]:
    """How many files of each kind were indexed, skipped, gone by then, or lost with the process."""
    indexed, outcomes = next(iter(found["scores"].values())), Counter[str]()
    known = {"lost": lost, "indexed": indexed, "skipped": found["skipped"]}
    for path, kind in kinds.items():
        what = next((name for name, paths in known.items() if path in paths), "gone")
        outcomes[f"{kind}: {what}"] += 1
    return outcomes


def write_chunk(folder: Path, rng: np.random.Generator, controls: dict[str, Any]) -> tuple[dict[str, Made], list[str]]:
    """Write a chunk's files; what each damaged one is by its path, and the paths that must be skipped."""
    shutil.copytree(controls["sounds"], folder / "control")
    seeds, made = make_seeds(rng), {}
    for at, stem in enumerate(hostile.names(rng, CHUNK_FILES)):
        sound = hostile.damaged(rng, seeds)
        home = "restless" if at < RESTLESS_FILES else f"{'äβ☃'[at % 3]} {at % 10}"
        (folder / home).mkdir(exist_ok=True)
        (folder / home / f"{stem}{sound.suffix}").write_bytes(sound.content)
        kind = "restless" if home == "restless" else sound.kind
        made[f"{home}/{stem}{sound.suffix}"] = Made(kind, sound.container)
    (folder / "odd").mkdir()
    return made, [f"odd/{path}" for path in hostile.write_oddities(folder / "odd", rng)]


def halve(folder: Path, scratch: Path, ended: str) -> str:
    """The file that makes a process end so, by itself; it is taken out of the folder. Empty if no single one does."""
    suspects = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    suspects = [path for path in suspects if path.parts[0] not in {"control", "odd"}]
    part = scratch / "part"
    while len(suspects) > 1:
        for half in (suspects[: len(suspects) // 2], suspects[len(suspects) // 2 :]):
            shutil.rmtree(part, ignore_errors=True)
            for path in half:
                (part / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / path, part / path)
            if run_child(part, scratch, np.random.default_rng(0)).split(":")[0] == ended.split(":", maxsplit=1)[0]:
                suspects = half
                break
        else:
            return ""
    if not suspects:
        return ""
    shutil.copy(folder / suspects[0], scratch / "culprit")
    (folder / suspects[0]).unlink()
    return str(suspects[0])


def keep(gone: Path, culprits: Path, number: int) -> None:
    """Keep a file that did harm, to look at."""
    culprits.mkdir(exist_ok=True)
    shutil.copy(culprits.parent / "scratch" / "culprit", culprits / f"{number}-{gone.name}")


def faults_of(
    folder: Path, found: dict[str, Any], controls: dict[str, Any], must_skip: list[str]
) -> Iterator[dict[str, str]]:
    """What does not hold of a chunk that was indexed and searched."""
    for name, alone in controls["alone"].items():
        scores = found["scores"][name]
        if any(scores.get(path) != score for path, score in alone.items()):
            yield {"kind": "a control's score has changed", "file": name}
        if not all(0 < score < 1 for score in scores.values()):
            yield {"kind": "a score is no similarity", "file": name}
        if list(scores.values()) != sorted(scores.values(), reverse=True):
            yield {"kind": "hits are out of order", "file": name}
    for path in found["wrong_rows"]:
        yield {"kind": "rows of another content", "file": path}
    if found["peak_bytes"] > RUNAWAY_BYTES:
        yield {"kind": "runaway memory", "file": f"{found['peak_bytes'] >> 20} MB"}
    yield from _unaccounted(folder, next(iter(found["scores"].values())), found["skipped"], must_skip)


def _unaccounted(
    folder: Path, indexed: dict[str, float], skipped: dict[str, str], must_skip: list[str]
) -> Iterator[dict[str, str]]:
    """Files that are not in exactly one of the two places, and reasons that are none."""
    for path in set(must_skip) - skipped.keys():
        yield {"kind": "not skipped", "file": path}
    for path in indexed.keys() & skipped.keys():
        yield {"kind": "indexed and skipped", "file": path}
    for directory, _, names in os.walk(folder):
        for name in names:
            path = (Path(directory) / name).relative_to(folder).as_posix()
            if not (path in indexed or path in skipped or name.startswith(".")):
                yield {"kind": "neither indexed nor skipped", "file": path}
    for path, reason in skipped.items():
        if not reason or "\n" in reason or str(folder) in reason:
            yield {"kind": "a reason that is none", "file": f"{path}: {reason}"}


def short(reason: str) -> str:
    """A reason without its numbers, so that equal ones can be counted."""
    words = reason.partition(";")[0].split()
    return " ".join("N" if any(char.isdigit() for char in word) else word for word in words)
