"""What several commands need before they begin."""

from __future__ import annotations

from pathlib import Path

from menura.errors import TrainingError


def expand(path: Path | None) -> Path | None:
    """A shell leaves the ~ of `--library=~/Samples` as it is."""
    return path.expanduser() if path is not None and path.parts[:1] == ("~",) else path


def bundle_folder(model: str) -> Path:
    """Where a model is: `default` is the one that Menura ships, unless there is a folder of that name."""
    from menura.model.bundle import shipped_model

    folder = Path(model).expanduser()
    if model == "default" and not folder.exists():
        return Path(str(shipped_model()))
    return folder


def require_training() -> None:
    """Refuse, with what to install, if the train extra is not there."""
    try:
        import torch  # noqa: F401, I001  # first, since lightning may be loaded already
        import lightning  # noqa: F401
    except ModuleNotFoundError as error:
        raise TrainingError(f'training needs {error.name}: pip install "menura[train]"') from error
