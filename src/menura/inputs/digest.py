"""What a training run or an array of inputs is named after: one digest of all that decides it.

That is its settings, its files and the code that makes inputs of them. A run that differs in any of these has another
name, so nothing is gone on with, or read from a cache, that was made of something else.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import menura.audio
import menura.inputs
import menura.simulate
import menura.specs
from menura.inputs.counted import counted

INPUT_CODE: tuple[ModuleType, ...] = (menura.audio, menura.simulate, menura.inputs, menura.specs)
"""The code that makes inputs of files."""

_CONTENTS = "contents.jsonl"
_CLOCK_GRAIN_NS = 2_000_000_000  # a file changed twice within this time may bear the same time both times

_State = tuple[str, int, int, int]
"""Absolute path, size, time of the last change of content and of anything: what a file's content is remembered by."""


def run_digest(*settings: object, paths: Sequence[Path], cache: Path, code: Sequence[ModuleType] = INPUT_CODE) -> str:
    """Sixteen hexadecimal digits that name a run or an array after all that decides it.

    Args:
        settings: Whatever decides it besides files and code; told apart by `repr`.
        paths: The files that it is made of, in the order that they are used in. Their content decides, and their names
            with that of their folder, since names seed simulated imitations and say classes.
        cache: A folder where the digests of contents are kept, so that a file is read for this once.
        code: The modules that make it; of a package, every module.
    """
    digest = hashlib.blake2b(repr(settings).encode(), digest_size=8)
    for path, content in zip(paths, content_digests(paths, cache), strict=True):
        digest.update(repr((path.parent.name, path.name, content)).encode())
    for module in code:
        for source in _sources(module):
            digest.update(repr((source.name, source.read_bytes())).encode())
    return digest.hexdigest()


def content_digests(paths: Sequence[Path], cache: Path) -> list[str]:
    """A digest of each file's content; of one that cannot be read, the reason.

    A file is read again only if its size or one of its times has changed. Stopped, a second call goes on where the
    first one was.
    """
    kept = cache / _CONTENTS
    known = _read(kept)
    states = [_state(path) for path in paths]
    new = {state: None for state in states if state not in known}
    if new:
        known |= _digest_files(list(new), kept)
    return [known[state] for state in states]


def _digest_files(states: Sequence[_State], kept: Path) -> dict[_State, str]:
    """The digest of each of these files; those that will hold are appended to `kept`, one by one."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    found = {}
    with (
        kept.open("a", encoding="utf-8", buffering=1) as out,  # line by line: several processes may write
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        out.write("\n")  # the line before may have been cut off
        digests = pool.map(_digest, states)
        for state, digest in counted(zip(states, digests, strict=True), "comparing files", len(states)):
            found[state] = digest or "unreadable"
            if digest and time.time_ns() - max(state[2:]) > _CLOCK_GRAIN_NS:
                out.write(json.dumps([*state, digest]) + "\n")
    return found


def _digest(state: _State) -> str | None:
    try:
        with Path(state[0]).open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError:
        return None  # who reads the file will say so


def _state(path: Path) -> _State:
    absolute = os.path.abspath(path)  # noqa: PTH100  # a link's own name will do, and this is ten times as fast
    try:
        found = os.stat(absolute)  # noqa: PTH116
    except OSError:
        return (absolute, -1, 0, 0)
    return (absolute, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _read(kept: Path) -> dict[_State, str]:
    """What is kept; a line that was cut off is passed over."""
    known: dict[_State, str] = {}
    if not kept.exists():
        return known
    for line in kept.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            path, size, changed_ns, touched_ns, digest = json.loads(line)
        except ValueError:
            continue
        known[path, size, changed_ns, touched_ns] = digest
    return known


def _sources(module: ModuleType) -> list[Path]:
    """The files of a module or of a whole package, in a fixed order."""
    if hasattr(module, "__path__"):
        return sorted(source for folder in module.__path__ for source in Path(folder).rglob("*.py"))
    assert module.__file__ is not None
    return [Path(module.__file__)]
