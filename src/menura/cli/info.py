"""`menura info`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.advice import command
from menura.cli.common import Model, expand
from menura.cli.text import count, duration, printable, size
from menura.errors import UsageError

if TYPE_CHECKING:
    from menura.index.info import LibraryInfo
    from menura.model.bundle import Bundle
    from menura.search.library import Library


def info(
    folder: Annotated[Path | None, typer.Argument(help="A folder of sounds.", callback=expand)] = None,
    skipped: Annotated[bool, typer.Option("--skipped", help="List what is not read, and why.")] = False,
    model: Model = None,
) -> None:
    """Tell what is indexed of a folder, and by which models; without one, which Menura and which model this is."""
    from menura.cli.report import print_notices, print_skipped
    from menura.model.bundle import Bundle
    from menura.search.library import Library

    if folder is None:
        if skipped:
            raise UsageError(f"--skipped needs a folder: {command('info', 'FOLDER', '--skipped', model=model)}")
        _print_model(Bundle.load(model))
        return
    with Library.open(folder, bundle=model) as library:
        beside = library.beside()
        if library.is_new:
            others = f"; there are indexes of it by {', '.join(map(_model_of, beside))}" if beside else ""
            raise UsageError(f"{library.identity.not_indexed()}{others}")
        if skipped:
            found = library.info()
            print_notices(found.absent, found.not_read)
            print_skipped(found.skipped)
        else:
            _print_library(library, beside)


def _print_library(library: Library, beside: Sequence[LibraryInfo]) -> None:
    """What is indexed of a folder, where the index is, and which others stand beside it."""
    found = library.info()
    _print_pairs(
        {
            "library": str(found.folder),
            "sounds": f"{found.sounds:,}, {duration(found.seconds)} in all",
            "windows": f"{found.windows:,}",
            "not readable": f"{len(found.skipped):,}",
            **{f"not read {i}": f"{kind.what}: {kind.reason}" for i, kind in enumerate(found.not_read, start=1)},
            **{f"absent {i}": away.what for i, away in enumerate(found.absent, start=1)},
            "index": f"{size(found.index_bytes)} in {found.home}",
            "complete": "yes" if found.complete else f"no: {library.identity.command('index')} goes on with it",
            "model": found.model,
            **{
                f"beside {i}": f"{_model_of(other)}: {count(other.sounds, 'sound')}, {size(other.index_bytes)}"
                for i, other in enumerate(beside, start=1)
            },
        }
    )


def _model_of(found: LibraryInfo) -> str:
    return f"{found.model} ({found.fingerprint[:8]})"


def _print_model(bundle: Bundle) -> None:
    """This Menura, and the card of its model: what it learned from, under which licences, and what it scored."""
    import platform

    import menura
    from menura.model.shipped import shipped_models

    training = bundle.card.get("training", {})
    scores = bundle.card.get("scores", {})
    _print_pairs(
        {
            "menura": f"{menura.__version__}, Python {platform.python_version()}",
            "model": f"{bundle.name}, fingerprint {bundle.fingerprint[:8]}",
            "--model": f"{', '.join(shipped_models())}, or the folder of another",
            "kinds": ", ".join(kind.name for kind in bundle.kinds.names) if bundle.kinds else "none known",
            "trained": str(training.get("date", "no date given")),
            "imitations": str(training.get("imitations", "not said")),
            **{f"data {i}": _corpus_line(corpus) for i, corpus in enumerate(training.get("data", []), start=1)},
            **{f"scores {name}": _score_line(score) for name, score in scores.items()},
        }
    )


def _corpus_line(corpus: Mapping[str, Any]) -> str:
    return ", ".join(str(corpus[key]) for key in ("title", "licence", "source") if key in corpus)


def _score_line(score: object) -> str:
    if isinstance(score, Mapping):
        return ", ".join(f"{name} {value}" for name, value in score.items())
    return str(score)


def _print_pairs(pairs: Mapping[str, str]) -> None:
    width = max(map(len, pairs))
    for name, value in pairs.items():
        print(f"{name:<{width}}  {printable(value)}")
