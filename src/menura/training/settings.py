"""Settings of a fine-tuning in a TOML file, so that an experiment is one file that can be kept and passed on."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path

from menura.errors import UsageError
from menura.training.pairwise import FineTuning


def load_settings(file: Path | None) -> FineTuning:
    """The paper's settings, with those that the file names in their place.

    Args:
        file: A TOML file with any of `FineTuning`'s names at its top level; None for the paper's settings.

    Raises:
        UsageError: It cannot be read, is no TOML, or has a name or value that is none of a setting's.
    """
    if file is None:
        return FineTuning()
    try:
        stated = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{file}: no such file; check the name") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not TOML ({error}); a line is like 'epochs = 30'") from error
    known = {name: type(value) for name, value in asdict(FineTuning()).items()}
    for name, value in stated.items():
        if name not in known:
            raise UsageError(f"{file}: no setting is called {name}; the names are {', '.join(known)}")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or value < 0 or (known[name] is int and (not isinstance(value, int) or value < 1)):
            kind = "a whole number from 1" if known[name] is int else "a number from 0"
            raise UsageError(f"{file}: {name} is {value!r}; it must be {kind}")
    return FineTuning(**{name: known[name](value) for name, value in stated.items()})
