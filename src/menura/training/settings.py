"""Settings of an experiment in a TOML file, so that it is one file that can be kept and passed on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_args

from menura.errors import UsageError
from menura.training.dual_encoder import DualEncoding
from menura.training.fit import Precision
from menura.training.pairwise import FineTuning
from menura.training.pretraining import PreTraining

SettingsTable = TypeVar("SettingsTable", FineTuning, PreTraining, DualEncoding)

_FROM_ZERO = ("seed", "validation_sounds", "patience")


@dataclass(frozen=True)
class Settings:
    """All settings; the fine-tuning's defaults are the paper's.

    Attributes:
        pretraining: Table `[pretraining]` of the file.
        fine_tuning: Table `[fine_tuning]` of the file.
        dual_encoder: Table `[dual_encoder]` of the file.
    """

    pretraining: PreTraining = field(default_factory=PreTraining)
    fine_tuning: FineTuning = field(default_factory=FineTuning)
    dual_encoder: DualEncoding = field(default_factory=DualEncoding)


def load_settings(file: Path | None) -> Settings:
    """The default settings, with those that the file names in their place.

    Args:
        file: A TOML file with any of `PreTraining`'s names in a table `[pretraining]`, of `FineTuning`'s in
            `[fine_tuning]` and of `DualEncoding`'s in `[dual_encoder]`; None for the defaults.

    Raises:
        UsageError: It cannot be read, is no TOML, or has a name or value that is none of a setting's.
    """
    if file is None:
        return Settings()
    try:
        stated = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{file}: no such file; check the name") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not TOML ({error}); a line is like 'epochs = 30'") from error
    tables = [setting.name for setting in fields(Settings)]
    for name, table in stated.items():
        if name not in tables or not isinstance(table, dict):
            raise UsageError(f"{file}: {name} is no table of settings; the tables are [{'], ['.join(tables)}]")
    try:
        return Settings(
            pretraining=_read(PreTraining(), stated.get("pretraining", {})),
            fine_tuning=_read(FineTuning(), stated.get("fine_tuning", {})),
            dual_encoder=_read(DualEncoding(), stated.get("dual_encoder", {})),
        )
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error


def _read(defaults: SettingsTable, stated: dict[str, Any]) -> SettingsTable:
    known = {setting.name: getattr(defaults, setting.name) for setting in fields(defaults)}
    for name, value in stated.items():
        if name not in known:
            raise UsageError(f"no setting is called {name}; the names are {', '.join(known)}")
        if problem := _problem(name, value, known[name]):
            raise UsageError(f"{name} is {value!r}; it must be {problem}")
    return type(defaults)(**{**known, **{name: type(known[name])(value) for name, value in stated.items()}})


def _problem(name: str, value: object, default: object) -> str:
    """What a value should have been, or nothing if it is that."""
    if isinstance(default, str):
        names = get_args(Precision)
        return "" if value in names else " or ".join(names)
    if isinstance(default, float):
        return "" if isinstance(value, int | float) and type(value) is not bool and value >= 0 else "a number from 0"
    least = 0 if name in _FROM_ZERO else 1
    return "" if type(value) is int and value >= least else f"a whole number from {least}"
