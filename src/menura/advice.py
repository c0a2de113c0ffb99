"""The commands that errors and reports advise."""

from __future__ import annotations

import shlex
from pathlib import Path


def command(*words: str | Path, model: str | Path | None = None) -> str:
    """A call of `menura` as a shell takes it: `command("index", "My Samples") == "menura index 'My Samples'"`.

    Args:
        words: The command and its arguments.
        model: What names the model that it is about; None for the default one.
    """
    named = () if model is None else ("--model", model)
    return shlex.join(["menura", *map(str, (*words, *named))])
