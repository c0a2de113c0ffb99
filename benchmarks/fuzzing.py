"""Indexes and searches folders of damaged, lying and absurd files, and looks for harm.

    python benchmarks/fuzzing.py --files 100000 --work WORK

Files are made in chunks from a seed (`tests/hostile.py`), with control sounds among them, things that are no files, and
restless files: cut, lengthened, replaced, deleted and turned into pipes while they are read. Each chunk is indexed and
searched by a process of its own, whose memory is limited and which is killed when nothing moves any more; then the file
at fault is looked for by halving. What has to hold of a chunk is in `faults_of`. Stopped, the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import selectors
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from menura import Library
from menura.audio.windows import iter_windows
from menura.errors import AudioError, MenuraError
from menura.simulate import simulate_imitation
from menura.whole import written_whole
from results import write_result

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import hostile

SEED = 8
CHUNK_FILES = 1_000
RESTLESS_FILES = 40
RECOMPUTED_FILES = 40
STILL_S = 90.0  # without any progress for so long, a process hangs
MEMORY_BYTES = 6 << 30  # of addresses; threads and mapped libraries take most of them
RUNAWAY_BYTES = 800 << 20  # resident; an ordinary folder takes half of it
CONTROLS_HZ = (90, 210, 480, 1_050, 2_300, 5_200)


def main() -> None:
    """Fuzz, or be the process that is fuzzed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000, help="damaged files in all")
    parser.add_argument("--work", type=Path, default=Path("fuzzing"), help="for chunks and the state")
    parser.add_argument("--child", nargs=2, type=Path, metavar=("FOLDER", "SCRATCH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        index_and_search(*arguments.child)
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    state_file = arguments.work / "state.json"
    state = json.loads(state_file.read_text()) if state_file.exists() else {"chunks": []}
    controls = make_controls(arguments.work / "controls")
    n_chunks = -(-arguments.files // CHUNK_FILES)
    started, before = time.monotonic(), len(state["chunks"])
    while (done := len(state["chunks"])) < n_chunks:
        state["chunks"].append(fuzz_chunk(done, arguments.work, controls))
        with written_whole(state_file) as unfinished:
            unfinished.write_text(json.dumps(state))
        left_s = (time.monotonic() - started) / (done + 1 - before) * (n_chunks - done - 1)
        faults = [fault for chunk in state["chunks"] for fault in chunk["faults"]]
        print(f"{done + 1} of {n_chunks} chunks, {len(faults)} faults, {left_s / 60:.0f} min left", file=sys.stderr)
    write_result(
        "fuzzing",
        data="Files made by tests/hostile.py from whole ones of every format that is read",
        seed=SEED,
        figures=summary(state["chunks"][:n_chunks]),
        command=f"python benchmarks/fuzzing.py --files {arguments.files} --work WORK",
    )


# The process that is fuzzed


def index_and_search(folder: Path, scratch: Path) -> None:
    """Index a folder twice, the second time once it has come to rest, search it, and print what there is to know."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    controls = json.loads((scratch / "controls.json").read_text())
    with Library.open(folder, data_dir=scratch / "data") as library:
        library.index(progress=lambda state: print(state.done, flush=True))
        print("indexed", flush=True)
        sys.stdin.readline()
        report = library.index(progress=lambda state: print(state.done, flush=True))
        print("indexed again", flush=True)
        scores = {}
        for name, query in controls.items():
            hits = library.search(query, top=10**6)
            print(name, flush=True)
            scores[name] = {hit.path: hit.score for hit in hits}
        found = {
            "skipped": dict(report.skipped),
            "scores": scores,
            "wrong_rows": wrong_rows(library, folder),
            "peak_bytes": 1_024 * max(resource.getrusage(who).ru_maxrss for who in PROCESSES),
        }
    (scratch / "found.json").write_text(json.dumps(found))
    print("ended", flush=True)


PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def wrong_rows(library: Library, folder: Path) -> list[str]:
    """Sounds whose rows are not the projections of their file: all restless and control ones, some others."""
    wrong = []
    with library._opened().snapshot() as snapshot:
        table = snapshot.table
        rng = np.random.default_rng(len(table.sound_ids))
        sounds = snapshot.sounds(table.sound_ids)
        chosen = set(rng.permutation(len(sounds))[:RECOMPUTED_FILES].tolist())
        for at, sound in enumerate(sounds):
            if at in chosen or sound.path.startswith(("restless/", "control/")):
                first = int(table.first_rows[at])
                rows = table.projections[first : first + int(table.n_windows[at])]
                try:
                    clips = [w.samples for w in iter_windows(folder / sound.path, SPEC(library))]
                except AudioError:
                    wrong.append(sound.path)
                    continue
                again = np.concatenate([library._bundle.project_recordings([clip]) for clip in clips])
                if again.shape != rows.shape or not np.allclose(again, rows, rtol=1e-4, atol=1e-4):
                    wrong.append(sound.path)
    return wrong


def SPEC(library: Library) -> Any:  # noqa: N802, ANN401
    """The recording tower's front end."""
    return library._bundle.spec.recording.front_end


# A chunk


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
    kinds, must_skip = write_chunk(folder, rng, controls)
    (scratch / "controls.json").write_text(json.dumps(controls["queries"]))
    faults, lost = [], []
    while True:
        ended = run_child(folder, scratch, rng)
        if ended == "ended":
            break
        culprit = halve(folder, scratch, ended)
        faults.append({"kind": ended, "file": kinds.get(culprit, culprit), "chunk": number})
        if not culprit or len(faults) > 20:
            return {"faults": faults, "outcomes": {}, "reasons": {}, "peak_bytes": 0, "firsts": 0, "files": len(kinds)}
        keep(folder / culprit, work / "culprits", number)
        lost.append(culprit)
    found = json.loads((scratch / "found.json").read_text())
    faults += [{**fault, "chunk": number} for fault in faults_of(folder, found, controls, must_skip)]
    indexed = next(iter(found["scores"].values()))
    outcomes: Counter[str] = Counter()
    for path, kind in kinds.items():
        what = (
            "lost"
            if path in lost
            else "indexed"
            if path in indexed
            else "skipped"
            if path in found["skipped"]
            else "gone"
        )
        outcomes[f"{kind}: {what}"] += 1
    first = sum(
        max(scores, key=scores.__getitem__) == f"control/{name}.wav" for name, scores in found["scores"].items()
    )
    return {
        "faults": faults,
        "outcomes": outcomes,
        "reasons": Counter(short(reason) for reason in found["skipped"].values()),
        "peak_bytes": found["peak_bytes"],
        "firsts": first,
        "files": len(kinds),
    }


def write_chunk(folder: Path, rng: np.random.Generator, controls: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Write a chunk's files; the kind of each damaged one by its path, and the paths that must be skipped."""
    shutil.copytree(controls["sounds"], folder / "control")
    seeds = hostile.make_seeds(rng)
    kinds = {}
    for at, stem in enumerate(hostile.names(rng, CHUNK_FILES)):
        sound = hostile.damaged(rng, seeds)
        home = "restless" if at < RESTLESS_FILES else f"{'äβ☃'[at % 3]} {at % 10}"
        (folder / home).mkdir(exist_ok=True)
        (folder / home / f"{stem}{sound.suffix}").write_bytes(sound.content)
        kinds[f"{home}/{stem}{sound.suffix}"] = "restless" if home == "restless" else sound.kind
    (folder / "odd").mkdir()
    return kinds, [f"odd/{path}" for path in hostile.write_oddities(folder / "odd", rng)]


def run_child(folder: Path, scratch: Path, rng: np.random.Generator) -> str:
    """Index and search in another process; "ended", or how it went wrong."""
    shutil.rmtree(scratch / "data", ignore_errors=True)
    command = [sys.executable, __file__, "--child", str(folder), str(scratch)]
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


def summary(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of all chunks."""
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for chunk in chunks:
        outcomes.update(chunk["outcomes"])
        reasons.update(chunk["reasons"])
    kinds: dict[str, dict[str, int]] = {}
    for name, number in sorted(outcomes.items()):
        kind, _, what = name.rpartition(": ")
        kinds.setdefault(kind, {})[what] = number
    faults = Counter(fault["kind"] for chunk in chunks for fault in chunk["faults"])
    return {
        "files": sum(chunk["files"] for chunk in chunks),
        "chunks": len(chunks),
        "searches": len(CONTROLS_HZ) * len(chunks),
        "control_first_of_all": sum(chunk["firsts"] for chunk in chunks),
        "highest_memory_mb": round(max(chunk["peak_bytes"] for chunk in chunks) / 1e6),
        "faults": dict(faults),
        "kinds": kinds,
        "reasons": dict(reasons.most_common()),
    }


if __name__ == "__main__":
    try:
        main()
    except MenuraError as error:
        sys.exit(str(error))
