"""Whether pitch and tempo can be measured here: SwiftF0 and librosa do that, which `menura[music]` brings."""

from __future__ import annotations

from functools import cache
from importlib import import_module

NEEDS_MUSIC = 'pitch, and the tempo that no name tells, need SwiftF0 and librosa: pip install "menura[music]"'


@cache
def has_music() -> bool:
    """Whether both work."""
    try:
        for module in ("librosa", "swift_f0"):
            import_module(module)
    except (ImportError, OSError):  # not there, or broken
        return False
    return True
