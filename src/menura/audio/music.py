"""Whether pitch and tempo can be measured here: SwiftF0 and librosa do that, which `menura[music]` brings."""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from importlib.util import find_spec

NEEDS_MUSIC = 'pitch, and the tempo that no name tells, need SwiftF0 and librosa: pip install "menura[music]"'


@cache
def has_music() -> bool:
    """Whether both are installed; neither is loaded for that, which takes a second."""
    return all(find_spec(module) is not None for module in ("librosa", "swift_f0"))


def loads() -> bool:
    """Whether what measures can be loaded; once for all, or every sound would have no pitch for it."""
    try:
        for module in ("librosa.feature", "swift_f0"):
            import_module(module)
    except Exception as error:  # numba refuses a NumPy, or a folder to write to, in many ways
        logging.getLogger("menura.audio").warning("pitch and tempo are not measured: %s", error)
        return False
    return True
