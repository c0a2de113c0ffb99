"""Settings of an experiment in a TOML file, so that it is one file that can be kept and passed on.

Nothing here needs torch: a mistake in a file is said before it is loaded.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from menura.errors import UsageError
from menura.network.stored import DUAL_ENCODER_SYSTEM, IMINET_SYSTEM

Precision = Literal["fp32", "bf16"]
"""Of the arithmetic within a step: `bf16` is faster where the processor has it; weights are kept in fp32 either way."""


@dataclass(frozen=True)
class FineTuning:
    """The settings of section 3.2; the defaults are the paper's.

    Attributes:
        learning_rate: Of SGD, at the first update.
        learning_rate_decay: The rate of update t is `learning_rate` / (1 + decay x t).
        momentum: Of SGD.
        batch_size: Pairs in a batch.
        epochs: Passes over all pairs.
        imitations_per_sound: How many imitations of each training sound are used.
        precision: Of the arithmetic, `fp32` or `bf16`.
        validation_sounds: How many training sounds to keep aside, to watch the loss by; the paper keeps none.
        patience: Stop after so many epochs without a lower loss on the validation sounds; 0: never, as the paper.
    """

    learning_rate: float = 0.01
    learning_rate_decay: float = 1e-4
    momentum: float = 0.9
    batch_size: int = 128
    epochs: int = 30
    imitations_per_sound: int = 7
    precision: Precision = "fp32"
    validation_sounds: int = 0
    patience: int = 0

    def __post_init__(self) -> None:
        if self.patience and not self.validation_sounds:
            raise UsageError("patience needs validation_sounds: early stopping goes by sounds kept out of training")


@dataclass(frozen=True)
class PreTraining:
    """Settings of a pre-training; the paper states none, so these are ours.

    Attributes:
        learning_rate: AdamW's highest.
        batch_size: Windows in a batch.
        epochs: Passes over all training windows.
        seed: Decides the initial weights, batches, augmentation and dropout.
        precision: Of the arithmetic, `fp32` or `bf16`.
    """

    learning_rate: float = 1e-3
    batch_size: int = 64
    epochs: int = 20
    seed: int = 0
    precision: Precision = "fp32"


@dataclass(frozen=True)
class DualEncoding:
    """How a dual encoder is trained.

    Attributes:
        learning_rate: AdamW's highest.
        n_steps: Steps, of `batch_size` imitations each; more until the last pass over the recordings is whole.
        batch_size: Imitations in a step, each of another recording.
        precision: Of the arithmetic, `fp32` or `bf16`.
    """

    learning_rate: float = 1e-4
    n_steps: int = 200
    batch_size: int = 60
    precision: Precision = "fp32"


SettingsTable = TypeVar("SettingsTable", FineTuning, PreTraining, DualEncoding)

_SYSTEMS = (IMINET_SYSTEM, DUAL_ENCODER_SYSTEM)
_FROM_ZERO = ("seed", "validation_sounds", "patience")


@dataclass(frozen=True)
class Settings:
    """All settings; the fine-tuning's defaults are the paper's.

    Attributes:
        system: Key `system` of the file, before any table: what `menura train pairs` trains, `tl-iminet` as
            `[fine_tuning]` says, or `dual-encoder` as `[dual_encoder]` does.
        pretraining: Table `[pretraining]` of the file.
        fine_tuning: Table `[fine_tuning]` of the file.
        dual_encoder: Table `[dual_encoder]` of the file.
    """

    system: str = IMINET_SYSTEM
    pretraining: PreTraining = field(default_factory=PreTraining)
    fine_tuning: FineTuning = field(default_factory=FineTuning)
    dual_encoder: DualEncoding = field(default_factory=DualEncoding)


def load_settings(file: Path | None) -> Settings:
    """The default settings, with those that the file names in their place.

    Args:
        file: A TOML file with any of `PreTraining`'s names in a table `[pretraining]`, of `FineTuning`'s in
            `[fine_tuning]` and of `DualEncoding`'s in `[dual_encoder]`, and a key `system` before them; None for the
            defaults.

    Raises:
        UsageError: It cannot be read, is no TOML, or has a name or value that is none of a setting's.
    """
    if file is None:
        return Settings()
    try:
        stated = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{file}: no such file; check the name") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}); name a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not TOML ({error}); a line is like 'epochs = 30'") from error
    system = stated.pop("system", IMINET_SYSTEM)
    if system not in _SYSTEMS:
        raise UsageError(f"{file}: system is {system!r}; it must be {' or '.join(_SYSTEMS)}")
    tables = [setting.name for setting in fields(Settings) if setting.name != "system"]
    for name, table in stated.items():
        if name not in tables or not isinstance(table, dict):
            raise UsageError(f"{file}: {name} is no table of settings; the tables are [{'], ['.join(tables)}]")
    try:
        return Settings(
            system=system,
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
