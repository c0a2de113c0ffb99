"""What is wrong with an installation of Menura, in words, with what to do about it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module, metadata, util
from pathlib import Path

import numpy as np
import platformdirs

from menura.advice import command
from menura.errors import LibraryError, MenuraError
from menura.model.bundle import Bundle
from menura.model.shipped import shipped_models

_OLDEST_PYTHON = (3, 11)
_ROOM_BYTES = 500_000_000

# The first four numbers of both towers' answers to the chirp below, by the model's fingerprint.
_ANSWERS = {
    "9c2ba8f51734aef92a9eba582b6e249461b0eb12d8e1b48f444c30286289a205": (
        (-2.818959, 16.542110, -1.838067, -8.175826),
        (9.778461, -33.640308, 13.394884, -6.485219),
    ),
    "2b77030b952fb7760b546d9b80e76ccaca5df194ee540712cadde078e58e41c1": (
        (-3.320660, 6.125039, -12.825737, 8.313755),
        (-0.826113, -6.369622, -20.696827, 4.853225),
    ),
}
_ANSWER_TOLERANCE = 1e-2  # of numbers about ten: processors round differently, a broken build is off by far more

_EXTRAS = {
    "train": ("torch", "training, adapting and looking into a model need"),
    "web": ("fastapi", "the page in a browser needs"),
    "formats": ("av", "reading m4a, aac, wma, webm, 3gp and amr needs"),
    "map": ("openTSNE", "the map of a library needs"),
    "music": ("swift_f0", "the pitch of sounds, and the tempo of loops that no name tells, need"),
}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's.

    Attributes:
        mark: "ok", "note" for what is good to know, or "wrong".
        text: What was found, and what to do about it.
        told: The same for strangers, where a folder, a name or what an error said is in the text.
    """

    mark: str
    text: str
    told: str | None = None

    @property
    def fatal(self) -> bool:
        """Whether searching does not work because of it."""
        return self.mark == "wrong"

    @property
    def public(self) -> str:
        """What was found, with no path and no name of the user's in it."""
        return self.text if self.told is None else self.told


def examine_installation(data_dir: Path | None = None) -> Iterator[Finding]:
    """Everything that there is to say about this installation, one finding after the other.

    Args:
        data_dir: Where indexes are kept; the user's data directory by default.
    """
    home = data_dir or platformdirs.user_data_path("menura", appauthor=False)
    steps: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _formats,
        _kernels,
        _models,
        lambda: _data_directory(home),
        lambda: _indexes(home),
        _extras,
        _telemetry,
    )
    for step in steps:
        try:
            yield from step()
        except Exception as error:  # an installation can be broken in any way
            what = (step.__doc__ or "The data directory").partition(".")[0].strip()
            told = f"{what}: {type(error).__name__}"
            yield Finding("wrong", f"{told}: {error}; {_reinstall()}", told)
    yield Finding("note", "the microphone is the browser's affair: allow this page to use it when the browser asks")


def machine() -> str:
    """The machine in a line, for strangers: system, processors, memory; nothing by which it could be known again."""
    release = re.findall(r"^[\d.]*\d", platform.release())  # what follows may be a name that somebody gave it
    parts = [" ".join([platform.system(), *release, platform.machine()])]
    parts.append(f"{os.cpu_count()} processors")
    with suppress(AttributeError, OSError, ValueError):  # Windows has no such call
        parts.append(f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB of memory")
    parts.append(f"names of files in {sys.getfilesystemencoding()}")
    return ", ".join(parts)


def _reinstall() -> str:
    return "reinstall with: pip install --force-reinstall menura"


def _python() -> Iterator[Finding]:
    """Python."""
    version, least = (".".join(map(str, numbers)) for numbers in (sys.version_info[:3], _OLDEST_PYTHON))
    if sys.version_info[:2] < _OLDEST_PYTHON:
        yield Finding("wrong", f"Python is {version}: Menura needs {least} or later; install it and Menura in it")
    else:
        yield Finding("ok", f"Python {version}, Menura {metadata.version('menura')}, SQLite {sqlite3.sqlite_version}")


def _packages() -> Iterator[Finding]:
    """Packages."""
    found = []
    for requirement in metadata.requires("menura") or ():
        parsed = re.match(r"([\w-]+)>=([\d.]+)$", requirement)  # those of extras go on
        if not parsed:
            continue
        name, least = parsed.groups()
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Finding("wrong", f'{name} is not installed; pip install "{name}>={least}"')
            continue
        if _numbers(version) < _numbers(least):
            yield Finding("wrong", f'{name} is {version}, older than {least}; pip install "{name}>={least}"')
        found.append(f"{name} {version}")
    yield Finding("ok", f"packages: {', '.join(found)}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _formats() -> Iterator[Finding]:
    """Sound files."""
    import soundfile  # noqa: PLC0415  # it fails where libsndfile is missing, and that is a finding

    there = {**soundfile.available_formats(), **soundfile.available_subtypes("OGG")}
    missing = [name for name in ("WAV", "AIFF", "FLAC", "VORBIS", "OPUS", "MP3") if name not in there]
    library = f"libsndfile {soundfile.__libsndfile_version__}"
    if missing:
        yield Finding(
            "note",
            f"{library} cannot read {', '.join(missing)}: such files are skipped; pip install --upgrade soundfile",
        )
    else:
        yield Finding("ok", f"{library} reads wav, aiff, flac, ogg, opus, mp3 and others")


def _kernels() -> Iterator[Finding]:
    """The compiled scan."""
    from menura.search.scan import COMPILED  # noqa: PLC0415

    if COMPILED:
        yield Finding("ok", "the compiled scan is there")
        return
    what, why = "the compiled scan is of another version", ""
    try:
        import_module("menura.search._kernels")
    except ModuleNotFoundError:
        what = "the compiled scan is missing"
    except ImportError as error:
        what, why = "the compiled scan cannot be loaded", f" ({error})"
    advice = (
        "large libraries are searched some ten times as slowly; install GCC or Clang and Python's headers, then: "
        "pip install --force-reinstall --no-cache-dir --no-deps --no-binary menura menura"
    )
    yield Finding("note", f"{what}{why}: {advice}", f"{what}: {advice}")


def _models() -> Iterator[Finding]:
    """The models."""
    yield _model(None)
    for name in shipped_models()[1:]:
        yield _model(name)


def _model(called: str | None) -> Finding:
    try:
        bundle = Bundle.load(called)
        time = np.arange(48_000)
        chirp = np.sin(time * time / 3e5).astype(np.float32)
        answers = bundle.embed_query(chirp[:32_000])[:4], bundle.project_recordings([chirp])[0, :4]
    except MenuraError as error:
        return Finding("wrong", f"{error}; {_reinstall()}", f"a model that ships: {type(error).__name__}")
    stored = _ANSWERS.get(bundle.fingerprint)
    if stored is None:
        return Finding("note", f"the model {bundle.name} runs; no answers are stored to compare its own with")
    if not np.allclose(answers, stored, atol=_ANSWER_TOLERANCE):
        advice = "pip install --force-reinstall onnxruntime"
        return Finding("wrong", f"ONNX Runtime answers otherwise than it should with {bundle.name}; {advice}")
    return Finding("ok", f"the model {bundle.name} is intact and answers as it should")


def _data_directory(home: Path) -> Iterator[Finding]:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there):
            pass
    except OSError as error:
        refused = f"cannot be written ({error.strerror}), and indexes are kept there"
        yield Finding("wrong", f"{home} {refused}; change its permissions", f"the data directory {refused}")
        return
    free = shutil.disk_usage(there).free
    if free < _ROOM_BYTES:
        scarce = f"only {free / 1e6:,.0f} MB are free for indexes"
        yield Finding("note", f"{home}: {scarce}; make room", scarce)
    else:
        fine = f"can be written, {free / 1e9:,.0f} GB are free"
        yield Finding("ok", f"{home} {fine}", f"the data directory {fine}")


def _indexes(home: Path) -> Iterator[Finding]:
    """Indexes."""
    from menura.index.database import DATABASE_FILE  # noqa: PLC0415
    from menura.index.homes import peek  # noqa: PLC0415
    from menura.index.identity import IndexIdentity, ModelIdentity  # noqa: PLC0415

    model = ModelIdentity.of(Bundle.load())
    others = {Bundle.load(name).fingerprint: name for name in shipped_models()[1:]}
    n_fit = 0
    for file in sorted(home.glob(f"libraries/*/{DATABASE_FILE}")):
        try:
            meta = peek(file.parent, IndexIdentity(file.parent, model))
        except LibraryError as error:
            fault = str(error).partition("; make it anew")[0]
            advice = "delete it, or: menura index FOLDER --rebuild"
            yield Finding("note", f"{fault}; {advice}", "an index is damaged or of another version")
            continue
        if meta is None:
            continue
        if meta.fingerprint != model.fingerprint:
            called = others.get(meta.fingerprint, "MODEL, its folder")
            yield Finding(
                "note",
                f"an index of {meta.folder} is by another model, {meta.model}: search it with --model {called}",
                f"an index is by {others.get(meta.fingerprint, 'a model of the user')}",
            )
        else:
            n_fit += 1
    number = "1 index" if n_fit == 1 else f"{n_fit} indexes"
    yield Finding("ok", f"{number} made with this model; {command('check', 'FOLDER')} proves one whole")


def _extras() -> Iterator[Finding]:
    """Extras."""
    for extra, (module, need) in _EXTRAS.items():
        if util.find_spec(module):
            yield Finding("ok", f"{module} {metadata.version(module)}, which {need}")
        else:
            yield Finding("note", f'{need} {module}, which is not installed; pip install "menura[{extra}]"')


def _telemetry() -> Iterator[Finding]:
    """Telemetry."""
    if os.environ.get("ORT_DISABLE_TELEMETRY") == "1":
        yield Finding("ok", "telemetry is off: nothing leaves this machine")
    else:
        yield Finding("wrong", "something has switched ONNX Runtime's telemetry on: unset ORT_DISABLE_TELEMETRY")
