"""What several commands need before they begin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.errors import TrainingError


def expand(path: Path | None) -> Path | None:
    """A shell leaves the ~ of `--library=~/Samples` as it is."""
    return path.expanduser() if path is not None and path.parts[:1] == ("~",) else path


def expand_all(paths: list[Path]) -> list[Path]:
    """The same of several."""
    return [expanded for path in paths if (expanded := expand(path)) is not None]


def expand_model(model: str | None) -> str | None:
    """As `expand`, for what may be a name or a folder: the ./ of a folder is kept, which tells it from a name."""
    return str(expand(Path(model))) if model is not None and model.startswith("~") else model


Folder = Annotated[Path, typer.Argument(help="The folder of sounds.", callback=expand)]
MODEL_HELP = "A model: the folder of its bundle, or the name of one that `menura info` lists."
NoKinds = Annotated[bool, typer.Option("--no-kinds", help="Say and search no likely kinds of sounds.")]
NoMusic = Annotated[bool, typer.Option("--no-music", help="Measure and say no pitch and no tempo.")]
Model = Annotated[str | None, typer.Option(help=MODEL_HELP, callback=expand_model)]
ModelArgument = Annotated[str, typer.Argument(help=MODEL_HELP, callback=expand_model)]


def network_home(model: str) -> Path:
    """The folder of a model whose network can be loaded, as far as can be told without torch; a `ModelError` if not."""
    from menura.model.shipped import model_home
    from menura.network.stored import stored_spec

    home = model_home(model)
    stored_spec(home)
    return home


def refuse_absent(*folders: Path | None) -> None:
    """Refuse a folder of sounds that is not there or cannot be listed; None is one that was not asked for."""
    from menura.audio.walk import Walk

    for folder in folders:
        if folder is not None:
            Walk(folder)


def require_training() -> None:
    """Refuse, with what to install, if the train extra is not there.

    Torch takes many seconds to load: a command looks first at the paths and names that it was given.
    """
    try:
        import torch  # noqa: F401, I001  # first, since lightning may be loaded already
        import lightning  # noqa: F401
    except ModuleNotFoundError as error:
        raise TrainingError(f'training needs {error.name}: pip install "menura[train]"') from error
