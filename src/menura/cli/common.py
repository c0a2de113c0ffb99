"""What several commands need before they begin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.errors import TrainingError


def expand(path: Path | None) -> Path | None:
    """A shell leaves the ~ of `--library=~/Samples` as it is."""
    return path.expanduser() if path is not None and path.parts[:1] == ("~",) else path


def _model_folder(model: Path | None) -> Path | None:
    """A model's folder; None for the shipped model, which is what `default` names unless there is such a folder."""
    folder = expand(model)
    return None if folder == Path("default") and not folder.exists() else folder


Folder = Annotated[Path, typer.Argument(help="The folder of sounds.", callback=expand)]
Model = Annotated[
    Path | None,
    typer.Option(
        help="A model: the folder of its bundle, or `default`, the one that Menura ships.", callback=_model_folder
    ),
]


def bundle_folder(model: str) -> Path:
    """Where a model is: `default` is the one that Menura ships, unless there is a folder of that name."""
    from menura.model.bundle import shipped_model

    return _model_folder(Path(model)) or Path(str(shipped_model()))


def require_training() -> None:
    """Refuse, with what to install, if the train extra is not there."""
    try:
        import torch  # noqa: F401, I001  # first, since lightning may be loaded already
        import lightning  # noqa: F401
    except ModuleNotFoundError as error:
        raise TrainingError(f'training needs {error.name}: pip install "menura[train]"') from error
