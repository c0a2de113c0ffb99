"""Where a model is: in a folder of its own, or among those that come with Menura, by name."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from menura.errors import ModelError

CARD_FILE = "model.json"
DEFAULT = "default"


def shipped_models() -> list[str]:
    """Names of the models that come with Menura, that of the default one first."""
    names = sorted(card.parent.name for card in _home().glob(f"*/{CARD_FILE}"))
    return sorted(names, key=lambda name: name != DEFAULT)


def shipped_name(model: str | Path | None) -> str | None:
    """Which shipped model is meant, None where it is a folder.

    A `str` is a name if a model of that name ships, unless the current directory has a folder of that name that holds a
    model: `./NAME` is always the folder, and so is a `Path`.

    Args:
        model: A name or a folder; None for the default model.
    """
    if model is None:
        return DEFAULT
    is_name = isinstance(model, str) and model in shipped_models() and not (Path(model) / CARD_FILE).is_file()
    return str(model) if is_name else None


def model_home(model: str | Path | None = None) -> Path:
    """The folder of a model's bundle.

    Args:
        model: As for `shipped_name`.

    Raises:
        ModelError: There is no such folder, and no such name.
    """
    name = shipped_name(model)
    home = Path(model or "") if name is None else _home() / name
    if not home.is_dir():
        known = ", ".join(shipped_models())
        advice = f"name a folder that `menura train` or an export made, or a model that Menura ships: {known}"
        raise ModelError(f"{home}: no model there; {advice if name is None else 'reinstall menura'}")
    return home


def _home() -> Path:
    return Path(str(resources.files("menura"))) / "models"
